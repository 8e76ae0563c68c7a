//! Many phones at once, slow ones, and a database that is away: nobody is held up by another, nobody is
//! forgotten, and whoever must come again is told when.

use std::sync::mpsc::{Sender, channel};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::Value;

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;
use dai_ly_thu::http::turns::{AT_ONCE, MANY, MOST_BYTES, MOST_WAITING};
use dai_ly_thu::store::{Result, locks};
use dai_ly_thu::sync::wire::{BACKOFF_S, LIMITS};

use crate::app::{Answered, Phone, TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::{batch, voluntary};
use crate::upload::Upload;

both!(
    a_slow_upload_holds_nobody_up,
    many_wait_and_are_asked_to_come_later,
    too_many_are_told_to_come_again,
    bodies_that_wait_have_so_much_room,
);

/// Waits for something that will happen, or fails.
fn until(what: &str, happened: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !happened() {
        assert!(Instant::now() < patience, "{what}");
        std::thread::yield_now();
    }
}

fn phone(app: &TestApp) -> Phone {
    app.phone(Role::Agent, group(&app.admin(), "Nhóm", None))
}

fn one(phone: &mut Phone, number: usize) -> [Value; 1] {
    [phone.capture("voluntary", &voluntary(u32::try_from(number).unwrap()))]
}

/// Changes the law until told to end: whoever decides waits.
fn hold<'s>(
    scope: &'s Scope<'s, '_>,
    app: &'s TestApp,
) -> (Sender<()>, ScopedJoinHandle<'s, Result<()>>) {
    let ((held, is_held), (release, released)) = (channel(), channel());
    let holder = scope.spawn(move || {
        app.store.write(|tx| {
            locks::rules_change(tx)?;
            held.send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        })
    });
    is_held.recv().unwrap();
    (release, holder)
}

fn accepted(answered: Answered) -> Value {
    let answer = answered.expect(200);
    assert_eq!(answer["results"][0]["status"], "accepted", "{answer:#}");
    answer
}

fn a_slow_upload_holds_nobody_up(backend: Backend) {
    let app = TestApp::start(backend);
    let mut slow: Vec<Phone> = (0..2 * AT_ONCE).map(|_| phone(&app)).collect();
    let mut quick = phone(&app);
    let mut sent = 0;
    let uploads: Vec<Upload> = slow
        .iter_mut()
        .enumerate()
        .map(|(i, phone)| {
            let records = one(phone, i);
            let body = batch(phone.installation_id, clock::now(), &records).to_string();
            sent += body.len() / 2;
            let half = body.len() / 2;
            Upload::begin(&app, phone, body.into_bytes(), half)
        })
        .collect();
    until("all halves are there", || app.turns.bytes() == sent);

    assert_eq!(quick.send("voluntary", &voluntary(100))["status"], "accepted");
    assert_eq!(quick.pull_all(1000).len(), 3);
    assert_eq!(app.turns.bytes(), sent);

    uploads.into_iter().for_each(|upload| drop(accepted(upload.finish())));
    assert_eq!(app.turns.bytes(), 0);
    app.assert_books();
}

fn many_wait_and_are_asked_to_come_later(backend: Backend) {
    const WAIT: usize = MANY + 4;
    let app = TestApp::start(backend);
    let mut phones: Vec<Phone> = (0..AT_ONCE + WAIT).map(|_| phone(&app)).collect();
    let backoffs: Vec<Value> = std::thread::scope(|scope| {
        let (release, holder) = hold(scope, &app);
        let uploads: Vec<Upload> = phones
            .iter_mut()
            .enumerate()
            .map(|(i, phone)| {
                let records = one(phone, i);
                Upload::whole(&app, phone, &records)
            })
            .collect();
        until("all wait", || app.turns.waiting() == WAIT);
        let config = phones[0].client.get("/api/v1/sync/config").expect(200);
        assert_eq!(config["limits"]["backoff_s"], BACKOFF_S);

        release.send(()).unwrap();
        holder.join().unwrap().unwrap();
        let backoff = |upload: Upload| accepted(upload.finish())["limits"]["backoff_s"].take();
        uploads.into_iter().map(backoff).collect()
    });
    // While the first are answered everybody else still waits; behind the last is nobody.
    assert!(backoffs.iter().any(|it| *it == BACKOFF_S));
    assert!(backoffs.iter().any(|it| *it == 0));
    assert!(backoffs.iter().all(|it| *it == BACKOFF_S || *it == 0));
    let config = phones[0].client.get("/api/v1/sync/config").expect(200);
    assert_eq!(config["limits"]["backoff_s"], 0);
    app.assert_books();
}

