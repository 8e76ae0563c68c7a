SELECT installations.user_id AS key,
       CAST(SUM(installations.pending_total) AS BIGINT) AS pending,
       MIN(installations.oldest_pending_at) AS oldest
FROM installations
WHERE installations.pending_total > 0
GROUP BY installations.user_id
