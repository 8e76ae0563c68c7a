//! Mass organisations (Women's Union, Farmers' Union) whose members are agents: what these enroll counts for
//! theirs, too.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
use super::schema::{association_members, associations};
use super::{offices, users};
use crate::domain::{Code, Id};

/// A mass organisation with its members, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    pub id: Id,
    pub name: String,
    /// The office that keeps it; of the administrators when there is none.
    pub office_id: Option<Id>,
    pub member_ids: Vec<Id>,
    pub created_at: NaiveDateTime,
}

type Row = (Id, String, Option<Id>, NaiveDateTime);
const ROW: (
    associations::id,
    associations::name,
    associations::office_id,
    associations::created_at,
) = (associations::id, associations::name, associations::office_id, associations::created_at);

/// Adds an association, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for an office outside reach, [`StoreError::Wrong`] for a member outside,
/// [`StoreError::Conflict`] when the id has other content.
pub fn create(tx: &mut Conn, reach: &Reach, mut new: Association) -> Result<Association> {
    tidy(&mut new.member_ids);
    let known: Option<Row> = associations::table.find(new.id).select(ROW).first(tx).optional()?;
    if let Some(row) = known {
        let known = with_members(tx, vec![row])?.pop().ok_or(StoreError::NotFound)?;
        let same = Association { created_at: known.created_at, ..new } == known;
        return if same { Ok(known) } else { Err(StoreError::Conflict("associations.id")) };
    }
    if let Some(id) = new.office_id {
        reach.check_office(id)?;
        offices::get(tx, id)?;
    }
    diesel::insert_into(associations::table)
        .values((
            associations::id.eq(new.id),
            associations::name.eq(&new.name),
            associations::office_id.eq(new.office_id),
            associations::created_at.eq(new.created_at),
        ))
        .execute(tx)?;
    add_members(tx, reach, new.id, &new.member_ids)?;
    Ok(new)
}

/// Puts another name and other members in the place of an association's own. Who is outside of the writer's
/// reach may stay and may not come.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown association, [`StoreError::Wrong`] for a member outside reach.
pub fn change(tx: &mut Conn, reach: &Reach, mut new: Association) -> Result<()> {
    tidy(&mut new.member_ids);
    let old = get(tx, reach, new.id)?;
    diesel::update(associations::table.find(new.id))
        .set(associations::name.eq(&new.name))
        .execute(tx)?;
    let members = association_members::table.filter(association_members::association_id.eq(new.id));
    let left = members.filter(association_members::user_id.ne_all(&new.member_ids));
    diesel::delete(left).execute(tx)?;
    let come: Vec<Id> =
        new.member_ids.iter().copied().filter(|id| !old.member_ids.contains(id)).collect();
    add_members(tx, reach, new.id, &come)
}

fn tidy(ids: &mut Vec<Id>) {
    ids.sort_unstable();
    ids.dedup();
}

fn add_members(tx: &mut Conn, reach: &Reach, id: Id, user_ids: &[Id]) -> Result<()> {
    for user_id in user_ids {
        let wrong = || StoreError::wrong("/member_ids", Code::NotFound);
        match users::get(tx, reach, *user_id) {
            Ok(user) if user.group_id.is_some() => {}
            Ok(_) | Err(StoreError::NotFound) => return Err(wrong()),
            Err(error) => return Err(error),
        }
        diesel::insert_into(association_members::table)
            .values((
                association_members::association_id.eq(id),
                association_members::user_id.eq(user_id),
            ))
            .execute(tx)?;
    }
    Ok(())
}

/// Those of the offices within reach; those without an office are the administrators' alone.
fn within(reach: &Reach) -> associations::BoxedQuery<'_, MultiBackend> {
    let query = associations::table.into_boxed();
    match reach.offices() {
        None => query,
        Some(offices) => query.filter(associations::office_id.assume_not_null().eq_any(offices)),
    }
}

/// One association within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Association> {
    let row: Row = within(reach).filter(associations::id.eq(id)).select(ROW).first(conn)?;
    with_members(conn, vec![row])?.pop().ok_or(StoreError::NotFound)
}

/// Associations within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<Association>> {
    let rows: Vec<Row> = within(reach)
        .filter(associations::id.gt(window.start()))
        .order(associations::id)
        .limit(window.fetch())
        .select(ROW)
        .load(conn)?;
    Ok(window.page(with_members(conn, rows)?, |it| it.id))
}

/// All associations within reach.
pub fn all(conn: &mut Conn, reach: &Reach) -> Result<Vec<Association>> {
    let rows: Vec<Row> = within(reach).order(associations::id).select(ROW).load(conn)?;
    with_members(conn, rows)
}

fn with_members(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Association>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.0).collect();
    let members: Vec<(Id, Id)> = association_members::table
        .filter(association_members::association_id.eq_any(&ids))
        .order(association_members::user_id)
        .select((association_members::association_id, association_members::user_id))
        .load(conn)?;
    let mut of: HashMap<Id, Vec<Id>> = HashMap::new();
    for (id, user_id) in members {
        of.entry(id).or_default().push(user_id);
    }
    let whole = |(id, name, office_id, created_at): Row| Association {
        id,
        name,
        office_id,
        member_ids: of.remove(&id).unwrap_or_default(),
        created_at,
    };
    Ok(rows.into_iter().map(whole).collect())
}
