INSERT INTO login_failures (key, failures, last_at)
VALUES ($1, 1, $2)
ON CONFLICT (key)
DO UPDATE SET
    failures = CASE WHEN login_failures.last_at < $3 THEN 1 ELSE login_failures.failures + 1 END,
    last_at = excluded.last_at
