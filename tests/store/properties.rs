//! What holds for any records: nobody is enrolled twice for one time, and it does not matter how
//! records are cut into batches.

use std::collections::HashMap;

use diesel::prelude::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use chrono::NaiveDate;
use dai_ly_thu::domain::{EnrollmentStatus, Id, Scheme};
use dai_ly_thu::store::Result;
use dai_ly_thu::store::schema::enrollments;
use dai_ly_thu::sync::outcome::Decision;

use super::world::World;
use crate::both;
use crate::support::Backend;
use crate::support::records::{captured, household, record, void, voluntary};

both!(any_split_decides_alike_and_enrolls_nobody_twice);

/// One record, by small numbers, so that records often meet.
#[derive(Debug, Clone)]
enum Step {
    Voluntary { person: u32, code: bool, month: u32, amount_right: bool },
    Household { first: u32, members: u32, house: u128, renewed: bool },
    Void { earlier: usize },
    Correct { earlier: usize, person: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_u32, any::<bool>(), 1..4_u32, prop::bool::weighted(0.9)).prop_map(
            |(person, code, month, amount_right)| Step::Voluntary { person, code, month, amount_right }
        ),
        4 => (0..4_u32, 1..3_u32, 1..3_u128, any::<bool>()).prop_map(
            |(first, members, house, renewed)| Step::Household { first, members, house, renewed }
        ),
        1 => (0..20_usize).prop_map(|earlier| Step::Void { earlier }),
        1 => (0..20_usize, 0..4_u32).prop_map(|(earlier, person)| Step::Correct { earlier, person }),
    ]
}

fn id(number: usize) -> Id {
    Id(Uuid::from_u128(0x1000 + number as u128))
}

/// The records that steps stand for, the same for the same steps.
fn records(steps: &[Step]) -> Vec<Value> {
    let mut revs: HashMap<usize, i64> = HashMap::new();
    let mut made = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let (number, kind, body) = match step {
            Step::Voluntary { person, code, month, amount_right } => {
                let mut body = voluntary(*person);
                if !code {
                    body["person"]["bhxh_code"] = Value::Null;
                }
                body["from_month"] = json!(format!("2027-0{month}"));
                if !amount_right {
                    body["amount_collected"] = json!(1);
                }
                (number, "voluntary", body)
            }
            Step::Household { first, members, house, renewed } => {
                let mut body = household(*first, *members);
                body["household"]["id"] = json!(Id(Uuid::from_u128(*house)));
                if *renewed {
                    body["members"][0]["previous_valid_to"] = json!("2027-12-21");
                }
                (number, "household", body)
            }
            Step::Void { earlier } => (number, "void", void(id(earlier % (number + 1)))),
            Step::Correct { earlier, person } => {
                (earlier % (number + 1), "voluntary", voluntary(*person))
            }
        };
        let rev = revs.entry(number).and_modify(|rev| *rev += 1).or_insert(1);
        let seq = i64::try_from(made.len() + 1).unwrap();
        made.push(record(id(number), *rev, seq, kind, captured(), &body));
    }
    made
}

fn push_split(backend: Backend, records: &[Value], batch: usize) -> (World, Vec<Decision>) {
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let decisions = records.chunks(batch).flat_map(|it| world.push(phone, it).decisions).collect();
    world.assert_books();
    (world, decisions)
}

fn assert_nobody_twice(world: &World) {
    type Row = (Id, Scheme, NaiveDate, NaiveDate);
    let standing: Vec<Row> = world
        .store
        .read(|conn| -> Result<_> {
            Ok(enrollments::table
                .filter(enrollments::status.eq(EnrollmentStatus::Accepted))
                .select((
                    enrollments::person_id,
                    enrollments::scheme,
                    enrollments::covers_from,
                    enrollments::covers_to,
                ))
                .load(conn)?)
        })
        .unwrap();
    for (i, (person, scheme, from, to)) in standing.iter().enumerate() {
        for (other, other_scheme, other_from, other_to) in &standing[..i] {
            let meets = from <= other_to && other_from <= to;
            assert!(!(person == other && scheme == other_scheme && meets), "{standing:#?}");
        }
    }
}

fn any_split_decides_alike_and_enrolls_nobody_twice(backend: Backend) {
    let config =
        ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..20), batch in 1..7_usize)| {
        let records = records(&steps);
        let (whole, at_once) = push_split(backend, &records, records.len());
        let (_, in_parts) = push_split(backend, &records, batch);
        prop_assert_eq!(at_once, in_parts);
        assert_nobody_twice(&whole);
    });
}
