INSERT INTO changes (group_id, entity, entity_id, version, op, reason)
SELECT $1, entity, entity_id, $2 + place, op, reason
FROM unnest($3, $4, $5, $6) WITH ORDINALITY AS news (entity, entity_id, op, reason, place)
ON CONFLICT (group_id, entity, entity_id)
DO UPDATE SET version = excluded.version, op = excluded.op, reason = excluded.reason
