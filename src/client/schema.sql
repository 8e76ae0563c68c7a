-- A phone's file: one installation of one user. A time is text as RFC 3339 has it; a settled_at is UTC without offset.

CREATE TABLE IF NOT EXISTS installation (
    id            TEXT    NOT NULL PRIMARY KEY,
    last_seq      INTEGER NOT NULL DEFAULT 0, -- the last number given out
    epoch         TEXT,                       -- of the last answer
    cursor        TEXT,                       -- how far the copy of the feed reaches
    access_token  TEXT,
    refresh_token TEXT,
    wiped         BOOLEAN NOT NULL DEFAULT FALSE
);

-- Every revision captured. Those that wait are the outbox; the others are kept for a while.
CREATE TABLE IF NOT EXISTS record (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL,
    rev         INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    captured_at TEXT    NOT NULL,
    boot_id     TEXT,
    uptime_ms   INTEGER,
    body        TEXT    NOT NULL,                -- frozen
    waiting     BOOLEAN NOT NULL DEFAULT TRUE,
    sent        BOOLEAN NOT NULL DEFAULT FALSE,  -- the server may have decided it
    status      TEXT,                            -- of the outcome
    outcome     TEXT,                            -- the last answer, as JSON
    settled_at  TIMESTAMP,                       -- when it was answered, by the server's clock
    UNIQUE (id, rev)
);
CREATE INDEX IF NOT EXISTS record_waiting ON record (seq) WHERE waiting;

-- Numbers that will never come, and whether the server knows.
CREATE TABLE IF NOT EXISTS skipped (
    seq  INTEGER NOT NULL PRIMARY KEY,
    told BOOLEAN NOT NULL DEFAULT FALSE
);

-- The copy of the group's feed.
CREATE TABLE IF NOT EXISTS entity (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    data TEXT NOT NULL, -- JSON
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

PRAGMA user_version = 1;
