-- What a supervisor asks every morning reads no row that says nothing: of phones those that hold something.
CREATE INDEX installations_pending ON installations (user_id) WHERE pending_total > 0;

-- Of a group's or an office's targets those of one kind and measure, not of all its agents.
DROP INDEX targets_by_group;
CREATE INDEX targets_by_group ON targets (group_id, holder_kind, measure);
DROP INDEX targets_by_office;
CREATE INDEX targets_by_office ON targets (office_id, holder_kind, measure);
