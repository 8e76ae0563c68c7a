//! Reviews: what waits for a person's decision, and what was decided.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::page::{Page, Window};
use super::reach::Reach;
use super::rows::ReviewRow;
use super::schema::{records, reviews};
use crate::domain::{Id, RecordState, ReviewState};

/// Reviews within reach, a page at a time.
pub fn list(
    conn: &mut Conn,
    reach: &Reach,
    state: Option<ReviewState>,
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
    if let Some(state) = state {
        query = query.filter(reviews::state.eq(state));
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

/// Adds a review, unless it is there.
pub fn open(tx: &mut Conn, row: &ReviewRow) -> Result<()> {
    let there = reviews::table.find(row.id).select(reviews::id).first::<Id>(tx).optional()?;
    if there.is_none() {
        diesel::insert_into(reviews::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Notes what was decided on a review, by whom and why.
pub fn decide(
    tx: &mut Conn,
    id: Id,
    state: ReviewState,
    (by, note): (Id, Option<&str>),
    at: NaiveDateTime,
) -> Result<()> {
    diesel::update(reviews::table.find(id))
        .set((
            reviews::state.eq(state),
            reviews::closed_at.eq(at),
            reviews::decided_by.eq(by),
            reviews::note.eq(note),
        ))
        .execute(tx)?;
    Ok(())
}

/// Open reviews whether these two are one person, beside records that do not wait for them; with their
/// groups.
pub fn between(conn: &mut Conn, one: Id, other: Id) -> Result<Vec<(Id, Id)>> {
    let both = [one, other];
    Ok(reviews::table
        .inner_join(
            records::table
                .on(records::id.eq(reviews::record_id).and(records::rev.eq(reviews::record_rev))),
        )
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::person_id.assume_not_null().eq_any(both))
        .filter(reviews::other_id.assume_not_null().eq_any(both))
        .filter(records::state.eq_any([RecordState::Accepted, RecordState::Voided]))
        .select((reviews::id, reviews::group_id))
        .load(conn)?)
}
