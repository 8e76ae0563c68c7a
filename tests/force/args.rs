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

const NAME: &str = "force";

const ABOUT: &str = "\
Force and model together: phones, leaders and supervisors in random sequences of steps against real server \
processes that are killed, over a line that cuts, delays and repeats, on a database that is stopped. A model \
beside them says what must hold, and every invariant is checked after each round.

A round is one fresh database with its servers and its faults, shared by many sequences at once. What a sequence \
does comes from its seed. When a fault strikes comes from the machine's threads too, and does not repeat; a \
failure of the logic mostly does.

Without arguments, as part of `cargo test`, it is short.";

const EXAMPLES: &str = "\
Examples:
  cargo test --test force
  cargo test --release --test force -- --sequences 10000 --database postgres --servers 2
  cargo test --release --test force -- --seed 81f3 --sequences 100 --per-round 100 --only 57";

/// What is wanted.
#[derive(Debug, Clone, Parser)]
#[command(name = NAME, bin_name = "cargo test --test force --", about = ABOUT, after_help = EXAMPLES)]
pub struct Args {
    /// Seed of the first round, hexadecimal; the others follow from it [default: chosen by the clock]
    #[arg(long, value_parser = hexadecimal)]
    pub seed: Option<u64>,

    /// Sequences in all
    #[arg(long, default_value_t = 48)]
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

    /// Of `cargo test FILTER`: this runs when a filter is part of its name
    #[arg(hide = true)]
    pub filters: Vec<String>,

    #[command(flatten)]
    pub of_any_test: OfAnyTest,
}

/// What `cargo test` may tell every test. Of no use here: there is one test, which tells what it does.
#[derive(Debug, Clone, clap::Args)]
pub struct OfAnyTest {
    /// Names the tests; this program has no other than itself
    #[arg(long, hide = true)]
    list: bool,
    #[arg(long, hide = true)]
    skip: Vec<String>,
    #[arg(long, hide = true)]
    test_threads: Option<String>,
    #[arg(long, hide = true)]
    format: Option<String>,
    #[arg(long, hide = true)]
    color: Option<String>,
    #[arg(long, hide = true)]
    exact: bool,
    #[arg(long, short, hide = true)]
    quiet: bool,
    #[arg(long, hide = true, aliases = ["no-capture", "show-output", "include-ignored"])]
    nocapture: bool,
    /// Only tests that are ignored else, and this one is not
    #[arg(long, hide = true)]
    ignored: bool,
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).map_err(|error| error.to_string())
}

impl Args {
    /// Whether `cargo test` asks for other tests only.
    pub fn is_for_others(&self) -> bool {
        let none = self.of_any_test.list || self.of_any_test.ignored;
        let skipped = self.of_any_test.skip.iter().any(|it| NAME.contains(&**it));
        let wanted = self.filters.is_empty() || self.filters.iter().any(|it| NAME.contains(&**it));
        none || skipped || !wanted
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
