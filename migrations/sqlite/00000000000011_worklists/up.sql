-- Whom to visit, who goes, and what came of it.

CREATE TABLE worklists (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('due', 'lapsed', 'no_card', 'never_joined')),
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    -- whose it is: one of the two
    office_id BLOB REFERENCES offices (id),
    group_id BLOB REFERENCES groups (id),
    -- what was asked for: communes with spaces between, a village, a day
    area_codes TEXT NOT NULL,
    village_id BLOB REFERENCES villages (id),
    made_on DATE NOT NULL,
    -- how many were left out because they stand on another list
    elsewhere BIGINT NOT NULL CHECK (elsewhere >= 0),
    created_at TIMESTAMP NOT NULL,
    CHECK ((office_id IS NULL) <> (group_id IS NULL))
);

-- One person to visit.
CREATE TABLE worklist_items (
    id BLOB NOT NULL PRIMARY KEY,
    worklist_id BLOB NOT NULL REFERENCES worklists (id),
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    kind TEXT NOT NULL CHECK (kind IN ('due', 'lapsed', 'no_card', 'never_joined')),
    -- nobody we know, of a list of residents
    person_id BLOB REFERENCES persons (id),
    full_name TEXT NOT NULL,
    birth TEXT NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('male', 'female')),
    -- today's commune
    area_code TEXT NOT NULL,
    village_id BLOB REFERENCES villages (id),
    address TEXT NOT NULL,
    phone TEXT,
    bhxh_code TEXT,
    personal_id TEXT,
    -- as that of persons: who might be the same
    identity_key TEXT NOT NULL,
    -- folded name, birth and commune: who is the same among residents
    resident_key TEXT NOT NULL,
    -- commune, village, address, name: the order in which they are visited
    place_key TEXT NOT NULL,
    due_on DATE,
    group_id BLOB REFERENCES groups (id),
    agent_id BLOB REFERENCES users (id),
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'enrolled', 'withdrawn')),
    -- by which it was closed
    enrollment_id BLOB REFERENCES enrollments (id),
    last_visit_id BLOB,
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);
-- Nobody stands on two open lists for one scheme.
CREATE UNIQUE INDEX worklist_items_person ON worklist_items (person_id, scheme) WHERE state = 'open' AND person_id IS NOT NULL;
CREATE UNIQUE INDEX worklist_items_resident ON worklist_items (resident_key, scheme) WHERE state = 'open' AND person_id IS NULL;
CREATE INDEX worklist_items_by_identity ON worklist_items (identity_key) WHERE state = 'open' AND person_id IS NULL;
CREATE INDEX worklist_items_by_bhxh_code ON worklist_items (bhxh_code) WHERE state = 'open' AND person_id IS NULL AND bhxh_code IS NOT NULL;
CREATE INDEX worklist_items_by_personal_id ON worklist_items (personal_id) WHERE state = 'open' AND person_id IS NULL AND personal_id IS NOT NULL;
CREATE INDEX worklist_items_of_person ON worklist_items (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX worklist_items_by_enrollment ON worklist_items (enrollment_id) WHERE enrollment_id IS NOT NULL;
CREATE INDEX worklist_items_by_place ON worklist_items (worklist_id, place_key);
CREATE INDEX worklist_items_by_group ON worklist_items (group_id) WHERE group_id IS NOT NULL;

-- What came of a visit, by its record.
CREATE TABLE visits (
    record_id BLOB NOT NULL PRIMARY KEY,
    -- none where the item is not the group's, or is unknown
    item_id BLOB REFERENCES worklist_items (id),
    -- as the record says, whether we know him or not
    person_id BLOB,
    visited_on DATE NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('met', 'not_home', 'promised', 'refused', 'enrolled')),
    promised_for DATE,
    reason TEXT,
    vssid BOOLEAN NOT NULL,
    -- whose phone the app is on: the person, else the item, else this visit alone
    who BLOB NOT NULL,
    group_id BLOB NOT NULL REFERENCES groups (id),
    agent_id BLOB NOT NULL REFERENCES users (id),
    area_code TEXT NOT NULL,
    village_id BLOB,
    captured_at TIMESTAMP NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    voided_at TIMESTAMP
);
CREATE INDEX visits_by_item ON visits (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX visits_by_who ON visits (who);

-- The first visit that installed VssID for somebody; each counts once.
CREATE TABLE vssid_installs (
    who BLOB NOT NULL PRIMARY KEY,
    record_id BLOB NOT NULL,
    installed_on DATE NOT NULL,
    group_id BLOB NOT NULL REFERENCES groups (id),
    agent_id BLOB NOT NULL REFERENCES users (id),
    area_code TEXT NOT NULL
);
CREATE INDEX vssid_installs_by_day ON vssid_installs (installed_on);

-- A visit is a record, too. A column with another check takes the place of the old one.
ALTER TABLE records ADD COLUMN record_kind TEXT NOT NULL DEFAULT 'void' CHECK (record_kind IN ('voluntary', 'household', 'void', 'visit'));
UPDATE records SET record_kind = kind;
ALTER TABLE records DROP COLUMN kind;
ALTER TABLE records RENAME COLUMN record_kind TO kind;
