-- To what a person agreed, kept longer than the body that said so; and persons whose data rests.

ALTER TABLE enrollments ADD COLUMN consent_version TEXT;
ALTER TABLE enrollments ADD COLUMN consent_at TIMESTAMP;

-- While a row stands, her data is kept because the law says so, and shown to nobody who need not decide on it.
CREATE TABLE restrictions (
    person_id uuid NOT NULL PRIMARY KEY REFERENCES persons (id),
    since TIMESTAMP NOT NULL,
    restricted_by uuid NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL
);