fn too_many_are_told_to_come_again(backend: Backend) {
    let app = TestApp::start(backend);
    let mut phone = phone(&app);
    let refused = std::thread::scope(|scope| {
        let (release, holder) = hold(scope, &app);
        let uploads: Vec<Upload> = (0..AT_ONCE + MOST_WAITING)
            .map(|i| {
                let records = one(&mut phone, i);
                Upload::whole(&app, &phone, &records)
            })
            .collect();
        until("all wait", || app.turns.waiting() == MOST_WAITING);
        let refused: Vec<_> = (0..3).map(|i| one(&mut phone, 1000 + i)).collect();
        for records in &refused {
            phone.push(records).refused(503, "busy");
        }
        release.send(()).unwrap();
        holder.join().unwrap().unwrap();
        uploads.into_iter().for_each(|upload| drop(accepted(upload.finish())));
        refused
    });
    refused.iter().for_each(|records| drop(accepted(phone.push(records))));
    assert_eq!(phone.pull_all(1000).len(), 3 * (AT_ONCE + MOST_WAITING + 3));
    app.assert_books();
}

fn bodies_that_wait_have_so_much_room(backend: Backend) {
    let app = TestApp::start(backend);
    let mut phone = phone(&app);
    let parts = MOST_BYTES / LIMITS.bytes;
    let almost = LIMITS.bytes - 1;
    let endless = || Upload::begin(&app, &phone, vec![b' '; LIMITS.bytes], almost);
    let uploads: Vec<Upload> = (0..parts).map(|_| endless()).collect();
    until("the room is full", || app.turns.bytes() == parts * almost);
    let records = one(&mut phone, 1);
    phone.push(&records).refused(503, "busy");
    drop(uploads);
    until("the room is free", || app.turns.bytes() == 0);
    accepted(phone.push(&records));
}

/// A disk that is full for a while.
#[test]
fn sqlite_has_no_room() {
    let app = TestApp::start(Backend::Sqlite);
    let mut phone = phone(&app);
    // The writer is one connection, and this limit its own.
    let limit = |pages: u32| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        app.store.write(|tx| -> Result<()> { Ok(tx.batch_execute(&sql)?) }).unwrap();
    };
    limit(1);
    let records: Vec<Value> = (0..200).map(|n| phone.capture("voluntary", &voluntary(n))).collect();
    phone.push(&records).refused(503, "busy");
    assert_eq!(phone.pull_all(1000).len(), 0);
    limit(u32::MAX - 1);
    let answer = phone.push(&records).expect(200);
    assert_eq!(answer["results"].as_array().unwrap().len(), 200);
    assert_eq!(phone.pull_all(1000).len(), 600);
    app.assert_books();
}

/// A connection that ends in the middle of a push.
#[test]
fn postgres_ends_a_connection() {
    let app = TestApp::start(Backend::Postgres);
    let mut phone = phone(&app);
    let records = one(&mut phone, 1);
    std::thread::scope(|scope| {
        let (release, holder) = hold(scope, &app);
        let upload = Upload::whole(&app, &phone, &records);
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event = 'advisory'";
        let ended = || {
            let ended =
                |conn: &mut _| -> Result<usize> { Ok(diesel::sql_query(end).execute(conn)?) };
            app.store.read(ended).unwrap() == 1
        };
        until("the push waits", ended);
        upload.finish().refused(503, "busy");
        release.send(()).unwrap();
        holder.join().unwrap().unwrap();
    });
    accepted(phone.push(&records));
    app.assert_books();
}

/// The server takes no connections, as while it restarts.
#[test]
fn postgres_is_away() {
    let app = TestApp::start(Backend::Postgres);
    let mut phone = phone(&app);
    let records = one(&mut phone, 1);
    let (_, name) = app.url.rsplit_once('/').unwrap();
    let may_connect = |may: bool| {
        crate::support::postgres::admin(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {may}"));
    };
    may_connect(false);
    crate::support::postgres::admin(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    ));
    // Each waits for a connection as long as the store does.
    std::thread::scope(|scope| {
        scope.spawn(|| app.nobody().get("/readyz").refused(503, "busy"));
        phone.push(&records).refused(503, "busy");
    });
    may_connect(true);
    accepted(phone.push(&records));
    app.assert_books();
}
