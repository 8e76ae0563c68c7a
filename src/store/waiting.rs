//! Records that wait for a row of the law, and what is decided on them at last.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
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
}

/// The reviews that wait for the law, in the order in which their records came.
pub fn all(conn: &mut Conn) -> Result<Vec<Id>> {
    Ok(reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::code.eq_any(CODES))
        .order((records::received_at, records::seq, records::id))
        .select(reviews::id)
        .load(conn)?)
}

/// The records of these reviews, in the order in which they came.
pub fn records(conn: &mut Conn, review_ids: &[Id]) -> Result<Vec<WaitingRecord>> {
    Ok(reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::id.eq_any(review_ids))
        .filter(records::is_current)
        .order((records::received_at, records::seq, records::id))
        .select(WaitingRecord::as_select())
        .load(conn)?)
}

/// How many there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(reviews::table
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::code.eq_any(CODES))
        .count()
        .get_result(conn)?)
}

/// Which revisions of these records wait still, with their review.
pub fn among(tx: &mut Conn, record_ids: &[Id]) -> Result<HashMap<(Id, i64), Id>> {
    let rows: Vec<(Id, i64, Id)> = reviews::table
        .filter(reviews::record_id.eq_any(record_ids))
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::code.eq_any(CODES))
        .select((reviews::record_id, reviews::record_rev, reviews::id))
        .load(tx)?;
    Ok(rows.into_iter().map(|(record_id, rev, id)| ((record_id, rev), id)).collect())
}

/// The current revision is something else now; its first outcome stays.
pub fn settle(
    tx: &mut Conn,
    (id, rev): (Id, i64),
    state: RecordState,
    outcome: &str,
    at: NaiveDateTime,
) -> Result<()> {
    diesel::update(records::table.find((id, rev)))
        .set((
            records::state.eq(state),
            records::state_at.eq(at),
            records::judged_again.eq(outcome),
        ))
        .execute(tx)?;
    Ok(())
}

/// Closes a review that waits for nothing any more.
pub fn close(tx: &mut Conn, review_id: Id, at: NaiveDateTime) -> Result<()> {
    diesel::update(reviews::table.find(review_id))
        .set((reviews::state.eq(ReviewState::Closed), reviews::closed_at.eq(at)))
        .execute(tx)?;
    Ok(())
}
