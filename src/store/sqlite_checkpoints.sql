PRAGMA busy_timeout = 1000;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -1024;
