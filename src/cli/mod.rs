//! The command line: one file for each command.

mod audit;
mod backup;
mod demo;
mod doctor;
mod draft;
mod epoch;
mod import;
mod keys;
mod migrate;
mod openapi;
mod recount;
mod restore;
mod retention;
mod rules;
mod serve;
mod settings;
mod user;

use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::auth::AuthError;
use crate::client::ClientError;
use crate::config::Log;
use crate::domain::Id;
use crate::rulebook::LoadError;
use crate::rulebook::amend::AmendError;
use crate::store::audit::{Author, Who};
use crate::store::{Store, StoreError};
use crate::telemetry;

/// Backend for collection agents of voluntary social insurance and household health insurance
#[derive(Debug, Parser)]
#[command(name = "dai-ly-thu", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: Log,
}

const EXAMPLES: &str = "\
Examples:
  # See it at work, on a database that is thrown away afterwards
  dai-ly-thu demo

  # The first administrator, then the server, on one file in this directory
  echo 'a long password' | dai-ly-thu user create --login admin --role admin --password-stdin
  dai-ly-thu serve

  # The same on PostgreSQL, for everybody on the network
  export DATABASE_URL=postgres://dlt@localhost/dlt
  dai-ly-thu serve --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem

The interface to try in a browser is at /docs of a running server.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the interface that phones and offices talk to
    Serve(serve::Options),
    /// Bring the database's schema up to date, or tell where it stands
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Users, for the first administrator and for emergencies
    #[command(subcommand)]
    User(user::Command),
    /// The law: dated tables, and rows added when a new decree comes
    #[command(subcommand)]
    Rules(rules::Command),
    /// Bring areas, villages, residents for a list, targets or baselines in a table, CSV or XLSX, all of it or nothing
    Import(import::Options),
    /// Copy the database into one file while it is used
    Backup(backup::Options),
    /// Put a backup in the place of the database, and begin a new epoch
    Restore(restore::Options),
    /// Look at everything that may go wrong, and say what to do
    Doctor(doctor::Options),
    /// The life of this database, by which phones notice that a backup was restored
    #[command(subcommand)]
    Epoch(epoch::Command),
    /// Count the tallies anew, row by row, and compare them with those that are kept
    Recount(recount::Options),
    /// The keys that sign tokens: a new one without logging anybody out
    #[command(subcommand)]
    Keys(keys::Command),
    /// The record of who did what: whether its chain holds
    #[command(subcommand)]
    Audit(audit::Command),
    /// What has been kept as long as the law lets us: how much there is, and letting it go
    #[command(subcommand)]
    Retention(retention::Command),
    /// Live through a whole day of four groups in Bố Trạch, and balance the books at its end
    Demo(demo::Options),
    /// Print the specification of the interface (OpenAPI, JSON)
    Openapi,
}

/// Why a command failed, in words for whoever typed it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The law cannot be read, with the rows that contradict each other.
    #[error(
        "{0}\n`dai-ly-thu rules added` lists the rows that were added, `rules withdraw` takes one out"
    )]
    Law(String),
    #[error(transparent)]
    Amend(#[from] AmendError),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("{0}")]
    Usage(String),
    /// Everything that is wrong with what was set, one after the other.
    #[error("{}", settings::list(.0))]
    Settings(Vec<String>),
    /// The server did not answer as the contract says.
    #[error("{0}")]
    Answer(String),
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What was counted two ways did not come out equal.
    #[error("{0}")]
    Books(String),
    /// `doctor` found something.
    #[error("{0}")]
    Ill(String),
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => Self::Store(error),
            faults @ LoadError::Faults(_) => Self::Law(faults.to_string()),
        }
    }
}

/// The database, written by a command: the audit names it, and the user when he is known.
fn signed(store: &Store, user_id: Option<Id>, command: &str) -> Store {
    let who = Who { user_id, ..Who::default() };
    store.by(Arc::new(Author::new(who, format!("dai-ly-thu {command}"), String::new(), None)))
}

impl Failure {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// What went wrong.
    pub fn run(self) -> Result<(), Failure> {
        // The demo tells its own story.
        let usual = if matches!(self.command, Command::Demo(_)) { "warn" } else { "info" };
        let filter = self.log.log.as_deref().unwrap_or(usual);
        telemetry::start(filter, self.log.log_format)
            .map_err(|error| Failure::Usage(format!("--log {filter}: {error}")))?;
        match self.command {
            Command::Serve(options) => serve::run(&options),
            Command::Migrate(command) => migrate::run(&command),
            Command::User(command) => user::run(&command),
            Command::Rules(command) => rules::run(&command),
            Command::Import(options) => import::run(&options),
            Command::Backup(options) => backup::run(&options),
            Command::Restore(options) => restore::run(&options),
            Command::Doctor(options) => doctor::run(&options),
            Command::Epoch(command) => epoch::run(&command),
            Command::Recount(options) => recount::run(&options),
            Command::Keys(command) => keys::run(&command),
            Command::Audit(command) => audit::run(&command),
            Command::Retention(command) => retention::run(&command),
            Command::Demo(options) => demo::run(&options),
            Command::Openapi => openapi::run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
