//! The one order of locks: the installation, the law, records, identity keys, persons, households, items of worklists, and at the
//! very end tally rows, who takes part, and the group's feed. Everything that decides takes them in this order; the rows of users,
//! groups, targets and the like come before it. SQLite has one writer and needs none of them.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

use super::conn::Conn;
use super::error::Result;
use super::types::Key;
use crate::domain::Id;

const SHARED: &str = "SELECT pg_advisory_xact_lock_shared($1)";
const EXCLUSIVE: &str = "SELECT pg_advisory_xact_lock($1)";

/// Advisory locks of our own; those on single names are digests.
const RULES: i64 = 0x0064_6169_5f6c_6177;
const ALL_NAMES: i64 = 0x6461_695f_6964;

/// The law stays as it is until the transaction ends. Whoever decides takes this before it looks at the
/// rules: a row added at the same moment waits for him, and finds the records he left waiting for it.
pub fn rules_in_force(tx: &mut Conn) -> Result<()> {
    advisory(tx, SHARED, RULES)
}

/// Nobody decides until the transaction ends, because the law changes.
pub fn rules_change(tx: &mut Conn) -> Result<()> {
    be_patient(tx)?;
    advisory(tx, EXCLUSIVE, RULES)
}

/// Locks an installation: its batches are decided in turn.
pub fn installation(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM installations WHERE id = ANY($1) FOR UPDATE", &[id])
}

/// Locks a user.
pub fn user(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM users WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

/// Locks a group's own row, which no batch does: its editors take turns.
pub fn group(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM groups WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

/// Locks an office.
pub fn office(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM offices WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

/// Locks an organisation.
pub fn organisation(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM organisations WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

/// Locks a target.
pub fn target(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM targets WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

/// Locks a drive.
pub fn drive(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM drives WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

/// Locks an association.
pub fn association(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM associations WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

/// Locks an API client: its secrets are rotated in turn.
pub fn api_client(tx: &mut Conn, id: Id) -> Result<()> {
    rows(tx, "SELECT 1 FROM api_clients WHERE id = ANY($1) FOR NO KEY UPDATE", &[id])
}

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

/// Locks these items of worklists, in order of id.
pub fn worklist_items(tx: &mut Conn, ids: &[Id]) -> Result<()> {
    rows(tx, "SELECT 1 FROM worklist_items WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)
}

/// Locks a group's feed, which stands last in the order.
pub fn feed(tx: &mut Conn, group_id: Id) -> Result<()> {
    let sql = "SELECT 1 FROM sync_scopes WHERE group_id = ANY($1) FOR UPDATE";
    rows(tx, sql, &[group_id])
}

/// Locks names that may be one person, known or not, until the transaction ends. A few are locked one
/// by one, under a shared lock on all names; many are locked as a whole, because the server's table of
/// locks is small and shared by everybody.
pub fn identity_keys(tx: &mut Conn, keys: &[&str]) -> Result<()> {
    const ONE_BY_ONE: usize = 500;
    let mut numbers: Vec<i64> = keys.iter().map(|key| digest(key)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Ok(());
    }
    if numbers.len() > ONE_BY_ONE {
        return advisory(tx, EXCLUSIVE, ALL_NAMES);
    }
    advisory(tx, SHARED, ALL_NAMES)?;
    if let Conn::Pg(c) = tx {
        let sql = "SELECT count(pg_advisory_xact_lock(k)) \
                   FROM (SELECT unnest($1) AS k ORDER BY 1) AS keys";
        diesel::sql_query(sql).bind::<Array<BigInt>, _>(numbers).execute(c)?;
    }
    Ok(())
}

/// Nobody looks for persons by their names until the transaction ends.
pub fn all_names(tx: &mut Conn) -> Result<()> {
    advisory(tx, EXCLUSIVE, ALL_NAMES)
}

/// This transaction can wait for another day rather than for a lock.
pub fn be_brief(tx: &mut Conn) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query("SET LOCAL lock_timeout = '200ms'").execute(c)?;
    }
    Ok(())
}

/// This transaction waits for a lock, but holds up those behind it no longer than a moment.
fn be_patient(tx: &mut Conn) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query("SET LOCAL lock_timeout = '5s'").execute(c)?;
    }
    Ok(())
}

fn advisory(tx: &mut Conn, sql: &str, key: i64) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query(sql).bind::<BigInt, _>(key).execute(c)?;
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
        diesel::sql_query("LOCK TABLE tallies, participation IN SHARE ROW EXCLUSIVE MODE")
            .execute(c)?;
    }
    Ok(())
}
