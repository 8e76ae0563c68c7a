//! `/api/v1/months/…`: what is closed moves no more.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;

use super::reviews::{open, resolve, start};
use crate::app::{Client, Phone, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{record, void, voluntary};

both!(
    a_closed_month_never_changes,
    what_arrives_late_counts_today,
    a_review_decided_later_counts_on_that_day,
    months_that_cannot_be_closed,
);

fn october() -> DateTime<Utc> {
    "2026-10-15T03:00:00Z".parse().unwrap()
}

/// A month paid in October.
fn paid_in_october(number: u32) -> Value {
    let mut body = voluntary(number);
    body["paid_on"] = json!("2026-10-15");
    body["from_month"] = json!("2026-10");
    body
}

fn send(phone: &mut Phone, kind: &str, body: &Value) -> Value {
    phone.seq += 1;
    let record = record(clock::new_id(), 1, phone.seq, kind, october(), body);
    phone.push(&[record]).expect(200)["results"][0].take()
}

fn tally(admin: &Client, from: &str, to: &str) -> Value {
    let path = format!("/api/v1/tallies?by=group&from={from}&to={to}");
    admin.get(&path).expect(200)["totals"].take()
}

fn in_october(admin: &Client) -> Value {
    tally(admin, "2026-10-01", "2026-10-31")
}

/// What was counted since: accepted, review, rejected, voided, held.
fn since(admin: &Client) -> [i64; 5] {
    let all = tally(admin, "2026-11-01", "2099-12-31");
    ["accepted", "review", "rejected", "voided", "amount_held"].map(|it| all[it].as_i64().unwrap())
}

fn close(admin: &Client, phone: &Phone) -> Value {
    let me = phone.client.get("/api/v1/me").expect(200);
    let body = json!({ "group_id": me["group_id"] });
    admin.post("/api/v1/months/2026-10/close", &body).expect(200)
}

fn id(result: &Value) -> dai_ly_thu::domain::Id {
    result["id"].as_str().unwrap().parse().unwrap()
}

fn a_closed_month_never_changes(backend: Backend) {
    let (app, admin, mut one, _) = start(backend);
    let accepted = send(&mut one, "voluntary", &paid_in_october(1));
    let mut wrong = paid_in_october(2);
    wrong["amount_collected"] = json!(1000);
    let rejected = send(&mut one, "voluntary", &wrong);
    let before = in_october(&admin);
    assert_eq!((&before["accepted"], &before["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(close(&admin, &one)["closed_through"], "2026-10-31");
    assert_eq!(close(&admin, &one)["closed_through"], "2026-10-31");

    // A void, and a correction: both count against today.
    one.send("void", &void(id(&accepted)));
    let corrected = one.capture_rev(id(&rejected), 2, "voluntary", &voluntary(2));
    assert_eq!(one.push(&[corrected]).expect(200)["results"][0]["status"], "accepted");
    assert_eq!(in_october(&admin), before);
    assert_eq!(since(&admin), [0, 0, -1, 1, -1000]);
    app.assert_books();
}

fn what_arrives_late_counts_today(backend: Backend) {
    let (app, admin, mut one, _) = start(backend);
    let before = in_october(&admin);
    close(&admin, &one);
    let sent = send(&mut one, "voluntary", &paid_in_october(1));
    assert_eq!((&sent["status"], &sent["flags"]), (&json!("accepted"), &json!(["late"])));
    assert_eq!(in_october(&admin), before);
    assert_eq!(since(&admin), [1, 0, 0, 0, 0]);
    app.assert_books();
}

fn a_review_decided_later_counts_on_that_day(backend: Backend) {
    for (decision, expected) in [("accept", [1, -1, 0, 0, -264_000]), ("reject", [0, -1, 1, 0, 0])]
    {
        let (app, admin, mut one, _) = start(backend);
        send(&mut one, "voluntary", &paid_in_october(1));
        let mut like = paid_in_october(1);
        like["person"]["bhxh_code"] = Value::Null;
        assert_eq!(send(&mut one, "voluntary", &like)["code"], "possible_duplicate");
        let before = in_october(&admin);
        assert_eq!(before["review"], 1);
        close(&admin, &one);
        resolve(&admin, &open(&admin), decision);
        assert_eq!(in_october(&admin), before);
        assert_eq!(since(&admin), expected);
        app.assert_books();
    }
}

fn months_that_cannot_be_closed(backend: Backend) {
    let (app, admin, one, _) = start(backend);
    let me = one.client.get("/api/v1/me").expect(200);
    let group = json!({ "group_id": me["group_id"] });
    admin.post("/api/v1/months/2099-12/close", &group).refused(422, "invalid");
    admin.post("/api/v1/months/2026-13/close", &group).refused(422, "invalid");
    admin.post("/api/v1/months/2026-10/close", &json!({})).refused(422, "invalid");
    one.client.post("/api/v1/months/2026-10/close", &group).refused(403, "forbidden");
    let elsewhere = office(&admin, "Phòng khác", None);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(elsewhere));
    supervisor.post("/api/v1/months/2026-10/close", &group).refused(404, "not_found");
    let own = json!({ "office_id": elsewhere });
    let closed = supervisor.post("/api/v1/months/2026-10/close", &own).expect(200);
    assert_eq!(closed["groups"], json!([]));
}
