//! Decisions on records with more than one doubt, and decisions that the law or others overtake.

use serde_json::{Value, json};

use dai_ly_thu::domain::Role;

use super::reviews::{open, resolve, start};
use crate::app::{Client, TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, person, void, voluntary};

both!(
    each_member_is_asked_for_himself,
    the_one_who_was_named_is_meant,
    a_refused_merge_leaves_no_trace,
    what_somebody_rejected_the_law_does_not_enroll,
    a_leaders_void_waits_for_the_supervisor,
    the_same_question_twice,
);

fn standing(admin: &Client) -> usize {
    let all = admin.get("/api/v1/enrollments?status=accepted").expect(200);
    all["items"].as_array().unwrap().len()
}

fn each_member_is_asked_for_himself(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    for number in [1, 2] {
        assert_eq!(one.send("voluntary", &voluntary(number))["status"], "accepted");
    }
    let mut family = household(1, 2);
    for (member, name) in [(0, "Trần Thị Hoàn Toàn Khác"), (1, "Phạm Văn Cũng Khác")] {
        family["members"][member]["person"]["full_name"] = json!(name);
    }
    assert_eq!(two.send("household", &family)["code"], "identity_conflict");
    let first = open(&admin);
    let decided = resolve(&admin, &first, "accept");
    assert_eq!(
        (&decided["state"], &decided["current"]["status"]),
        (&json!("accepted"), &json!("review"))
    );
    let second = open(&admin);
    assert_ne!(first["person_id"], second["person_id"]);
    assert_eq!(resolve(&admin, &second, "accept")["current"]["status"], "accepted");
    assert_eq!(standing(&admin), 4);
    app.assert_books();
}

fn the_one_who_was_named_is_meant(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    // Two of one name, who are two by their codes; the second is insured for the months to come.
    let mut born_some_day = voluntary(1);
    born_some_day["person"]["birth_date"] = json!("1941");
    born_some_day["person"]["bhxh_code"] = json!("4400000901");
    born_some_day["from_month"] = json!("2026-11");
    one.send("voluntary", &born_some_day);
    let mut like = born_some_day.clone();
    like["person"]["bhxh_code"] = json!("4400000902");
    like["from_month"] = json!("2027-01");
    let covered = one.send("voluntary", &like);
    let covered = covered["enrollments"][0]["person_id"].clone();
    let mut nameless = like.clone();
    nameless["person"]["bhxh_code"] = Value::Null;
    let sent = two.send("voluntary", &nameless);
    assert_eq!(sent["code"], "possible_duplicate");
    let review = open(&admin);
    assert_eq!(review["other_id"], covered);
    assert_eq!(resolve(&admin, &review, "merge")["current"]["status"], "duplicate");
    assert_eq!(standing(&admin), 2);
    app.assert_books();
}

fn a_refused_merge_leaves_no_trace(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    let mut by_card = voluntary(1);
    by_card["person"]["bhxh_code"] = Value::Null;
    by_card["person"]["personal_id"] = json!("044188000123");
    by_card["person"]["full_name"] = json!("Nguyễn Thị Viết Sai");
    two.send("voluntary", &by_card);
    let mut both = voluntary(1);
    both["person"]["personal_id"] = json!("044188000123");
    both["from_month"] = json!("2027-02");
    assert_eq!(one.send("voluntary", &both)["code"], "identity_conflict");
    let review = open(&admin);
    // Both are insured for December.
    let path = format!("/api/v1/reviews/{}/resolve", review["id"].as_str().unwrap());
    admin.post(&path, &json!({ "decision": "merge" })).refused(422, "overlap");
    assert_eq!(open(&admin), review);
    let all = admin.get("/api/v1/enrollments").expect(200);
    assert_ne!(all["items"][0]["person_id"], all["items"][1]["person_id"]);
    assert!(two.pull_all(1000).iter().all(|it| it["op"] == "put"));
    app.assert_books();
}

/// What the province adds to the State's support, in percent; or that nobody knows how much.
fn add_support(admin: &Client, percent: &str) -> Value {
    let row = json!({
        "scheme": "voluntary", "area_code": "44", "group": "other", "percent": percent,
        "effective_from": "2026-01-01", "document": "NQ HĐND Quảng Trị",
    });
    admin.post("/api/v1/rules/local_support", &row).expect(201)["judged_again"].clone()
}

fn what_somebody_rejected_the_law_does_not_enroll(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    add_support(&admin, "unknown");
    let mut waits = voluntary(1);
    waits["amount_collected"] = json!(231_000);
    let waiting = one.send("voluntary", &waits);
    assert_eq!(waiting["code"], "rule_missing");
    let mut alone = voluntary(1);
    alone["support_group"] = Value::Null;
    alone["amount_collected"] = json!(330_000);
    let taken = two.send("voluntary", &alone);
    assert_eq!(taken["status"], "accepted");
    assert_eq!(add_support(&admin, "10")["duplicate"], 1);
    two.send("void", &void(taken["id"].as_str().unwrap().parse().unwrap()));
    let review = open(&admin);
    assert_eq!(review["code"], "original_voided");
    assert_eq!(resolve(&admin, &review, "reject")["current"]["status"], "rejected");

    let rate = json!({ "percent": 0.33, "effective_from": "2027-01-01", "effective_to": "2027-12-31",
                       "document": "TB 12/TB-BHXH", "confidence": "H" });
    let added = admin.post("/api/v1/rules/vsi_invest_rate_month", &rate).expect(201);
    assert_eq!(added["judged_again"]["accepted"], 0);
    assert_eq!(standing(&admin), 0);
    let path = format!("/api/v1/sync/records?ids={}", waiting["id"].as_str().unwrap());
    let found = one.client.get(&path).expect(200);
    assert_eq!(found["results"][0]["current"]["status"], "rejected");
    app.assert_books();
}

fn a_leaders_void_waits_for_the_supervisor(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let (mut agent, mut leader) =
        (app.phone(Role::Agent, group_id), app.phone(Role::Leader, group_id));
    let taken = agent.send("voluntary", &voluntary(1));
    let path = format!("/api/v1/installations/{}/revoke", leader.installation_id);
    admin.post(&path, &json!({ "mode": "deliver" })).expect(200);
    let sent = leader.send("void", &void(taken["id"].as_str().unwrap().parse().unwrap()));
    assert_eq!(sent["code"], "captured_after_revocation");
    assert_eq!(resolve(&admin, &open(&admin), "accept")["current"]["status"], "accepted");
    assert_eq!(standing(&admin), 0);
    app.assert_books();
}

/// Two records that a household's duplicate names are both taken back: two questions, one answer.
fn the_same_question_twice(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let alone = |number: u32| {
        let mut body = household(number, 1);
        body["members"][0]["person"] = person(number);
        body
    };
    let taken = [one.send("household", &alone(1)), one.send("household", &alone(2))];
    assert_eq!(two.send("household", &household(1, 2))["status"], "duplicate");
    for record in &taken {
        one.send("void", &void(record["id"].as_str().unwrap().parse().unwrap()));
    }
    let reviews = admin.get("/api/v1/reviews?state=open").expect(200);
    let reviews = reviews["items"].as_array().unwrap();
    assert_eq!(reviews.len(), 2);
    assert_eq!(resolve(&admin, &reviews[0], "accept")["current"]["status"], "accepted");
    let path = format!("/api/v1/reviews/{}", reviews[1]["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).expect(200)["state"], "closed");
    assert_eq!(standing(&admin), 2);
    app.assert_books();
}
