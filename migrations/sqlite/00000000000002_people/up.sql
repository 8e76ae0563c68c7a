-- Who is enrolled: persons, the codes that identify them, households and ranks.

CREATE TABLE persons (
    id BLOB NOT NULL PRIMARY KEY,
    full_name TEXT NOT NULL,
    birth TEXT NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('male', 'female')),
    ethnicity TEXT,
    phone TEXT,
    area_code TEXT NOT NULL,
    address TEXT NOT NULL,
    -- folded name, sex and today's commune: who might be the same person
    identity_key TEXT NOT NULL,
    merged_into BLOB REFERENCES persons (id),
    created_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX persons_by_identity ON persons (identity_key);

CREATE TABLE person_codes (
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('bhxh', 'personal_id', 'passport')),
    person_id BLOB NOT NULL REFERENCES persons (id),
    PRIMARY KEY (code, kind)
) WITHOUT ROWID;
CREATE INDEX person_codes_by_person ON person_codes (person_id);

CREATE TABLE households (
    id BLOB NOT NULL PRIMARY KEY,
    code TEXT,
    head_name TEXT NOT NULL,
    area_code TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT,
    created_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX households_code ON households (code) WHERE code IS NOT NULL;

-- Ids that other phones made for a household that was already known.
CREATE TABLE household_aliases (
    alias_id BLOB NOT NULL PRIMARY KEY,
    household_id BLOB NOT NULL REFERENCES households (id)
);

-- A person's place in the order of joining within a calendar year; given once, never re-ranked.
CREATE TABLE household_ranks (
    household_id BLOB NOT NULL REFERENCES households (id),
    year INTEGER NOT NULL,
    person_id BLOB NOT NULL REFERENCES persons (id),
    rank INTEGER NOT NULL CHECK (rank >= 1),
    PRIMARY KEY (household_id, year, person_id)
);
CREATE UNIQUE INDEX household_ranks_rank ON household_ranks (household_id, year, rank);
