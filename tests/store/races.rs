//! What happens at the same moment: nothing is doubled, on both databases.

use std::sync::Barrier;

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::RecordStatus;

use super::world::World;
use crate::both;
use crate::support::Backend;
use crate::support::records::{captured, record, voluntary};

both!(
    the_same_batch_five_times_at_once,
    one_person_two_groups_new,
    one_person_two_groups_known,
    one_person_two_groups_without_a_code,
);

const ROUNDS: u32 = 100;

fn the_same_batch_five_times_at_once(backend: Backend) {
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 1"));
    let records: Vec<Value> = (1..=20)
        .map(|n| record(clock::new_id(), 1, n, "voluntary", captured(), &voluntary(n as u32)))
        .collect();
    let barrier = Barrier::new(5);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let pushes: Vec<_> = (0..5)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    world.push(phone, &records)
                })
            })
            .collect();
        pushes.into_iter().map(|push| push.join().unwrap()).collect()
    });
    let outcomes = |pushed: &dai_ly_thu::sync::push::Pushed| -> Vec<_> {
        pushed.decisions.iter().map(|decision| decision.outcome.clone()).collect()
    };
    assert!(outcomes(&answers[0]).iter().all(|it| it.status == RecordStatus::Accepted));
    assert!(answers.iter().all(|answer| outcomes(answer) == outcomes(&answers[0])));
    let fresh =
        answers.iter().filter(|answer| answer.decisions.iter().all(|it| !it.replayed)).count();
    assert_eq!(fresh, 1);
    world.assert_books();
}

/// Two groups enroll one person at once, again and again: one is accepted, one is not.
fn race(world: &World, body: impl Fn(u32) -> Value + Sync) {
    let phones = [world.phone(world.group("Nhóm 1")), world.phone(world.group("Nhóm 2"))];
    for round in 1..=ROUNDS {
        let barrier = Barrier::new(2);
        let statuses: Vec<RecordStatus> = std::thread::scope(|scope| {
            let pushes: Vec<_> = phones
                .iter()
                .map(|phone| {
                    let record = record(
                        clock::new_id(),
                        1,
                        i64::from(round),
                        "voluntary",
                        captured(),
                        &body(round),
                    );
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        world.push(*phone, &[record]).decisions[0].outcome.status
                    })
                })
                .collect();
            pushes.into_iter().map(|push| push.join().unwrap()).collect()
        });
        let accepted = statuses.iter().filter(|it| **it == RecordStatus::Accepted).count();
        assert_eq!(accepted, 1, "round {round}: {statuses:?}");
        assert!(statuses.iter().all(|it| *it != RecordStatus::Rejected), "{statuses:?}");
    }
    world.assert_books();
}

fn one_person_two_groups_new(backend: Backend) {
    race(&World::new(backend), voluntary);
}

fn one_person_two_groups_known(backend: Backend) {
    let world = World::new(backend);
    let phone = world.phone(world.group("Nhóm 0"));
    let known: Vec<Value> = (1..=ROUNDS)
        .map(|n| record(clock::new_id(), 1, i64::from(n), "voluntary", captured(), &voluntary(n)))
        .collect();
    world.push(phone, &known);
    race(&world, |round| {
        let mut next = voluntary(round);
        next["from_month"] = json!("2027-01");
        next
    });
}

fn one_person_two_groups_without_a_code(backend: Backend) {
    race(&World::new(backend), |round| {
        let mut body = voluntary(round);
        body["person"]["bhxh_code"] = Value::Null;
        body
    });
}
