//! `migrate`: the schema of the database.

use clap::Subcommand;

use super::Failure;
use crate::config::Database;
use crate::store::{Location, migrate};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Apply what is pending; the server does it too when it starts
    Run(Database),
    /// List what was applied and what is pending
    Status(Database),
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let (Command::Run(database) | Command::Status(database)) = command;
    let location = Location::parse(&database.database_url)?;
    if matches!(command, Command::Run(_)) {
        migrate::run(&location)?;
    }
    let (applied, pending) = migrate::status(&location)?;
    for name in applied {
        println!("applied  {name}");
    }
    for name in pending {
        println!("pending  {name}");
    }
    Ok(())
}
