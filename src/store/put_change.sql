ON CONFLICT (group_id, entity, entity_id)
DO UPDATE SET version = excluded.version, op = excluded.op, reason = excluded.reason
