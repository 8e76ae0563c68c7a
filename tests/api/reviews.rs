//! `/api/v1/reviews/…`: what a person decides, and what becomes of it.

use std::sync::Barrier;

use serde_json::{Value, json};

use dai_ly_thu::domain::Role;

use crate::app::{Client, Phone, TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, void, voluntary};

both!(
    a_name_that_contradicts_its_code,
    codes_of_two_persons,
    somebody_very_like_another,
    very_like_and_accepted,
    a_rank_nobody_could_know,
    a_day_of_payment_nobody_believes,
    months_paid_twice_cannot_be_overruled,
    a_duplicate_whose_original_is_gone,
    rejected_and_corrected,
    the_same_decision_twice,
    of_two_decisions_at_once_one_stands,
    who_saw_it_open_does_not_decide_it_after_another,
    only_supervisors_decide,
);

/// A server, its administrator, and a phone in each of two groups.
pub fn start(backend: Backend) -> (TestApp, Client, Phone, Phone) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [one, two] =
        ["Nhóm 1", "Nhóm 2"].map(|name| app.phone(Role::Agent, group(&admin, name, None)));
    (app, admin, one, two)
}

/// The one open review.
pub fn open(admin: &Client) -> Value {
    let mut open = admin.get("/api/v1/reviews?state=open").expect(200);
    let open = open["items"].as_array_mut().unwrap();
    assert_eq!(open.len(), 1, "{open:#?}");
    open[0].take()
}

pub fn none_open(admin: &Client) {
    let open = admin.get("/api/v1/reviews?state=open").expect(200);
    assert_eq!(open["items"], json!([]));
}

pub fn resolve(admin: &Client, review: &Value, decision: &str) -> Value {
    let path = format!("/api/v1/reviews/{}/resolve", review["id"].as_str().unwrap());
    admin.post(&path, &json!({ "decision": decision, "note": "đã hỏi tại nhà" })).expect(200)
}

fn refused(admin: &Client, review: &Value, decision: &str, code: &str) {
    let path = format!("/api/v1/reviews/{}/resolve", review["id"].as_str().unwrap());
    let answer = admin.post(&path, &json!({ "decision": decision }));
    assert_eq!(answer.body["code"], code, "{:#}", answer.body);
}

fn current(phone: &Phone, result: &Value) -> Value {
    let path = format!("/api/v1/sync/records?ids={}", result["id"].as_str().unwrap());
    phone.client.get(&path).expect(200)["results"][0]["current"].take()
}

/// Accepted, duplicate, review, rejected, voided, and the two amounts, over all groups.
fn totals(admin: &Client) -> [i64; 7] {
    let all = admin.get("/api/v1/tallies?by=group&from=2026-01-01&to=2027-12-31").expect(200);
    ["accepted", "duplicate", "review", "rejected", "voided", "amount_enrolled", "amount_held"]
        .map(|name| all["totals"][name].as_i64().unwrap())
}

fn a_name_that_contradicts_its_code(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    let mut other = voluntary(1);
    other["person"]["full_name"] = json!("Trần Thị Hoàn Toàn Khác");
    other["from_month"] = json!("2027-01");
    let sent = two.send("voluntary", &other);
    assert_eq!((&sent["status"], &sent["code"]), (&json!("review"), &json!("identity_conflict")));
    assert_eq!(totals(&admin), [1, 0, 1, 0, 0, 264_000, 264_000]);

    let decided = resolve(&admin, &open(&admin), "accept");
    assert_eq!(decided["state"], "accepted");
    assert_eq!(decided["current"]["status"], "accepted");
    assert_eq!(decided["current"]["enrollment_ids"].as_array().unwrap().len(), 1);
    assert_eq!(current(&two, &sent)["status"], "accepted");
    assert_eq!(totals(&admin), [2, 0, 0, 0, 0, 528_000, 0]);
    let told = two.pull_all(1000);
    let review = told.iter().find(|it| it["entity"] == "review").unwrap();
    assert_eq!(review["data"]["state"], "accepted");
    assert_eq!(told.iter().filter(|it| it["entity"] == "enrollment").count(), 1);
    app.assert_books();
}

