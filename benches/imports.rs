//! How long large tables take, one line in a hundred bad, into durable databases: `cargo bench --bench imports`

#[path = "../tests/support/callers.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod callers;
#[path = "../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, Id, Role};
use dai_ly_thu::imports::{self, About, Options, Report};
use dai_ly_thu::store::groups::{self, Group};
use dai_ly_thu::store::offices::{self, Office};
use dai_ly_thu::store::{Reach, Result, Store};

use support::{Backend, Database};

/// Lines of a file.
const LINES: usize = 100_000;
/// One in so many lines is bad.
const BAD: usize = 100;
/// Agents who have a target for each of a hundred days.
const AGENTS: usize = 100;

fn main() {
    support::postgres::DURABLE.store(true, Ordering::Relaxed);
    println!("{LINES} lines, one in {BAD} bad; seconds to read and check / with writing");
    println!("{:<10} {:<22} {:>7} {:>7}  rows", "database", "file", "refused", "written");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        measure(backend);
    }
}

fn measure(backend: Backend) {
    let database = Database::fresh(backend);
    let store = database.store();
    let (office, agents) = fill(&store);
    let villages = villages();
    let targets = targets(office, &agents);
    for (name, kind, file) in [
        ("villages", "villages", &villages),
        ("villages again", "villages", &villages),
        ("targets", "targets", &targets),
        ("targets again", "targets", &targets),
    ] {
        let (refused, report) = bring(&store, kind, file, false);
        assert!(report.nothing_written() && report.bad == LINES / BAD, "{report:?}");
        let (written, report) = bring(&store, kind, file, true);
        assert_eq!(report.written + report.unchanged, LINES - LINES / BAD);
        let (refused, written) = (refused.as_secs_f64(), written.as_secs_f64());
        println!(
            "{:<10} {name:<22} {refused:>7.2} {written:>7.2}  {} written, {} unchanged",
            format!("{backend:?}").to_lowercase(),
            report.written,
            report.unchanged
        );
    }
}

/// Brings a file: from its bytes to the commit.
fn bring(store: &Store, kind: &str, file: &str, skip_bad: bool) -> (Duration, Report) {
    let import = imports::find(kind).expect("a kind");
    let options = Options { skip_bad, ..Options::default() };
    let begun = Instant::now();
    let table = import.open(file.as_bytes(), options).expect("a table");
    let about = About {
        reach: &Reach::Everything,
        areas: Arc::clone(Areas::embedded()),
        now: clock::now(),
        office_id: None,
        user_id: None,
        worklist_id: None,
    };
    let report = store.write(|tx| import.run(tx, &about, &table, options, &mut |_| {}));
    (begun.elapsed(), report.expect("a report"))
}

/// An office, and agents in ten groups of it.
fn fill(store: &Store) -> (Id, Vec<Id>) {
    let created_at = clock::now().naive_utc();
    let office = Office {
        id: clock::new_id(),
        name: "BHXH Bố Trạch".to_owned(),
        parent_id: None,
        created_at,
    };
    store.write(|tx| offices::create(tx, &office)).expect("an office");
    let group = |number: usize| {
        let group = Group {
            id: clock::new_id(),
            name: format!("Nhóm {number}"),
            office_id: Some(office.id),
            area_codes: Vec::new(),
            created_at,
        };
        store.write(|tx| -> Result<_> { groups::create(tx, group.clone()) }).expect("a group").id
    };
    let groups: Vec<Id> = (0..10).map(group).collect();
    let agent = |number: usize| {
        let id = clock::new_id();
        callers::user(store, id, Role::Agent, Some(groups[number % groups.len()]), None, "");
        id
    };
    (office.id, (0..AGENTS).map(agent).collect())
}

fn villages() -> String {
    let line = |number: usize| match number % BAD {
        0 => format!("Thôn {number},99999\n"),
        _ => format!("Thôn {number},19141\n"),
    };
    std::iter::once("name,area_code\n".to_owned()).chain((0..LINES).map(line)).collect()
}

/// One line in ten is an agent's, the others are of villages by name.
fn targets(office: Id, agents: &[Id]) -> String {
    let first = NaiveDate::from_ymd_opt(2027, 1, 1).expect("a day");
    let line = |number: usize| {
        let day = first + Days::new(u64::try_from(number / 10 / AGENTS).expect("few"));
        if number.is_multiple_of(BAD) {
            format!("group,Nhóm không có,household,{day},{day},1,\n")
        } else if number % 10 == 1 {
            let agent = agents[number / 10 % AGENTS];
            format!("agent,{agent},voluntary,{day},{day},5,\n")
        } else {
            format!("village,19141 Thôn {number},household,2027-01-01,2027-12-31,40,{office}\n")
        }
    };
    let head = "holder_kind,holder,scheme,from,to,people,office\n".to_owned();
    std::iter::once(head).chain((0..LINES).map(line)).collect()
}
