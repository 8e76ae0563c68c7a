//! The same moment, over HTTP.

use std::sync::Barrier;

use serde_json::{Value, json};

use dai_ly_thu::domain::Role;

use crate::app::{TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::voluntary;

both!(one_batch_sent_five_times_at_once, two_groups_meet_the_same_people);

fn one_batch_sent_five_times_at_once(backend: Backend) {
    let app = TestApp::start(backend);
    let mut phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm 1", None));
    let records: Vec<Value> = (0..50).map(|n| phone.capture("voluntary", &voluntary(n))).collect();
    let barrier = Barrier::new(5);
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let sends: Vec<_> = (0..5)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    phone.push(&records).expect(200)
                })
            })
            .collect();
        sends.into_iter().map(|send| send.join().unwrap()).collect()
    });
    let enrollments = |answer: &Value| -> Vec<Value> {
        answer["results"].as_array().unwrap().iter().map(|it| it["enrollments"].clone()).collect()
    };
    assert!(answers.iter().all(|answer| enrollments(answer) == enrollments(&answers[0])));
    let decided = answers.iter().filter(|answer| answer["results"][0]["replayed"] == false).count();
    assert_eq!(decided, 1);
    assert_eq!(phone.pull_all(1000).len(), 150);
    app.assert_books();
}

/// A hundred people, new and known, enrolled by two groups at once in batches of another order.
fn two_groups_meet_the_same_people(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phones =
        ["Nhóm 1", "Nhóm 2"].map(|name| app.phone(Role::Agent, group(&admin, name, None)));
    for from_month in ["2026-12", "2027-01"] {
        let bodies: Vec<Value> = (0..100)
            .map(|n| {
                let mut body = voluntary(n);
                body["from_month"] = json!(from_month);
                body
            })
            .collect();
        let barrier = Barrier::new(2);
        let accepted: usize = std::thread::scope(|scope| {
            let sends: Vec<_> = phones
                .iter_mut()
                .enumerate()
                .map(|(i, phone)| {
                    let mut bodies = bodies.clone();
                    if i == 1 {
                        bodies.reverse();
                    }
                    let barrier = &barrier;
                    scope.spawn(move || {
                        let records: Vec<Value> =
                            bodies.iter().map(|body| phone.capture("voluntary", body)).collect();
                        barrier.wait();
                        let mut accepted = 0;
                        for chunk in records.chunks(20) {
                            let answer = phone.push(chunk).expect(200);
                            let results = answer["results"].as_array().unwrap();
                            accepted +=
                                results.iter().filter(|it| it["status"] == "accepted").count();
                        }
                        accepted
                    })
                })
                .collect();
            sends.into_iter().map(|send| send.join().unwrap()).sum()
        });
        assert_eq!(accepted, 100);
    }
    app.assert_books();
}
