-- Nobody stands on two open lists for one scheme: residents are told apart by their codes and their sex, too.

-- Of two with one code the later is withdrawn, and whoever has it is told.
INSERT INTO outbox (id, group_id, entity, entity_id, created_at, op)
SELECT randomblob(16), later.group_id, 'worklist_item', later.id, strftime('%Y-%m-%d %H:%M:%f', 'now'), 'put'
FROM worklist_items later
WHERE later.state = 'open' AND later.person_id IS NULL AND later.group_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM worklist_items earlier
    WHERE earlier.state = 'open' AND earlier.person_id IS NULL AND earlier.scheme = later.scheme
        AND (earlier.bhxh_code = later.bhxh_code OR earlier.personal_id = later.personal_id)
        AND (earlier.created_at, earlier.id) < (later.created_at, later.id)
);
UPDATE worklist_items SET state = 'withdrawn', changed_at = strftime('%Y-%m-%d %H:%M:%f', 'now')
WHERE state = 'open' AND person_id IS NULL AND EXISTS (
    SELECT 1 FROM worklist_items earlier
    WHERE earlier.state = 'open' AND earlier.person_id IS NULL AND earlier.scheme = worklist_items.scheme
        AND (earlier.bhxh_code = worklist_items.bhxh_code OR earlier.personal_id = worklist_items.personal_id)
        AND (earlier.created_at, earlier.id) < (worklist_items.created_at, worklist_items.id)
);

UPDATE worklist_items SET resident_key =
    resident_key || '|' || sex || '|' || COALESCE(bhxh_code, '') || '|' || COALESCE(personal_id, '');

DROP INDEX worklist_items_by_bhxh_code;
DROP INDEX worklist_items_by_personal_id;
CREATE UNIQUE INDEX worklist_items_bhxh_code ON worklist_items (bhxh_code, scheme) WHERE state = 'open' AND person_id IS NULL AND bhxh_code IS NOT NULL;
CREATE UNIQUE INDEX worklist_items_personal_id ON worklist_items (personal_id, scheme) WHERE state = 'open' AND person_id IS NULL AND personal_id IS NOT NULL;

-- Whose an agent's are, when he goes; which lists something was given of.
CREATE INDEX worklist_items_by_agent ON worklist_items (agent_id) WHERE agent_id IS NOT NULL;
DROP INDEX worklist_items_by_group;
CREATE INDEX worklist_items_by_group ON worklist_items (group_id, worklist_id, agent_id, person_id) WHERE group_id IS NOT NULL;

-- Who is due, and who has lapsed.
CREATE INDEX enrollments_by_end ON enrollments (group_id, scheme, covers_to);

-- Installations are counted without looking at each.
DROP INDEX vssid_installs_by_day;
CREATE INDEX vssid_installs_by_day ON vssid_installs (installed_on, group_id, agent_id, area_code);
