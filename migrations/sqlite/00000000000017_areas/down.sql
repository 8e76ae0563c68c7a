DROP TABLE area_tables;
