//! `audit`: whether the record of who did what is what it was.

use clap::{Args, Subcommand};

use super::Failure;
use crate::audit::verify::verify;
use crate::clock;
use crate::config::Database;

const HELP: &str = "\
Whoever may write to the database may also change what it says of him. So each entry is sealed, a moment
after it was committed, with a hash of itself and of the entry before. This command reads all of them and
tells which were changed, taken out or put in.

Somebody could still make the whole chain anew, or cut its end off. Keep the line that this command prints
at its end in another place, on paper if need be, and give it back with --known.

Examples:
  dai-ly-thu audit verify
  dai-ly-thu audit verify --known 4711:pZ0b…";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read the whole chain; fails when it does not hold
    #[command(after_help = HELP)]
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// NUMBER:HASH, as an earlier run printed it
    #[arg(long, value_parser = known)]
    known: Option<(i64, String)>,
    #[command(flatten)]
    database: Database,
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let Command::Verify(options) = command;
    let store = options.database.open_existing()?;
    let known = options.known.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
    let bar = indicatif::ProgressBar::new_spinner().with_message("seals");
    let report = verify(&store, known, clock::now(), |read| {
        bar.set_position(u64::try_from(read).unwrap_or(0));
    })?;
    bar.finish_and_clear();
    for broken in &report.broken {
        println!("{broken}");
    }
    if let Some(head) = &report.head {
        println!(
            "{} entries are sealed; the last seal is {}:{}",
            report.sealed, head.seq, head.hash
        );
    } else {
        println!("nothing is sealed yet: a running server does it");
    }
    match report.broken.len() {
        0 => Ok(()),
        wrong => Err(Failure::Books(format!("the audit does not hold, in {wrong} places"))),
    }
}

fn known(text: &str) -> Result<(i64, String), String> {
    let (seq, hash) = text.split_once(':').ok_or("NUMBER:HASH")?;
    Ok((seq.parse().map_err(|_| "NUMBER:HASH")?, hash.to_owned()))
}
