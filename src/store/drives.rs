//! Drives: one outing of a group to a village on a day, and who goes.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
use super::schema::{drive_people, drives};
use super::{groups, places, users};
use crate::domain::{Code, Id};

/// A drive with the people who go, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    pub id: Id,
    pub group_id: Id,
    pub village_id: Id,
    pub held_on: NaiveDate,
    pub leader_id: Option<Id>,
    pub note: Option<String>,
    pub people: Vec<Id>,
    pub created_at: NaiveDateTime,
}

#[derive(Insertable, AsChangeset, Queryable, Selectable)]
#[diesel(table_name = drives, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: Id,
    group_id: Id,
    village_id: Id,
    held_on: NaiveDate,
    leader_id: Option<Id>,
    created_at: NaiveDateTime,
    note: Option<String>,
}

impl Row {
    fn of(drive: &Drive) -> Self {
        Self {
            id: drive.id,
            group_id: drive.group_id,
            village_id: drive.village_id,
            held_on: drive.held_on,
            leader_id: drive.leader_id,
            created_at: drive.created_at,
            note: drive.note.clone(),
        }
    }
}

/// Which drives are wanted; both days are inclusive.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub group_id: Option<Id>,
    pub village_id: Option<Id>,
}

/// Adds a drive, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for a group outside reach, an unknown village or a leader of another group,
/// [`StoreError::Wrong`] for somebody of another group who is to go, [`StoreError::Conflict`] when the id has other
/// content.
pub fn create(tx: &mut Conn, reach: &Reach, mut new: Drive) -> Result<Drive> {
    groups::get(tx, reach, new.group_id)?;
    tidy(&mut new.people);
    let known = drives::table.find(new.id).select(Row::as_select()).first(tx).optional()?;
    if let Some(row) = known {
        let known = with_people(tx, vec![row])?.pop().ok_or(StoreError::NotFound)?;
        let same = Drive { created_at: known.created_at, ..new } == known;
        return if same { Ok(known) } else { Err(StoreError::Conflict("drives.id")) };
    }
    check(tx, &new, None)?;
    diesel::insert_into(drives::table).values(Row::of(&new)).execute(tx)?;
    send(tx, &new)?;
    Ok(new)
}

/// Puts another village, day, leader, note and people in the place of a drive's own; its group stays. Who has left
/// the group may stay and may not come.
///
/// # Errors
/// As [`create`].
pub fn change(tx: &mut Conn, old: &Drive, mut new: Drive) -> Result<()> {
    tidy(&mut new.people);
    check(tx, &new, Some(old))?;
    diesel::update(drives::table.find(new.id)).set(Row::of(&new)).execute(tx)?;
    diesel::delete(drive_people::table.filter(drive_people::drive_id.eq(new.id))).execute(tx)?;
    send(tx, &new)
}

fn tidy(ids: &mut Vec<Id>) {
    ids.sort_unstable();
    ids.dedup();
}

/// The village is known, and whoever is new to lead or to go is of the group.
fn check(tx: &mut Conn, drive: &Drive, old: Option<&Drive>) -> Result<()> {
    places::village(tx, drive.village_id)?;
    let own = Reach::Groups(vec![drive.group_id]);
    let led = old.and_then(|old| old.leader_id);
    if let Some(leader_id) = drive.leader_id.filter(|id| led != Some(*id)) {
        users::get(tx, &own, leader_id)?;
    }
    let went = |id: &Id| old.is_some_and(|old| old.people.contains(id));
    for (at, user_id) in drive.people.iter().enumerate().filter(|(_, id)| !went(id)) {
        match users::get(tx, &own, *user_id) {
            Err(StoreError::NotFound) => {
                return Err(StoreError::wrong(&format!("/people/{at}"), Code::NotFound));
            }
            found => drop(found?),
        }
    }
    Ok(())
}

fn send(tx: &mut Conn, drive: &Drive) -> Result<()> {
    for user_id in &drive.people {
        diesel::insert_into(drive_people::table)
            .values((drive_people::drive_id.eq(drive.id), drive_people::user_id.eq(user_id)))
            .execute(tx)?;
    }
    Ok(())
}

/// One drive within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Drive> {
    let row: Row = drives::table.find(id).select(Row::as_select()).first(conn)?;
    reach.check_group(row.group_id)?;
    with_people(conn, vec![row])?.pop().ok_or(StoreError::NotFound)
}

/// Drives of the groups within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, wanted: Wanted, window: Window) -> Result<Page<Drive>> {
    let rows = of(reach, wanted)
        .filter(drives::id.gt(window.start()))
        .order(drives::id)
        .limit(window.fetch())
        .select(Row::as_select())
        .load(conn)?;
    Ok(window.page(with_people(conn, rows)?, |drive| drive.id))
}

fn of<'a>(reach: &Reach, wanted: Wanted) -> drives::BoxedQuery<'a, MultiBackend> {
    let mut query = drives::table.into_boxed();
    if let Some(groups) = reach.groups() {
        query = query.filter(drives::group_id.eq_any(groups.to_vec()));
    }
    if let Some(from) = wanted.from {
        query = query.filter(drives::held_on.ge(from));
    }
    if let Some(to) = wanted.to {
        query = query.filter(drives::held_on.le(to));
    }
    if let Some(id) = wanted.group_id {
        query = query.filter(drives::group_id.eq(id));
    }
    if let Some(id) = wanted.village_id {
        query = query.filter(drives::village_id.eq(id));
    }
    query
}

fn with_people(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Drive>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let going: Vec<(Id, Id)> = drive_people::table
        .filter(drive_people::drive_id.eq_any(&ids))
        .order((drive_people::drive_id, drive_people::user_id))
        .select((drive_people::drive_id, drive_people::user_id))
        .load(conn)?;
    let mut people: HashMap<Id, Vec<Id>> = HashMap::new();
    for (drive_id, user_id) in going {
        people.entry(drive_id).or_default().push(user_id);
    }
    let drive = |row: Row| Drive {
        people: people.remove(&row.id).unwrap_or_default(),
        id: row.id,
        group_id: row.group_id,
        village_id: row.village_id,
        held_on: row.held_on,
        leader_id: row.leader_id,
        note: row.note,
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(drive).collect())
}
