//! Tables that people bring: read into numbered lines, checked whole, and written in one transaction or not at all.
//!
//! A kind of import is one file with a [`Kind`] and a line in [`ALL`].

/// Areas.
mod areas;
/// Baselines.
mod baselines;
/// What stands in cells.
pub mod cells;
/// A line and what is wrong with it.
pub mod line;
mod named_villages;
/// CSV and XLSX as lines of named cells.
pub mod table;
/// Targets.
mod targets;
/// Villages.
mod villages;
/// Residents to visit.
mod worklist;
mod xlsx;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDateTime, Utc};

use crate::domain::{Areas, Code, Id, vn_day};
use crate::store::{Conn, Reach, Result};
pub use line::{Line, LineError};
pub use table::{Column, Table};

/// What whoever keeps the server may import besides: what is a part of the law.
pub const OF_THE_LAW: &[Import] = &[Import::of::<areas::Reform>()];

/// What offices may import.
pub const ALL: &[Import] = &[
    Import::of::<villages::Villages>(),
    Import::of::<targets::Targets>(),
    Import::of::<worklist::Residents>(),
    Import::of::<baselines::Baselines>(),
];

/// How many errors are told; all are counted.
pub const TOLD: usize = 1_000;
/// Lines between two words of progress.
const STEP: usize = 1_000;
/// Rows of one statement.
const CHUNK: usize = 5_000;

/// The import of that name, for an office.
#[must_use]
pub fn find(name: &str) -> Option<&'static Import> {
    ALL.iter().find(|import| import.name == name)
}

/// What an import has to know besides its file.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// What exists for whoever brings it. What lies outside is not found.
    pub reach: &'a Reach,
    pub areas: Arc<Areas>,
    pub now: chrono::DateTime<Utc>,
    /// The office of whoever brings it.
    pub office_id: Option<Id>,
    /// Whoever brings it, when he is a user.
    pub user_id: Option<Id>,
    /// The worklist it is for.
    pub worklist_id: Option<Id>,
}

impl About<'_> {
    /// Today.
    #[must_use]
    pub fn today(&self) -> chrono::NaiveDate {
        vn_day(self.now)
    }

    /// Now, as it is stored.
    #[must_use]
    pub fn at(&self) -> NaiveDateTime {
        self.now.naive_utc()
    }
}

/// One kind of import; the value is what its lines are read against, loaded once.
pub trait Kind: Sized {
    /// Its name on the command line and in the address.
    const NAME: &'static str;
    /// Its columns.
    const COLUMNS: &'static [Column];
    /// A short file, to learn from.
    const EXAMPLE: &'static str;
    /// A line that was read.
    type Row;

    /// Loads what the lines of `table` are read against: names into maps, with few queries.
    ///
    /// # Errors
    /// What the store says.
    fn load(conn: &mut Conn, about: &About, table: &Table) -> Result<Self>;

    /// Reads a line, noting all that is wrong with it.
    fn read(&mut self, line: &mut Line) -> Option<Self::Row>;

    /// Looks up, under locks, what can only be asked for all good rows together, each with its line.
    ///
    /// # Errors
    /// What the store says.
    fn settle(&mut self, _: &mut Conn, _: &mut [(u64, Self::Row)]) -> Result<()> {
        Ok(())
    }

    /// What a row is known by: two lines of a file may not be about the same.
    fn key(row: &Self::Row) -> Id;

    /// The line before this one that is about the same, where the key does not say so.
    fn repeats(&mut self, _: &Self::Row, _line: u64) -> Option<u64> {
        None
    }

    /// Whether the row is there already, as it is.
    fn stands(&self, _: &Self::Row) -> bool {
        false
    }

    /// Why a row is left out that is not wrong.
    fn skips(&self, _: &Self::Row) -> Option<Code> {
        None
    }

    /// Writes rows, a part of the file at a time.
    ///
    /// # Errors
    /// What the store says; everything is undone.
    fn write(&mut self, tx: &mut Conn, rows: &[Self::Row]) -> Result<()>;

    /// Does what follows from all that was written, once at the end.
    ///
    /// # Errors
    /// What the store says; everything is undone.
    fn finish(self, _: &mut Conn) -> Result<()> {
        Ok(())
    }
}

