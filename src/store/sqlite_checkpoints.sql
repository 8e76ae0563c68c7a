PRAGMA busy_timeout = 50;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -1024;
