//! Persons whose data rests: it is kept because the law says so, and shown to nobody who need not decide on it.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::persons;
use super::schema::{cards, enrollments, restrictions};
use super::worklists::items;
use crate::domain::{ChangeEntity, Id};

/// Since when a person's data rests, by whom, and why.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = restrictions)]
pub struct Restriction {
    pub person_id: Id,
    pub since: NaiveDateTime,
    pub restricted_by: Id,
    pub reason: String,
}

/// Whether, and since when. Who was merged into somebody is that person.
pub fn of(conn: &mut Conn, person_id: Id) -> Result<Option<Restriction>> {
    let row = restrictions::table.find(person_id).select(Restriction::as_select());
    Ok(row.first(conn).optional()?)
}

/// Those of these persons whose data rests.
pub fn among(conn: &mut Conn, ids: &[Id]) -> Result<HashSet<Id>> {
    let rows = restrictions::table.filter(restrictions::person_id.eq_any(ids));
    Ok(rows.select(restrictions::person_id).load(conn)?.into_iter().collect())
}

/// Whether the data of one of these persons rests, or of who they are today.
pub fn any(conn: &mut Conn, ids: &[Id]) -> Result<bool> {
    let mut all = persons::survivors(conn, ids)?;
    all.extend(ids);
    Ok(!among(conn, &all)?.is_empty())
}

/// Lets a person's data rest; what stands, stands. The person must be locked.
pub fn begin(tx: &mut Conn, new: &Restriction) -> Result<()> {
    if of(tx, new.person_id)?.is_none() {
        diesel::insert_into(restrictions::table).values(new).execute(tx)?;
    }
    Ok(())
}

/// Ends it, for everybody who is this person by now.
pub fn end(tx: &mut Conn, person_id: Id) -> Result<()> {
    let mut ids = persons::aliases(tx, person_id)?;
    ids.push(person_id);
    diesel::delete(restrictions::table.filter(restrictions::person_id.eq_any(ids))).execute(tx)?;
    Ok(())
}

/// A person's enrollments, cards and items of worklists, each with the group that holds it.
pub fn things_of(tx: &mut Conn, person_id: Id) -> Result<Vec<(Id, ChangeEntity, Id)>> {
    let own = enrollments::table.filter(enrollments::person_id.eq(person_id));
    let own: Vec<Id> = own.select(enrollments::id).load(tx)?;
    let issued = cards::table.filter(cards::person_id.eq(person_id));
    let issued: Vec<Id> = issued.select(cards::id).load(tx)?;
    let of = |entity| move |(group_id, id)| (group_id, entity, id);
    let enrolled = persons::groups_of(tx, &own)?.into_iter().map(of(ChangeEntity::Enrollment));
    let mut things: Vec<_> = enrolled.collect();
    things.extend(persons::groups_of_cards(tx, &issued)?.into_iter().map(of(ChangeEntity::Card)));
    let visited = items::of_person(tx, person_id)?.into_iter();
    things.extend(visited.map(of(ChangeEntity::WorklistItem)));
    Ok(things)
}

/// Two persons part: what was asked for while they were one holds for both.
pub fn part(tx: &mut Conn, from: Id, into: Id, merged_at: NaiveDateTime) -> Result<()> {
    match of(tx, into)? {
        Some(rest) if rest.since >= merged_at => {
            begin(tx, &Restriction { person_id: from, ..rest })
        }
        _ => Ok(()),
    }
}

/// Whoever becomes another takes the rest of his data along; the other's stays as it is when they part.
pub fn follow(tx: &mut Conn, from: Id, into: Id) -> Result<()> {
    match of(tx, from)? {
        Some(restriction) => begin(tx, &Restriction { person_id: into, ..restriction }),
        None => Ok(()),
    }
}
