//! How fast it is, how much it holds, how little it sends: `cargo bench --bench sync -- --help`.

#[path = "../../tests/support/callers.rs"]
mod callers;
#[path = "../../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;

mod audit;
mod fill;
mod indexes;
mod large;
mod memory;
mod people;
mod phones;
mod program;
mod pull;
mod push;
mod raw;
mod read;
mod report;
mod staff;
mod start;
mod wire;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::{Parser, ValueEnum};

use dai_ly_thu::store::Location;

use report::{Document, Section};
use support::{Backend, Database, postgres};

/// Measures on both databases with durable commits, and prints tables.
#[derive(Debug, Parser)]
pub struct Options {
    /// Little of everything, to see that it works
    #[arg(long)]
    quick: bool,
    /// Only these parts
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Also what needs a database of 2 million persons; filling it the first time takes long
    #[arg(long)]
    full: bool,
    /// Persons in the large database
    #[arg(long, default_value_t = 2_000_000)]
    persons: u32,
    /// Write docs/PERFORMANCE.md; with `--only`, what is measured anew takes its place in it
    #[arg(long, conflicts_with = "quick")]
    write: bool,
    /// Where PostgreSQL and the large databases are kept for the next run [default: in the system's
    /// folder for temporary files]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Rounds of which the median is told
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Push,
    Large,
    Read,
    Pull,
    Audit,
    Wire,
    Memory,
    Start,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        match part {
            Part::Large | Part::Read => self.full || self.only.contains(&part),
            _ => self.only.is_empty() || self.only.contains(&part),
        }
    }

    pub fn rounds(&self) -> usize {
        if self.quick { 2 } else { self.rounds }
    }

    /// As it is written in a shell.
    fn command(&self) -> String {
        let mut command = "cargo bench --bench sync --".to_owned();
        if self.full {
            let _ = write!(command, " --full --persons {}", self.persons);
        }
        if !self.only.is_empty() {
            let names: Vec<String> = self
                .only
                .iter()
                .filter_map(ValueEnum::to_possible_value)
                .map(|it| it.get_name().to_owned())
                .collect();
            let _ = write!(command, " --only {}", names.join(","));
        }
        command + " --write"
    }

    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| std::env::temp_dir().join("dai-ly-thu-bench"))
    }
}

fn main() {
    let options = Options::parse();
    postgres::DURABLE.store(true, Ordering::Relaxed);
    std::fs::create_dir_all(options.data()).expect("a folder");
    postgres::KEPT.get_or_init(|| options.data().join("postgres"));
    drop_leftovers();

    type Measure = fn(&Options) -> Section;
    let parts: [(Part, Measure); 8] = [
        (Part::Push, push::measure),
        (Part::Large, large::measure),
        (Part::Read, read::measure),
        (Part::Pull, pull::measure),
        (Part::Audit, audit::measure),
        (Part::Wire, wire::measure),
        (Part::Memory, memory::measure),
        (Part::Start, start::measure),
    ];
    let wanted = parts.into_iter().filter(|(part, _)| options.wants(*part));
    let sections: Vec<Section> = wanted.map(|(_, measure)| measure(&options)).collect();
    let mut document = Document::new(&options.command(), &machine());
    let mut note = String::new();
    if options.write && !options.only.is_empty() {
        document = Document::kept();
        note = format!("Measured by itself: `{}`, {}\n\n", options.command(), machine());
    }
    sections.iter().for_each(|section| document.put(section, &note));
    let text = document.text();
    print!("{text}");
    if options.write {
        report::write(&text);
    }
}

pub fn name_of(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    }
}

fn machine() -> String {
    let version = |backend, sql| {
        let database = Database::fresh(backend);
        let location = Location::parse(&database.url).expect("a URL");
        fill::texts(&mut location.connect().expect("a connection"), sql).remove(0)
    };
    let sqlite = version(Backend::Sqlite, "SELECT sqlite_version() AS text");
    let postgres = version(Backend::Postgres, "SELECT current_setting('server_version') AS text");
    report::machine(&sqlite, &postgres)
}

/// Databases of a run that was broken off.
fn drop_leftovers() {
    let location = Location::Postgres(postgres::server_url().to_owned());
    let mut conn = location.connect().expect("PostgreSQL answers");
    let sql =
        "SELECT datname::text AS text FROM pg_database WHERE datname ~ '^(test|template)_[0-9]'";
    for name in fill::texts(&mut conn, sql) {
        postgres::admin(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}
