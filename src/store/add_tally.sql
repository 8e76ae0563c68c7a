ON CONFLICT (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme)
DO UPDATE SET
    accepted = tallies.accepted + excluded.accepted,
    renewals = tallies.renewals + excluded.renewals,
    duplicate = tallies.duplicate + excluded.duplicate,
    review = tallies.review + excluded.review,
    rejected = tallies.rejected + excluded.rejected,
    voided = tallies.voided + excluded.voided,
    amount_enrolled = tallies.amount_enrolled + excluded.amount_enrolled,
    amount_held = tallies.amount_held + excluded.amount_held,
    state_support = tallies.state_support + excluded.state_support
