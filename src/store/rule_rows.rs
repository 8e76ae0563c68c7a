//! Rows of the law that were added to the tables of the program. Each addition and each withdrawal makes
//! a new edition; the number stands beside the epoch, so that every server notices.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::schema::{rule_rows, server};
use crate::domain::Id;

/// A row as it was added, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = rule_rows, treat_none_as_default_value = false)]
pub struct RuleRow {
    pub id: Id,
    pub edition: i64,
    pub table_name: String,
    /// JSON: column to text.
    pub cells: String,
    pub added_at: NaiveDateTime,
    pub added_by: Option<Id>,
    pub withdrawn_at: Option<NaiveDateTime>,
    pub withdrawn_by: Option<Id>,
    pub withdrawn_because: Option<String>,
}

/// The edition of the law in force, in this epoch of the database.
pub fn edition(conn: &mut Conn) -> Result<(Id, i64)> {
    Ok(server::table.select((server::epoch, server::rules_edition)).first(conn)?)
}

/// The law by which the records that waited were judged last: edition and version of the tables.
pub fn judged(conn: &mut Conn) -> Result<Option<String>> {
    Ok(server::table.select(server::rules_judged).first(conn)?)
}

/// Notes that the records which waited were judged by this law.
pub fn set_judged(tx: &mut Conn, law: &str) -> Result<()> {
    diesel::update(server::table).set(server::rules_judged.eq(law)).execute(tx)?;
    Ok(())
}

/// All rows in the order in which they were added, those withdrawn too.
pub fn all(conn: &mut Conn) -> Result<Vec<RuleRow>> {
    Ok(rule_rows::table.order(rule_rows::edition).select(RuleRow::as_select()).load(conn)?)
}

/// Rows, a page at a time.
pub fn list(conn: &mut Conn, window: Window) -> Result<Page<RuleRow>> {
    let rows = rule_rows::table
        .filter(rule_rows::id.gt(window.start()))
        .order(rule_rows::id)
        .limit(window.fetch())
        .select(RuleRow::as_select())
        .load(conn)?;
    Ok(window.page(rows, |row| row.id))
}

/// One row.
pub fn get(conn: &mut Conn, id: Id) -> Result<RuleRow> {
    Ok(rule_rows::table.find(id).select(RuleRow::as_select()).first(conn)?)
}

/// The number of the next edition. The law must be locked for change.
pub fn next_edition(tx: &mut Conn) -> Result<i64> {
    Ok(diesel::update(server::table)
        .set(server::rules_edition.eq(server::rules_edition + 1))
        .returning(server::rules_edition)
        .get_result(tx)?)
}

/// Adds a row.
pub fn add(tx: &mut Conn, row: &RuleRow) -> Result<()> {
    diesel::insert_into(rule_rows::table).values(row).execute(tx)?;
    Ok(())
}

/// Takes a row out of the law; it stays to be read.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such row, or it was withdrawn before.
pub fn withdraw(
    tx: &mut Conn,
    id: Id,
    because: &str,
    by: Option<Id>,
    at: NaiveDateTime,
) -> Result<()> {
    let standing = rule_rows::table.find(id).filter(rule_rows::withdrawn_at.is_null());
    let changed = diesel::update(standing)
        .set((
            rule_rows::withdrawn_at.eq(at),
            rule_rows::withdrawn_by.eq(by),
            rule_rows::withdrawn_because.eq(because),
        ))
        .execute(tx)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
