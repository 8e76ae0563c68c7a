DROP TABLE drive_people;
DROP INDEX drives_by_day;
ALTER TABLE drives DROP COLUMN note;