/// What is wanted of a run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Write the good lines although there are bad ones.
    pub skip_bad: bool,
    /// How many errors are told.
    pub told: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { skip_bad: false, told: TOLD }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Lines of the file.
    pub lines: usize,
    pub read: usize,
    pub written: usize,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: &'static str,
    /// Lines with something in them, below the headings.
    pub lines: usize,
    /// Rows that were made or changed.
    pub written: usize,
    /// Rows that were there already, as they are.
    pub unchanged: usize,
    /// Lines that were left out although nothing is wrong with them, and why.
    pub skipped: Vec<LineError>,
    /// Lines with something wrong.
    pub bad: usize,
    /// The first errors, by line.
    pub errors: Vec<LineError>,
    /// How many errors there are.
    pub errors_total: usize,
}

impl Report {
    fn new(kind: &'static str) -> Self {
        Self {
            kind,
            lines: 0,
            written: 0,
            unchanged: 0,
            skipped: Vec::new(),
            bad: 0,
            errors: Vec::new(),
            errors_total: 0,
        }
    }

    /// Whether bad lines kept everything from being written.
    #[must_use]
    pub fn nothing_written(&self) -> bool {
        self.errors_total > 0 && self.written + self.unchanged + self.skipped.len() == 0
    }

    fn note(&mut self, errors: Vec<LineError>, told: usize) {
        self.errors_total += errors.len();
        let room = told.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room));
    }
}

type Run = fn(&mut Conn, &About, &Table, Options, &mut dyn FnMut(Progress)) -> Result<Report>;

/// A kind of import, whatever its rows are.
#[derive(Debug, Clone, Copy)]
pub struct Import {
    pub name: &'static str,
    pub columns: &'static [Column],
    pub example: &'static str,
    run: Run,
}

impl Import {
    const fn of<K: Kind>() -> Self {
        Self { name: K::NAME, columns: K::COLUMNS, example: K::EXAMPLE, run: run::<K> }
    }

    /// Reads a file into lines.
    ///
    /// # Errors
    /// What is wrong with the file as a whole or with its headings, as a report.
    pub fn open(&self, file: &[u8], options: Options) -> std::result::Result<Table, Report> {
        Table::read(file, self.columns).map_err(|errors| {
            let mut report = Report::new(self.name);
            report.note(errors, options.told);
            report
        })
    }

    /// Reads all lines and writes them, in the transaction it is given. When a line is bad nothing is written,
    /// or the good ones when that is wanted.
    ///
    /// # Errors
    /// What the store says; then the transaction must be undone.
    pub fn run(
        &self,
        tx: &mut Conn,
        about: &About,
        table: &Table,
        options: Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Report> {
        (self.run)(tx, about, table, options, progress)
    }
}

fn run<K: Kind>(
    tx: &mut Conn,
    about: &About,
    table: &Table,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report> {
    let mut kind = K::load(tx, about, table)?;
    let mut report = Report::new(K::NAME);
    let mut so_far = Progress { lines: table.len(), read: 0, written: 0 };
    let mut wrong = Vec::new();
    let mut read = Vec::new();
    for mut line in table.lines() {
        let row = kind.read(&mut line);
        let (number, errors) = line.end();
        match row {
            Some(row) if errors.is_empty() => read.push((number, row)),
            _ => wrong.push((number, errors)),
        }
        so_far.read += 1;
        if so_far.read.is_multiple_of(STEP) {
            progress(so_far);
        }
    }
    // What is read holds nobody up; only now are locks taken.
    kind.settle(tx, &mut read)?;
    let mut seen: HashMap<Id, u64> = HashMap::new();
    let mut rows = Vec::new();
    for (number, row) in read {
        let first = seen.get(&K::key(&row)).copied().or_else(|| kind.repeats(&row, number));
        if let Some(first) = first {
            wrong.push((number, vec![LineError::repeated(number, first)]));
            continue;
        }
        seen.insert(K::key(&row), number);
        if kind.stands(&row) {
            report.unchanged += 1;
        } else if let Some(code) = kind.skips(&row) {
            report.skipped.push(LineError::new(number, "", code));
        } else {
            rows.push(row);
        }
    }
    wrong.sort_by_key(|(number, _)| *number);
    report.bad = wrong.len();
    wrong.into_iter().for_each(|(_, errors)| report.note(errors, options.told));
    report.lines = so_far.read;
    progress(so_far);
    if report.bad > 0 && !options.skip_bad {
        report.unchanged = 0;
        report.skipped.clear();
        return Ok(report);
    }
    for part in rows.chunks(CHUNK) {
        kind.write(tx, part)?;
        so_far.written += part.len();
        progress(so_far);
    }
    kind.finish(tx)?;
    report.written = so_far.written;
    Ok(report)
}
