//! Collection organisations: the post office, Viettel, a commune people's committee.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::schema::organisations;
use crate::domain::Id;

/// A collection organisation.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = organisations, treat_none_as_default_value = false)]
pub struct Organisation {
    pub id: Id,
    pub name: String,
    pub created_at: NaiveDateTime,
}

/// Adds an organisation, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::Conflict`] when the id has other content.
pub fn create(tx: &mut Conn, new: &Organisation) -> Result<Organisation> {
    if let Some(known) = find(tx, new.id)? {
        let same = known.name == new.name;
        return if same { Ok(known) } else { Err(StoreError::Conflict("organisations.id")) };
    }
    diesel::insert_into(organisations::table).values(new).execute(tx)?;
    Ok(new.clone())
}

fn find(conn: &mut Conn, id: Id) -> Result<Option<Organisation>> {
    Ok(organisations::table.find(id).select(Organisation::as_select()).first(conn).optional()?)
}

/// One organisation.
pub fn get(conn: &mut Conn, id: Id) -> Result<Organisation> {
    find(conn, id)?.ok_or(StoreError::NotFound)
}

/// Organisations, a page at a time.
pub fn list(conn: &mut Conn, window: Window) -> Result<Page<Organisation>> {
    let rows = organisations::table
        .filter(organisations::id.gt(window.start()))
        .order(organisations::id)
        .limit(window.fetch())
        .select(Organisation::as_select())
        .load(conn)?;
    Ok(window.page(rows, |organisation| organisation.id))
}

/// Gives an organisation another name.
pub fn rename(tx: &mut Conn, id: Id, name: &str) -> Result<()> {
    diesel::update(organisations::table.find(id)).set(organisations::name.eq(name)).execute(tx)?;
    Ok(())
}
