//! The phone's file: everything that must outlive the process. Whatever belongs together is written in
//! one transaction, so that a phone that dies goes on exactly where it was.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::{ClientError, Result};
use crate::domain::Id;

diesel::table! {
    installation (id) {
        id -> Text,
        last_seq -> BigInt,
        epoch -> Nullable<Text>,
        cursor -> Nullable<Text>,
        access_token -> Nullable<Text>,
        refresh_token -> Nullable<Text>,
        wiped -> Bool,
    }
}

diesel::table! {
    record (seq) {
        seq -> BigInt,
        id -> Text,
        rev -> BigInt,
        kind -> Text,
        captured_at -> Text,
        boot_id -> Nullable<Text>,
        uptime_ms -> Nullable<BigInt>,
        body -> Text,
        waiting -> Bool,
        sent -> Bool,
        status -> Nullable<Text>,
        outcome -> Nullable<Text>,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    skipped (seq) {
        seq -> BigInt,
        told -> Bool,
    }
}

diesel::table! {
    entity (kind, id) {
        kind -> Text,
        id -> Text,
        data -> Text,
    }
}

/// The shape of the file, in `user_version`.
const VERSION: i64 = 1;

/// Committed is on the disk, and what is deleted is overwritten.
const SETTINGS: &str = "
    PRAGMA busy_timeout = 10000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;";

diesel::table! {
    /// What `PRAGMA user_version` tells.
    pragma_user_version (user_version) {
        user_version -> BigInt,
    }
}

/// Opens the file, and makes it when it is not there.
pub fn open(path: &Path, id: Id) -> Result<SqliteConnection> {
    make_private(path).map_err(|error| ClientError::File(error.to_string()))?;
    let mut file = SqliteConnection::establish(&path.display().to_string())?;
    file.batch_execute(SETTINGS)?;
    file.immediate_transaction(|tx| {
        let version: i64 =
            pragma_user_version::table.select(pragma_user_version::user_version).first(tx)?;
        if version > VERSION {
            return Err(ClientError::OtherFile);
        }
        tx.batch_execute(include_str!("schema.sql"))?;
        let owner: Option<String> =
            installation::table.select(installation::id).first(tx).optional()?;
        match owner {
            Some(owner) if owner == id.to_string() => Ok(()),
            Some(_) => Err(ClientError::OtherFile),
            None => {
                let new = installation::id.eq(id.to_string());
                diesel::insert_into(installation::table).values(new).execute(tx)?;
                Ok(())
            }
        }
    })?;
    Ok(file)
}

/// Makes the file for its owner alone: it holds personal data.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Refuses a file whose data was erased by order.
pub fn not_wiped(tx: &mut SqliteConnection) -> Result<()> {
    match installation::table.select(installation::wiped).first(tx)? {
        true => Err(ClientError::Wiped),
        false => Ok(()),
    }
}

/// Erases all data of this user.
pub fn wipe(tx: &mut SqliteConnection) -> QueryResult<()> {
    diesel::delete(record::table).execute(tx)?;
    diesel::delete(skipped::table).execute(tx)?;
    diesel::delete(entity::table).execute(tx)?;
    let nothing = None::<String>;
    diesel::update(installation::table)
        .set((
            installation::wiped.eq(true),
            installation::epoch.eq(&nothing),
            installation::cursor.eq(&nothing),
            installation::access_token.eq(&nothing),
            installation::refresh_token.eq(&nothing),
        ))
        .execute(tx)?;
    Ok(())
}

/// Takes what was erased out of the log of changes, too.
pub fn empty_log(file: &mut SqliteConnection) -> QueryResult<()> {
    file.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// The life of the database that answered last.
pub fn epoch(tx: &mut SqliteConnection) -> Result<Option<Id>> {
    let text: Option<String> = installation::table.select(installation::epoch).first(tx)?;
    text.map(|it| read(&it)).transpose()
}

pub fn set_epoch(tx: &mut SqliteConnection, epoch: Id) -> QueryResult<()> {
    let epoch = installation::epoch.eq(epoch.to_string());
    diesel::update(installation::table).set(epoch).execute(tx).map(drop)
}

/// Reads a word that this file once wrote.
pub fn read<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| ClientError::File(format!("{text} is damaged")))
}
