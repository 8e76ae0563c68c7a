DROP INDEX reviews_waiting;
DROP INDEX records_judged_again;
ALTER TABLE records DROP COLUMN judged_again;
ALTER TABLE records DROP COLUMN paid_on;
ALTER TABLE server DROP COLUMN rules_judged;
ALTER TABLE server DROP COLUMN rules_edition;
DROP TABLE rule_rows;
