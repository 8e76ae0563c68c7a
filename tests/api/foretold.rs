//! `GET /api/v1/reviews/{id}`: both sides beside each other, and what each decision would change is what it
//! changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use dai_ly_thu::domain::Role;

use super::reviews::{open, resolve, start};
use crate::app::{Client, Phone, TestApp, group, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, void, voluntary};

both!(
    what_was_foretold_happens,
    looking_changes_nothing,
    both_sides_stand_beside_each_other,
    what_is_out_of_reach_is_not_shown,
    an_undone_merge_is_foretold,
    who_may_not_undo_a_merge_is_not_offered_it,
    who_rests_is_not_shown_by_a_review,
    who_rests_since_a_merge_is_not_shown_by_a_review,
);

/// Leaves one review open.
type Doubt = fn(&mut Phone, &mut Phone);

fn contradicted(one: &mut Phone, two: &mut Phone) {
    one.send("voluntary", &voluntary(1));
    let mut other = voluntary(1);
    other["person"]["full_name"] = json!("Trần Thị Hoàn Toàn Khác");
    other["from_month"] = json!("2027-01");
    assert_eq!(two.send("voluntary", &other)["code"], "identity_conflict");
}

fn codes_of_two(one: &mut Phone, two: &mut Phone) {
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
    assert_eq!(one.send("voluntary", &both)["code"], "identity_conflict");
}

fn without_code() -> Value {
    let mut body = voluntary(1);
    body["person"]["bhxh_code"] = Value::Null;
    body
}

fn very_like(one: &mut Phone, two: &mut Phone) {
    one.send("voluntary", &voluntary(1));
    assert_eq!(two.send("voluntary", &without_code())["code"], "possible_duplicate");
}

fn very_like_and_accepted(one: &mut Phone, two: &mut Phone) {
    one.send("voluntary", &voluntary(1));
    let mut later = without_code();
    later["from_month"] = json!("2027-01");
    assert_eq!(two.send("voluntary", &later)["status"], "accepted");
}

fn rank_changed(one: &mut Phone, two: &mut Phone) {
    let first = household(1, 2);
    one.send("household", &first);
    let mut second = household(3, 2);
    second["household"]["id"] = first["household"]["id"].clone();
    assert_eq!(two.send("household", &second)["code"], "rank_changed");
}

fn implausible(one: &mut Phone, _: &mut Phone) {
    let mut early = voluntary(1);
    early["paid_on"] = json!("2026-09-01");
    early["from_month"] = json!("2026-09");
    assert_eq!(one.send("voluntary", &early)["code"], "paid_on_implausible");
}

fn paid_twice(one: &mut Phone, two: &mut Phone) {
    one.send("voluntary", &voluntary(1));
    let mut quarter = voluntary(1);
    quarter["method"] = json!("quarterly");
    quarter["amount_collected"] = json!(792_000);
    assert_eq!(two.send("voluntary", &quarter)["code"], "overlap");
}

fn original_gone(one: &mut Phone, two: &mut Phone) {
    let first = one.send("voluntary", &voluntary(1));
    two.send("voluntary", &voluntary(1));
    one.send("void", &void(first["id"].as_str().unwrap().parse().unwrap()));
}

const DOUBTS: [(Doubt, &str); 8] = [
    (contradicted, "identity_conflict"),
    (codes_of_two, "identity_conflict"),
    (very_like, "possible_duplicate"),
    (very_like_and_accepted, "possible_duplicate"),
    (rank_changed, "rank_changed"),
    (implausible, "paid_on_implausible"),
    (paid_twice, "overlap"),
    (original_gone, "original_voided"),
];

const COUNTS: [&str; 8] = [
    "accepted",
    "duplicate",
    "review",
    "rejected",
    "voided",
    "amount_enrolled",
    "amount_held",
    "state_support",
];

type Tallies = BTreeMap<(String, String), [i64; 8]>;

fn key(row: &Value, id: &str) -> (String, String) {
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    (text(id), text("scheme"))
}

fn counts(row: &Value) -> [i64; 8] {
    COUNTS.map(|name| row[name].as_i64().unwrap())
}

