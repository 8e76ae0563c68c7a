-- What a supervisor asks every morning reads no row that says nothing: of phones those that hold something.
CREATE INDEX installations_pending ON installations (user_id) WHERE pending_total > 0;

-- The rows of a group and a month stand together, in the key itself.
ALTER TABLE participation RENAME TO participation_before;

CREATE TABLE participation (
    group_id BLOB NOT NULL,
    month DATE NOT NULL,
    area_code TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    people BIGINT NOT NULL,
    PRIMARY KEY (group_id, month, area_code, scheme)
) WITHOUT ROWID;

INSERT INTO participation (group_id, month, area_code, scheme, people)
SELECT group_id, month, area_code, scheme, people FROM participation_before
ORDER BY group_id, month, area_code, scheme;

DROP TABLE participation_before;

-- Of a group's or an office's targets those of one kind and measure, not of all its agents.
DROP INDEX targets_by_group;
CREATE INDEX targets_by_group ON targets (group_id, holder_kind, measure);
DROP INDEX targets_by_office;
CREATE INDEX targets_by_office ON targets (office_id, holder_kind, measure);
