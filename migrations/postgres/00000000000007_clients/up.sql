-- Programs of collection organisations, and the secrets they log in with.

CREATE TABLE api_clients (
    id uuid NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    -- words with spaces between, as OAuth writes them
    scopes TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    disabled_at TIMESTAMP
);

-- A secret is 256 random bits: its digest needs no salt. Of two that overlap the older one ends.
CREATE TABLE api_client_secrets (
    id uuid NOT NULL PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES api_clients (id),
    digest TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP
);
CREATE INDEX api_client_secrets_by_client ON api_client_secrets (client_id);
