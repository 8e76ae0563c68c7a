//! Villages, which an office lists itself.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
pub use super::rows::Village;
use super::schema::villages;
use crate::domain::Id;

/// Adds a village, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::Conflict`] when the id has other content.
pub fn create_village(tx: &mut Conn, new: &Village) -> Result<Village> {
    let known = villages::table.find(new.id).select(Village::as_select()).first(tx).optional()?;
    if let Some(known) = known {
        let same = Village { created_at: known.created_at, ..new.clone() } == known;
        return if same { Ok(known) } else { Err(StoreError::Conflict("villages.id")) };
    }
    diesel::insert_into(villages::table).values(new).execute(tx)?;
    Ok(new.clone())
}

/// One village.
pub fn village(conn: &mut Conn, id: Id) -> Result<Village> {
    Ok(villages::table.find(id).select(Village::as_select()).first(conn)?)
}

/// All villages.
pub fn all_villages(conn: &mut Conn) -> Result<Vec<Village>> {
    Ok(villages::table.select(Village::as_select()).load(conn)?)
}

/// Villages, of one commune or of all, a page at a time.
pub fn villages(conn: &mut Conn, area_code: Option<&str>, window: Window) -> Result<Page<Village>> {
    let mut query = villages::table
        .filter(villages::id.gt(window.start()))
        .order(villages::id)
        .limit(window.fetch())
        .select(Village::as_select())
        .into_boxed();
    if let Some(code) = area_code {
        query = query.filter(villages::area_code.eq(code));
    }
    Ok(window.page(query.load(conn)?, |village| village.id))
}
