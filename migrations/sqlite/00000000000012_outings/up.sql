-- Who goes out with a drive, and what is to be known before.

ALTER TABLE drives ADD COLUMN note TEXT;
CREATE INDEX drives_by_day ON drives (held_on);

CREATE TABLE drive_people (
    drive_id BLOB NOT NULL REFERENCES drives (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (drive_id, user_id)
);
CREATE INDEX drive_people_by_user ON drive_people (user_id);
