//! Tables of areas that were imported, each whole. The newest takes the place of the one that comes with the program.

use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::schema::area_tables;
use crate::domain::Areas;

/// The table in force: the one that was imported last; where none was, the one that comes with the program.
///
/// # Errors
/// [`StoreError::Damaged`] when what was imported is not a table.
pub fn in_force(conn: &mut Conn) -> Result<Arc<Areas>> {
    let newest = area_tables::table.order(area_tables::edition.desc()).select(area_tables::csv);
    let Some(csv) = newest.first::<String>(conn).optional()? else {
        return Ok(Arc::clone(Areas::embedded()));
    };
    let imported = Areas::load(&csv)
        .map_err(|why| StoreError::Damaged(format!("the imported table of areas: {why}")))?;
    Ok(Arc::new(imported))
}

/// Puts a table in force with an edition of the law. The law must be locked for change.
///
/// # Errors
/// What the database says.
pub fn add(tx: &mut Conn, edition: i64, areas: &Areas, imported_at: NaiveDateTime) -> Result<()> {
    let row = (
        area_tables::edition.eq(edition),
        area_tables::csv.eq(areas.to_csv().map_err(StoreError::Damaged)?),
        area_tables::imported_at.eq(imported_at),
    );
    diesel::insert_into(area_tables::table).values(row).execute(tx)?;
    Ok(())
}
