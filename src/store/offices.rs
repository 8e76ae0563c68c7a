//! Offices: a tree that supervisors see from their own office down.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
use super::schema::offices;
use crate::domain::Id;

/// An office.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = offices, treat_none_as_default_value = false)]
pub struct Office {
    pub id: Id,
    pub name: String,
    pub parent_id: Option<Id>,
    pub created_at: NaiveDateTime,
}

/// Adds an office, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown parent, [`StoreError::Conflict`] when the id has other content.
pub fn create(tx: &mut Conn, new: &Office) -> Result<Office> {
    if let Some(known) = find(tx, new.id)? {
        let same = Office { created_at: known.created_at, ..new.clone() } == known;
        return if same { Ok(known) } else { Err(StoreError::Conflict("offices.id")) };
    }
    if let Some(parent_id) = new.parent_id {
        get(tx, parent_id)?;
    }
    diesel::insert_into(offices::table).values(new).execute(tx)?;
    Ok(new.clone())
}

fn find(conn: &mut Conn, id: Id) -> Result<Option<Office>> {
    Ok(offices::table.find(id).select(Office::as_select()).first(conn).optional()?)
}

/// One office.
pub fn get(conn: &mut Conn, id: Id) -> Result<Office> {
    find(conn, id)?.ok_or(StoreError::NotFound)
}

/// Offices within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<Office>> {
    let mut query = offices::table
        .filter(offices::id.gt(window.start()))
        .order(offices::id)
        .limit(window.fetch())
        .select(Office::as_select())
        .into_boxed();
    if let Some(ids) = reach.offices() {
        query = query.filter(offices::id.eq_any(ids));
    }
    Ok(window.page(query.load(conn)?, |office| office.id))
}

/// Gives an office another name.
pub fn rename(tx: &mut Conn, id: Id, name: &str) -> Result<()> {
    diesel::update(offices::table.find(id)).set(offices::name.eq(name)).execute(tx)?;
    Ok(())
}
