//! Reviews: what waits for a person's decision, and what was decided.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
use super::rows::ReviewRow;
use super::schema::{records, reviews};
use crate::domain::{Code, Id, RecordState, ReviewState};

/// Which reviews are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub state: Option<ReviewState>,
    /// What the doubt is about.
    pub code: Option<Code>,
    /// Of the record.
    pub group_id: Option<Id>,
}

/// Reviews within reach, a page at a time.
pub fn list(
    conn: &mut Conn,
    reach: &Reach,
    wanted: Wanted,
    window: Window,
) -> Result<Page<ReviewRow>> {
    let mut query = reviews::table
        .filter(reviews::id.gt(window.start()))
        .order(reviews::id)
        .limit(window.fetch())
        .select(ReviewRow::as_select())
        .into_boxed();
    if let Some(groups) = reach.groups() {
        query = query.filter(reviews::group_id.eq_any(groups));
    }
    if let Some(state) = wanted.state {
        query = query.filter(reviews::state.eq(state));
    }
    if let Some(code) = wanted.code {
        query = query.filter(reviews::code.eq(code.as_str()));
    }
    if let Some(id) = wanted.group_id {
        query = query.filter(reviews::group_id.eq(id));
    }
    Ok(window.page(query.load(conn)?, |row: &ReviewRow| row.id))
}

/// One review within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<ReviewRow> {
    let row: ReviewRow = reviews::table.find(id).select(ReviewRow::as_select()).first(conn)?;
    reach.check_group(row.group_id)?;
    Ok(row)
}

/// All reviews of the current revisions of these records.
pub fn of_records(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Vec<ReviewRow>>> {
    let rows: Vec<ReviewRow> = reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::record_id.eq_any(ids))
        .filter(records::is_current)
        .order((reviews::opened_at, reviews::id))
        .select(ReviewRow::as_select())
        .load(conn)?;
    let mut found: HashMap<Id, Vec<ReviewRow>> = HashMap::new();
    for row in rows {
        found.entry(row.record_id).or_default().push(row);
    }
    Ok(found)
}

/// Adds a review. One that is there and was closed without a decision is open again.
pub fn open(tx: &mut Conn, row: &ReviewRow) -> Result<()> {
    let there = reviews::table.find(row.id).select(reviews::id).first::<Id>(tx).optional()?;
    if there.is_none() {
        diesel::insert_into(reviews::table).values(row).execute(tx)?;
        return Ok(());
    }
    let closed = [ReviewState::Closed, ReviewState::Superseded];
    diesel::update(reviews::table.find(row.id).filter(reviews::state.eq_any(closed)))
        .set((reviews::state.eq(ReviewState::Open), reviews::closed_at.eq(None::<NaiveDateTime>)))
        .execute(tx)?;
    Ok(())
}

/// Decides an open review.
///
/// # Errors
/// [`StoreError::Unique`] when somebody else was faster.
pub fn decide(tx: &mut Conn, id: Id, state: ReviewState, at: NaiveDateTime) -> Result<()> {
    let open = reviews::table.find(id).filter(reviews::state.eq(ReviewState::Open));
    let decided = diesel::update(open)
        .set((reviews::state.eq(state), reviews::closed_at.eq(at)))
        .execute(tx)?;
    if decided == 1 { Ok(()) } else { Err(StoreError::Unique("reviews.state".to_owned())) }
}

/// Notes who decided a review, and why.
pub fn sign(tx: &mut Conn, id: Id, by: Id, note: Option<&str>) -> Result<()> {
    diesel::update(reviews::table.find(id))
        .set((reviews::decided_by.eq(by), reviews::note.eq(note)))
        .execute(tx)?;
    Ok(())
}

/// Open reviews whether two of these, who are all one, are one person, beside records that do not wait for
/// them; with their groups.
pub fn among(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, Id)>> {
    Ok(reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::person_id.assume_not_null().eq_any(ids))
        .filter(reviews::other_id.assume_not_null().eq_any(ids))
        .filter(records::state.eq_any([RecordState::Accepted, RecordState::Voided]))
        .select((reviews::id, reviews::group_id))
        .load(conn)?)
}
