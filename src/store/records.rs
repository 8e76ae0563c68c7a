//! Changes to what was decided before: revisions replaced, records taken back, reviews closed.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{cards, duplicates, enrollments, person_codes, records, reviews};
use crate::domain::{CardState, CodeKind, EnrollmentStatus, Id, RecordState, ReviewState};

/// The stored revisions of these records that were current are so no longer.
pub fn demote(tx: &mut Conn, ids: &[Id], at: NaiveDateTime) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(records::table.filter(records::id.eq_any(ids)).filter(records::is_current))
        .set((
            records::is_current.eq(false),
            records::state.eq(RecordState::Superseded),
            records::state_at.eq(at),
        ))
        .execute(tx)?;
    Ok(())
}

/// These records, as they stand, were taken back.
pub fn take_back(tx: &mut Conn, ids: &[Id], at: NaiveDateTime) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(records::table.filter(records::id.eq_any(ids)).filter(records::is_current))
        .set((records::state.eq(RecordState::Voided), records::state_at.eq(at)))
        .execute(tx)?;
    Ok(())
}

/// These enrollments and their cards stand no more, each from its day on.
pub fn void_enrollments(tx: &mut Conn, voided: &[(Id, NaiveDate)]) -> Result<()> {
    for (voided_on, ids) in by_value(voided) {
        diesel::update(enrollments::table.filter(enrollments::id.eq_any(&ids)))
            .set((
                enrollments::status.eq(EnrollmentStatus::Voided),
                enrollments::voided_on.eq(voided_on),
            ))
            .execute(tx)?;
        diesel::update(cards::table.filter(cards::enrollment_id.eq_any(&ids)))
            .set(cards::state.eq(CardState::Voided))
            .execute(tx)?;
    }
    Ok(())
}

/// What becomes of the open reviews of a record, or only of those of revisions before one.
pub type Closing = (Id, Option<i64>, ReviewState);

/// Closes open reviews, each as the first that names it says; returns which, and whose.
pub fn close_reviews(
    tx: &mut Conn,
    closings: &[Closing],
    at: NaiveDateTime,
) -> Result<Vec<(Id, Id)>> {
    if closings.is_empty() {
        return Ok(vec![]);
    }
    let mut of: HashMap<Id, Vec<&Closing>> = HashMap::new();
    closings.iter().for_each(|it| of.entry(it.0).or_default().push(it));
    let open: Vec<(Id, i64, Id, Id)> = reviews::table
        .filter(reviews::record_id.eq_any(of.keys()))
        .filter(reviews::state.eq(ReviewState::Open))
        .order(reviews::id)
        .select((reviews::record_id, reviews::record_rev, reviews::group_id, reviews::id))
        .load(tx)?;
    let mut closed = Vec::new();
    let mut told = Vec::new();
    for (record_id, rev, group_id, id) in open {
        let mut closings = of.get(&record_id).into_iter().flatten();
        let closing = closings.find(|(_, before, _)| before.is_none_or(|before| rev < before));
        if let Some((_, _, state)) = closing {
            closed.push((id, *state));
            told.push((group_id, id));
        }
    }
    for (state, ids) in by_value(&closed) {
        diesel::update(reviews::table.filter(reviews::id.eq_any(&ids)))
            .set((reviews::state.eq(state), reviews::closed_at.eq(at)))
            .execute(tx)?;
    }
    Ok(told)
}

/// The ids that get the same value.
fn by_value<T: Copy + Ord>(pairs: &[(Id, T)]) -> BTreeMap<T, Vec<Id>> {
    let mut groups: BTreeMap<T, Vec<Id>> = BTreeMap::new();
    pairs.iter().for_each(|(id, value)| groups.entry(*value).or_default().push(*id));
    groups
}

/// A duplicate names other enrollments from now on.
pub fn forget_named(tx: &mut Conn, id: Id, rev: i64) -> Result<()> {
    let of = duplicates::table
        .filter(duplicates::record_id.eq(id))
        .filter(duplicates::record_rev.eq(rev));
    diesel::delete(of).execute(tx)?;
    Ok(())
}

/// Numbers the cards and books of these persons that waited for the mã số BHXH; returns them with the
/// groups they belong to.
pub fn number_cards(tx: &mut Conn, person_ids: &[Id]) -> Result<Vec<(Id, Id)>> {
    if person_ids.is_empty() {
        return Ok(vec![]);
    }
    let waiting: Vec<(Id, Id)> = cards::table
        .inner_join(enrollments::table.on(enrollments::id.eq(cards::enrollment_id)))
        .filter(cards::person_id.eq_any(person_ids))
        .filter(cards::state.eq(CardState::PendingCode))
        .order(cards::id)
        .select((cards::id, enrollments::group_id))
        .load(tx)?;
    if waiting.is_empty() {
        return Ok(waiting);
    }
    let shown = || {
        person_codes::table
            .filter(person_codes::person_id.eq(cards::person_id))
            .filter(person_codes::kind.eq(CodeKind::Bhxh))
            .order((person_codes::is_alias, person_codes::code))
            .select(person_codes::code)
            .limit(1)
            .single_value()
    };
    let ids = waiting.iter().map(|(id, _)| id);
    diesel::update(cards::table.filter(cards::id.eq_any(ids)))
        .set((
            cards::state.eq(CardState::Issued),
            cards::number.eq(shown()),
            cards::long_number.eq(cards::long_prefix.concat(shown())),
        ))
        .execute(tx)?;
    Ok(waiting)
}
