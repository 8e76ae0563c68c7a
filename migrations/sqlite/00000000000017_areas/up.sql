-- Tables of areas that were imported, each whole: the newest takes the place of the one that comes with the program.
CREATE TABLE area_tables (
    -- the edition of the law with which it came into force
    edition BIGINT NOT NULL PRIMARY KEY,
    -- the table as a file
    csv TEXT NOT NULL,
    imported_at TIMESTAMP NOT NULL
);
