-- PostgreSQL sums without sorting: it needs no index for it. The databases count their versions alike.
SELECT 1;