/// By group and scheme.
fn tallies(admin: &Client) -> Tallies {
    let all = admin.get("/api/v1/tallies?by=group&from=2026-01-01&to=2027-12-31").expect(200);
    all["rows"].as_array().unwrap().iter().map(|row| (key(row, "key"), counts(row))).collect()
}

/// The cards that either group knows.
fn cards(phones: [&Phone; 2]) -> BTreeMap<String, Value> {
    let told = phones.into_iter().flat_map(|phone| phone.pull_all(1000));
    let cards = told.filter(|it| it["entity"] == "card");
    cards.map(|it| (it["id"].as_str().unwrap().to_owned(), card(&it["data"]))).collect()
}

fn card(of: &Value) -> Value {
    json!([of["type"], of["state"], of["valid_from"], of["valid_to"]])
}

fn path(review: &Value) -> String {
    format!("/api/v1/reviews/{}", review["id"].as_str().unwrap())
}

fn decision<'a>(detail: &'a Value, name: &str) -> &'a Value {
    detail["decisions"].as_array().unwrap().iter().find(|it| it["decision"] == name).unwrap()
}

/// Makes a decision, and holds what it did against what was foretold.
fn decide(app: &TestApp, admin: &Client, phones: [&Phone; 2], name: &str) -> bool {
    let review = open(admin);
    let answer = admin.get(&path(&review));
    let seen = answer.etag.clone().expect("a tag");
    let detail = answer.expect(200);
    let told = decision(&detail, name);
    let (tallies_before, cards_before) = (tallies(admin), cards(phones));
    let headers = [("if-match", seen.as_str()), ("content-type", "application/json")];
    let body = json!({ "decision": name }).to_string();
    let resolve = format!("{}/resolve", path(&review));
    let done = admin.request("POST", &resolve, &headers, Some(body.as_bytes()));
    if told["allowed"] == false {
        assert_eq!(done.body["code"], told["why_not"], "{name}: {:#}", done.body);
        assert_eq!(told["effects"], Value::Null);
        assert_eq!((tallies(admin), cards(phones)), (tallies_before, cards_before));
        return false;
    }
    let done = done.expect(200);
    let effects = &told["effects"];
    assert_eq!(told["why_not"], Value::Null);
    assert_eq!(effects["becomes"], done["current"]["status"]);
    let mut moved = Tallies::new();
    for (at, now) in tallies(admin) {
        let before = tallies_before.get(&at).copied().unwrap_or_default();
        let by: [i64; 8] = std::array::from_fn(|i| now[i] - before[i]);
        if by != [0; 8] {
            moved.insert(at, by);
        }
    }
    let rows = effects["tallies"].as_array().unwrap();
    let foretold: Tallies = rows.iter().map(|row| (key(row, "group_id"), counts(row))).collect();
    assert_eq!(moved, foretold, "{name}");
    for (at, name) in [(5, "amount_enrolled"), (6, "amount_held"), (7, "state_support")] {
        let sum: i64 = moved.values().map(|it| it[at]).sum();
        assert_eq!(effects[name], sum);
    }
    let enrolled: i64 = moved.values().map(|it| it[0]).sum();
    assert_eq!(effects["enrolled"], enrolled);
    let mut changed = cards(phones);
    changed.retain(|id, card| cards_before.get(id) != Some(card));
    let foretold: BTreeMap<String, Value> = effects["cards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_str().unwrap().to_owned(), card(it)))
        .collect();
    assert_eq!(changed, foretold, "{name}");
    app.assert_books();
    true
}

fn what_was_foretold_happens(backend: Backend) {
    let mut allowed = Vec::new();
    for (doubt, code) in DOUBTS {
        for name in ["accept", "reject", "merge"] {
            let (app, admin, mut one, mut two) = start(backend);
            doubt(&mut one, &mut two);
            assert_eq!(open(&admin)["code"], code);
            allowed.push(decide(&app, &admin, [&one, &two], name));
        }
    }
    assert_eq!(allowed.iter().filter(|it| **it).count(), 18, "{allowed:?}");
}

fn looking_changes_nothing(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    codes_of_two(&mut one, &mut two);
    let review = open(&admin);
    let seen = |one: &Phone, two: &Phone| (tallies(&admin), one.pull_all(1000), two.pull_all(1000));
    let before = seen(&one, &two);
    let first = admin.get(&path(&review));
    let tag = first.etag.clone().expect("a tag");
    let merge = decision(&first.body, "merge");
    assert_eq!(merge["effects"]["persons_merged"], true);
    assert_eq!(decision(&first.body, "accept")["why_not"], "identity_conflict");
    assert_eq!(seen(&one, &two), before);
    assert_eq!(open(&admin), review);
    let again = admin.request("GET", &path(&review), &[("if-none-match", &tag)], None);
    assert_eq!(again.status, 304);
    // What was looked at is known of both persons, once each, and of nobody a dossier.
    let looks = admin.get("/api/v1/audit?what=GET%20/api/v1/reviews/%7Bid%7D").expect(200);
    assert_eq!(looks["items"].as_array().unwrap().len(), 2, "{looks:#}");
    app.assert_books();
}

fn both_sides_stand_beside_each_other(backend: Backend) {
    let (_app, admin, mut one, mut two) = start(backend);
    very_like(&mut one, &mut two);
    let detail = admin.get(&path(&open(&admin))).expect(200);
    let sides = detail["sides"].as_array().unwrap();
    assert_eq!(sides.len(), 2, "{detail:#}");
    assert_eq!(sides[0]["record"]["group_name"], "Nhóm 2");
    assert_eq!(sides[0]["record"]["amount_collected"], 264_000);
    assert_eq!(sides[0]["person"]["codes"], json!([]));
    assert_eq!(sides[0]["enrollment"], Value::Null);
    assert_eq!(sides[1]["record"]["group_name"], "Nhóm 1");
    assert_eq!(sides[1]["person"]["full_name"], sides[0]["person"]["full_name"]);
    assert_eq!(sides[1]["person"]["codes"], json!([{ "kind": "bhxh", "masked": "*******001" }]));
    assert_eq!(sides[1]["enrollment"]["status"], "accepted");
    assert_eq!(sides[1]["card"]["state"], "issued");
    assert!(!detail.to_string().contains("4400000001"), "{detail:#}");

    let (_app, admin, mut one, mut two) = start(backend);
    original_gone(&mut one, &mut two);
    let detail = admin.get(&path(&open(&admin))).expect(200);
    assert_eq!(detail["sides"][1]["enrollment"]["status"], "voided");

    let (_app, admin, mut one, mut two) = start(backend);
    rank_changed(&mut one, &mut two);
    let detail = admin.get(&path(&open(&admin))).expect(200);
    assert_eq!(detail["sides"][0]["members"].as_array().unwrap().len(), 2);
    assert_eq!(detail["sides"][0]["person"], Value::Null);
}

fn what_is_out_of_reach_is_not_shown(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    very_like(&mut one, &mut two);
    let review = open(&admin);
    let own = review_group(&admin, &review);
    let leader = app.phone(Role::Leader, own);
    let detail = leader.client.get(&path(&review)).expect(200);
    assert_eq!(detail["sides"][1]["person"], Value::Null);
    assert_eq!(detail["sides"][1]["record"], Value::Null);
    assert_eq!(detail["decisions"][0]["why_not"], "forbidden");
}

fn review_group(admin: &Client, review: &Value) -> dai_ly_thu::domain::Id {
    let detail = admin.get(&path(review)).expect(200);
    detail["group_id"].as_str().unwrap().parse().unwrap()
}

fn an_undone_merge_is_foretold(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    codes_of_two(&mut one, &mut two);
    let review = open(&admin);
    assert!(decide(&app, &admin, [&one, &two], "merge"));
    let detail = admin.get(&path(&review)).expect(200);
    let undo = &detail["undo"];
    assert_eq!(undo["allowed"], true, "{undo:#}");
    assert_eq!((&undo["enrollments"], &undo["cards"]), (&json!(1), &json!(1)));
    let person = undo["person_id"].as_str().unwrap();
    admin.post(&format!("/api/v1/persons/{person}/unmerge"), &json!({})).expect(200);
    assert_eq!(admin.get(&path(&review)).expect(200)["undo"], Value::Null);
}

/// A third group's record names two persons whom others enrolled: its supervisor may decide that they are one,
/// but whom nobody of his ever enrolled he does not part again.
fn who_may_not_undo_a_merge_is_not_offered_it(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let office_id = office(&admin, "Huyện khác", None);
    let mut third = app.phone(Role::Agent, group(&admin, "Nhóm 3", Some(office_id)));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(office_id));
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
    assert_eq!(third.send("voluntary", &both)["code"], "identity_conflict");
    let review = open(&supervisor);
    assert_eq!(resolve(&supervisor, &review, "merge")["state"], "merged");
    let undo = admin.get(&path(&review)).expect(200)["undo"].take();
    assert_eq!(undo["allowed"], true, "{undo:#}");
    let unmerge = format!("/api/v1/persons/{}/unmerge", undo["person_id"].as_str().unwrap());
    supervisor.post(&unmerge, &json!({})).refused(404, "not_found");
    assert_eq!(supervisor.get(&path(&review)).expect(200)["undo"], Value::Null);
    admin.post(&unmerge, &json!({})).expect(200);
}

