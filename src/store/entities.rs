//! Entities by their ids, as the feed and the screens show them.

use std::collections::HashSet;

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::rows::{
    CardRow, EnrollmentRow, HouseholdRow, PersonCodeRow, PersonRow, RankRow, ReviewRow, Target,
};
use super::schema::{
    cards, enrollments, household_ranks, households, person_codes, persons, reviews, targets,
};
use crate::domain::{ChangeEntity, Id};

/// Which of these an organisation may see: what its agents enrolled, whom, and in which households. No review.
pub fn of_organisation(
    conn: &mut Conn,
    organisation_id: Id,
    ids: impl Fn(ChangeEntity) -> Vec<Id>,
) -> Result<HashSet<(ChangeEntity, Id)>> {
    let own = || {
        enrollments::table
            .filter(enrollments::organisation_id.assume_not_null().eq(organisation_id))
    };
    let mut seen = HashSet::new();
    let mut see = |entity, found: Vec<Id>| seen.extend(found.into_iter().map(|id| (entity, id)));
    let wanted = ids(ChangeEntity::Enrollment);
    let found = own().filter(enrollments::id.eq_any(wanted)).select(enrollments::id);
    see(ChangeEntity::Enrollment, found.load(conn)?);
    let found = own()
        .inner_join(cards::table.on(cards::enrollment_id.eq(enrollments::id)))
        .filter(cards::id.eq_any(ids(ChangeEntity::Card)))
        .select(cards::id);
    see(ChangeEntity::Card, found.load(conn)?);
    let found = own()
        .filter(enrollments::person_id.eq_any(ids(ChangeEntity::Person)))
        .select(enrollments::person_id);
    see(ChangeEntity::Person, found.load(conn)?);
    let household = enrollments::household_id.assume_not_null();
    let found = own().filter(household.eq_any(ids(ChangeEntity::Household))).select(household);
    see(ChangeEntity::Household, found.load(conn)?);
    Ok(seen)
}

/// These enrollments.
pub fn enrollments(conn: &mut Conn, ids: &[Id]) -> Result<Vec<EnrollmentRow>> {
    let rows = enrollments::table.filter(enrollments::id.eq_any(ids));
    Ok(rows.select(EnrollmentRow::as_select()).load(conn)?)
}

/// These cards.
pub fn cards(conn: &mut Conn, ids: &[Id]) -> Result<Vec<CardRow>> {
    let rows = cards::table.filter(cards::id.eq_any(ids));
    Ok(rows.select(CardRow::as_select()).load(conn)?)
}

/// These reviews.
pub fn reviews(conn: &mut Conn, ids: &[Id]) -> Result<Vec<ReviewRow>> {
    let rows = reviews::table.filter(reviews::id.eq_any(ids));
    Ok(rows.select(ReviewRow::as_select()).load(conn)?)
}

/// These targets.
pub fn targets(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Target>> {
    let rows = targets::table.filter(targets::id.eq_any(ids));
    Ok(rows.select(Target::as_select()).load(conn)?)
}

/// These persons, with all their codes.
pub fn persons(conn: &mut Conn, ids: &[Id]) -> Result<(Vec<PersonRow>, Vec<PersonCodeRow>)> {
    let rows = persons::table.filter(persons::id.eq_any(ids));
    let codes = person_codes::table.filter(person_codes::person_id.eq_any(ids));
    Ok((
        rows.select(PersonRow::as_select()).load(conn)?,
        codes
            .order((person_codes::is_alias, person_codes::code))
            .select(PersonCodeRow::as_select())
            .load(conn)?,
    ))
}

/// These households, with the ranks given in them.
pub fn households(conn: &mut Conn, ids: &[Id]) -> Result<(Vec<HouseholdRow>, Vec<RankRow>)> {
    let rows = households::table.filter(households::id.eq_any(ids));
    let ranks = household_ranks::table.filter(household_ranks::household_id.eq_any(ids));
    Ok((
        rows.select(HouseholdRow::as_select()).load(conn)?,
        ranks
            .order((household_ranks::year, household_ranks::rank))
            .select(RankRow::as_select())
            .load(conn)?,
    ))
}
