//! Names of what tallies are counted by.

use std::collections::HashMap;

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::reach::Reach;
use super::schema::{associations, drives, groups, offices, organisations, users, villages};
use super::sums::Question;
use super::targets::{self, Wanted};
use crate::domain::{HolderKind, Id, Measure, Scheme};
use chrono::NaiveDate;

/// The groups within reach, by name.
pub fn groups(conn: &mut Conn, reach: &Reach) -> Result<Vec<(Id, String)>> {
    if let Some(tree) = reach.tree() {
        let mut named: Vec<_> = tree.groups.iter().map(|it| (it.0, it.1.clone())).collect();
        named.sort_by(|a, b| a.1.cmp(&b.1));
        return Ok(named);
    }
    let found = super::groups::within(reach).select((groups::id, groups::name));
    Ok(found.order(groups::name).load(conn)?)
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

/// The organisations for which these users collect.
pub fn organisations_of(conn: &mut Conn, user_ids: &[Id]) -> Result<HashMap<Id, Id>> {
    let rows = users::table
        .filter(users::id.eq_any(user_ids))
        .filter(users::organisation_id.is_not_null())
        .select((users::id, users::organisation_id.assume_not_null()));
    Ok(rows.load(conn)?.into_iter().collect())
}

/// The offices within reach, by name.
pub fn all_offices(conn: &mut Conn, reach: &Reach) -> Result<Vec<(Id, String)>> {
    let mut query =
        offices::table.select((offices::id, offices::name)).order(offices::name).into_boxed();
    if let Some(ids) = reach.offices() {
        query = query.filter(offices::id.eq_any(ids));
    }
    Ok(query.load(conn)?)
}

/// The offices within reach, each with the one above it.
pub fn office_tree(conn: &mut Conn, reach: &Reach) -> Result<Vec<(Id, String, Option<Id>)>> {
    if let Some(tree) = reach.tree() {
        return Ok(tree.offices.clone());
    }
    let mut query =
        offices::table.select((offices::id, offices::name, offices::parent_id)).into_boxed();
    if let Some(ids) = reach.offices() {
        query = query.filter(offices::id.eq_any(ids));
    }
    Ok(query.order(offices::id).load(conn)?)
}

/// The groups within reach, each with its office.
pub fn group_offices(conn: &mut Conn, reach: &Reach) -> Result<Vec<(Id, Option<Id>)>> {
    if let Some(tree) = reach.tree() {
        return Ok(tree.groups.iter().map(|(id, _, office)| (*id, Some(*office))).collect());
    }
    Ok(super::groups::within(reach).select((groups::id, groups::office_id)).load(conn)?)
}

/// All organisations, by name.
pub fn all_organisations(conn: &mut Conn) -> Result<Vec<(Id, String)>> {
    let all = organisations::table.select((organisations::id, organisations::name));
    Ok(all.order(organisations::name).load(conn)?)
}

/// Names of these offices.
pub fn offices(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>> {
    let rows = offices::table.filter(offices::id.eq_any(ids)).select((offices::id, offices::name));
    Ok(rows.load(conn)?.into_iter().collect())
}

/// Names of these associations.
pub fn associations(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>> {
    let rows = associations::table
        .filter(associations::id.eq_any(ids))
        .select((associations::id, associations::name));
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

/// What somebody is to reach, and from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    pub people: i64,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Aim {
    /// Two targets of one holder on one day: their sum, over all of both periods.
    fn with(self, other: Self) -> Self {
        Self {
            people: self.people + other.people,
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }
}

/// Targets of people to enroll that are in force on the last day of a question, within reach, by holder and scheme.
pub fn targets(
    conn: &mut Conn,
    reach: &Reach,
    kind: HolderKind,
    question: &Question,
) -> Result<HashMap<(String, Scheme), Aim>> {
    let wanted = Wanted {
        holder_kind: Some(kind),
        measure: Some(Measure::Enrolled),
        on: Some(question.to),
        group_id: question.group_id,
        scheme: question.scheme,
        ..Wanted::default()
    };
    let mut aims: HashMap<(String, Scheme), Aim> = HashMap::new();
    for it in targets::goals(conn, reach, &[wanted])? {
        let Some(scheme) = it.scheme else { continue };
        let aim = Aim { people: it.people, from: it.starts_on, to: it.ends_on };
        let sum = aims.entry((it.holder_id, scheme));
        sum.and_modify(|sum| *sum = sum.with(aim)).or_insert(aim);
    }
    Ok(aims)
}
