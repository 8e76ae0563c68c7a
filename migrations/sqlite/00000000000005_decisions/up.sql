-- What people decide: reviews resolved, persons merged, months closed, agents moved, phones revoked.

-- The groups of a user who has moved, each since when; whoever never did has one, in his own row.
CREATE TABLE memberships (
    user_id BLOB NOT NULL REFERENCES users (id),
    since TIMESTAMP NOT NULL,
    group_id BLOB NOT NULL REFERENCES groups (id),
    PRIMARY KEY (user_id, since)
);

-- The last number that a revoked phone can have given out before.
ALTER TABLE installations ADD COLUMN revoked_seq BIGINT;

-- Leads to the person, but another code of its kind is shown as his.
ALTER TABLE person_codes ADD COLUMN is_alias BOOLEAN NOT NULL DEFAULT FALSE;

-- The two who may be one, and who decided it.
ALTER TABLE reviews ADD COLUMN person_id BLOB REFERENCES persons (id);
ALTER TABLE reviews ADD COLUMN other_id BLOB REFERENCES persons (id);
ALTER TABLE reviews ADD COLUMN decided_by BLOB REFERENCES users (id);
ALTER TABLE reviews ADD COLUMN note TEXT;
CREATE INDEX reviews_by_person ON reviews (person_id) WHERE person_id IS NOT NULL;

-- Two persons who are one, with all that moved from the first to the second, so that it can go back.
CREATE TABLE merges (
    id BLOB NOT NULL PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES persons (id),
    into_id BLOB NOT NULL REFERENCES persons (id),
    -- JSON
    moved TEXT NOT NULL,
    merged_at TIMESTAMP NOT NULL,
    merged_by BLOB NOT NULL REFERENCES users (id),
    undone_at TIMESTAMP,
    undone_by BLOB REFERENCES users (id)
);
CREATE UNIQUE INDEX merges_standing ON merges (person_id) WHERE undone_at IS NULL;
CREATE INDEX persons_merged ON persons (merged_into) WHERE merged_into IS NOT NULL;

-- What a record added to a month that was closed, while nobody was enrolled by it, and the day on which it
-- ended: there it counts against.
CREATE TABLE reversals (
    record_id BLOB NOT NULL,
    record_rev BIGINT NOT NULL,
    counted_on DATE NOT NULL,
    reversed_on DATE NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('duplicate', 'review', 'rejected')),
    group_id BLOB NOT NULL REFERENCES groups (id),
    agent_id BLOB NOT NULL REFERENCES users (id),
    organisation_id BLOB REFERENCES organisations (id),
    area_code TEXT NOT NULL,
    village_id BLOB,
    drive_id BLOB,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    persons BIGINT NOT NULL CHECK (persons >= 0),
    amount_held BIGINT NOT NULL CHECK (amount_held >= 0),
    PRIMARY KEY (record_id, record_rev, counted_on)
);

-- News may be that something is gone.
ALTER TABLE outbox ADD COLUMN op TEXT NOT NULL DEFAULT 'put' CHECK (op IN ('put', 'delete'));
ALTER TABLE outbox ADD COLUMN reason TEXT CHECK (reason IN ('merged_into', 'access_lost'));
