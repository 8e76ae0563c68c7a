ALTER TABLE participation RENAME TO participation_by_year;
ALTER INDEX participation_pkey RENAME TO participation_by_year_pkey;

CREATE TABLE participation (
    group_id uuid NOT NULL,
    month DATE NOT NULL,
    area_code TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    people BIGINT NOT NULL,
    PRIMARY KEY (group_id, month, area_code, scheme)
);

INSERT INTO participation (group_id, month, area_code, scheme, people)
SELECT group_id, make_date(year, month, 1), area_code, scheme, people
FROM participation_by_year
CROSS JOIN LATERAL (VALUES
    (1, january),
    (2, february),
    (3, march),
    (4, april),
    (5, may),
    (6, june),
    (7, july),
    (8, august),
    (9, september),
    (10, october),
    (11, november),
    (12, december)
) AS months (month, people)
WHERE people <> 0;

DROP TABLE participation_by_year;
