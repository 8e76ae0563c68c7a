DROP TABLE household_ranks;
DROP TABLE household_aliases;
DROP TABLE households;
DROP TABLE person_codes;
DROP TABLE persons;
