//! `backup`: the database in one file, copied while it is used, looked through before it counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, SubsecRound, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::Failure;
use super::draft::{Draft, beside};
use crate::clock;
use crate::config::{Database, KeyFiles};
use crate::store::files::{self, Contents};
use crate::store::{Location, StoreError};

const EXAMPLES: &str = "\
SQLite: copies the database as it stands at one moment, while the server runs, looks through the copy, and
only then gives it its name. Nobody waits for it. The file holds personal data: it is for its owner alone
(mode 0600), and belongs on another machine. When it was made stands beside the database, for `doctor`.

PostgreSQL has better tools of its own:
  pg_dump --format=custom --file=FILE \"$DATABASE_URL\"

Examples:
  dai-ly-thu backup /backup/dai-ly-thu-$(date +%F).db

  # Every night, by cron, over the one of a week ago
  15 2 * * *  dai-ly-thu backup --force /backup/dai-ly-thu-$(date +\\%a).db";

const ON_POSTGRES: &str = "\
PostgreSQL makes its own backups:
  pg_dump --format=custom --file=FILE \"$DATABASE_URL\"
and keep copies of the key files that `dai-ly-thu doctor` names, but not beside it";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Where the copy goes
    file: PathBuf,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    keys: KeyFiles,
    #[command(flatten)]
    database: Database,
}

/// The last backup of a database, as it is kept beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LastBackup {
    pub at: DateTime<Utc>,
    pub file: PathBuf,
    pub bytes: u64,
}

impl LastBackup {
    /// What stands beside the database; `None` when nothing does.
    pub fn of(database: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::place(database)).ok()?).ok()
    }

    fn keep(&self, database: &Path) -> std::io::Result<()> {
        let draft = Draft::of(&Self::place(database))?;
        fs::write(&draft.path, serde_json::to_vec(self)?)?;
        draft.publish()
    }

    fn place(database: &Path) -> PathBuf {
        beside(database, ".backup.json")
    }
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let location = Location::parse(&options.database.database_url)?;
    let Some(database) = location.file() else {
        return Err(Failure::Usage(ON_POSTGRES.to_owned()));
    };
    location.must_exist()?;
    let begun = Instant::now();
    let (contents, bytes) = copy(options, &location, database)?;
    let took = begun.elapsed();
    let at = clock::now();
    let file = std::path::absolute(&options.file).map_err(Failure::io("the backup's path"))?;
    LastBackup { at, file: file.clone(), bytes }
        .keep(database)
        .map_err(Failure::io("the time of this backup cannot be kept beside the database"))?;

    println!("copied     {}", database.display());
    println!("into       {}, {}, in {:.1} s", file.display(), size(bytes), took.as_secs_f64());
    println!("at         {}", at.trunc_subsecs(0));
    println!("with       {} records, {} enrollments", contents.records, contents.enrollments);
    println!("epoch      {}", contents.epoch);
    println!("checked    integrity and references are sound");
    println!();
    println!("It is not whole without these files. Keep copies of them, and not beside it:");
    tell_keys(&options.keys);
    Ok(())
}

fn copy(
    options: &Options,
    location: &Location,
    database: &Path,
) -> Result<(Contents, u64), Failure> {
    let place = &options.file;
    let told = || place.display().to_string();
    if place.exists() {
        if fs::canonicalize(place).ok() == fs::canonicalize(database).ok() {
            return Err(Failure::Usage(format!("{} is the database itself", told())));
        }
        if !options.force {
            return Err(Failure::Usage(format!(
                "{} is there already; --force writes over it",
                told()
            )));
        }
    }
    let draft = Draft::of(place).map_err(Failure::io(told()))?;
    files::copy(location, &draft.path)?;
    let contents = files::verify(&Location::Sqlite(draft.path.display().to_string()))
        .map_err(|error| Failure::Store(StoreError::Damaged(format!("the copy: {error}"))))?;
    let bytes = draft.path.metadata().map_err(Failure::io(told()))?.len();
    draft.publish().map_err(Failure::io(told()))?;
    Ok((contents, bytes))
}

/// The files that belong to a database, and whether they are there.
pub(super) fn tell_keys(keys: &KeyFiles) {
    for (name, file) in keys.all() {
        let absent = if file.exists() { "" } else { "  (is not there)" };
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        println!("  {name:16} {}{absent}", file.display());
    }
}

/// Bytes for people.
pub(super) fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}
