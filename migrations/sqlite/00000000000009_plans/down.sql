DELETE FROM outbox WHERE entity IN ('target', 'worklist_item', 'receipt_book');
DELETE FROM changes WHERE entity IN ('target', 'worklist_item', 'receipt_book');
DROP TABLE association_members;
DROP TABLE associations;
CREATE TABLE plans (
    id BLOB NOT NULL PRIMARY KEY,
    group_id BLOB NOT NULL REFERENCES groups (id),
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    people BIGINT NOT NULL CHECK (people > 0),
    created_at TIMESTAMP NOT NULL
);
INSERT INTO plans SELECT id, group_id, scheme, starts_on, ends_on, people, created_at FROM targets
    WHERE holder_kind = 'group' AND measure = 'enrolled';
DROP TABLE targets;
ALTER TABLE plans RENAME TO targets;
CREATE INDEX targets_by_group ON targets (group_id, scheme);
