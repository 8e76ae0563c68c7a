DROP TABLE baselines;
DROP TABLE participation;