fn codes_of_two_persons(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    // One person known by his mã số BHXH to the first group, by his identity card to the second.
    one.send("voluntary", &voluntary(1));
    let mut by_card = voluntary(1);
    by_card["person"]["bhxh_code"] = Value::Null;
    by_card["person"]["personal_id"] = json!("044188000123");
    by_card["person"]["full_name"] = json!("Nguyễn Thị Viết Sai");
    by_card["from_month"] = json!("2027-01");
    assert_eq!(two.send("voluntary", &by_card)["status"], "accepted");
    let mut both = voluntary(1);
    both["person"]["personal_id"] = json!("044188000123");
    both["from_month"] = json!("2027-02");
    let sent = one.send("voluntary", &both);
    assert_eq!(sent["code"], "identity_conflict");

    let review = open(&admin);
    refused(&admin, &review, "accept", "identity_conflict");
    let decided = resolve(&admin, &review, "merge");
    assert_eq!(
        (&decided["state"], &decided["current"]["status"]),
        (&json!("merged"), &json!("accepted"))
    );
    none_open(&admin);
    let all = admin.get("/api/v1/enrollments").expect(200);
    let persons: Vec<&Value> =
        all["items"].as_array().unwrap().iter().map(|it| &it["person_id"]).collect();
    assert_eq!(persons, vec![persons[0]; 3]);
    // The second group forgets whom it knew, and hears who she is; her book has a number now.
    let told = two.pull_all(1000);
    let gone: Vec<&Value> = told.iter().filter(|it| it["op"] == "delete").collect();
    assert_eq!(gone.len(), 1);
    assert_eq!((&gone[0]["entity"], &gone[0]["reason"]), (&json!("person"), &json!("merged_into")));
    let card = told.iter().find(|it| it["entity"] == "card").unwrap();
    assert_eq!(
        (&card["data"]["state"], &card["data"]["number"]),
        (&json!("issued"), &json!("4400000001"))
    );
    app.assert_books();
}

fn without_code(number: u32) -> Value {
    let mut body = voluntary(number);
    body["person"]["bhxh_code"] = Value::Null;
    body
}

fn somebody_very_like_another(backend: Backend) {
    for (decision, state, status, totals_after) in [
        ("accept", "accepted", "accepted", [2, 0, 0, 0, 0, 528_000, 0]),
        ("merge", "merged", "duplicate", [1, 1, 0, 0, 0, 264_000, 264_000]),
        ("reject", "rejected", "rejected", [1, 0, 0, 1, 0, 264_000, 264_000]),
    ] {
        let (app, admin, mut one, mut two) = start(backend);
        one.send("voluntary", &voluntary(1));
        let sent = two.send("voluntary", &without_code(1));
        assert_eq!(sent["code"], "possible_duplicate");
        let review = open(&admin);
        assert_eq!(review["person_id"], Value::Null);
        assert!(review["other_id"].is_string());
        let decided = resolve(&admin, &review, decision);
        assert_eq!(
            (&decided["state"], &decided["current"]["status"]),
            (&json!(state), &json!(status))
        );
        assert_eq!(totals(&admin), totals_after);
        none_open(&admin);
        app.assert_books();
    }
}

fn very_like_and_accepted(backend: Backend) {
    for (decision, state, status, accepted) in [
        ("accept", "accepted", "accepted", 2),
        ("merge", "merged", "accepted", 2),
        ("reject", "rejected", "voided", 1),
    ] {
        let (app, admin, mut one, mut two) = start(backend);
        one.send("voluntary", &voluntary(1));
        let mut later = without_code(1);
        later["from_month"] = json!("2027-01");
        let sent = two.send("voluntary", &later);
        assert_eq!(sent["status"], "accepted");
        assert_eq!(sent["flags"], json!(["possible_duplicate"]));
        let decided = resolve(&admin, &open(&admin), decision);
        assert_eq!(
            (&decided["state"], &decided["current"]["status"]),
            (&json!(state), &json!(status))
        );
        assert_eq!(decided["note"], "đã hỏi tại nhà");
        assert_eq!(totals(&admin)[0], accepted);
        let all = admin.get("/api/v1/enrollments").expect(200);
        let person = |i: usize| all["items"][i]["person_id"].clone();
        assert_eq!(person(0) == person(1), decision == "merge");
        none_open(&admin);
        app.assert_books();
    }
}

