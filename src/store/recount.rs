//! Every enrollment and every record that holds money, a bounded page at a time.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::rows::{EnrollmentRow, ReversalRow};
use super::schema::{enrollments, records, reversals};
use crate::domain::{Id, RecordKind, RecordState};

const PAGE: i64 = 10_000;

/// A current record by which nobody is enrolled.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct HeldRow {
    pub id: Id,
    pub kind: RecordKind,
    pub state: RecordState,
    pub group_id: Id,
    pub agent_id: Id,
    pub organisation_id: Option<Id>,
    pub persons: i64,
    pub amount_held: i64,
    pub counted_on: NaiveDate,
    pub area_code: String,
    pub village_id: Option<Id>,
    pub drive_id: Option<Id>,
}

/// Hands over all enrollments in order of id.
pub fn each_enrollment(tx: &mut Conn, mut each: impl FnMut(EnrollmentRow)) -> Result<()> {
    let mut after = Id::NIL;
    loop {
        let page: Vec<EnrollmentRow> = enrollments::table
            .filter(enrollments::id.gt(after))
            .order(enrollments::id)
            .limit(PAGE)
            .select(EnrollmentRow::as_select())
            .load(tx)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        page.into_iter().for_each(&mut each);
    }
}

/// Hands over all current duplicates, reviews and rejected records in order of id.
pub fn each_held(tx: &mut Conn, mut each: impl FnMut(HeldRow)) -> Result<()> {
    const HELD: [RecordState; 3] =
        [RecordState::Duplicate, RecordState::Review, RecordState::Rejected];
    let mut after = Id::NIL;
    loop {
        let page: Vec<HeldRow> = records::table
            .filter(records::id.gt(after))
            .filter(records::is_current)
            .filter(records::state.eq_any(HELD))
            .order(records::id)
            .limit(PAGE)
            .select(HeldRow::as_select())
            .load(tx)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        page.into_iter().for_each(&mut each);
    }
}

/// All that counted in a month that was closed, and ended later.
pub fn reversals(tx: &mut Conn) -> Result<Vec<ReversalRow>> {
    Ok(reversals::table.select(ReversalRow::as_select()).load(tx)?)
}
