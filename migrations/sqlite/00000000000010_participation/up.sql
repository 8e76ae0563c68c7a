-- How many people take part at the end of each month: those whom an accepted enrollment covers on its last day. What was
-- enrolled before this table stood is counted by `recount --fix`.
CREATE TABLE participation (
    group_id BLOB NOT NULL,
    month DATE NOT NULL,
    area_code TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    people BIGINT NOT NULL,
    PRIMARY KEY (group_id, month, area_code, scheme)
);

-- Figures that this system cannot count: people insured elsewhere or before it began, population, labour force.
CREATE TABLE baselines (
    id BLOB NOT NULL PRIMARY KEY,
    office_id BLOB REFERENCES offices (id),
    area_code TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('voluntary', 'household', 'population', 'labour_force')),
    as_of DATE NOT NULL,
    people BIGINT NOT NULL CHECK (people >= 0),
    source TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CHECK ((office_id IS NULL) <> (area_code IS NULL))
);

CREATE INDEX baselines_by_office ON baselines (office_id, kind, as_of);
CREATE INDEX baselines_by_area ON baselines (area_code, kind, as_of);
