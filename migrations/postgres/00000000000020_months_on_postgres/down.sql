DROP INDEX tallies_by_month;
