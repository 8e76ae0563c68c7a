-- Who is here: offices, groups, users, their phones and their sessions.

-- One row: what identifies this database. The epoch changes when a backup is restored.
CREATE TABLE server (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch uuid NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE offices (
    id uuid NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    parent_id uuid REFERENCES offices (id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX offices_by_parent ON offices (parent_id);

CREATE TABLE organisations (
    id uuid NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE groups (
    id uuid NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    office_id uuid REFERENCES offices (id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX groups_by_office ON groups (office_id);

CREATE TABLE group_areas (
    group_id uuid NOT NULL REFERENCES groups (id),
    area_code TEXT NOT NULL,
    PRIMARY KEY (group_id, area_code)
);

CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'supervisor', 'leader', 'agent')),
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    group_id uuid REFERENCES groups (id),
    office_id uuid REFERENCES offices (id),
    organisation_id uuid REFERENCES organisations (id),
    certificate_number TEXT,
    certificate_expires_on DATE,
    disabled_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX users_login ON users (login);
CREATE INDEX users_by_group ON users (group_id);

CREATE TABLE installations (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    label TEXT NOT NULL,
    app_version TEXT,
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    revoked_mode TEXT CHECK (revoked_mode IN ('deliver', 'block')),
    revoked_at TIMESTAMP,
    contiguous_seq BIGINT NOT NULL,
    pending_total BIGINT NOT NULL CHECK (pending_total >= 0),
    oldest_pending_at TIMESTAMP,
    pending_sent_at TIMESTAMP
);
CREATE INDEX installations_by_user ON installations (user_id);

-- Sequence numbers the phone says will never come: a revision replaced before it was sent.
CREATE TABLE skipped_seqs (
    installation_id uuid NOT NULL REFERENCES installations (id),
    seq BIGINT NOT NULL,
    PRIMARY KEY (installation_id, seq)
);

CREATE TABLE refresh_families (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    installation_id uuid REFERENCES installations (id),
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX refresh_families_by_user ON refresh_families (user_id);

-- Only the digest of a token is kept; a successor is derived from its predecessor.
CREATE TABLE refresh_tokens (
    digest TEXT NOT NULL PRIMARY KEY,
    family_id uuid NOT NULL REFERENCES refresh_families (id),
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);

-- Villages have no official code: an office keeps its own list.
CREATE TABLE villages (
    id uuid NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    area_code TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX villages_by_area ON villages (area_code);

-- One outing of a group to a village on a day.
CREATE TABLE drives (
    id uuid NOT NULL PRIMARY KEY,
    group_id uuid NOT NULL REFERENCES groups (id),
    village_id uuid NOT NULL REFERENCES villages (id),
    held_on DATE NOT NULL,
    leader_id uuid REFERENCES users (id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX drives_by_group ON drives (group_id, held_on);

-- People to enroll per scheme and period, for one group.
CREATE TABLE targets (
    id uuid NOT NULL PRIMARY KEY,
    group_id uuid NOT NULL REFERENCES groups (id),
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    people BIGINT NOT NULL CHECK (people > 0),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX targets_by_group ON targets (group_id, scheme);
