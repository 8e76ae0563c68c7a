ON CONFLICT (group_id, month, area_code, scheme)
DO UPDATE SET people = participation.people + excluded.people
