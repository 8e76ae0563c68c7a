DROP INDEX targets_by_office;
CREATE INDEX targets_by_office ON targets (office_id);
DROP INDEX targets_by_group;
CREATE INDEX targets_by_group ON targets (group_id, scheme);

ALTER TABLE participation RENAME TO participation_after;

CREATE TABLE participation (
    group_id BLOB NOT NULL,
    month DATE NOT NULL,
    area_code TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    people BIGINT NOT NULL,
    PRIMARY KEY (group_id, month, area_code, scheme)
);

INSERT INTO participation (group_id, month, area_code, scheme, people)
SELECT group_id, month, area_code, scheme, people FROM participation_after;

DROP TABLE participation_after;

DROP INDEX installations_pending;
