//! The command line: one file for each command.

mod migrate;
mod openapi;
mod serve;
mod user;

use clap::{Parser, Subcommand};

use crate::auth::AuthError;
use crate::store::StoreError;

/// Backend for collection agents of voluntary social insurance and household health insurance
#[derive(Debug, Parser)]
#[command(name = "dai-ly-thu", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  # The first administrator, then the server, on one file in this directory
  echo 'a long password' | dai-ly-thu user create --login admin --role admin --password-stdin
  dai-ly-thu serve

  # The same on PostgreSQL, for everybody on the network
  export DATABASE_URL=postgres://dlt@localhost/dlt
  dai-ly-thu serve --listen 0.0.0.0:8080

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
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("{0}")]
    Usage(String),
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
        match self.command {
            Command::Serve(options) => serve::run(&options),
            Command::Migrate(command) => migrate::run(&command),
            Command::User(command) => user::run(&command),
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