/// The id of whoever has the code of this record.
fn person_of(admin: &Client, body: &Value) -> String {
    let code = json!({ "code": body["person"]["bhxh_code"] });
    let found = admin.post("/api/v1/persons/lookup", &code).expect(200);
    found["items"][0]["id"].as_str().unwrap().to_owned()
}

fn rest(admin: &Client, person: &str) {
    let why = json!({ "reason": "đơn số 12" });
    admin.post(&format!("/api/v1/persons/{person}/restrict"), &why).expect(200);
}

/// Nothing of a person stands on any side.
fn shows_nobody(detail: &Value) {
    for side in detail["sides"].as_array().unwrap() {
        for of in ["person", "enrollment", "card"] {
            assert_eq!(side[of], Value::Null, "{of}: {detail:#}");
        }
        assert_eq!(side["members"], json!([]), "{detail:#}");
    }
}

/// The review names nobody; whom its record enrolled is known by the record alone.
fn who_rests_is_not_shown_by_a_review(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let revoke = format!("/api/v1/installations/{}/revoke", one.installation_id);
    admin.post(&revoke, &json!({ "mode": "deliver" })).expect(200);
    assert_eq!(one.send("voluntary", &voluntary(1))["code"], "captured_after_revocation");
    let review = open(&admin);
    let leader = app.phone(Role::Leader, review_group(&admin, &review)).client;
    resolve(&admin, &review, "accept");
    let name = |client: &Client| {
        client.get(&path(&review)).expect(200)["sides"][0]["person"]["full_name"].take()
    };
    assert_eq!(name(&leader), voluntary(1)["person"]["full_name"]);
    // A record of somebody else's names her, too, and waits.
    let mut quarter = voluntary(1);
    quarter["method"] = json!("quarterly");
    quarter["amount_collected"] = json!(792_000);
    assert_eq!(two.send("voluntary", &quarter)["code"], "overlap");
    let waits = open(&admin);
    let mate = app.phone(Role::Leader, review_group(&admin, &waits)).client;
    assert_ne!(mate.get(&path(&waits)).expect(200)["sides"][0]["person"], Value::Null);
    rest(&admin, &person_of(&admin, &voluntary(1)));
    let detail = leader.get(&path(&review)).expect(200);
    shows_nobody(&detail);
    assert_eq!(detail["sides"][0]["record"]["group_name"], "Nhóm 1");
    shows_nobody(&mate.get(&path(&waits)).expect(200));
    assert_eq!(name(&admin), voluntary(1)["person"]["full_name"]);
}

fn who_rests_since_a_merge_is_not_shown_by_a_review(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    very_like_and_accepted(&mut one, &mut two);
    let review = open(&admin);
    let mut third = voluntary(2);
    third["from_month"] = json!("2027-02");
    assert_eq!(one.send("voluntary", &third)["status"], "accepted");
    let leader = app.phone(Role::Leader, review_group(&admin, &review)).client;
    let into = person_of(&admin, &third);
    for name in ["person_id", "other_id"] {
        let merge = format!("/api/v1/persons/{}/merge", review[name].as_str().unwrap());
        admin.post(&merge, &json!({ "into": into })).expect(200);
    }
    assert_ne!(leader.get(&path(&review)).expect(200)["sides"][0]["person"], Value::Null);
    rest(&admin, &into);
    shows_nobody(&leader.get(&path(&review)).expect(200));
    assert_ne!(admin.get(&path(&review)).expect(200)["sides"][0]["person"], Value::Null);
}
