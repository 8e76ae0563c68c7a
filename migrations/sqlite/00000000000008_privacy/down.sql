DROP TABLE restrictions;
ALTER TABLE enrollments DROP COLUMN consent_at;
ALTER TABLE enrollments DROP COLUMN consent_version;
