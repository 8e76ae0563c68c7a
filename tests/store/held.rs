//! PostgreSQL: a push that stands before its commit, its feed published and held, delays only its own
//! group, and whoever pulls meanwhile misses nothing of it later.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use chrono::Months;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::Value;

use dai_ly_thu::clock;
use dai_ly_thu::domain::{ChangeEntity, Id, RecordStatus, ReviewState};
use dai_ly_thu::store::Result;
use dai_ly_thu::store::retention::FINGERPRINT;
use dai_ly_thu::store::schema::{records, reviews};
use dai_ly_thu::sync::pull::pull;
use dai_ly_thu::sync::retention::{Keep, let_bodies_go};
use dai_ly_thu::sync::wire::ChangesAnswer;

use super::world::{Phone, World};
use crate::support::Backend;
use crate::support::records::{captured, record, void, voluntary};

/// Whoever commits a change of this group waits for the lock first.
fn hold_commits_of(group_id: Id) -> String {
    format!(
        "CREATE FUNCTION wait_for_leave() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF NEW.group_id = '{group_id}' THEN PERFORM pg_advisory_xact_lock_shared(1); END IF;
             RETURN NULL;
         END $$;
         CREATE CONSTRAINT TRIGGER held AFTER INSERT ON changes DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION wait_for_leave();"
    )
}

/// As many of our connections wait for another transaction.
fn until_waiting(world: &World, count: usize) {
    let sql = "SELECT pid FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = |conn: &mut _| -> Result<usize> { Ok(diesel::sql_query(sql).execute(conn)?) };
    let patience = Instant::now() + Duration::from_secs(15);
    while world.store.read(waiting).unwrap() != count {
        assert!(Instant::now() < patience, "{count} wait");
        std::thread::yield_now();
    }
}

fn pulled(world: &World, phone: Phone, cursor: Option<&str>) -> ChangesAnswer {
    world.store.read(|conn| pull(conn, phone.sender.group_id, None, cursor, 1000)).unwrap()
}

fn enrolled(changes: &ChangesAnswer) -> usize {
    changes.changes.iter().filter(|it| it.entity == ChangeEntity::Enrollment).count()
}

fn people(numbers: std::ops::Range<u32>) -> Vec<Value> {
    let one = |n| record(clock::new_id(), 1, i64::from(n), "voluntary", captured(), &voluntary(n));
    numbers.map(one).collect()
}

#[test]
fn a_transaction_held_in_one_group_delays_no_other() {
    let world = World::new(Backend::Postgres);
    let [a, a_too] = {
        let group_id = world.group("Nhóm A");
        [world.phone(group_id), world.phone(group_id)]
    };
    let b = world.phone(world.group("Nhóm B"));
    let trigger = hold_commits_of(a.sender.group_id);
    world.store.write(|tx| -> Result<()> { Ok(tx.batch_execute(&trigger)?) }).unwrap();

    let (of_a, of_b) = std::thread::scope(|scope| {
        let ((held, is_held), (release, released)) = (channel(), channel::<()>());
        let holder = scope.spawn({
            let world = &world;
            move || {
                world.store.write(|tx| -> Result<()> {
                    tx.batch_execute("SELECT pg_advisory_xact_lock(1)")?;
                    held.send(()).unwrap();
                    released.recv().unwrap();
                    Ok(())
                })
            }
        });
        is_held.recv().unwrap();
        let first = scope.spawn(|| world.push(a, &people(1..11)));
        until_waiting(&world, 1);
        let second = scope.spawn(|| world.push(a_too, &people(101..121)));
        until_waiting(&world, 2);

        // Another group is neither delayed nor blind.
        let pushed = world.push(b, &people(201..231));
        assert_eq!(pushed.decisions.len(), 30);
        let of_b = pulled(&world, b, None);
        let of_a = pulled(&world, a, None);
        assert!(!first.is_finished() && !second.is_finished());

        release.send(()).unwrap();
        holder.join().unwrap().unwrap();
        first.join().unwrap();
        second.join().unwrap();
        (of_a, of_b)
    });
    assert_eq!((enrolled(&of_a), enrolled(&of_b)), (0, 30));
    assert_eq!(enrolled(&pulled(&world, a, Some(&of_a.cursor))), 30);
    assert_eq!(enrolled(&pulled(&world, b, Some(&of_b.cursor))), 0);
    world.assert_books();
}

fn payloads(world: &World, of: Id) -> Vec<String> {
    let payloads = records::table.filter(records::id.eq(of)).select(records::payload);
    world.store.read(|conn| -> Result<_> { Ok(payloads.load(conn)?) }).unwrap()
}

const KEEP: Keep = Keep { used: 60, unused: 24 };

/// A void opens the question about a duplicate at the moment when the duplicate's body is due: the body stays,
/// for somebody must answer.
#[test]
fn a_body_about_which_a_void_asks_does_not_go() {
    let world = World::new(Backend::Postgres);
    let phone = world.phone(world.group("Nhóm"));
    let [original, duplicate] = [1, 2].map(|seq| {
        let id = clock::new_id();
        let sent = record(id, 1, seq, "voluntary", captured(), &voluntary(1));
        let pushed = world.push(phone, &[sent]);
        (id, pushed.decisions[0].outcome.status)
    });
    assert_eq!([original.1, duplicate.1], [RecordStatus::Accepted, RecordStatus::Duplicate]);
    let trigger = hold_commits_of(phone.sender.group_id);
    world.store.write(|tx| -> Result<()> { Ok(tx.batch_execute(&trigger)?) }).unwrap();
    let then = captured() + Months::new(100);

    std::thread::scope(|scope| {
        let ((held, is_held), (release, released)) = (channel(), channel::<()>());
        let holder = scope.spawn({
            let world = &world;
            move || {
                world.store.write(|tx| -> Result<()> {
                    tx.batch_execute("SELECT pg_advisory_xact_lock(1)")?;
                    held.send(()).unwrap();
                    released.recv().unwrap();
                    Ok(())
                })
            }
        });
        is_held.recv().unwrap();
        let void = record(clock::new_id(), 1, 3, "void", captured(), &void(original.0));
        let voided = scope.spawn(|| world.push(phone, &[void]));
        until_waiting(&world, 1);
        let gone = scope.spawn(|| let_bodies_go(&world.store, KEEP, then, |_| {}));
        until_waiting(&world, 2);
        release.send(()).unwrap();
        holder.join().unwrap().unwrap();
        voided.join().unwrap();
        gone.join().unwrap().unwrap();
    });
    let open = reviews::table
        .filter(reviews::record_id.eq(duplicate.0))
        .filter(reviews::state.eq(ReviewState::Open));
    let open: i64 =
        world.store.read(|conn| -> Result<_> { Ok(open.count().get_result(conn)?) }).unwrap();
    assert_eq!(open, 1);
    assert!(payloads(&world, duplicate.0)[0].starts_with('{'));
    assert!(payloads(&world, original.0)[0].starts_with(FINGERPRINT));
    world.assert_books();
}
