//! Names of what tallies are counted by.

use std::collections::HashMap;

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::reach::Reach;
use super::schema::{drives, groups, organisations, targets, users, villages};
use crate::domain::{Id, Scheme};
use chrono::NaiveDate;

/// The groups within reach, by name.
pub fn groups(conn: &mut Conn, reach: &Reach) -> Result<Vec<(Id, String)>> {
    let mut query =
        groups::table.select((groups::id, groups::name)).order(groups::name).into_boxed();
    if let Some(ids) = reach.groups() {
        query = query.filter(groups::id.eq_any(ids));
    }
    Ok(query.load(conn)?)
}

/// Names of these users.
pub fn users(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>> {
    let rows = users::table.filter(users::id.eq_any(ids)).select((users::id, users::name));
    Ok(rows.load(conn)?.into_iter().collect())
}

/// Names of these organisations.
pub fn organisations(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>> {
    let rows = organisations::table
        .filter(organisations::id.eq_any(ids))
        .select((organisations::id, organisations::name));
    Ok(rows.load(conn)?.into_iter().collect())
}

/// Names of these villages.
pub fn villages(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>> {
    let rows =
        villages::table.filter(villages::id.eq_any(ids)).select((villages::id, villages::name));
    Ok(rows.load(conn)?.into_iter().collect())
}

/// These drives: day and village.
pub fn drives(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>> {
    let rows: Vec<(Id, NaiveDate, String)> = drives::table
        .inner_join(villages::table.on(villages::id.eq(drives::village_id)))
        .filter(drives::id.eq_any(ids))
        .select((drives::id, drives::held_on, villages::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, on, village)| (id, format!("{on} {village}"))).collect())
}

/// Targets of groups that are in force on a day, summed by group and scheme.
pub fn targets(
    conn: &mut Conn,
    reach: &Reach,
    on: NaiveDate,
) -> Result<HashMap<(Id, Scheme), i64>> {
    let mut query = targets::table
        .filter(targets::starts_on.le(on))
        .filter(targets::ends_on.ge(on))
        .select((targets::group_id, targets::scheme, targets::people))
        .into_boxed();
    if let Some(ids) = reach.groups() {
        query = query.filter(targets::group_id.eq_any(ids));
    }
    let rows: Vec<(Id, Scheme, i64)> = query.load(conn)?;
    let mut sums = HashMap::new();
    for (group_id, scheme, people) in rows {
        *sums.entry((group_id, scheme)).or_default() += people;
    }
    Ok(sums)
}
