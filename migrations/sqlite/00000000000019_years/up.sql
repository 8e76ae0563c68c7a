-- The months of a year stand in one row: whoever joins for a year is added to two rows and not to twelve, and what a
-- supervisor holds beside each other, this month, the last, last December and the same month of last year, is in two.
ALTER TABLE participation RENAME TO participation_by_month;

CREATE TABLE participation (
    group_id BLOB NOT NULL,
    year INTEGER NOT NULL,
    area_code TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    january BIGINT NOT NULL,
    february BIGINT NOT NULL,
    march BIGINT NOT NULL,
    april BIGINT NOT NULL,
    may BIGINT NOT NULL,
    june BIGINT NOT NULL,
    july BIGINT NOT NULL,
    august BIGINT NOT NULL,
    september BIGINT NOT NULL,
    october BIGINT NOT NULL,
    november BIGINT NOT NULL,
    december BIGINT NOT NULL,
    PRIMARY KEY (group_id, year, area_code, scheme)
) WITHOUT ROWID;

INSERT INTO participation (group_id, year, area_code, scheme,
    january, february, march, april, may, june,
    july, august, september, october, november, december)
SELECT group_id, CAST(strftime('%Y', month) AS INTEGER), area_code, scheme,
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '01'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '02'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '03'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '04'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '05'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '06'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '07'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '08'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '09'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '10'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '11'), 0),
    COALESCE(SUM(people) FILTER (WHERE strftime('%m', month) = '12'), 0)
FROM participation_by_month
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;

DROP TABLE participation_by_month;
