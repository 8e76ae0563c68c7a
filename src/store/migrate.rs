//! The schema, embedded and brought up to date at start under a lock.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{
    EmbeddedMigrations, HarnessWithOutput, MigrationHarness, embed_migrations,
};

use super::conn::{Conn, Location};
use super::error::{Result, StoreError};
use super::schema::server;
use crate::domain::Id;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number, the same in every server: whoever holds it migrates, the others wait.
const ADVISORY_LOCK: i64 = 0x6461_695f_6c79;

/// How long one server waits for another that migrates the same file.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(10);

diesel::table! {
    /// Kept by diesel itself.
    #[sql_name = "__diesel_schema_migrations"]
    applied_migrations (version) {
        version -> Text,
    }
}

/// Applies what is pending; two servers that start at once do it in turn.
pub fn run(location: &Location) -> Result<()> {
    location.make_private().map_err(|error| StoreError::Busy(error.to_string()))?;
    let mut conn = location.connect().map_err(|error| StoreError::Busy(error.to_string()))?;
    lock(&mut conn)?;
    let new = apply(&mut conn).and_then(|()| ensure_epoch(&mut conn));
    unlock(&mut conn, new.is_ok())?;
    // Whoever started this in the wrong place sees it.
    if new? {
        let file = location.file().and_then(|file| std::path::absolute(file).ok());
        tracing::info!(file = file.map(tracing::field::debug), "made a new, empty database");
    }
    Ok(())
}

/// The names of migrations applied and of those that wait.
pub fn status(location: &Location) -> Result<(Vec<String>, Vec<String>)> {
    location.must_exist()?;
    let mut conn = location.connect().map_err(|error| StoreError::Busy(error.to_string()))?;
    match &mut conn {
        Conn::Pg(c) => names(c, POSTGRES),
        Conn::Sqlite(c) => names(c, SQLITE),
    }
}

/// Whether every migration of this version was applied.
pub fn is_current(conn: &mut Conn) -> Result<bool> {
    let (applied, ours) = versions(conn)?;
    Ok(ours.iter().all(|version| applied.contains(version)))
}

/// Migrations that were applied and that this version does not know: a newer one's.
pub fn unknown(conn: &mut Conn) -> Result<Vec<String>> {
    let (mut applied, ours) = versions(conn)?;
    applied.retain(|version| !ours.contains(version));
    Ok(applied)
}

/// What was applied, and what this version has.
fn versions(conn: &mut Conn) -> Result<(Vec<String>, Vec<String>)> {
    let applied = applied_migrations::table.select(applied_migrations::version).load(conn)?;
    let ours = MigrationSource::<Sqlite>::migrations(&SQLITE)
        .map_err(|error| StoreError::Migration(error.to_string()))?;
    Ok((applied, ours.iter().map(|m| m.name().version().to_string()).collect()))
}

fn names<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<(Vec<String>, Vec<String>)>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(error.to_string());
    let all = source.migrations().map_err(failed)?;
    let pending: Vec<String> = conn
        .pending_migrations(source)
        .map_err(failed)?
        .iter()
        .map(|migration| migration.name().to_string())
        .collect();
    let mut names: Vec<String> = all.iter().map(|migration| migration.name().to_string()).collect();
    names.sort();
    names.retain(|name| !pending.contains(name));
    Ok((names, pending))
}

fn apply(conn: &mut Conn) -> Result<()> {
    let done = match conn {
        Conn::Pg(c) => {
            HarnessWithOutput::new(c, std::io::sink()).run_pending_migrations(POSTGRES).map(drop)
        }
        // The caller already holds the write lock, and SQLite knows no transaction within one.
        Conn::Sqlite(c) => c
            .pending_migrations(SQLITE)
            .and_then(|pending| pending.iter().try_for_each(|m| c.run_migration(m).map(drop))),
    };
    done.map_err(|error| StoreError::Migration(error.to_string()))
}

/// Whether the database had none: it is new.
fn ensure_epoch(conn: &mut Conn) -> Result<bool> {
    let new = server::table.count().get_result::<i64>(conn)? == 0;
    if new {
        diesel::insert_into(server::table)
            .values((
                server::id.eq(1),
                server::epoch.eq(crate::clock::new_id()),
                server::created_at.eq(crate::clock::now().naive_utc()),
            ))
            .execute(conn)?;
    }
    Ok(new)
}

/// The epoch of this database, and nothing else that identifies it.
pub fn epoch(conn: &mut Conn) -> Result<Id> {
    Ok(server::table.select(server::epoch).first(conn)?)
}

/// Begins a new epoch: every phone pulls anew and sends again what it kept.
pub fn begin_epoch(tx: &mut Conn, epoch: Id) -> Result<()> {
    diesel::update(server::table).set(server::epoch.eq(epoch)).execute(tx)?;
    Ok(())
}

fn lock(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Pg(c) => c.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))?,
        Conn::Sqlite(c) => {
            c.batch_execute(&format!("PRAGMA busy_timeout = {}", PATIENCE.as_millis()))?;
            keep_a_log(c)?;
            conn.begin_write()?;
        }
    }
    Ok(())
}

/// Turns a new file to the mode with a log. When two do so at once neither can ever have the file alone; SQLite
/// then refuses one of them without any waiting, and who is refused must try again.
fn keep_a_log(conn: &mut SqliteConnection) -> Result<()> {
    let begun = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL").map_err(StoreError::from) {
            Err(StoreError::Busy(_)) if begun.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            other => return other,
        }
    }
}

fn unlock(conn: &mut Conn, keep: bool) -> Result<()> {
    match (conn, keep) {
        (Conn::Pg(c), _) => {
            c.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})"))?;
        }
        (conn, true) => conn.commit()?,
        (conn, false) => conn.rollback(),
    }
    Ok(())
}