fn a_rank_nobody_could_know(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let first = household(1, 1);
    one.send("household", &first);
    let mut second = household(2, 1);
    second["household"]["id"] = first["household"]["id"].clone();
    let sent = two.send("household", &second);
    assert_eq!(sent["code"], "rank_changed");
    let decided = resolve(&admin, &open(&admin), "accept");
    assert_eq!(decided["current"]["status"], "accepted");
    // What the law asks counts, 70 % for the second; what was taken stands beside it, to be settled.
    let id = decided["current"]["enrollment_ids"][0].as_str().unwrap();
    let enrollment = admin.get(&format!("/api/v1/enrollments/{id}")).expect(200);
    assert_eq!(enrollment["payable"], 956_340);
    assert_eq!(enrollment["collected"], 1_366_200);
    assert_eq!(enrollment["rank"], 2);
    app.assert_books();
}

fn a_day_of_payment_nobody_believes(backend: Backend) {
    let (app, admin, mut one, _) = start(backend);
    let mut early = voluntary(1);
    early["paid_on"] = json!("2026-09-01");
    early["from_month"] = json!("2026-09");
    let sent = one.send("voluntary", &early);
    assert_eq!(sent["code"], "paid_on_implausible");
    assert_eq!(resolve(&admin, &open(&admin), "accept")["current"]["status"], "accepted");
    assert_eq!(current(&one, &sent)["status"], "accepted");
    app.assert_books();
}

fn months_paid_twice_cannot_be_overruled(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let taken = one.send("voluntary", &voluntary(1));
    let mut quarter = voluntary(1);
    quarter["method"] = json!("quarterly");
    quarter["amount_collected"] = json!(792_000);
    let sent = two.send("voluntary", &quarter);
    assert_eq!(sent["code"], "overlap");
    let review = open(&admin);
    refused(&admin, &review, "accept", "overlap");
    refused(&admin, &review, "merge", "conflict");
    assert_eq!(open(&admin), review);
    // Once the other record is taken back, nothing is in the way.
    one.send("void", &void(taken["id"].as_str().unwrap().parse().unwrap()));
    assert_eq!(resolve(&admin, &review, "accept")["current"]["status"], "accepted");
    assert_eq!(totals(&admin), [1, 0, 0, 0, 1, 792_000, 0]);
    app.assert_books();
}

fn a_duplicate_whose_original_is_gone(backend: Backend) {
    for (decision, status) in [("accept", "accepted"), ("reject", "rejected")] {
        let (app, admin, mut one, mut two) = start(backend);
        let first = one.send("voluntary", &voluntary(1));
        let second = two.send("voluntary", &voluntary(1));
        assert_eq!(second["status"], "duplicate");
        one.send("void", &void(first["id"].as_str().unwrap().parse().unwrap()));
        let review = open(&admin);
        assert_eq!(
            (&review["code"], &review["record_id"]),
            (&json!("original_voided"), &second["id"])
        );
        assert_eq!(resolve(&admin, &review, decision)["current"]["status"], status);
        assert_eq!(current(&two, &second)["status"], status);
        app.assert_books();
    }
}

fn rejected_and_corrected(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    let sent = two.send("voluntary", &without_code(1));
    resolve(&admin, &open(&admin), "reject");
    let now = current(&two, &sent);
    assert_eq!((&now["status"], &now["code"]), (&json!("rejected"), &json!("possible_duplicate")));
    let id = sent["id"].as_str().unwrap().parse().unwrap();
    let corrected = two.capture_rev(id, 2, "voluntary", &voluntary(2));
    assert_eq!(two.push(&[corrected]).expect(200)["results"][0]["status"], "accepted");
    assert_eq!(totals(&admin), [2, 0, 0, 0, 0, 528_000, 0]);
    app.assert_books();
}

