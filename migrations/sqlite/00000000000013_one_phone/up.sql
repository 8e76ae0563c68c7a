-- Two persons who are one have one phone with VssID: the first visit that stands counts, for who remained.

WITH united AS (
    SELECT i.who, COALESCE(p.merged_into, i.who) AS survivor, i.installed_on, v.captured_at, i.record_id
    FROM vssid_installs i
    JOIN visits v ON v.record_id = i.record_id
    LEFT JOIN persons p ON p.id = i.who
)
DELETE FROM vssid_installs WHERE who IN (
    SELECT later.who
    FROM united later
    JOIN united earlier ON earlier.survivor = later.survivor
    WHERE (earlier.installed_on, earlier.captured_at, earlier.record_id)
        < (later.installed_on, later.captured_at, later.record_id)
);

UPDATE vssid_installs
SET who = (SELECT p.merged_into FROM persons p WHERE p.id = vssid_installs.who)
WHERE who IN (SELECT p.id FROM persons p WHERE p.merged_into IS NOT NULL);
