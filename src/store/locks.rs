//! The one order of locks: records, identity keys, persons, households, and at the very end tally
//! rows and the group's feed. Everything that decides takes them in this order. SQLite has one
//! writer and needs none of them.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use super::conn::Conn;
use super::error::Result;
use super::types::Key;
use crate::domain::Id;

/// Locks all stored revisions of these records, in order of id.
pub fn records(tx: &mut Conn, ids: &[Id]) -> Result<()> {
    rows(tx, "SELECT 1 FROM records WHERE id = ANY($1) ORDER BY id, rev FOR UPDATE", ids)
}

/// Locks these persons, in order of id.
pub fn persons(tx: &mut Conn, ids: &[Id]) -> Result<()> {
    rows(tx, "SELECT 1 FROM persons WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)
}

/// Locks these households, in order of id.
pub fn households(tx: &mut Conn, ids: &[Id]) -> Result<()> {
    rows(tx, "SELECT 1 FROM households WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)
}

/// Locks names that may be one person, known or not, until the transaction ends. A few are locked one
/// by one, under a shared lock on all names; many are locked as a whole, because the server's table of
/// locks is small and shared by everybody.
pub fn identity_keys(tx: &mut Conn, keys: &[&str]) -> Result<()> {
    const ALL: i64 = 0x6461_695f_6964;
    const ONE_BY_ONE: usize = 500;
    let Conn::Pg(c) = tx else { return Ok(()) };
    let mut numbers: Vec<i64> = keys.iter().map(|key| digest(key)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers.len() {
        0 => {}
        1..=ONE_BY_ONE => {
            diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)")
                .bind::<BigInt, _>(ALL)
                .execute(c)?;
            diesel::sql_query(
                "SELECT count(pg_advisory_xact_lock(k)) \
                 FROM (SELECT unnest($1) AS k ORDER BY 1) AS keys",
            )
            .bind::<Array<BigInt>, _>(numbers)
            .execute(c)?;
        }
        _ => {
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                .bind::<BigInt, _>(ALL)
                .execute(c)?;
        }
    }
    Ok(())
}

/// This transaction can wait for another day rather than for a lock.
pub fn be_brief(tx: &mut Conn) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query("SET LOCAL lock_timeout = '200ms'").execute(c)?;
    }
    Ok(())
}

fn rows(tx: &mut Conn, sql: &str, ids: &[Id]) -> Result<()> {
    if let Conn::Pg(c) = tx
        && !ids.is_empty()
    {
        diesel::sql_query(sql).bind::<Array<Key>, _>(ids).execute(c)?;
    }
    Ok(())
}

/// FNV-1a: the same number in every server for the same key, unlike the standard library's hasher.
fn digest(key: &str) -> i64 {
    key.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
        .cast_signed()
}

/// Nobody moves a tally until the transaction ends: for a recount.
pub fn tallies(tx: &mut Conn) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query("LOCK TABLE tallies IN SHARE ROW EXCLUSIVE MODE").execute(c)?;
    }
    Ok(())
}
