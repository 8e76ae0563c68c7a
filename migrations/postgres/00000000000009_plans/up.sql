-- Targets for whoever may have one, handed down from whole to part; and mass organisations whose members enroll people.

ALTER TABLE targets ALTER COLUMN group_id DROP NOT NULL;
ALTER TABLE targets ALTER COLUMN scheme DROP NOT NULL;
-- An id, or the code of an area.
ALTER TABLE targets ADD COLUMN holder_kind TEXT NOT NULL DEFAULT 'group'
    CHECK (holder_kind IN ('office', 'group', 'organisation', 'agent', 'village', 'association', 'area'));
ALTER TABLE targets ADD COLUMN holder_id TEXT NOT NULL DEFAULT '';
UPDATE targets SET holder_id = group_id::text;
ALTER TABLE targets ALTER COLUMN holder_kind DROP DEFAULT;
ALTER TABLE targets ALTER COLUMN holder_id DROP DEFAULT;
-- Whose plan it belongs to.
ALTER TABLE targets ADD COLUMN office_id uuid REFERENCES offices (id);
ALTER TABLE targets ADD COLUMN part_of uuid REFERENCES targets (id);
ALTER TABLE targets ADD COLUMN measure TEXT NOT NULL DEFAULT 'enrolled'
    CHECK (measure IN ('enrolled', 'taking_part', 'vssid'));
ALTER TABLE targets ALTER COLUMN measure DROP DEFAULT;
CREATE INDEX targets_by_office ON targets (office_id);
CREATE INDEX targets_by_holder ON targets (holder_id);
CREATE INDEX targets_by_whole ON targets (part_of);

CREATE TABLE associations (
    id uuid NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    office_id uuid REFERENCES offices (id),
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE association_members (
    association_id uuid NOT NULL REFERENCES associations (id),
    user_id uuid NOT NULL REFERENCES users (id),
    PRIMARY KEY (association_id, user_id)
);
CREATE INDEX association_members_by_user ON association_members (user_id);

-- Feeds tell of targets, too, and of what else phones will be told of.
ALTER TABLE changes DROP CONSTRAINT changes_entity_check;
ALTER TABLE changes ADD CONSTRAINT changes_entity_check CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review', 'target', 'worklist_item', 'receipt_book'));
ALTER TABLE outbox DROP CONSTRAINT outbox_entity_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_entity_check CHECK (entity IN ('enrollment', 'card', 'person', 'household', 'review', 'target', 'worklist_item', 'receipt_book'));

INSERT INTO changes (group_id, entity, entity_id, version, op, reason)
    SELECT t.group_id, 'target', t.id, s.version + row_number() OVER (PARTITION BY t.group_id ORDER BY t.id), 'put', NULL
    FROM targets t JOIN sync_scopes s ON s.group_id = t.group_id;
UPDATE sync_scopes SET version = version + (SELECT count(*) FROM targets t WHERE t.group_id = sync_scopes.group_id);
