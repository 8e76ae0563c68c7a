//! `rules`: the law, to read, and to amend when a new decree comes and no server is at hand.

use std::collections::BTreeMap;
use std::io::Write;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, signed};
use crate::clock;
use crate::config::Database;
use crate::domain::{Id, Role, clean_text};
use crate::policy::{RuleTable, Rules};
use crate::rulebook::amend::{self, AmendError, By};
use crate::rulebook::{LoadError, Rulebook};
use crate::store::rule_rows::{self, RuleRow};
use crate::store::{Store, users, waiting};
use crate::sync::missing::{self, MissingRule};
use crate::sync::rejudge::{self, Report};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the tables in force, or one of them
    List(List),
    /// Add a dated row with its document, and judge again what waited for it
    #[command(after_help = ADD)]
    Add(Add),
    /// List the rows that records wait for, and how many do
    Missing(Database),
    /// List the rows that were added, with their ids
    Added(Database),
    /// Take an added row out of the law again, because it was wrong
    Withdraw(Withdraw),
}

const ADD: &str = "\
A new row ends the open row of the same key the day before it. Nothing that was accepted changes.
Records that waited for the row are judged once more, by the law of their own day of payment.

Examples:
  # The investment rate of 2027, published in January
  dai-ly-thu rules add vsi_invest_rate_month percent=0.33 \\
    --from 2027-01-01 --to 2027-12-31 --document 'TB 12/TB-BHXH 12/1/2027' --by admin

  # A new base salary from 1 July 2027
  dai-ly-thu rules add base_salary amount=2700000 --from 2027-07-01 --document 'NĐ …/2027/NĐ-CP' \\
    --by admin";

#[derive(Debug, Args)]
pub(super) struct List {
    /// The table; all of them when absent
    table: Option<String>,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The table; `rules list` prints them with their columns
    table: String,
    /// The columns of the row
    #[arg(required = true, value_name = "COLUMN=VALUE", value_parser = cell)]
    cells: Vec<(String, String)>,
    /// First day on which the row holds
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: String,
    /// Last day; open when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// The law, decree or decision it comes from
    #[arg(long)]
    document: String,
    /// H official text or two sources, M one good source, L weak
    #[arg(long, default_value = "M")]
    confidence: String,
    #[command(flatten)]
    by: Who,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
pub(super) struct Withdraw {
    /// The row's id, as `rules added` lists it
    #[arg(value_parser = id)]
    id: Id,
    /// Why; it stays to be read
    #[arg(long, value_parser = reason)]
    reason: String,
    #[command(flatten)]
    by: Who,
    #[command(flatten)]
    database: Database,
}

/// Who changes the law; it is kept with the row.
#[derive(Debug, Args)]
pub(super) struct Who {
    /// Your login, that of an administrator
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(options) => list(options),
        Command::Add(options) => add(options),
        Command::Missing(database) => missing(database),
        Command::Added(database) => added(database),
        Command::Withdraw(options) => withdraw(options),
    }
}

/// The tables of the database, or those of the program when there is none yet.
fn list(options: &List) -> Result<(), Failure> {
    let tables: Vec<RuleTable> = match options.database.open_existing() {
        Ok(store) => {
            let book = Rulebook::open(&store)?;
            store.read(|conn| book.in_force(conn))?.rules().tables().collect()
        }
        Err(crate::store::StoreError::NoDatabase(_)) => Rules::embedded().tables().collect(),
        Err(error) => return Err(error.into()),
    };
    let wanted = |table: &&RuleTable| options.table.as_deref().is_none_or(|it| it == table.table);
    let found: Vec<String> = tables.iter().filter(wanted).map(text).collect();
    if found.is_empty() {
        return Err(no_such_table());
    }
    show(&found.join("\n"))
}

/// Prints a list. Whoever reads only its beginning has seen enough.
fn show(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::io("standard output")(error))
        }
        _ => Ok(()),
    }
}

fn no_such_table() -> Failure {
    let names: Vec<_> = Rules::embedded().tables().map(|table| table.table).collect();
    Failure::Usage(format!("no such table; there are: {}", names.join(", ")))
}

