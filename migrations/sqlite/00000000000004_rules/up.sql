-- The law as it changes: rows added to the tables that come with the program, and records that waited for them.

-- A row is never changed. One that was wrong is withdrawn, and stays to be read.
CREATE TABLE rule_rows (
    id BLOB NOT NULL PRIMARY KEY,
    -- the edition of the law that it made
    edition BIGINT NOT NULL,
    table_name TEXT NOT NULL,
    -- JSON: column to text
    cells TEXT NOT NULL,
    added_at TIMESTAMP NOT NULL,
    -- nobody: from the command line
    added_by BLOB REFERENCES users (id),
    withdrawn_at TIMESTAMP,
    withdrawn_by BLOB REFERENCES users (id),
    withdrawn_because TEXT
);
CREATE UNIQUE INDEX rule_rows_edition ON rule_rows (edition);

-- One more with every row added or withdrawn; and the law (edition/version of the tables) by which what waited was judged.
ALTER TABLE server ADD COLUMN rules_edition BIGINT NOT NULL DEFAULT 0;
ALTER TABLE server ADD COLUMN rules_judged TEXT;

-- The day of payment as understood when the record came, and the decision that followed the first one.
ALTER TABLE records ADD COLUMN paid_on DATE;
ALTER TABLE records ADD COLUMN judged_again TEXT;

CREATE INDEX records_judged_again ON records (id) WHERE judged_again IS NOT NULL;
CREATE INDEX reviews_waiting ON reviews (id) WHERE state = 'open' AND code IN ('rate_unknown', 'rule_missing');
