//! What a quote costs, and what five hundred of them cost beside the least that a database does for a batch:
//! one durable insert of five hundred rows into one table. `cargo bench --bench quote`

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;

use std::hint::black_box;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, Dong, MemberGroup, Method, Sex, SupportGroup, parse_day};
use dai_ly_thu::policy::{MemberTerms, Rules, VoluntaryTerms, household, voluntary};
use dai_ly_thu::store::bulk::Bulk;
use dai_ly_thu::store::rows::PersonRow;

use support::{Backend, Database};

/// Records in a batch, the most that is allowed.
const BATCH: u32 = 500;
const QUOTES: u32 = 20_000;
const INSERTS: u32 = 40;

fn main() {
    support::postgres::DURABLE.store(true, Ordering::Relaxed);
    let inserts = [Backend::Sqlite, Backend::Postgres].map(|backend| (backend, insert(backend)));
    let names: Vec<String> =
        inserts.iter().map(|(backend, _)| format!("{backend:?}").to_lowercase()).collect();
    println!("a batch of {BATCH}: time for its quotes / time of one durable insert into one table");
    println!("{:<44} {:>9} {:>10} {:>10}", "quote", "µs each", names[0], names[1]);
    for (name, each) in quotes() {
        let share = |insert: Duration| (each * BATCH).as_secs_f64() / insert.as_secs_f64();
        println!(
            "{name:<44} {:>9.2} {:>10.3} {:>10.3}",
            each.as_secs_f64() * 1e6,
            share(inserts[0].1),
            share(inserts[1].1)
        );
    }
}

fn timed(mut work: impl FnMut()) -> Duration {
    let begun = Instant::now();
    (0..QUOTES).for_each(|_| work());
    begun.elapsed() / QUOTES
}

fn quotes() -> Vec<(&'static str, Duration)> {
    let (rules, areas) = (Rules::embedded(), Areas::embedded());
    let day = parse_day("2026-11-22").expect("a day");
    let terms = |method, months| VoluntaryTerms {
        paid_on: day,
        area: areas.find("19141", day),
        income: Dong(1_500_000),
        method,
        months,
        support_group: Some(SupportGroup::Other),
        supported_months_before: 0,
        monthly_rate_percent: None,
        from_month: None,
        months_late: 0,
    };
    let voluntary = |terms: VoluntaryTerms<'static>| {
        timed(|| drop(black_box(voluntary::quote(rules, areas, black_box(&terms)))))
    };
    let local = VoluntaryTerms {
        area: areas.provinces(day).into_iter().find(|it| it.code == "31"),
        ..terms(Method::Yearly, None)
    };
    let member =
        |group| MemberTerms { group, months: 12, previous_valid_to: None, rank_held: None };
    let household = |members: &[MemberTerms]| {
        let area = areas.find("19141", day);
        timed(|| drop(black_box(household::quote(rules, areas, day, area, 0, black_box(members)))))
    };
    vec![
        ("voluntary, a month", voluntary(terms(Method::Monthly, None))),
        ("voluntary, a year, with a province's support", voluntary(local)),
        ("voluntary, 24 months ahead", voluntary(terms(Method::Ahead, Some(24)))),
        ("voluntary, 60 months ahead", voluntary(terms(Method::Ahead, Some(60)))),
        ("voluntary, 60 missing months", voluntary(terms(Method::Missing, Some(60)))),
        ("household of one", household(&[member(MemberGroup::Household)])),
        ("household of six", household(&vec![member(MemberGroup::Household); 6])),
        ("near-poor household of six", household(&vec![member(MemberGroup::NearPoor); 6])),
    ]
}

/// The median of inserts of a batch's persons, each in a durable transaction of its own.
fn insert(backend: Backend) -> Duration {
    let database = Database::fresh(backend);
    let store = database.store();
    let mut took: Vec<Duration> = (0..INSERTS)
        .map(|_| {
            let rows: Vec<PersonRow> = (0..BATCH).map(person).collect();
            let begun = Instant::now();
            store.write(|tx| PersonRow::insert_all(tx, &rows)).expect("an insert");
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[took.len() / 2]
}

fn person(number: u32) -> PersonRow {
    PersonRow {
        id: clock::new_id(),
        full_name: support::records::name(number),
        birth: support::records::birth(number),
        sex: Sex::Female,
        ethnicity: None,
        phone: None,
        area_code: support::records::COMMUNE.to_owned(),
        address: "thôn 3".to_owned(),
        identity_key: number.to_string(),
        merged_into: None,
        created_at: clock::now().naive_utc(),
    }
}
