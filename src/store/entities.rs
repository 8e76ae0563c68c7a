//! Entities by their ids, as the feed and the screens show them.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::rows::{
    CardRow, EnrollmentRow, HouseholdRow, PersonCodeRow, PersonRow, RankRow, ReviewRow,
};
use super::schema::{
    cards, enrollments, household_ranks, households, person_codes, persons, reviews,
};
use crate::domain::Id;

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
