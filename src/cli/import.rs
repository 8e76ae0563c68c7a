//! `import`: a table that somebody brings, all or nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, signed};
use crate::clock;
use crate::config::Database;
use crate::domain::Id;
use crate::http::imports::told;
use crate::http::texts::{self, Lang};
use crate::imports::{self, About, Import, LineError, Options as Run, Report};
use crate::store::{Reach, area_tables};
use crate::tallies::recount;

/// Errors that are told on the screen; a report tells all of them.
const SHOWN: usize = 50;

#[derive(Debug, Args)]
#[command(after_help = help())]
pub(super) struct Options {
    /// What stands in the file
    #[arg(value_parser = PossibleValuesParser::new(kinds().map(|it| it.name)))]
    kind: String,
    /// The file: CSV in UTF-8, its cells parted by commas, semicolons or tabs; or XLSX, its first sheet
    #[arg(value_name = "FILE.{csv,xlsx}")]
    file: PathBuf,
    /// Write the good lines although there are bad ones
    #[arg(long)]
    skip_bad: bool,
    /// Of `worklist`: the list for all lines that name none
    #[arg(long, value_name = "ID")]
    list: Option<uuid::Uuid>,
    /// Write all that is wrong into this file, line by line
    #[arg(long, value_name = "FILE.csv")]
    report: Option<PathBuf>,
    /// Tell what is wrong in English
    #[arg(long)]
    english: bool,
    #[command(flatten)]
    database: Database,
}

/// Offices bring theirs over the network, too; what is a part of the law comes this way alone.
fn kinds() -> impl Iterator<Item = &'static Import> {
    imports::OF_THE_LAW.iter().chain(imports::ALL)
}

fn help() -> String {
    let mut text = String::from(
        "\
The first line names the columns, in any order. Vietnamese headings are known, too.
All is written, or nothing: with a bad line nothing is, unless --skip-bad. The same file
again changes nothing. Days are 2026-12-31 or 31/12/2026.

",
    );
    for import in kinds() {
        // Nothing can go wrong with text in memory.
        let _ = writeln!(text, "{}:", import.name);
        for column in import.columns {
            let needed = if column.required { "" } else { " (may be absent)" };
            let headings: Vec<&str> = column.also.iter().take(1).copied().collect();
            let headings = headings.join(", ");
            let _ = writeln!(text, "  {:<12} {}{needed} [{headings}]", column.key, column.about);
        }
        let example: String = import.example.lines().map(|line| format!("    {line}\n")).collect();
        let _ = writeln!(text, "  For example, {}.csv:\n{example}", import.name);
    }
    text + "Examples:\n  dai-ly-thu import villages villages.csv\n  \
            dai-ly-thu import targets chi-tieu-2027.xlsx --skip-bad --report wrong.csv"
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let import = kinds()
        .find(|it| it.name == options.kind)
        .ok_or_else(|| Failure::Usage(format!("nothing is known of {}", options.kind)))?;
    let file = std::fs::read(&options.file).map_err(Failure::io(shown(&options.file)))?;
    let wanted = Run { skip_bad: options.skip_bad, told: usize::MAX };
    let report = match import.open(&file, wanted) {
        Ok(table) => bring(options, *import, &table, wanted)?,
        Err(report) => report,
    };
    let lang = if options.english { Lang::En } else { Lang::Vi };
    show(lang, &report);
    if let Some(file) = &options.report {
        write(lang, &report, file)?;
    }
    if report.nothing_written() {
        return Err(Failure::Usage("nothing was written".to_owned()));
    }
    println!("{}", told(&report));
    Ok(())
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

fn bring(
    options: &Options,
    import: Import,
    table: &imports::Table,
    wanted: Run,
) -> Result<Report, Failure> {
    let store = options.database.open_existing()?;
    let store = signed(&store, None, &format!("import {}", import.name));
    let author = store.author();
    let lines = u64::try_from(table.len()).unwrap_or(u64::MAX);
    let bar = ProgressBar::new(lines.saturating_mul(2)).with_style(
        ProgressStyle::with_template("{msg} {wide_bar} {percent} % {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let about = About {
        reach: &Reach::Everything,
        areas: store.read(area_tables::in_force)?,
        now: clock::now(),
        office_id: None,
        user_id: None,
        worklist_id: options.list.map(Id),
    };
    let report = store.retry(|tx| {
        let report = import.run(tx, &about, table, wanted, &mut |it| {
            bar.set_message(format!("{} of {} lines, {} written", it.read, it.lines, it.written));
            bar.set_position(u64::try_from(it.read + it.written).unwrap_or(u64::MAX));
        })?;
        let is_law = imports::OF_THE_LAW.iter().any(|it| it.name == import.name);
        // A refused file changes nothing.
        if is_law && (report.bad == 0 || wanted.skip_bad) {
            // What was counted for a commune counts for what it has become.
            bar.set_message("counting the tallies anew");
            let areas = area_tables::in_force(tx)?;
            recount::recount(tx, &areas, true)?;
        }
        author.detail(&told(&report));
        Ok(report)
    });
    bar.finish_and_clear();
    Ok(report?)
}

/// Tells people what is wrong, on standard error.
fn show(lang: Lang, report: &Report) {
    for error in report.errors.iter().take(SHOWN) {
        let LineError { line, column, .. } = error;
        let column = if column.is_empty() { String::new() } else { format!(", {column}") };
        eprintln!("line {line}{column}: {}", texts::of_line(lang, error));
    }
    let left = report.errors_total.saturating_sub(SHOWN);
    if left > 0 {
        eprintln!("… and {left} more; --report FILE.csv tells all of them");
    }
    for error in report.skipped.iter().take(SHOWN) {
        eprintln!("line {} is left out: {}", error.line, texts::of_line(lang, error));
    }
    if report.bad > 0 {
        eprintln!("{} of {} lines are bad", report.bad, report.lines);
    }
}

fn write(lang: Lang, report: &Report, file: &Path) -> Result<(), Failure> {
    let damaged = |error: csv::Error| Failure::io(shown(file))(error.into());
    let mut out = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    out.write_record(["line", "column", "code", "detail"]).map_err(damaged)?;
    for error in &report.errors {
        let (line, detail) = (error.line.to_string(), texts::of_line(lang, error));
        // What was a heading of the file would be computed by whoever opens this one.
        let column = error.column.trim_start_matches(['=', '+', '-', '@']);
        out.write_record([line.as_str(), column, error.code.as_str(), detail.as_str()])
            .map_err(damaged)?;
    }
    let bytes = out.into_inner().map_err(|error| damaged(error.into_error().into()))?;
    std::fs::write(file, bytes).map_err(Failure::io(shown(file)))
}
