//! `retention`: what has been kept long enough.

use clap::{Args, Subcommand};

use super::{Failure, signed};
use crate::clock;
use crate::config::{Database, Keep};
use crate::sync::retention;

const EXAMPLES: &str = "\
The body of a record, as a phone sent it, is kept so that what was decided can be explained and
decided again. After its time it goes, and a fingerprint stays in its place: enrollments,
amounts, cards, tallies, consents and the first answer stay, and a phone that sends the record
again is answered as before. Whatever waits for a decision is kept. A running server lets go once
a day; this command tells what that will be, or does it now. Backups from before still hold it.

Examples:
  dai-ly-thu retention due
  dai-ly-thu retention run --keep-bodies 120";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum Command {
    /// Tell how much has been kept long enough, and change nothing
    Due(Options),
    /// Let it go
    Run(Options),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    keep: Keep,
    #[command(flatten)]
    database: Database,
}

impl From<Keep> for retention::Keep {
    fn from(keep: Keep) -> Self {
        Self { used: keep.keep_bodies, unused: keep.keep_unused_bodies }
    }
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let (Command::Due(options) | Command::Run(options)) = command;
    let store = options.database.open_existing()?;
    let keep = options.keep.into();
    let now = clock::now();
    if let Command::Due(_) = command {
        let due = retention::due(&store, keep, now)?;
        for (state, bodies) in due.bodies {
            println!("bodies of records, {:<11} {bodies:>9}", state.as_str());
        }
        println!("sessions that ended            {:>9}", due.sessions);
        return Ok(());
    }
    let store = signed(&store, None, "retention run");
    let bodies = retention::let_bodies_go(&store, keep, now, |gone| {
        eprint!("\r{gone} bodies");
    })?;
    if bodies > 0 {
        eprintln!();
    }
    let sessions = retention::let_sessions_go(&store, now)?;
    println!("let go: {bodies} bodies of records, {sessions} ended sessions");
    Ok(())
}
