//! Records that wait for a row of the law, and what is decided on them at last.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::retention::FINGERPRINT;
use super::schema::{records, reviews};
use crate::domain::{Code, Id, RecordKind, RecordState, ReviewState};

/// The codes of reviews that wait for the law and not for a person.
const CODES: [&str; 2] = [Code::RateUnknown.as_str(), Code::RuleMissing.as_str()];

/// A record as it came, with what is needed to judge it again.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct WaitingRecord {
    pub id: Id,
    pub rev: i64,
    pub kind: RecordKind,
    pub group_id: Id,
    pub agent_id: Id,
    pub organisation_id: Option<Id>,
    pub captured_at: NaiveDateTime,
    pub received_at: NaiveDateTime,
    pub payload: String,
    pub outcome: String,
    pub counted_on: NaiveDate,
    pub paid_on: Option<NaiveDate>,
    pub installation_id: Option<Id>,
    pub seq: Option<i64>,
}

/// A revision that waits, and what is known of its waiting.
#[derive(Debug, Clone)]
pub struct Waits {
    /// The review with which it waited: open, or closed when it was rejected by a law that may be wrong.
    pub review_id: Id,
    /// The newest decision on it.
    pub decided: String,
}

/// The records to judge when the law has changed, in the order in which they came: those whose open
/// review waits for a row, and those rejected when it came, which may have been a wrong row. What a person
/// rejected stays rejected.
pub fn all(conn: &mut Conn) -> Result<Vec<Id>> {
    let columns = (records::received_at, records::seq, records::id);
    let mut found: Vec<(NaiveDateTime, Option<i64>, Id)> = reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::code.eq_any(CODES))
        .select(columns)
        .load(conn)?;
    found.extend(
        reviews::table
            .inner_join(
                records::table.on(records::id
                    .eq(reviews::record_id)
                    .and(records::rev.eq(reviews::record_rev))),
            )
            .filter(records::judged_again.is_not_null())
            .filter(records::state.eq(RecordState::Rejected))
            .filter(records::is_current)
            .filter(reviews::code.eq_any(CODES))
            .filter(records::payload.not_like(format!("{FINGERPRINT}%")))
            .select(columns)
            .load::<(NaiveDateTime, Option<i64>, Id)>(conn)?,
    );
    found.sort_unstable();
    found.dedup();
    let ids: Vec<Id> = found.into_iter().map(|(.., id)| id).collect();
    let rejected = rejected_by_somebody(conn, &ids)?;
    Ok(ids.into_iter().filter(|id| !rejected.contains(id)).collect())
}

/// Those of these records whose current revision a person has rejected.
fn rejected_by_somebody(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>> {
    let mut rejected = HashSet::new();
    for ids in ids.chunks(10_000) {
        rejected.extend(rejected_among(conn, ids)?);
    }
    Ok(rejected)
}

fn rejected_among(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::state.eq(ReviewState::Rejected))
        .filter(reviews::decided_by.is_not_null())
        .filter(records::id.eq_any(ids))
        .filter(records::is_current)
        .filter(records::state.eq(RecordState::Rejected))
        .select(records::id)
        .load(conn)?)
}

/// The newest decision on each record that waits for a row, and the money taken for it.
pub fn decided(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    let rows: Vec<(String, Option<String>, i64)> = reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::code.eq_any(CODES))
        .filter(records::is_current)
        .select((records::outcome, records::judged_again, records::amount_held))
        .load(conn)?;
    let newest =
        |(first, again, amount): (String, Option<String>, i64)| (again.unwrap_or(first), amount);
    Ok(rows.into_iter().map(newest).collect())
}

/// The current revisions of these records, in the order in which they came.
pub fn records(conn: &mut Conn, ids: &[Id]) -> Result<Vec<WaitingRecord>> {
    Ok(records::table
        .filter(records::id.eq_any(ids))
        .filter(records::is_current)
        .order((records::received_at, records::seq, records::id))
        .select(WaitingRecord::as_select())
        .load(conn)?)
}

/// Which of these records wait still, by their current revision.
pub fn among(tx: &mut Conn, record_ids: &[Id]) -> Result<HashMap<(Id, i64), Waits>> {
    let rows: Vec<(Id, i64, RecordState, String, Option<String>)> = records::table
        .filter(records::id.eq_any(record_ids))
        .filter(records::is_current)
        .select((
            records::id,
            records::rev,
            records::state,
            records::outcome,
            records::judged_again,
        ))
        .load(tx)?;
    let found: Vec<(Id, i64, Id, ReviewState)> = reviews::table
        .filter(reviews::record_id.eq_any(record_ids))
        .filter(reviews::code.eq_any(CODES))
        .select((reviews::record_id, reviews::record_rev, reviews::id, reviews::state))
        .load(tx)?;
    let rejected = rejected_by_somebody(tx, record_ids)?;
    let found: HashMap<(Id, i64), (Id, ReviewState)> =
        found.into_iter().map(|(id, rev, review, state)| ((id, rev), (review, state))).collect();
    let waits =
        |(id, rev, state, outcome, again): (Id, i64, RecordState, String, Option<String>)| {
            let (review_id, review) = found.get(&(id, rev)).copied()?;
            let refused =
                state == RecordState::Rejected && again.is_some() && !rejected.contains(&id);
            let decided = again.unwrap_or(outcome);
            let waits = review == ReviewState::Open || refused;
            waits.then_some(((id, rev), Waits { review_id, decided }))
        };
    Ok(rows.into_iter().filter_map(waits).collect())
}

/// The current revision is something else now, and counts on this day; its first outcome stays.
pub fn settle(
    tx: &mut Conn,
    (id, rev): (Id, i64),
    (state, counted_on): (RecordState, NaiveDate),
    outcome: &str,
    at: NaiveDateTime,
) -> Result<()> {
    diesel::update(records::table.find((id, rev)))
        .set((
            records::state.eq(state),
            records::state_at.eq(at),
            records::counted_on.eq(counted_on),
            records::judged_again.eq(outcome),
        ))
        .execute(tx)?;
    Ok(())
}

/// What became of the review with which a record waited; it may be open again, for another rule.
pub fn settle_review(
    tx: &mut Conn,
    review_id: Id,
    state: ReviewState,
    waits_for: Option<Code>,
    at: NaiveDateTime,
) -> Result<()> {
    let closed_at = (state != ReviewState::Open).then_some(at);
    diesel::update(reviews::table.find(review_id))
        .set((reviews::state.eq(state), reviews::closed_at.eq(closed_at)))
        .execute(tx)?;
    if state == ReviewState::Open {
        let review = reviews::table.find(review_id);
        diesel::update(review).set(reviews::decided_by.eq(None::<Id>)).execute(tx)?;
    }
    if let Some(code) = waits_for {
        let review = reviews::table.find(review_id);
        diesel::update(review).set(reviews::code.eq(code.as_str())).execute(tx)?;
    }
    Ok(())
}
