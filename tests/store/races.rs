//! What happens at the same moment: nothing is doubled, on both databases.

use std::sync::Barrier;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};

use dai_ly_thu::auth::login::Login;
use dai_ly_thu::auth::sessions::{LogIn, log_in};
use dai_ly_thu::auth::{AuthError, Keys, Passwords};
use dai_ly_thu::clock;
use dai_ly_thu::domain::RecordStatus;
use dai_ly_thu::store::audit::Who;
use dai_ly_thu::store::schema::{audit_entries, enrollments, login_failures};
use dai_ly_thu::store::sums::{By, Question, sums};
use dai_ly_thu::store::{Author, Conn, Reach, Result, months};
use dai_ly_thu::sync::outcome::Outcome;
use dai_ly_thu::sync::persons;

use super::world::World;
use crate::both;
use crate::support::Backend;
use crate::support::records::{captured, record, voluntary};

both!(
    the_same_batch_five_times_at_once,
    one_person_two_groups_new,
    one_person_two_groups_known,
    one_person_two_groups_without_a_code,
    a_month_closes_while_its_records_arrive,
    persons_become_one_while_their_records_arrive,
    every_wrong_password_of_one_moment_counts,
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

/// Records of a month arrive while it is closed: what it counted then, it counts for ever.
fn a_month_closes_while_its_records_arrive(backend: Backend) {
    const PHONES: u32 = 4;
    let world = World::new(backend);
    let group_id = world.group("Nhóm 1");
    let october: DateTime<Utc> = "2026-10-15T03:00:00Z".parse().unwrap();
    let barrier = Barrier::new(PHONES as usize + 1);
    let counted = |conn: &mut Conn| {
        let of = Question {
            from: NaiveDate::from_ymd_opt(2026, 10, 1).unwrap(),
            to: NaiveDate::from_ymd_opt(2026, 10, 31).unwrap(),
            today: NaiveDate::MAX,
            scheme: None,
            group_id: Some(group_id),
            office_id: None,
            drive_id: None,
        };
        sums(conn, &Reach::Everything, By::Group, &of)
            .map(|rows| rows.into_iter().map(|row| row.counts).collect::<Vec<_>>())
    };
    let closed = std::thread::scope(|scope| {
        for phone in 0..PHONES {
            let (world, barrier) = (&world, &barrier);
            scope.spawn(move || {
                let sender = world.phone(group_id);
                barrier.wait();
                for n in 1..=20 {
                    let mut body = voluntary(phone * 1000 + n);
                    body["paid_on"] = json!("2026-10-15");
                    body["from_month"] = json!("2026-10");
                    if n % 3 == 0 {
                        body["amount_collected"] = json!(1000);
                    }
                    let seq = i64::from(n);
                    let made = record(clock::new_id(), 1, seq, "voluntary", october, &body);
                    world.push(sender, &[made]);
                }
            });
        }
        barrier.wait();
        let through = NaiveDate::from_ymd_opt(2026, 10, 31).unwrap();
        world.store.write(|tx| months::close(tx, &[group_id], through)).unwrap();
        world.store.read(counted).unwrap()
    });
    assert_eq!(world.store.read(counted).unwrap(), closed);
    world.assert_books();
}

/// Two persons become one while records of both arrive: nothing stays with who is gone.
fn persons_become_one_while_their_records_arrive(backend: Backend) {
    let world = World::new(backend);
    let phones = [world.phone(world.group("Nhóm 1")), world.phone(world.group("Nhóm 2"))];
    for round in 0..10 {
        let month = |number: u32, month: u32| {
            let mut body = voluntary(2 * round + number);
            body["from_month"] = json!(format!("2027-{month:02}"));
            body
        };
        let send = |phone: usize, number: u32, at: u32| {
            let seq = i64::from(100 * round + 10 * number + at);
            let body = month(number, at);
            let made = record(clock::new_id(), 1, seq, "voluntary", captured(), &body);
            world.push(phones[phone], &[made]).decisions.remove(0).outcome
        };
        let person = |outcome: &Outcome| outcome.enrollments[0].person_id.unwrap();
        let (first, second) = (person(&send(0, 1, 1)), person(&send(1, 2, 2)));
        let barrier = Barrier::new(3);
        std::thread::scope(|scope| {
            for (phone, number, months) in [(0, 1, 3..=5), (1, 2, 6..=8)] {
                let (send, barrier) = (&send, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for at in months {
                        send(phone, number, at);
                    }
                });
            }
            barrier.wait();
            let by = phones[0].sender.agent_id;
            let both = (second, first);
            persons::merge(&world.store, both, by, captured(), |_| Ok(())).unwrap();
        });
        let left: i64 = world
            .store
            .read(|conn| -> Result<_> {
                let of = enrollments::table.filter(enrollments::person_id.eq(second));
                Ok(of.count().get_result(conn)?)
            })
            .unwrap();
        assert_eq!(left, 0, "round {round}");
    }
    world.assert_books();
}

/// Networks of one site try one account at once: each of them counts, each is noted, and all count for the site.
fn every_wrong_password_of_one_moment_counts(backend: Backend) {
    const TRIES: usize = 5;
    let world = World::new(backend);
    let agent = world.phone(world.group("Nhóm 1")).sender.agent_id;
    let (keys, passwords) = (Keys::in_memory().unwrap(), Passwords::new(None).unwrap());
    let tried = |address: &(dyn Fn(usize) -> String + Sync)| {
        let barrier = Barrier::new(TRIES);
        std::thread::scope(|scope| {
            for n in 0..TRIES {
                let (world, keys, passwords, barrier) = (&world, &keys, &passwords, &barrier);
                scope.spawn(move || {
                    let author =
                        Author::new(Who::default(), "log-in".to_owned(), n.to_string(), None);
                    let input = LogIn {
                        login: Login::parse(&agent.to_string()).unwrap(),
                        password: "mật khẩu sai".to_owned(),
                        installation: None,
                        address: address(n).parse().unwrap(),
                    };
                    let store = world.store.by(author.into());
                    barrier.wait();
                    let family = clock::new_id();
                    let refused = log_in(&store, keys, passwords, &input, family, clock::now());
                    assert!(matches!(refused, Err(AuthError::Unauthenticated)), "{refused:?}");
                });
            }
        });
        let failures: Vec<i64> = world
            .store
            .read(|conn| -> Result<_> {
                let failures = login_failures::table.select(login_failures::failures);
                Ok(failures.order(login_failures::failures).load(conn)?)
            })
            .unwrap();
        failures
    };
    let mut expected = vec![1; TRIES];
    expected.push(TRIES as i64);
    assert_eq!(tried(&|n| format!("2001:db8:1:{n}::1")), expected);
    // And once more from one address.
    expected.push(TRIES as i64);
    assert_eq!(tried(&|_| "192.0.2.1".to_owned()), expected);
    let noted = audit_entries::table.filter(audit_entries::subject_id.eq(agent));
    let noted: i64 =
        world.store.read(|conn| -> Result<_> { Ok(noted.count().get_result(conn)?) }).unwrap();
    assert_eq!(noted, 2 * TRIES as i64);
}
