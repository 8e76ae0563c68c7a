DELETE FROM outbox WHERE entity IN ('target', 'worklist_item', 'receipt_book');
DELETE FROM changes WHERE entity IN ('target', 'worklist_item', 'receipt_book');
ALTER TABLE changes RENAME TO changes_before;
CREATE TABLE changes (
    group_id BLOB NOT NULL,
    entity TEXT NOT NULL CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review')),
    entity_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    op TEXT NOT NULL CHECK (op IN ('put', 'delete')),
    reason TEXT CHECK (reason IN ('merged_into', 'access_lost')),
    PRIMARY KEY (group_id, entity, entity_id)
) WITHOUT ROWID;
INSERT INTO changes (group_id, entity, entity_id, version, op, reason)
    SELECT group_id, entity, entity_id, version, op, reason FROM changes_before;
DROP TABLE changes_before;
CREATE INDEX changes_by_version ON changes (group_id, version);
CREATE INDEX changes_by_entity ON changes (entity_id) WHERE entity IN ('person', 'household');
ALTER TABLE outbox RENAME TO outbox_before;
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    group_id BLOB NOT NULL REFERENCES groups (id),
    entity TEXT NOT NULL CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review')),
    entity_id BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    op TEXT NOT NULL DEFAULT 'put' CHECK (op IN ('put', 'delete')),
    reason TEXT CHECK (reason IN ('merged_into', 'access_lost'))
);
INSERT INTO outbox (id, group_id, entity, entity_id, created_at, op, reason)
    SELECT id, group_id, entity, entity_id, created_at, op, reason FROM outbox_before;
DROP TABLE outbox_before;
CREATE INDEX outbox_by_group ON outbox (group_id);
DELETE FROM records WHERE kind = 'visit';
ALTER TABLE records ADD COLUMN record_kind TEXT NOT NULL DEFAULT 'void' CHECK (record_kind IN ('voluntary', 'household', 'void'));
UPDATE records SET record_kind = kind;
ALTER TABLE records DROP COLUMN kind;
ALTER TABLE records RENAME COLUMN record_kind TO kind;
DROP TABLE vssid_installs;
DROP TABLE visits;
DROP TABLE worklist_items;
DROP TABLE worklists;
