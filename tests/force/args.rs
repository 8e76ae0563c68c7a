//! The command line.

use clap::{Parser, ValueEnum};

use crate::sabotage::Sabotage;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Databases {
    Sqlite,
    Postgres,
    Both,
}

/// The database of one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

const ABOUT: &str = "\
Force and model together: phones, leaders and supervisors in random sequences of steps against real
server processes that are killed, over a line that cuts, delays and repeats, on a database that is
stopped. A model beside them says what must hold, and every invariant is checked after each round.

A round is one fresh database with its servers and its faults, shared by many sequences at once. What a
sequence does comes from its seed. When a fault strikes comes from the machine's threads and does not
repeat; a failure of the logic mostly does.

Without arguments, as part of `cargo test`, it is short.";

const EXAMPLES: &str = "\
Examples:
  cargo test --test force
  cargo test --release --test force -- --sequences 10000 --database postgres --servers 2
  cargo test --release --test force -- --seed 81f3 --sequences 100 --per-round 100 --only 57";

/// What is wanted.
#[derive(Debug, Clone, Parser)]
#[command(name = "force", about = ABOUT, after_help = EXAMPLES)]
pub struct Args {
    /// Seed of the first round, hexadecimal; the others follow from it [default: chosen by the clock]
    #[arg(long, value_parser = hexadecimal)]
    pub seed: Option<u64>,

    /// Sequences in all
    #[arg(long, default_value_t = 96)]
    pub sequences: u64,

    /// Sequences that share a round
    #[arg(long, default_value_t = 100)]
    pub per_round: u64,

    /// Which database; both means rounds of the one and rounds of the other
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    pub database: Databases,

    /// Server processes on one PostgreSQL; SQLite has one
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub servers: u8,

    /// Sequences that run at once
    #[arg(long, default_value_t = 12)]
    pub at_once: usize,

    /// Run only this sequence of each round
    #[arg(long)]
    pub only: Option<u64>,

    /// Without what happens once in a run: a backup restored, the disk full, the checks put to the proof.
    /// `--sequences 0` plays these alone
    #[arg(long)]
    pub rounds_only: bool,

    /// No fault at all
    #[arg(long)]
    pub calm: bool,

    /// Data on the disk, and wait for it
    #[arg(long)]
    pub durable: bool,

    /// Tell what was answered how often
    #[arg(long, short)]
    pub verbose: bool,

    /// Change something behind the server's back: the run must fail
    #[arg(long, hide = true)]
    pub sabotage: Option<Sabotage>,

    /// Take from `cargo test FILTER`: this runs when a filter is part of `force`
    #[arg(hide = true)]
    pub filters: Vec<String>,

    /// Taken, as every test takes it, and of no use here
    #[arg(long, hide = true)]
    pub nocapture: bool,
    #[arg(long, hide = true)]
    pub exact: bool,
    #[arg(long, short, hide = true)]
    pub quiet: bool,
    #[arg(long, hide = true)]
    pub test_threads: Option<String>,
    /// Names no test: there is one, and it is this program
    #[arg(long, hide = true)]
    pub list: bool,
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).map_err(|error| error.to_string())
}

impl Args {
    /// Whether `cargo test` asks for other tests only.
    pub fn is_for_others(&self) -> bool {
        self.list
            || !self.filters.is_empty() && !self.filters.iter().any(|it| "force".contains(&**it))
    }

    /// The databases of the rounds, in turn.
    pub fn kinds(&self) -> &'static [Kind] {
        match self.database {
            Databases::Sqlite => &[Kind::Sqlite],
            Databases::Postgres => &[Kind::Postgres],
            Databases::Both => &[Kind::Sqlite, Kind::Postgres],
        }
    }
}
