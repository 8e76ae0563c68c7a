-- The rows of months in the order in which a table by month sums them: to sort them by itself costs more than to
-- read them.
CREATE INDEX tallies_by_month ON tallies (
    starts_on, scheme, group_id,
    accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support
) WHERE grain = 'group_month';
