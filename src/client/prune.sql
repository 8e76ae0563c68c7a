DELETE FROM record
WHERE id IN (SELECT id FROM record WHERE status = 'accepted')
  AND id NOT IN (SELECT id FROM record WHERE waiting OR settled_at >= ?)
