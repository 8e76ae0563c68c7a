SELECT users.group_id AS key,
       CAST(SUM(installations.pending_total) AS BIGINT) AS pending,
       MIN(installations.oldest_pending_at) AS oldest
FROM installations
JOIN users ON users.id = installations.user_id
WHERE installations.pending_total > 0 AND users.group_id IS NOT NULL
GROUP BY users.group_id
