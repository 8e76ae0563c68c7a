-- Targets for whoever may have one, handed down from whole to part; and mass organisations whose members enroll people.

CREATE TABLE plans (
    id BLOB NOT NULL PRIMARY KEY,
    group_id BLOB REFERENCES groups (id),
    scheme TEXT CHECK (scheme IN ('voluntary', 'household')),
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    people BIGINT NOT NULL CHECK (people > 0),
    created_at TIMESTAMP NOT NULL,
    -- An id, or the code of an area.
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('office', 'group', 'organisation', 'agent', 'village', 'association', 'area')),
    holder_id TEXT NOT NULL,
    -- Whose plan it belongs to.
    office_id BLOB REFERENCES offices (id),
    part_of BLOB REFERENCES plans (id),
    measure TEXT NOT NULL CHECK (measure IN ('enrolled', 'taking_part', 'vssid'))
);
INSERT INTO plans SELECT id, group_id, scheme, starts_on, ends_on, people, created_at, 'group',
    lower(substr(hex(group_id), 1, 8) || '-' || substr(hex(group_id), 9, 4) || '-' || substr(hex(group_id), 13, 4)
        || '-' || substr(hex(group_id), 17, 4) || '-' || substr(hex(group_id), 21)),
    NULL, NULL, 'enrolled' FROM targets;
DROP TABLE targets;
ALTER TABLE plans RENAME TO targets;
CREATE INDEX targets_by_group ON targets (group_id, scheme);
CREATE INDEX targets_by_office ON targets (office_id);
CREATE INDEX targets_by_holder ON targets (holder_id);
CREATE INDEX targets_by_whole ON targets (part_of);

CREATE TABLE associations (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    office_id BLOB REFERENCES offices (id),
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE association_members (
    association_id BLOB NOT NULL REFERENCES associations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (association_id, user_id)
);
CREATE INDEX association_members_by_user ON association_members (user_id);

-- Feeds tell of targets, too, and of what else phones will be told of.
CREATE TABLE told (
    group_id BLOB NOT NULL,
    entity TEXT NOT NULL CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review', 'target', 'worklist_item', 'receipt_book')),
    entity_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    op TEXT NOT NULL CHECK (op IN ('put', 'delete')),
    reason TEXT CHECK (reason IN ('merged_into', 'access_lost')),
    PRIMARY KEY (group_id, entity, entity_id)
) WITHOUT ROWID;
INSERT INTO told SELECT group_id, entity, entity_id, version, op, reason FROM changes;
DROP TABLE changes;
ALTER TABLE told RENAME TO changes;
CREATE INDEX changes_by_version ON changes (group_id, version);
CREATE INDEX changes_by_entity ON changes (entity_id) WHERE entity IN ('person', 'household');

CREATE TABLE waiting (
    id BLOB NOT NULL PRIMARY KEY,
    group_id BLOB NOT NULL REFERENCES groups (id),
    entity TEXT NOT NULL CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review', 'target', 'worklist_item', 'receipt_book')),
    entity_id BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    op TEXT NOT NULL DEFAULT 'put' CHECK (op IN ('put', 'delete')),
    reason TEXT CHECK (reason IN ('merged_into', 'access_lost'))
);
INSERT INTO waiting SELECT id, group_id, entity, entity_id, created_at, op, reason FROM outbox;
DROP TABLE outbox;
ALTER TABLE waiting RENAME TO outbox;
CREATE INDEX outbox_by_group ON outbox (group_id);

INSERT INTO changes (group_id, entity, entity_id, version, op, reason)
    SELECT t.group_id, 'target', t.id, s.version + row_number() OVER (PARTITION BY t.group_id ORDER BY t.id), 'put', NULL
    FROM targets t JOIN sync_scopes s ON s.group_id = t.group_id;
UPDATE sync_scopes SET version = version + (SELECT count(*) FROM targets t WHERE t.group_id = sync_scopes.group_id);
