//! What a review puts beside each other: what records say, and what they collide with.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::Value;

use super::conn::Conn;
use super::desk;
use super::error::{Result, StoreError};
use super::reach::Reach;
use super::retention::FINGERPRINT;
use super::rows::{CardRow, EnrollmentRow};
use super::schema::{cards, duplicates, enrollments, groups, records, users};
use crate::domain::{EnrollmentStatus, Id, RecordKind};

/// A revision of a record, with who took it.
#[derive(Debug, Clone, Queryable)]
pub struct Said {
    pub id: Id,
    pub rev: i64,
    pub kind: RecordKind,
    pub group_name: String,
    pub agent_name: String,
    pub captured_at: NaiveDateTime,
    pub paid_on: Option<NaiveDate>,
    /// The body as the phone sent it, JSON; or its fingerprint.
    payload: String,
}

impl Said {
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

/// One revision of a record.
pub fn said(conn: &mut Conn, id: Id, rev: i64) -> Result<Option<Said>> {
    Ok(records::table
        .inner_join(groups::table.on(groups::id.eq(records::group_id)))
        .inner_join(users::table.on(users::id.eq(records::agent_id)))
        .filter(records::id.eq(id))
        .filter(records::rev.eq(rev))
        .select((
            records::id,
            records::rev,
            records::kind,
            groups::name,
            users::name,
            records::captured_at,
            records::paid_on,
            records::payload,
        ))
        .first(conn)
        .optional()?)
}

/// The enrollments that a stored duplicate names.
pub fn named(conn: &mut Conn, id: Id, rev: i64) -> Result<Vec<Id>> {
    Ok(duplicates::table
        .filter(duplicates::record_id.eq(id))
        .filter(duplicates::record_rev.eq(rev))
        .order(duplicates::member_index)
        .select(duplicates::enrollment_id)
        .load(conn)?)
}

/// The enrollments of a record, by their members.
pub fn of_record(conn: &mut Conn, id: Id) -> Result<Vec<EnrollmentRow>> {
    let own = enrollments::table.filter(enrollments::record_id.eq(id));
    Ok(own.order(enrollments::member_index).select(EnrollmentRow::as_select()).load(conn)?)
}

/// Whom these enrollments are of, within reach or not.
pub fn enrolled(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    let of = enrollments::table.filter(enrollments::id.eq_any(ids));
    Ok(of.select(enrollments::person_id).load(conn)?)
}

/// The first of these enrollments that is within reach.
pub fn first_of(conn: &mut Conn, reach: &Reach, ids: &[Id]) -> Result<Option<EnrollmentRow>> {
    let own = desk::within(reach).filter(enrollments::id.eq_any(ids));
    Ok(own.order(enrollments::id).select(EnrollmentRow::as_select()).first(conn).optional()?)
}

/// The newest enrollment of a person within reach, but for those of one record; one that stands before others.
pub fn newest_of(
    conn: &mut Conn,
    reach: &Reach,
    person_id: Id,
    but: Id,
) -> Result<Option<EnrollmentRow>> {
    let own = desk::within(reach)
        .filter(enrollments::person_id.eq(person_id))
        .filter(enrollments::record_id.ne(but))
        .order((enrollments::accepted_at.desc(), enrollments::id))
        .limit(100)
        .select(EnrollmentRow::as_select());
    let rows: Vec<EnrollmentRow> = own.load(conn)?;
    let stands = |row: &&EnrollmentRow| row.status == EnrollmentStatus::Accepted;
    Ok(rows.iter().find(stands).or(rows.first()).cloned())
}

/// The card or book of an enrollment.
pub fn card_of(conn: &mut Conn, enrollment_id: Id) -> Result<Option<CardRow>> {
    let own = cards::table.filter(cards::enrollment_id.eq(enrollment_id));
    Ok(own.order(cards::id).select(CardRow::as_select()).first(conn).optional()?)
}
