//! Log-ins that failed, counted where all servers see them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::login_failures;

/// How often it failed in a row, and when it last did.
pub fn failures(conn: &mut Conn, key: &str) -> Result<Option<(i64, NaiveDateTime)>> {
    Ok(login_failures::table
        .find(key)
        .select((login_failures::failures, login_failures::last_at))
        .first(conn)
        .optional()?)
}

/// Counts a failure as the `failures`th.
///
/// # Errors
/// [`super::StoreError::Race`] or `Unique` when another attempt was counted meanwhile.
pub fn count(tx: &mut Conn, key: &str, failures: i64, now: NaiveDateTime) -> Result<()> {
    if failures == 1 {
        diesel::insert_into(login_failures::table)
            .values((
                login_failures::key.eq(key),
                login_failures::failures.eq(1_i64),
                login_failures::last_at.eq(now),
            ))
            .execute(tx)?;
        return Ok(());
    }
    let known = login_failures::table.find(key).filter(login_failures::failures.eq(failures - 1));
    let counted = diesel::update(known)
        .set((login_failures::failures.eq(failures), login_failures::last_at.eq(now)))
        .execute(tx)?;
    if counted == 1 { Ok(()) } else { Err(super::StoreError::Race) }
}

/// Forgets the failures of a key.
pub fn forget(tx: &mut Conn, key: &str) -> Result<()> {
    diesel::delete(login_failures::table.find(key)).execute(tx)?;
    Ok(())
}

/// Forgets those that last failed before.
pub fn forget_old(tx: &mut Conn, before: NaiveDateTime) -> Result<()> {
    diesel::delete(login_failures::table.filter(login_failures::last_at.lt(before))).execute(tx)?;
    Ok(())
}
