//! What is held on one person, and who looked.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::Value;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::reach::Reach;
use super::retention::FINGERPRINT;
use super::rows::{CardRow, EnrollmentRow};
use super::schema::{
    audit_entries, cards, enrollments, person_codes, records, visits, worklist_items,
};
use super::visits::VisitRow;
use super::worklists::Visible;
use super::worklists::items::by_ids;
use super::{audit, desk, facts};
use crate::domain::{Id, RecordKind, RecordState};

/// Most enrollments of one person that are told.
const MOST: i64 = 500;

/// A revision of a record that named a person.
#[derive(Debug, Clone, Queryable)]
pub struct Named {
    pub id: Id,
    pub rev: i64,
    pub kind: RecordKind,
    pub state: RecordState,
    pub captured_at: NaiveDateTime,
    pub received_at: NaiveDateTime,
    /// The body as the phone sent it, JSON; or its fingerprint.
    payload: String,
}

impl Named {
    /// The body; `None` when it was kept long enough.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn body(&self) -> Result<Option<Value>> {
        if self.payload.starts_with(FINGERPRINT) {
            return Ok(None);
        }
        let unreadable = |error| StoreError::unreadable("records.payload", &error);
        serde_json::from_str(&self.payload).map(Some).map_err(unreadable)
    }
}

/// Whose code this is, of whatever kind.
pub fn by_code(conn: &mut Conn, code: &str) -> Result<Vec<Id>> {
    let owners = person_codes::table.filter(person_codes::code.eq(code));
    Ok(owners.select(person_codes::person_id).distinct().load(conn)?)
}

/// Who has one of these identity keys, as he is known today; each once.
pub fn by_identity(conn: &mut Conn, keys: &[&str]) -> Result<Vec<Id>> {
    let mut ids: Vec<Id> =
        facts::candidates(conn, keys)?.into_iter().map(|(_, person)| person).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Which of these persons were enrolled within reach, in order of id, `most` at most. Outside of it nobody
/// exists who was not.
pub fn enrolled(conn: &mut Conn, reach: &Reach, ids: &[Id], most: i64) -> Result<Vec<Id>> {
    Ok(desk::within(reach)
        .filter(enrollments::person_id.eq_any(ids))
        .select(enrollments::person_id)
        .distinct()
        .order(enrollments::person_id)
        .limit(most)
        .load(conn)?)
}

/// The enrollments of these few persons within reach, the newest first.
pub fn enrollments(conn: &mut Conn, reach: &Reach, ids: &[Id]) -> Result<Vec<EnrollmentRow>> {
    let most = MOST.saturating_mul(i64::try_from(ids.len()).unwrap_or(i64::MAX));
    Ok(desk::within(reach)
        .filter(enrollments::person_id.eq_any(ids))
        .order((enrollments::accepted_at.desc(), enrollments::id))
        .limit(most)
        .select(EnrollmentRow::as_select())
        .load(conn)?)
}

/// Cards and books of a person.
pub fn cards(conn: &mut Conn, person_id: Id) -> Result<Vec<CardRow>> {
    let own = cards::table.filter(cards::person_id.eq(person_id));
    Ok(own.order(cards::id).limit(MOST).select(CardRow::as_select()).load(conn)?)
}

/// Where a person stands on lists of whom to visit.
pub fn items(conn: &mut Conn, person_id: Id) -> Result<Vec<Visible>> {
    let ids: Vec<Id> = worklist_items::table
        .filter(worklist_items::person_id.assume_not_null().eq(person_id))
        .order(worklist_items::id)
        .limit(MOST)
        .select(worklist_items::id)
        .load(conn)?;
    by_ids(conn, &ids)
}

/// The visits to these, who are one; the newest first. One to a resident whom nobody knew then is hers since it
/// is known that she was.
pub fn visits(conn: &mut Conn, persons: &[Id]) -> Result<Vec<VisitRow>> {
    Ok(visits::table
        .filter(visits::who.eq_any(persons))
        .order((visits::visited_on.desc(), visits::captured_at.desc(), visits::record_id.desc()))
        .limit(MOST)
        .select(VisitRow::as_select())
        .load(conn)?)
}

/// All revisions of these records.
pub fn records(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Named>> {
    Ok(records::table
        .filter(records::id.eq_any(ids))
        .order((records::received_at, records::rev))
        .select((
            records::id,
            records::rev,
            records::kind,
            records::state,
            records::captured_at,
            records::received_at,
            records::payload,
        ))
        .load(conn)?)
}

/// What was done to these, or looked at, the newest first.
pub fn looks(conn: &mut Conn, subjects: &[Id]) -> Result<Vec<audit::Entry>> {
    Ok(audit_entries::table
        .filter(audit_entries::subject_id.assume_not_null().eq_any(subjects))
        .order(audit_entries::id.desc())
        .limit(MOST)
        .select(audit::Entry::as_select())
        .load(conn)?)
}