fn text(table: &RuleTable) -> String {
    let head: Vec<String> = table.columns.iter().map(|column| (*column).to_owned()).collect();
    let rows: Vec<&Vec<String>> = std::iter::once(&head).chain(&table.rows).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = format!("{}\n", table.table);
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(&format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
    text
}

fn add(options: &Add) -> Result<(), Failure> {
    if !Rules::has_table(&options.table) {
        return Err(no_such_table());
    }
    let mut values: BTreeMap<String, String> = options.cells.iter().cloned().collect();
    values.insert("effective_from".to_owned(), options.from.clone());
    values.insert("effective_to".to_owned(), options.to.clone().unwrap_or_default());
    values.insert("document".to_owned(), options.document.clone());
    values.insert("confidence".to_owned(), options.confidence.clone());
    let store = options.database.open_existing()?;
    let (id, by) = (clock::new_id(), options.by.find(&store)?);
    let store = signed(&store, by.user_id, "rules add");
    let added = store.write(|tx| amend::add(tx, id, &options.table, values, by));
    if let Ok(row) = &added {
        println!("{}", row.id);
    }
    if matches!(added, Ok(_) | Err(AmendError::Stands)) {
        judge_again(&store)?;
    }
    Ok(added.map(drop)?)
}

fn missing(database: &Database) -> Result<(), Failure> {
    let line = |it: &MissingRule| {
        let (records, held) = (it.records, it.amount_held);
        format!("{}  {} to {}  {records} records, {held} đồng\n", it.rule, it.from, it.to)
    };
    let rules = database.open_existing()?.read(missing::missing)?;
    show(&rules.iter().map(line).collect::<String>())
}

fn added(database: &Database) -> Result<(), Failure> {
    let store = database.open_existing()?;
    let login = |id: Option<Id>| -> Result<String, Failure> {
        let user = id.map(|id| store.read(|conn| users::by_id(conn, id))).transpose()?;
        Ok(user.flatten().map_or_else(|| "somebody".to_owned(), |user| user.login))
    };
    let mut text = String::new();
    for row in store.read(rule_rows::all)? {
        let RuleRow { id, table_name, cells, .. } = &row;
        let (at, by) = (row.added_at.format("%F %R"), login(row.added_by)?);
        text += &format!("{id}  {at} UTC by {by}  {table_name}  {cells}\n");
        if let (Some(at), Some(because)) = (row.withdrawn_at, &row.withdrawn_because) {
            let (at, by) = (at.format("%F %R"), login(row.withdrawn_by)?);
            text += &format!("    withdrawn {at} UTC by {by}: {because}\n");
        }
    }
    show(&text)
}

fn withdraw(options: &Withdraw) -> Result<(), Failure> {
    let store = options.database.open_existing()?;
    let by = options.by.find(&store)?;
    let signed = signed(&store, by.user_id, "rules withdraw");
    let author = signed.author();
    let row = signed.write(|tx| {
        author.subject(options.id);
        amend::withdraw(tx, options.id, &options.reason, by)
    })?;
    println!("withdrawn: {}", row.withdrawn_because.unwrap_or_default());
    judge_again(&store)
}

impl Who {
    fn find(&self, store: &Store) -> Result<By, Failure> {
        let login = &self.by;
        let user = store.read(|conn| users::by_login(conn, login))?;
        let admin = user.filter(|user| user.role == Role::Admin && user.disabled_at.is_none());
        let admin =
            admin.ok_or_else(|| Failure::Usage(format!("there is no administrator {login}")))?;
        Ok(By { user_id: Some(admin.id), at: clock::now().naive_utc() })
    }
}

fn judge_again(store: &Store) -> Result<(), Failure> {
    let waiting = store.read(waiting::all)?.len();
    let bar = ProgressBar::new(u64::try_from(waiting).unwrap_or(0)).with_style(
        ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar.set_message("judging again what waited");
    let book = match Rulebook::open(store) {
        // The row is gone, but there are others like it.
        Err(faults @ LoadError::Faults(_)) => {
            println!("nothing is judged until {faults}");
            return Ok(());
        }
        book => book?,
    };
    let report = rejudge::catch_up(store, &book, clock::now(), |report| {
        bar.set_position(report.total());
    })?;
    bar.finish_and_clear();
    let Report { accepted, duplicate, review, rejected, waiting, failed } = report;
    println!(
        "records that waited: {accepted} accepted, {duplicate} duplicate, {review} in review, \
         {rejected} rejected, {waiting} wait still, {failed} failed"
    );
    Ok(())
}

fn cell(text: &str) -> Result<(String, String), String> {
    let (column, value) = text.split_once('=').ok_or("COLUMN=VALUE")?;
    Ok((column.trim().to_owned(), value.trim().to_owned()))
}

fn id(text: &str) -> Result<Id, String> {
    text.parse().map_err(|_| "not an id".to_owned())
}

/// Longest reason, in characters.
const REASON: usize = 500;

fn reason(text: &str) -> Result<String, String> {
    match clean_text(text, REASON) {
        Ok(text) if !text.is_empty() => Ok(text),
        _ => Err(format!("1 to {REASON} characters")),
    }
}
