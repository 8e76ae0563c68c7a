SET TIME ZONE 'UTC';
SET lock_timeout = '20s';
-- What is read after a lock must be what its last holder committed.
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
