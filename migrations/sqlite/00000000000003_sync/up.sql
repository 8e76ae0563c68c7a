-- What phones sent and what became of it: records, enrollments, cards, reviews, tallies, feeds.

-- One row for each (record, revision) decided, with its first outcome for ever.
CREATE TABLE records (
    id BLOB NOT NULL,
    rev BIGINT NOT NULL CHECK (rev >= 1),
    is_current BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'duplicate', 'review', 'rejected', 'voided', 'superseded')),
    state_at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('voluntary', 'household', 'void')),
    installation_id BLOB REFERENCES installations (id),
    seq BIGINT,
    batch_id BLOB NOT NULL,
    group_id BLOB NOT NULL REFERENCES groups (id),
    agent_id BLOB NOT NULL REFERENCES users (id),
    organisation_id BLOB REFERENCES organisations (id),
    captured_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL,
    payload TEXT NOT NULL,
    outcome TEXT NOT NULL,
    -- what it adds to the tallies while it is a duplicate, in review or rejected
    persons BIGINT NOT NULL CHECK (persons >= 0),
    amount_held BIGINT NOT NULL CHECK (amount_held >= 0),
    counted_on DATE NOT NULL,
    area_code TEXT NOT NULL,
    village_id BLOB,
    drive_id BLOB,
    PRIMARY KEY (id, rev)
);
-- Two first revisions that race for one record: only one may become current.
CREATE UNIQUE INDEX records_current ON records (id) WHERE is_current;
CREATE INDEX records_by_installation ON records (installation_id, seq);

CREATE TABLE enrollments (
    id BLOB NOT NULL PRIMARY KEY,
    record_id BLOB NOT NULL,
    record_rev BIGINT NOT NULL,
    member_index INTEGER NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    kind TEXT NOT NULL CHECK (kind IN ('new', 'renewal')),
    status TEXT NOT NULL CHECK (status IN ('accepted', 'voided')),
    person_id BLOB NOT NULL REFERENCES persons (id),
    household_id BLOB REFERENCES households (id),
    group_id BLOB NOT NULL REFERENCES groups (id),
    agent_id BLOB NOT NULL REFERENCES users (id),
    organisation_id BLOB REFERENCES organisations (id),
    area_code TEXT NOT NULL,
    village_id BLOB,
    drive_id BLOB,
    paid_on DATE NOT NULL,
    counted_on DATE NOT NULL,
    accepted_at TIMESTAMP NOT NULL,
    voided_on DATE,
    -- the days covered: whole months for voluntary, the card's days for household
    covers_from DATE NOT NULL,
    covers_to DATE NOT NULL,
    months BIGINT NOT NULL CHECK (months > 0),
    gross BIGINT NOT NULL CHECK (gross >= 0),
    state_support BIGINT NOT NULL CHECK (state_support >= 0),
    local_support BIGINT NOT NULL CHECK (local_support >= 0),
    payable BIGINT NOT NULL CHECK (payable >= 0),
    -- months of state support this enrollment used, of the lifetime's allowance
    supported_months BIGINT NOT NULL CHECK (supported_months >= 0),
    terms TEXT NOT NULL
);
CREATE INDEX enrollments_by_person ON enrollments (person_id);
CREATE INDEX enrollments_by_record ON enrollments (record_id);
CREATE INDEX enrollments_by_group ON enrollments (group_id, counted_on);

CREATE TABLE cards (
    id BLOB NOT NULL PRIMARY KEY,
    enrollment_id BLOB NOT NULL REFERENCES enrollments (id),
    person_id BLOB NOT NULL REFERENCES persons (id),
    card_type TEXT NOT NULL CHECK (card_type IN ('card', 'book')),
    state TEXT NOT NULL CHECK (state IN ('issued', 'pending_code', 'voided')),
    number TEXT,
    long_number TEXT,
    -- what stands before the holder's ten digits in the long number of a health card
    long_prefix TEXT,
    valid_from DATE,
    valid_to DATE,
    facility_code TEXT,
    form TEXT NOT NULL CHECK (form IN ('electronic', 'paper')),
    recorded_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX cards_enrollment ON cards (enrollment_id);

-- Which standing enrollment a duplicate named, so that a void of it can reopen the duplicate.
CREATE TABLE duplicates (
    record_id BLOB NOT NULL,
    record_rev BIGINT NOT NULL,
    member_index INTEGER NOT NULL,
    enrollment_id BLOB NOT NULL REFERENCES enrollments (id),
    PRIMARY KEY (record_id, record_rev, member_index)
);
CREATE INDEX duplicates_by_enrollment ON duplicates (enrollment_id);

CREATE TABLE reviews (
    id BLOB NOT NULL PRIMARY KEY,
    record_id BLOB NOT NULL,
    record_rev BIGINT NOT NULL,
    group_id BLOB NOT NULL REFERENCES groups (id),
    code TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'rejected', 'merged', 'superseded', 'closed')),
    opened_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);
CREATE INDEX reviews_by_record ON reviews (record_id);
CREATE INDEX reviews_by_group ON reviews (group_id, state);

-- Counts kept as sums; an absent village, drive or organisation is the nil id.
CREATE TABLE tallies (
    grain TEXT NOT NULL CHECK (grain IN ('day', 'month')),
    starts_on DATE NOT NULL,
    group_id BLOB NOT NULL,
    agent_id BLOB NOT NULL,
    organisation_id BLOB NOT NULL,
    area_code TEXT NOT NULL,
    village_id BLOB NOT NULL,
    drive_id BLOB NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    accepted BIGINT NOT NULL,
    renewals BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    review BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    voided BIGINT NOT NULL,
    amount_enrolled BIGINT NOT NULL,
    amount_held BIGINT NOT NULL,
    state_support BIGINT NOT NULL,
    PRIMARY KEY (grain, starts_on, group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme)
) WITHOUT ROWID;

-- A group's feed: its version moves in commit order.
CREATE TABLE sync_scopes (
    group_id BLOB NOT NULL PRIMARY KEY REFERENCES groups (id),
    version BIGINT NOT NULL,
    closed_through DATE
);

-- One row for each entity a group may see, moved to its newest version.
CREATE TABLE changes (
    group_id BLOB NOT NULL,
    entity TEXT NOT NULL CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review')),
    entity_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    op TEXT NOT NULL CHECK (op IN ('put', 'delete')),
    reason TEXT CHECK (reason IN ('merged_into', 'access_lost')),
    PRIMARY KEY (group_id, entity, entity_id)
) WITHOUT ROWID;
CREATE INDEX changes_by_version ON changes (group_id, version);
-- Who was told of what several groups may share.
CREATE INDEX changes_by_entity ON changes (entity_id) WHERE entity IN ('person', 'household');

-- News for another group's feed, applied by a short transaction of its own.
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    group_id BLOB NOT NULL REFERENCES groups (id),
    entity TEXT NOT NULL CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review')),
    entity_id BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX outbox_by_group ON outbox (group_id);
