DROP INDEX targets_by_office;
CREATE INDEX targets_by_office ON targets (office_id);
DROP INDEX targets_by_group;
CREATE INDEX targets_by_group ON targets (group_id, scheme);
DROP INDEX installations_pending;
