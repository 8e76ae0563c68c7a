//! A SQLite database as a file: copied while others use it, looked through, and made fit to be put in the
//! place of another.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::checkup::texts;
use super::conn::{Conn, Location};
use super::error::{Result, StoreError};
use super::migrate;
use crate::domain::Id;

/// What a database holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    pub records: String,
    pub enrollments: String,
    pub epoch: Id,
}

/// Holds a database for itself alone.
pub struct Closed(Option<Conn>);

/// Copies a database, as it stands at this moment, into an empty file. Others go on reading and writing.
///
/// # Errors
/// What SQLite says: no room, no permission.
pub fn copy(from: &Location, to: &Path) -> Result<()> {
    let mut conn = connect(from)?;
    conn.batch_execute("PRAGMA busy_timeout = 10000")?;
    let to =
        to.to_str().ok_or_else(|| StoreError::Busy("the file's name is no UTF-8".to_owned()))?;
    diesel::sql_query("VACUUM INTO $1").bind::<Text, _>(to).execute(&mut conn)?;
    Ok(())
}

/// Looks through all of a file, and says what it holds.
///
/// # Errors
/// [`StoreError::Damaged`] when it is damaged or no database of ours, or a newer program's.
pub fn verify(file: &Location) -> Result<Contents> {
    let mut conn = connect(file)?;
    let faults = faults(&mut conn).map_err(|error| StoreError::Damaged(error.to_string()))?;
    if !faults.is_empty() {
        return Err(StoreError::Damaged(faults.join("; ")));
    }
    let ours = |error: StoreError| StoreError::Damaged(format!("no database of ours: {error}"));
    let newer = migrate::unknown(&mut conn).map_err(ours)?;
    if !newer.is_empty() {
        let newer = newer.join(", ");
        return Err(StoreError::Damaged(format!("a newer program wrote it (migrations {newer})")));
    }
    let mut count = |table| {
        texts(&mut conn, &format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM {table}"))
            .map(|counted| counted.concat())
            .map_err(ours)
    };
    let (records, enrollments) = (count("records")?, count("enrollments")?);
    Ok(Contents { records, enrollments, epoch: migrate::epoch(&mut conn).map_err(ours)? })
}

/// What SQLite finds wrong with a database; nothing when it is sound.
///
/// # Errors
/// It cannot be read at all.
pub fn faults(conn: &mut Conn) -> Result<Vec<String>> {
    let mut faults = texts(conn, "SELECT integrity_check AS value FROM pragma_integrity_check")?;
    faults.retain(|line| line != "ok");
    faults.extend(texts(
        conn,
        "SELECT 'a row of ' || \"table\" || ' refers to nothing in ' || parent AS value \
         FROM pragma_foreign_key_check",
    )?);
    Ok(faults)
}

/// Brings the schema of a restored file up to date and begins its new life. The file is whole afterwards,
/// without a log beside it.
///
/// # Errors
/// A migration that fails.
pub fn renew(file: &Location, epoch: Id) -> Result<()> {
    migrate::run(file)?;
    let mut conn = connect(file)?;
    migrate::begin_epoch(&mut conn, epoch)
}

/// Makes sure that nobody else has a database open, and keeps everybody out until the answer is dropped.
/// One that SQLite cannot read is nobody's.
///
/// # Errors
/// [`StoreError::Busy`]: a server has it open.
pub fn close(database: &Location) -> Result<Closed> {
    let mut conn = connect(database)?;
    // Its log is carried over first, so that the file alone is the database.
    let alone = conn.batch_execute(
        "PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;
         BEGIN EXCLUSIVE;",
    );
    match alone.map_err(StoreError::from) {
        Ok(()) => Ok(Closed(Some(conn))),
        Err(busy @ StoreError::Busy(_)) => Err(busy),
        Err(_) => Ok(Closed(None)),
    }
}

impl Closed {
    /// Whether it could be read.
    #[must_use]
    pub fn was_sound(&self) -> bool {
        self.0.is_some()
    }
}

fn connect(location: &Location) -> Result<Conn> {
    location.connect().map_err(|error| StoreError::Busy(error.to_string()))
}

/// Bytes that are free for us where a file lies.
#[must_use]
pub fn free(file: &Path) -> Option<u64> {
    #[cfg(unix)]
    return rustix::fs::statvfs(file).ok().map(|it| it.f_bavail.saturating_mul(it.f_frsize));
    #[cfg(not(unix))]
    return file.exists().then_some(u64::MAX);
}
