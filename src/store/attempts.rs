//! Log-ins that failed, counted where all servers see them.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamp};

use super::conn::Conn;
use super::error::Result;
use super::schema::login_failures;

/// Most that are forgotten on the way.
const FORGOTTEN: i64 = 50;

/// How often it failed in a row, and when it last did.
pub fn failures(conn: &mut Conn, key: &str) -> Result<Option<(i64, NaiveDateTime)>> {
    Ok(login_failures::table
        .find(key)
        .select((login_failures::failures, login_failures::last_at))
        .first(conn)
        .optional()?)
}

/// Counts one more failure for each key, and forgets what last failed before `memory` began. Whoever counts at the
/// same moment counts one more: the database adds, and all take the keys in one order.
pub fn count(
    tx: &mut Conn,
    keys: &[&str],
    memory: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<()> {
    let old: Vec<String> = login_failures::table
        .filter(login_failures::last_at.lt(memory))
        .filter(login_failures::key.ne_all(keys))
        .select(login_failures::key)
        .limit(FORGOTTEN)
        .load(tx)?;
    let counted = keys.iter().map(|key| (*key, true));
    let mut touched: Vec<_> = old.iter().map(|key| (key.as_str(), false)).chain(counted).collect();
    touched.sort_unstable();
    touched.dedup();
    for (key, counts) in touched {
        if counts {
            count_one(tx, key, memory, now)?;
        } else {
            let old = login_failures::table.find(key).filter(login_failures::last_at.lt(memory));
            diesel::delete(old).execute(tx)?;
        }
    }
    Ok(())
}

fn count_one(tx: &mut Conn, key: &str, memory: NaiveDateTime, now: NaiveDateTime) -> Result<()> {
    diesel::sql_query(include_str!("count_failure.sql"))
        .bind::<Text, _>(key)
        .bind::<Timestamp, _>(now)
        .bind::<Timestamp, _>(memory)
        .execute(tx)?;
    Ok(())
}

/// Forgets the failures of these keys.
pub fn forget(tx: &mut Conn, keys: &[&str]) -> Result<()> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    for key in keys {
        diesel::delete(login_failures::table.find(key)).execute(tx)?;
    }
    Ok(())
}
