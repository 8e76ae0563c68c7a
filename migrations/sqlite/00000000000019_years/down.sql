ALTER TABLE participation RENAME TO participation_by_year;

CREATE TABLE participation (
    group_id BLOB NOT NULL,
    month DATE NOT NULL,
    area_code TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    people BIGINT NOT NULL,
    PRIMARY KEY (group_id, month, area_code, scheme)
) WITHOUT ROWID;

INSERT INTO participation (group_id, month, area_code, scheme, people)
SELECT group_id, year || '-01-01', area_code, scheme, january FROM participation_by_year WHERE january <> 0
UNION ALL SELECT group_id, year || '-02-01', area_code, scheme, february FROM participation_by_year WHERE february <> 0
UNION ALL SELECT group_id, year || '-03-01', area_code, scheme, march FROM participation_by_year WHERE march <> 0
UNION ALL SELECT group_id, year || '-04-01', area_code, scheme, april FROM participation_by_year WHERE april <> 0
UNION ALL SELECT group_id, year || '-05-01', area_code, scheme, may FROM participation_by_year WHERE may <> 0
UNION ALL SELECT group_id, year || '-06-01', area_code, scheme, june FROM participation_by_year WHERE june <> 0
UNION ALL SELECT group_id, year || '-07-01', area_code, scheme, july FROM participation_by_year WHERE july <> 0
UNION ALL SELECT group_id, year || '-08-01', area_code, scheme, august FROM participation_by_year WHERE august <> 0
UNION ALL SELECT group_id, year || '-09-01', area_code, scheme, september FROM participation_by_year WHERE september <> 0
UNION ALL SELECT group_id, year || '-10-01', area_code, scheme, october FROM participation_by_year WHERE october <> 0
UNION ALL SELECT group_id, year || '-11-01', area_code, scheme, november FROM participation_by_year WHERE november <> 0
UNION ALL SELECT group_id, year || '-12-01', area_code, scheme, december FROM participation_by_year WHERE december <> 0;

DROP TABLE participation_by_year;
