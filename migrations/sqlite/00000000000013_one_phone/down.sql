-- What counted twice was an error; nothing is to be made again.
SELECT 1;
