INSERT INTO changes (group_id, entity, entity_id, version, op)
SELECT $1, entity, entity_id, $2 + place, 'put'
FROM unnest($3, $4) WITH ORDINALITY AS news (entity, entity_id, place)
ON CONFLICT (group_id, entity, entity_id)
DO UPDATE SET version = excluded.version, op = excluded.op, reason = NULL
