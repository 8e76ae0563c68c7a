-- SQLite has its index of months since version 18. The databases count their versions alike.
SELECT 1;
