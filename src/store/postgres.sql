SET TIME ZONE 'UTC';
-- Some errors can only be told by their text. Only a superuser, or who was granted it, may set this.
DO $$
BEGIN
    PERFORM set_config('lc_messages', 'C', false);
EXCEPTION WHEN insufficient_privilege THEN
    NULL;
END
$$;
SET lock_timeout = '20s';
-- What is read after a lock must be what its last holder committed.
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
-- Only what is glanced at keeps its plans; each transaction plans anew (`conn.rs`).
SET plan_cache_mode = 'auto';
