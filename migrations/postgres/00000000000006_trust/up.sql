-- Who may do what, and who did: failed log-ins, API clients, and a record of every write.

-- Failed log-ins of an account from one place; both only as a digest. Gone with the first that succeeds.
CREATE TABLE login_failures (
    key TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL CHECK (failures > 0),
    last_at TIMESTAMP NOT NULL
);

-- One row for each transaction that somebody wrote, and for each look that must be known.
CREATE TABLE audit_entries (
    id uuid NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    -- nobody: before log-in, or from the command line
    user_id uuid,
    client_id uuid,
    installation_id uuid,
    -- method and pattern of the route, or the command
    what TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- what was written or looked at
    subject_id uuid,
    detail TEXT,
    -- SHA-256 of it, base64url
    before TEXT,
    after TEXT
);
CREATE INDEX audit_entries_by_user ON audit_entries (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_id) WHERE subject_id IS NOT NULL;

-- Entries in a chain, each sealed with the hash of itself and of the one before.
CREATE TABLE audit_seals (
    seq BIGINT NOT NULL PRIMARY KEY CHECK (seq > 0),
    entry_id uuid NOT NULL,
    hash TEXT NOT NULL
);
CREATE UNIQUE INDEX audit_seals_entry ON audit_seals (entry_id);

CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries and seals stay';
END
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_seals_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
