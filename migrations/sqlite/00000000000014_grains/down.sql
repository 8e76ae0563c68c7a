ALTER TABLE tallies RENAME TO tallies_after;

CREATE TABLE tallies (
    grain TEXT NOT NULL CHECK (grain IN ('day', 'month')),
    starts_on DATE NOT NULL,
    group_id BLOB NOT NULL,
    agent_id BLOB NOT NULL,
    organisation_id BLOB NOT NULL,
    area_code TEXT NOT NULL,
    village_id BLOB NOT NULL,
    drive_id BLOB NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('voluntary', 'household')),
    accepted BIGINT NOT NULL,
    renewals BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    review BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    voided BIGINT NOT NULL,
    amount_enrolled BIGINT NOT NULL,
    amount_held BIGINT NOT NULL,
    state_support BIGINT NOT NULL,
    PRIMARY KEY (grain, starts_on, group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme)
) WITHOUT ROWID;

INSERT INTO tallies (grain, starts_on, group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'day', starts_on, group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies_after WHERE grain = 'day'
GROUP BY starts_on, group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme;

INSERT INTO tallies (grain, starts_on, group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'month', substr(starts_on, 1, 8) || '01', group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies_after WHERE grain = 'day'
GROUP BY substr(starts_on, 1, 8) || '01', group_id, agent_id, organisation_id, area_code, village_id, drive_id, scheme;

DROP TABLE tallies_after;
