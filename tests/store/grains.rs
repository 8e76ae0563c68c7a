//! Months and years tell the same as the days that they are sums of.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, RecordStatus, Scheme};
use dai_ly_thu::store::grains::{Grain, Run, Span, cover};
use dai_ly_thu::store::sums::{By, Question, SumKey, sums};
use dai_ly_thu::store::tallies::{self, Counts, Deltas, TallyKey};
use dai_ly_thu::store::{Reach, Result, months};

use super::world::World;
use crate::both;
use crate::support::Backend;
use crate::support::records::{record, void, voluntary};

both!(whatever_is_asked_the_rows_tell_what_the_days_do, nothing_is_dated_after_today);

const ALL: [By; 10] = [
    By::Group,
    By::Agent,
    By::Organisation,
    By::Village,
    By::Drive,
    By::Area,
    By::Day,
    By::Month,
    By::Office,
    By::Association,
];

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(number)
}

/// Whether a day lies in what a run of rows counts.
fn counts(run: &Run, day: NaiveDate) -> i64 {
    let inside = (run.from..=run.span.last(run.to)).contains(&day);
    let sign = if run.adds { 1 } else { -1 };
    if inside { sign } else { 0 }
}

fn rows(run: &Run) -> usize {
    let rows = run.from.iter_days().take_while(|day| *day <= run.to);
    rows.filter(|day| run.span.first(*day) == *day).count()
}

proptest! {
    #[test]
    fn a_period_is_covered_once(start in 0_u64..900, length in 0_u64..1200) {
        let (from, to) = (day(start), day(start + length));
        for widest in [Span::Day, Span::Month, Span::Year] {
            let runs = cover(from, to, widest);
            for day in day(0).iter_days().take(2500) {
                let sum: i64 = runs.iter().map(|run| counts(run, day)).sum();
                prop_assert_eq!(sum, i64::from((from..=to).contains(&day)), "{} {:?}", day, runs);
            }
            prop_assert!(runs.iter().all(|run| run.span <= widest));
            // At most half a month and half a year at each end.
            let most = match widest {
                Span::Day => usize::MAX,
                Span::Month => 2 * 16 + 40,
                Span::Year => 2 * (6 + 16) + 5,
            };
            prop_assert!(runs.iter().map(rows).sum::<usize>() <= most, "{:?}", runs);
        }
    }
}

#[test]
fn the_end_of_time_is_covered() {
    for (from, to) in [(NaiveDate::MIN, NaiveDate::MAX), (NaiveDate::MAX, NaiveDate::MAX)] {
        for widest in [Span::Day, Span::Month, Span::Year] {
            assert!(!cover(from, to, widest).is_empty());
        }
    }
    assert_eq!(cover(NaiveDate::MAX, NaiveDate::MIN, Span::Year), vec![]);
}

/// One thing that is counted, by small numbers, so that keys often meet.
type Step = (u64, [u8; 6], bool, i64);

fn step() -> impl Strategy<Value = Step> {
    (0_u64..1000, any::<[u8; 6]>(), any::<bool>(), 1_i64..4)
}

fn key(groups: &[Id], (at, of, household, _): &Step) -> TallyKey {
    let id = |kind: &str, number: u8, most: u8| match number % most {
        0 => Id::NIL,
        number => Id::named(&format!("{kind} {number}")),
    };
    TallyKey {
        starts_on: day(*at),
        group_id: groups[usize::from(of[0]) % groups.len()],
        agent_id: Id::named(&format!("agent {}", of[1] % 3)),
        organisation_id: id("organisation", of[2], 3),
        area_code: format!("0000{}", of[3] % 3),
        village_id: id("village", of[4], 4),
        drive_id: id("drive", of[5], 3),
        scheme: if *household { Scheme::Household } else { Scheme::Voluntary },
    }
}

/// The answer, from every day's row.
fn by_days(
    days: &Deltas,
    reach: &Reach,
    by: By,
    question: &Question,
) -> BTreeMap<(SumKey, Scheme), Counts> {
    let mut found: BTreeMap<_, Counts> = BTreeMap::new();
    let groups = if reach.organisation().is_some() { None } else { reach.groups() };
    for (key, counts) in days {
        let wanted = (question.from..=question.to).contains(&key.starts_on)
            && groups.is_none_or(|ids| ids.contains(&key.group_id))
            && reach.agent().is_none_or(|id| id == key.agent_id)
            && reach.organisation().is_none_or(|id| id == key.organisation_id)
            && question.group_id.is_none_or(|id| id == key.group_id)
            && question.drive_id.is_none_or(|id| id == key.drive_id)
            && question.scheme.is_none_or(|scheme| scheme == key.scheme);
        let of = match by {
            By::Group | By::Office => SumKey::Id(key.group_id),
            By::Agent | By::Association => SumKey::Id(key.agent_id),
            By::Organisation => SumKey::Id(key.organisation_id),
            By::Village => SumKey::Id(key.village_id),
            By::Drive => SumKey::Id(key.drive_id),
            By::Area => SumKey::Area(key.area_code.clone()),
            By::Day => SumKey::Day(key.starts_on),
            By::Month => SumKey::Day(Span::Month.first(key.starts_on)),
        };
        if wanted {
            *found.entry((of, key.scheme)).or_default() += *counts;
        }
    }
    found.retain(|_, counts| *counts != Counts::default());
    found
}

