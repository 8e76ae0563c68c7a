//! Changes to what was decided before: revisions replaced, records taken back, reviews closed.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::schema::{cards, duplicates, enrollments, households, records, reviews};
use crate::domain::{CardState, EnrollmentStatus, Id, RecordState, ReviewState};

/// A revision is no longer the current one of its record.
pub fn demote(tx: &mut Conn, id: Id, rev: i64, at: NaiveDateTime) -> Result<()> {
    diesel::update(records::table.find((id, rev)))
        .set((
            records::is_current.eq(false),
            records::state.eq(RecordState::Superseded),
            records::state_at.eq(at),
        ))
        .execute(tx)?;
    Ok(())
}

/// The current revision's record was taken back.
pub fn take_back(tx: &mut Conn, id: Id, rev: i64, at: NaiveDateTime) -> Result<()> {
    diesel::update(records::table.find((id, rev)))
        .set((records::state.eq(RecordState::Voided), records::state_at.eq(at)))
        .execute(tx)?;
    Ok(())
}

/// An enrollment and its card stand no more.
pub fn void_enrollment(tx: &mut Conn, id: Id, voided_on: NaiveDate) -> Result<()> {
    diesel::update(enrollments::table.find(id))
        .set((
            enrollments::status.eq(EnrollmentStatus::Voided),
            enrollments::voided_on.eq(voided_on),
        ))
        .execute(tx)?;
    diesel::update(cards::table.filter(cards::enrollment_id.eq(id)))
        .set(cards::state.eq(CardState::Voided))
        .execute(tx)?;
    Ok(())
}

/// Closes the open reviews of a record, or only those of revisions before `before`; returns which, and
/// whose.
pub fn close_reviews(
    tx: &mut Conn,
    record_id: Id,
    before: Option<i64>,
    state: ReviewState,
    at: NaiveDateTime,
) -> Result<Vec<(Id, Id)>> {
    let open: Vec<(Id, Id)> = reviews::table
        .filter(reviews::record_id.eq(record_id))
        .filter(reviews::state.eq(ReviewState::Open))
        .filter(reviews::record_rev.lt(before.unwrap_or(i64::MAX)))
        .select((reviews::group_id, reviews::id))
        .load(tx)?;
    let ids = open.iter().map(|(_, id)| id);
    diesel::update(reviews::table.filter(reviews::id.eq_any(ids)))
        .set((reviews::state.eq(state), reviews::closed_at.eq(at)))
        .execute(tx)?;
    Ok(open)
}

/// A duplicate names other enrollments from now on.
pub fn forget_named(tx: &mut Conn, id: Id, rev: i64) -> Result<()> {
    let of = duplicates::table
        .filter(duplicates::record_id.eq(id))
        .filter(duplicates::record_rev.eq(rev));
    diesel::delete(of).execute(tx)?;
    Ok(())
}

/// Gives a household the code it had not.
///
/// # Errors
/// [`StoreError::Race`] when somebody else was faster.
pub fn learn_household_code(tx: &mut Conn, id: Id, code: &str) -> Result<()> {
    let without = households::table.find(id).filter(households::code.is_null());
    match diesel::update(without).set(households::code.eq(code)).execute(tx)? {
        1 => Ok(()),
        _ => Err(StoreError::Race),
    }
}

/// Numbers the cards and books of a person that waited for his mã số BHXH; returns them with the
/// groups they belong to.
pub fn number_cards(tx: &mut Conn, person_id: Id, bhxh_code: &str) -> Result<Vec<(Id, Id)>> {
    let waiting: Vec<(Id, Option<String>, Id)> = cards::table
        .inner_join(enrollments::table.on(enrollments::id.eq(cards::enrollment_id)))
        .filter(cards::person_id.eq(person_id))
        .filter(cards::state.eq(CardState::PendingCode))
        .order(cards::id)
        .select((cards::id, cards::long_prefix, enrollments::group_id))
        .load(tx)?;
    for (id, prefix, _) in &waiting {
        let long_number = prefix.as_ref().map(|prefix| format!("{prefix}{bhxh_code}"));
        diesel::update(cards::table.find(id))
            .set((
                cards::state.eq(CardState::Issued),
                cards::number.eq(bhxh_code),
                cards::long_number.eq(long_number),
            ))
            .execute(tx)?;
    }
    Ok(waiting.into_iter().map(|(id, _, group_id)| (id, group_id)).collect())
}
