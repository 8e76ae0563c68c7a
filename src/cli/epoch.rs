//! `epoch`: the life of a database. A backup that is restored begins another one.

use clap::Subcommand;

use super::Failure;
use crate::clock;
use crate::config::Database;
use crate::store::migrate;

const HELP: &str = "\
`dai-ly-thu restore` does this by itself. After a restore by other means it is yours to do.

A restored backup has lost what was accepted after it was made. Phones keep what they sent for some weeks,
and send all of it again as soon as they see another epoch; what is still known is only replayed, so that
nothing is doubled.

  1. stop the server
  2. put the backup in place (SQLite: the file, without -wal and -shm files beside it)
  3. dai-ly-thu epoch new
  4. start the server";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the epoch
    Show(Database),
    /// Begin a new one, after a backup was restored
    #[command(after_help = HELP)]
    New(Database),
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let (Command::Show(database) | Command::New(database)) = command;
    let store = database.open_existing()?;
    if matches!(command, Command::New(_)) {
        let epoch = clock::new_id();
        store.write(|tx| migrate::begin_epoch(tx, epoch))?;
    }
    println!("{}", store.read(migrate::epoch)?);
    Ok(())
}
