-- Rows of months and years by a part of the key, so that a table of a year is a sum of few; the rows of a group
-- stand together. What a row is not kept by is the nil id or no text.
ALTER TABLE tallies RENAME TO tallies_before;
ALTER INDEX tallies_pkey RENAME TO tallies_before_pkey;

CREATE TABLE tallies (
    grain TEXT NOT NULL CHECK (grain IN (
        'day', 'group_day', 'group_month', 'group_year', 'agent_month', 'agent_year', 'area_month', 'area_year',
        'village_month', 'village_year'
    )),
    group_id uuid NOT NULL,
    starts_on DATE NOT NULL,
    agent_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    area_code TEXT NOT NULL,
    village_id uuid NOT NULL,
    drive_id uuid NOT NULL,
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
    PRIMARY KEY (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme)
);

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support
FROM tallies_before WHERE grain = 'day';

DROP TABLE tallies_before;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'group_day', group_id, starts_on, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, '', '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, starts_on, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'group_month', group_id, date_trunc('month', starts_on)::date, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, '', '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('month', starts_on)::date, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'group_year', group_id, date_trunc('year', starts_on)::date, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, '', '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('year', starts_on)::date, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'agent_month', group_id, date_trunc('month', starts_on)::date, agent_id, organisation_id, '', '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('month', starts_on)::date, agent_id, organisation_id, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'agent_year', group_id, date_trunc('year', starts_on)::date, agent_id, organisation_id, '', '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('year', starts_on)::date, agent_id, organisation_id, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'area_month', group_id, date_trunc('month', starts_on)::date, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, area_code, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('month', starts_on)::date, area_code, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'area_year', group_id, date_trunc('year', starts_on)::date, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, area_code, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('year', starts_on)::date, area_code, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'village_month', group_id, date_trunc('month', starts_on)::date, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, '', village_id, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('month', starts_on)::date, village_id, scheme;

INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
SELECT 'village_year', group_id, date_trunc('year', starts_on)::date, '00000000-0000-0000-0000-000000000000'::uuid, '00000000-0000-0000-0000-000000000000'::uuid, '', village_id, '00000000-0000-0000-0000-000000000000'::uuid, scheme,
    sum(accepted), sum(renewals), sum(duplicate), sum(review), sum(rejected), sum(voided),
    sum(amount_enrolled), sum(amount_held), sum(state_support)
FROM tallies WHERE grain = 'day'
GROUP BY group_id, date_trunc('year', starts_on)::date, village_id, scheme;
