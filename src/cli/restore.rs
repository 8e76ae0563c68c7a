//! `restore`: a backup in the place of the database. Everything that can fail is done before the present
//! file is touched, and that one is kept.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::backup::{size, tell_keys};
use super::draft::{Draft, beside, sync_folder};
use crate::clock;
use crate::config::{Database, KeyFiles};
use crate::store::{Location, StoreError, files};

const EXAMPLES: &str = "\
SQLite: looks through the backup, brings its schema up to date, begins a new epoch in it, sets the present
database aside under a dated name, and puts the backup in its place. Stop the server first.

PostgreSQL:
  pg_restore --clean --if-exists --dbname=\"$DATABASE_URL\" FILE
  dai-ly-thu epoch new

Examples:
  dai-ly-thu restore /backup/dai-ly-thu-2026-11-22.db
  dai-ly-thu recount";

const ON_POSTGRES: &str = "\
on PostgreSQL, with the servers stopped:
  pg_restore --clean --if-exists --dbname=\"$DATABASE_URL\" FILE
  dai-ly-thu epoch new";

const WHAT_PHONES_DO: &str = "\
What happens now: phones that sync see another epoch, pull everything anew, and send again whatever they
kept, which is some weeks of work. What the backup holds already is answered as before and not doubled.
What was decided at a desk since the backup is lost and has to be decided again.

Start the server, then let `dai-ly-thu recount` compare the sums.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    keys: KeyFiles,
    #[command(flatten)]
    database: Database,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let location = Location::parse(&options.database.database_url)?;
    let Some(database) = location.file() else {
        return Err(Failure::Usage(ON_POSTGRES.to_owned()));
    };
    let closed = match location.must_exist() {
        Ok(()) => Some(close(&location)?),
        Err(_) => None,
    };
    let told = || database.display().to_string();
    let draft = Draft::of(database).map_err(Failure::io(told()))?;
    let bytes =
        draft.fill(&options.file).map_err(Failure::io(options.file.display().to_string()))?;
    let copy = Location::Sqlite(draft.path.display().to_string());
    let before = files::verify(&copy)?;
    let epoch = clock::new_id();
    files::renew(&copy, epoch)?;
    let aside = set_aside(database).map_err(Failure::io(told()))?;
    draft.publish().map_err(Failure::io(told()))?;

    println!("restored   {}, {}", options.file.display(), size(bytes));
    println!("into       {}", database.display());
    println!("with       {} records, {} enrollments", before.records, before.enrollments);
    if let Some(closed) = closed {
        let unsound = if closed.was_sound() { "" } else { " (SQLite cannot read it)" };
        println!("kept       what stood there, as {}{unsound}", aside.display());
    }
    println!("schema     up to date");
    println!("epoch      {epoch}, before it {}", before.epoch);
    println!();
    println!(
        "It needs the key files of its time; with another signing key everybody logs in again:"
    );
    tell_keys(&options.keys);
    println!();
    println!("{WHAT_PHONES_DO}");
    Ok(())
}

/// Keeps everybody out.
fn close(location: &Location) -> Result<files::Closed, Failure> {
    files::close(location).map_err(|error| match error {
        StoreError::Busy(_) => {
            Failure::Usage("somebody has the database open: stop the server first".to_owned())
        }
        error => error.into(),
    })
}

/// Gives the present database another name, and so the files beside it: a log that was left behind must not
/// be taken for the restored database's.
fn set_aside(database: &Path) -> std::io::Result<PathBuf> {
    let now = clock::now().format("%Y%m%dT%H%M%S%.3fZ");
    let aside = beside(database, &format!(".before-restore-{now}"));
    if aside.exists() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    let there = |done: std::io::Result<()>| match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    there(fs::rename(beside(database, "-wal"), beside(&aside, "-wal")))?;
    there(fs::remove_file(beside(database, "-shm")))?;
    there(fs::rename(database, &aside))?;
    sync_folder(database)?;
    Ok(aside)
}
