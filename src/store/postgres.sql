SET TIME ZONE 'UTC';
SET lock_timeout = '20s';
-- What is read after a lock must be what its last holder committed.
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
-- A plan made while a table was small must not be kept when it has grown: lists of keys are planned anew.
SET plan_cache_mode = 'force_custom_plan';