fn whatever_is_asked_the_rows_tell_what_the_days_do(backend: Backend) {
    let world = World::new(backend);
    let groups: Vec<Id> = ["Nhóm 1", "Nhóm 2", "Nhóm 3"].map(|name| world.group(name)).into();
    let asked = (0_u64..1000, 0_u64..1000, any::<[u8; 4]>());
    let steps = prop::collection::vec(step(), 1..12);
    let strategy = (steps, prop::collection::vec(asked, 1..6));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(32));
    let days = std::cell::RefCell::new(Deltas::new());
    runner
        .run(&strategy, |(steps, questions)| {
            let mut moved = Deltas::new();
            for step in &steps {
                let counts = Counts { accepted: step.3, amount_held: -step.3, ..Counts::default() };
                *moved.entry(key(&groups, step)).or_default() += counts;
            }
            world.store.write(|tx| tallies::add(tx, &moved)).expect("written");
            let mut days = days.borrow_mut();
            for (key, counts) in moved {
                *days.entry(key).or_default() += counts;
            }
            let last = days.keys().map(|key| key.starts_on).max().expect("steps");
            for (start, length, [who, group, drive, scheme]) in questions {
                let question = Question {
                    from: day(start),
                    to: day(start + length),
                    today: if who >= 128 { last } else { NaiveDate::MAX },
                    scheme: (scheme % 3 == 0).then_some(Scheme::Household),
                    group_id: (group % 3 == 0).then_some(groups[1]),
                    office_id: None,
                    drive_id: (drive % 4 == 0).then(|| Id::named("drive 1")),
                };
                let reach = match who % 4 {
                    0 => Reach::Everything,
                    1 => Reach::Groups(groups[..2].to_vec()),
                    2 => Reach::Own { group: groups[0], agent: Id::named("agent 1") },
                    _ => Reach::Organisation(Id::named("organisation 1")),
                };
                for by in ALL {
                    let told = world.store.read(|conn| sums(conn, &reach, by, &question));
                    let told = told.expect("read").into_iter();
                    let told: BTreeMap<_, _> =
                        told.map(|sum| ((sum.key, sum.scheme), sum.counts)).collect();
                    let right = by_days(&days, &reach, by, &question);
                    prop_assert_eq!(told, right, "{:?} {:?} {:?}", by, reach, question);
                }
            }
            Ok(())
        })
        .unwrap();
    let kept = |grain| -> Deltas {
        let rows = world.store.read(|conn| -> Result<_> { tallies::all(conn, grain) });
        rows.unwrap().into_iter().collect()
    };
    let days = kept(Grain::Day);
    for grain in Grain::ALL {
        assert_eq!(kept(*grain), grain.sum(&days), "{grain}");
    }
}

/// Five minutes before midnight in Việt Nam, by a phone whose clock is a little ahead; then it is taken back, and what
/// was captured in a closed month comes late.
fn nothing_is_dated_after_today(backend: Backend) {
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let now: DateTime<Utc> = "2026-12-31T16:55:00Z".parse().unwrap();
    let today = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    let mut body = voluntary(1);
    body["paid_on"] = json!("2026-12-31");
    body["from_month"] = json!("2027-01");
    let taken = record(clock::new_id(), 1, 1, "voluntary", now + TimeDelta::minutes(8), &body);
    let void = void(taken["id"].as_str().unwrap().parse().unwrap());
    let void = record(clock::new_id(), 1, 2, "void", now + TimeDelta::minutes(9), &void);
    let counted = |from, to| {
        let period = Question {
            from,
            to,
            today,
            scheme: None,
            group_id: None,
            office_id: None,
            drive_id: None,
        };
        let asked = |conn: &mut _| sums(conn, &Reach::Everything, By::Day, &period);
        let days = world.store.read(asked).unwrap();
        days.into_iter().map(|sum| (sum.key, sum.counts.accepted, sum.counts.voided)).collect()
    };
    let later = today.succ_opt().unwrap();
    let mut late = voluntary(2);
    late["paid_on"] = json!("2026-11-15");
    let captured = "2026-11-15T03:00:00Z".parse().unwrap();
    let late = record(clock::new_id(), 1, 3, "voluntary", captured, &late);
    let november = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
    let groups = [phone.sender.group_id];
    world.store.write(|tx| months::close(tx, &groups, november)).unwrap();
    for (sent, accepted, voided) in [(taken, 1, 0), (void, 0, 1), (late, 1, 1)] {
        let pushed = world.push_at(phone, now, &[sent]).unwrap();
        assert_eq!(pushed.decisions[0].outcome.status, RecordStatus::Accepted);
        let found: Vec<_> = counted(today, today);
        assert_eq!(found, [(SumKey::Day(today), accepted, voided)]);
        let found: Vec<_> = counted(later, NaiveDate::MAX);
        assert_eq!(found, []);
    }
    world.assert_books();
}
