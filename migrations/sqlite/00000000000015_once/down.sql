DROP INDEX vssid_installs_by_day;
CREATE INDEX vssid_installs_by_day ON vssid_installs (installed_on);
DROP INDEX enrollments_by_end;
DROP INDEX worklist_items_by_group;
CREATE INDEX worklist_items_by_group ON worklist_items (group_id) WHERE group_id IS NOT NULL;
DROP INDEX worklist_items_by_agent;
DROP INDEX worklist_items_personal_id;
DROP INDEX worklist_items_bhxh_code;
DROP INDEX worklist_items_resident;
CREATE INDEX worklist_items_by_bhxh_code ON worklist_items (bhxh_code) WHERE state = 'open' AND person_id IS NULL AND bhxh_code IS NOT NULL;
CREATE INDEX worklist_items_by_personal_id ON worklist_items (personal_id) WHERE state = 'open' AND person_id IS NULL AND personal_id IS NOT NULL;

-- Namesakes with other codes are one again: the later is withdrawn.
UPDATE worklist_items SET resident_key = replace(
    resident_key, '|' || sex || '|' || COALESCE(bhxh_code, '') || '|' || COALESCE(personal_id, ''), '');
UPDATE worklist_items SET state = 'withdrawn'
WHERE state = 'open' AND person_id IS NULL AND EXISTS (
    SELECT 1 FROM worklist_items earlier
    WHERE earlier.state = 'open' AND earlier.person_id IS NULL AND earlier.scheme = worklist_items.scheme
        AND earlier.resident_key = worklist_items.resident_key
        AND (earlier.created_at, earlier.id) < (worklist_items.created_at, worklist_items.id)
);
CREATE UNIQUE INDEX worklist_items_resident ON worklist_items (resident_key, scheme) WHERE state = 'open' AND person_id IS NULL;
