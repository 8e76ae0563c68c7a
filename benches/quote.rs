//! What a quote costs, and which part of a batch five hundred of them are: of reading, judging and durably
//! storing five hundred records. `cargo bench --bench quote`

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;
#[path = "../tests/store/world.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod world;

use std::hint::black_box;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, Dong, MemberGroup, Method, RecordStatus, SupportGroup, parse_day};
use dai_ly_thu::policy::{MemberTerms, Rules, VoluntaryTerms, household, voluntary as law};

use support::Backend;
use support::records::{captured, record, voluntary};
use world::World;

/// Records in a batch, the most that is allowed.
const BATCH: u32 = 500;
const QUOTES: u32 = 20_000;
const BATCHES: u32 = 40;

fn main() {
    support::postgres::DURABLE.store(true, Ordering::Relaxed);
    let [sqlite, postgres] = [Backend::Sqlite, Backend::Postgres].map(push);
    println!(
        "a batch of {BATCH} voluntary records takes {sqlite:?} on sqlite, {postgres:?} on postgres"
    );
    println!("part of it: so many quotes / the batch");
    println!("{:<44} {:>9} {:>10} {:>10}", "quote", "µs each", "sqlite", "postgres");
    for (name, each) in quotes() {
        let part = |batch: Duration| (each * BATCH).as_secs_f64() / batch.as_secs_f64();
        println!(
            "{name:<44} {:>9.2} {:>10.3} {:>10.3}",
            each.as_secs_f64() * 1e6,
            part(sqlite),
            part(postgres)
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
    let price = |terms: VoluntaryTerms<'static>| {
        timed(|| drop(black_box(law::quote(rules, areas, black_box(&terms)))))
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
        ("voluntary, a month", price(terms(Method::Monthly, None))),
        ("voluntary, a year, with a province's support", price(local)),
        ("voluntary, 24 months ahead", price(terms(Method::Ahead, Some(24)))),
        ("voluntary, 60 months ahead", price(terms(Method::Ahead, Some(60)))),
        ("voluntary, 60 missing months", price(terms(Method::Missing, Some(60)))),
        ("household of one", household(&[member(MemberGroup::Household)])),
        ("household of six", household(&vec![member(MemberGroup::Household); 6])),
        ("near-poor household of six", household(&vec![member(MemberGroup::NearPoor); 6])),
    ]
}

/// The median of batches of monthly enrollments, each in a durable transaction, without HTTP.
fn push(backend: Backend) -> Duration {
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let batch = |n: u32| -> Vec<Value> {
        let numbers = n * BATCH..(n + 1) * BATCH;
        let made = |number| {
            let seq = i64::from(number) + 1;
            record(clock::new_id(), 1, seq, "voluntary", captured(), &voluntary(number))
        };
        numbers.map(made).collect()
    };
    let mut took: Vec<Duration> = (0..BATCHES)
        .map(|n| {
            let records = batch(n);
            let begun = Instant::now();
            let pushed = world.push(phone, &records);
            assert!(pushed.decisions.iter().all(|it| it.outcome.status == RecordStatus::Accepted));
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[took.len() / 2]
}