fn the_same_decision_twice(backend: Backend) {
    let (_app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    two.send("voluntary", &without_code(1));
    let review = open(&admin);
    let path = format!("/api/v1/reviews/{}", review["id"].as_str().unwrap());
    let stale = [("if-match", "\"another\""), ("content-type", "application/json")];
    let body = br#"{"decision":"accept"}"#;
    let answer = admin.request("POST", &format!("{path}/resolve"), &stale, Some(body));
    answer.refused(412, "precondition_failed");
    let first = resolve(&admin, &review, "accept");
    assert_eq!(resolve(&admin, &review, "accept"), first);
    assert_eq!(admin.get(&path).expect(200), first);
    let other = admin.post(&format!("{path}/resolve"), &json!({ "decision": "reject" }));
    other.refused(409, "conflict");
    admin.post(&format!("{path}/resolve"), &json!({ "decision": "later" })).refused(422, "invalid");
}

fn of_two_decisions_at_once_one_stands(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    two.send("voluntary", &without_code(1));
    let path = format!("/api/v1/reviews/{}", open(&admin)["id"].as_str().unwrap());
    let seen = admin.get(&path).etag.expect("a tag");
    let barrier = Barrier::new(2);
    let answers = std::thread::scope(|scope| {
        let decisions = ["accept", "reject"].map(|decision| {
            let (admin, path, seen, barrier) = (&admin, &path, &seen, &barrier);
            scope.spawn(move || {
                let headers = [("if-match", seen.as_str()), ("content-type", "application/json")];
                let body = json!({ "decision": decision }).to_string();
                barrier.wait();
                admin.request("POST", &format!("{path}/resolve"), &headers, Some(body.as_bytes()))
            })
        });
        decisions.map(|decision| decision.join().unwrap())
    });
    // The other came too late to see it, or saw it.
    let codes = answers.map(|it| (it.status, it.body["code"].as_str().map(str::to_owned)));
    assert_eq!(codes.iter().filter(|(status, _)| *status == 200).count(), 1, "{codes:?}");
    let late = codes.iter().find(|(status, _)| *status != 200).unwrap();
    assert!(matches!(late.0, 409 | 412), "{codes:?}");
    app.assert_books();
}

/// Also when both decide the same: the second did not see what the first one did.
fn who_saw_it_open_does_not_decide_it_after_another(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    two.send("voluntary", &without_code(1));
    let path = format!("/api/v1/reviews/{}", open(&admin)["id"].as_str().unwrap());
    let seen = admin.get(&path).etag.expect("a tag");
    let decide = |who: &Client| {
        let headers = [("if-match", seen.as_str()), ("content-type", "application/json")];
        let body = br#"{"decision":"accept"}"#;
        who.request("POST", &format!("{path}/resolve"), &headers, Some(body))
    };
    let barrier = Barrier::new(2);
    let both = [admin, app.admin()];
    let answers = std::thread::scope(|scope| {
        let decisions = both.each_ref().map(|who| {
            let (decide, barrier) = (&decide, &barrier);
            scope.spawn(move || {
                barrier.wait();
                decide(who)
            })
        });
        decisions.map(|decision| decision.join().unwrap())
    });
    let codes = answers.map(|it| (it.status, it.body["code"].as_str().map(str::to_owned)));
    let first = codes.iter().position(|(status, _)| *status == 200).expect("one of them");
    assert!(matches!(codes[1 - first].0, 409 | 412), "{codes:?}");
    // Who asks again because the answer was lost finds what he did.
    decide(&both[first]).expect(200);
    decide(&both[1 - first]).refused(412, "precondition_failed");
    app.assert_books();
}

fn only_supervisors_decide(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    two.send("voluntary", &without_code(1));
    let review = open(&admin);
    let path = format!("/api/v1/reviews/{}/resolve", review["id"].as_str().unwrap());
    let body = json!({ "decision": "accept" });
    two.client.post(&path, &body).refused(403, "forbidden");
    let office = crate::app::office(&admin, "Phòng khác", None);
    app.browser(Role::Supervisor, None, Some(office))
        .0
        .post(&path, &body)
        .refused(404, "not_found");
}
