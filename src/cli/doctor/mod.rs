//! `doctor`: looks at everything that may go wrong, and says what to do.

mod database;
mod files;

use std::fmt::Display;

use clap::Args;

use super::Failure;
use crate::config::{Database, KeyFiles};
use crate::store::Location;

const EXAMPLES: &str = "\
One line for each thing it looked at: ok, warning or error, and below it what to do. It changes nothing, may
run beside the server, and fails when there is an error. Give it the settings of the server.

Examples:
  dai-ly-thu doctor

  # Every night: also looks through the whole database
  dai-ly-thu doctor --deep --database-url sqlite:/var/lib/dai-ly-thu/dai-ly-thu.db";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// Look through the whole database, which takes as long as reading it
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    keys: KeyFiles,
    #[command(flatten)]
    database: Database,
}

/// What was found so far. It is told as soon as it is known.
#[derive(Debug, Default)]
struct Report {
    errors: usize,
}

impl Report {
    fn ok(&self, what: &str, told: impl Display) {
        println!("ok       {what:14} {told}");
    }

    fn warn(&self, what: &str, told: impl Display, todo: &str) {
        println!("warning  {what:14} {told}\n{:24}→ {todo}", "");
    }

    fn error(&mut self, what: &str, told: impl Display, todo: &str) {
        self.errors += 1;
        println!("error    {what:14} {told}\n{:24}→ {todo}", "");
    }
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let location = Location::parse(&options.database.database_url)?;
    let mut report = Report::default();
    files::keys(&mut report, &options.keys);
    match location.must_exist() {
        Ok(()) => {
            files::disk(&mut report, &location);
            files::backup(&report, &location);
            database::look(&mut report, options, &location);
        }
        Err(error) => report.error("database", error, "start the server, or mend --database-url"),
    }
    match report.errors {
        0 => Ok(()),
        1 => Err(Failure::Ill("1 thing is wrong".to_owned())),
        many => Err(Failure::Ill(format!("{many} things are wrong"))),
    }
}
