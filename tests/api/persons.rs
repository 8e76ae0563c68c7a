//! `/api/v1/persons/…`: two who are one, two again, and codes that come later.

use serde_json::{Value, json};

use dai_ly_thu::domain::Role;

use super::reviews::{none_open, open, resolve, start};
use crate::app::{Client, Phone, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, voluntary};

both!(
    a_code_that_comes_later,
    a_code_of_somebody_else,
    two_are_one_and_two_again,
    numbers_follow_their_codes,
    a_second_code_numbers_who_has_no_other,
    both_covered_cannot_be_one,
    late_records_find_the_survivor,
    persons_out_of_reach,
);

fn without_code(number: u32) -> Value {
    let mut body = voluntary(number);
    body["person"]["bhxh_code"] = Value::Null;
    body
}

fn person_id(result: &Value) -> String {
    result["enrollments"][0]["person_id"].as_str().unwrap().to_owned()
}

fn give(admin: &Client, person: &str, code: &str) -> Value {
    let body = json!({ "kind": "bhxh", "code": code });
    admin.post(&format!("/api/v1/persons/{person}/codes"), &body).expect(200)
}

fn card(phone: &Phone, index: usize) -> Value {
    let cards: Vec<Value> =
        phone.pull_all(1000).into_iter().filter(|it| it["entity"] == "card").collect();
    cards[index]["data"].clone()
}

fn a_code_that_comes_later(backend: Backend) {
    let (app, admin, mut one, _) = start(backend);
    let mut family = household(1, 1);
    family["members"][0]["person"]["bhxh_code"] = Value::Null;
    let sent = one.send("household", &family);
    assert_eq!(sent["enrollments"][0]["card"]["state"], "pending_code");
    let given = give(&admin, &person_id(&sent), "4400000777");
    assert_eq!(given["person"]["bhxh_code"], "4400000777");
    assert_eq!(given["cards"][0]["number"], "4400000777");
    assert!(given["cards"][0]["long_number"].as_str().unwrap().ends_with("4400000777"));
    assert_eq!(given["review"], Value::Null);
    assert_eq!(card(&one, 0)["state"], "issued");
    let again = give(&admin, &person_id(&sent), "4400000777");
    assert_eq!((&again["cards"], &again["review"]), (&json!([]), &Value::Null));
    let path = format!("/api/v1/persons/{}/codes", person_id(&sent));
    let wrong = admin.post(&path, &json!({ "kind": "bhxh", "code": "44" }));
    wrong.refused(422, "invalid");
    app.assert_books();
}

fn a_code_of_somebody_else(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    one.send("voluntary", &voluntary(1));
    let mut other = without_code(2);
    other["from_month"] = json!("2027-01");
    let sent = two.send("voluntary", &other);
    let given = give(&admin, &person_id(&sent), "4400000001");
    assert_eq!(given["person"]["bhxh_code"], Value::Null);
    let review = open(&admin);
    assert_eq!(given["review"]["id"], review["id"]);
    assert_eq!(review["code"], "identity_conflict");
    assert_eq!(give(&admin, &person_id(&sent), "4400000001")["review"]["id"], review["id"]);
    assert_eq!(resolve(&admin, &review, "merge")["state"], "merged");
    assert_eq!(card(&two, 0)["number"], "4400000001");
    none_open(&admin);
    app.assert_books();
}

fn merge(admin: &Client, from: &str, into: &str) -> Value {
    admin.post(&format!("/api/v1/persons/{from}/merge"), &json!({ "into": into })).expect(200)
}

fn two_are_one_and_two_again(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let first = person_id(&one.send("voluntary", &voluntary(1)));
    let mut later = without_code(2);
    later["from_month"] = json!("2027-01");
    let second = person_id(&two.send("voluntary", &later));
    let survivor = merge(&admin, &second, &first);
    assert_eq!((&survivor["id"], &survivor["bhxh_code"]), (&json!(first), &json!("4400000001")));
    assert_eq!(merge(&admin, &second, &first), survivor);
    assert_eq!(card(&two, 0)["number"], "4400000001");

    let parted = admin.post(&format!("/api/v1/persons/{second}/unmerge"), &json!({})).expect(200);
    assert_eq!((&parted["id"], &parted["bhxh_code"]), (&json!(second), &Value::Null));
    let book = card(&two, 0);
    assert_eq!((&book["state"], &book["number"]), (&json!("pending_code"), &Value::Null));
    let persons: Vec<Value> =
        two.pull_all(1000).into_iter().filter(|it| it["entity"] == "person").collect();
    let state = |id: &str| {
        let found = persons.iter().find(|it| it["id"] == id).unwrap();
        (found["op"].clone(), found["reason"].clone())
    };
    assert_eq!(state(&second), (json!("put"), Value::Null));
    assert_eq!(state(&first), (json!("delete"), json!("access_lost")));
    let again = admin.post(&format!("/api/v1/persons/{second}/unmerge"), &json!({}));
    assert_eq!(again.expect(200), parted);
    let never = admin.post(&format!("/api/v1/persons/{first}/unmerge"), &json!({}));
    never.refused(409, "conflict");
    app.assert_books();
}

/// A code that comes while two are one stays with the survivor, and so does the number.
fn numbers_follow_their_codes(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let first = person_id(&one.send("voluntary", &without_code(1)));
    let mut later = without_code(2);
    later["from_month"] = json!("2027-01");
    let second = person_id(&two.send("voluntary", &later));
    merge(&admin, &second, &first);
    give(&admin, &second, "4400000777");
    assert_eq!([card(&one, 0), card(&two, 0)].map(|it| it["number"].clone()), ["4400000777"; 2]);
    admin.post(&format!("/api/v1/persons/{second}/unmerge"), &json!({})).expect(200);
    let numbers =
        [card(&one, 0), card(&two, 0)].map(|it| (it["state"].clone(), it["number"].clone()));
    let waits = (json!("pending_code"), Value::Null);
    assert_eq!(numbers, [(json!("issued"), json!("4400000777")), waits]);
    app.assert_books();
}

/// The code that came while another was shown is the only one after the two part.
fn a_second_code_numbers_who_has_no_other(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let first = person_id(&one.send("voluntary", &without_code(1)));
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    let second = person_id(&two.send("voluntary", &later));
    merge(&admin, &second, &first);
    give(&admin, &first, "4400000777");
    admin.post(&format!("/api/v1/persons/{second}/unmerge"), &json!({})).expect(200);
    let book = card(&one, 0);
    assert_eq!((&book["state"], &book["number"]), (&json!("issued"), &json!("4400000777")));
    assert_eq!(card(&two, 0)["number"], "4400000002");
    app.assert_books();
}

fn both_covered_cannot_be_one(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let first = person_id(&one.send("voluntary", &voluntary(1)));
    let second = person_id(&two.send("voluntary", &voluntary(2)));
    let path = format!("/api/v1/persons/{second}/merge");
    admin.post(&path, &json!({ "into": first })).refused(422, "overlap");
    admin.post(&path, &json!({ "into": second })).refused(409, "conflict");
    admin.post(&path, &json!({})).refused(422, "invalid");
    app.assert_books();
}

fn late_records_find_the_survivor(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let first = person_id(&one.send("voluntary", &voluntary(1)));
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    let second = person_id(&two.send("voluntary", &later));
    merge(&admin, &second, &first);
    // By the code and the name that were the second's.
    let mut third = voluntary(2);
    third["from_month"] = json!("2027-02");
    let sent = two.send("voluntary", &third);
    assert_eq!((&sent["status"], &sent["flags"]), (&json!("accepted"), &json!([])));
    assert_eq!(person_id(&sent), first);
    // Without a code, by the name that was the second's: the survivor is the one he is like.
    let mut nameless = without_code(2);
    nameless["from_month"] = json!("2027-03");
    let sent = two.send("voluntary", &nameless);
    assert_eq!(sent["flags"], json!(["possible_duplicate"]));
    assert_eq!(open(&admin)["other_id"], json!(first));
    app.assert_books();
}

fn persons_out_of_reach(backend: Backend) {
    let (app, admin, mut one, _) = start(backend);
    let person = person_id(&one.send("voluntary", &voluntary(1)));
    let elsewhere = office(&admin, "Phòng khác", None);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(elsewhere));
    for path in ["codes", "merge", "unmerge"] {
        let path = format!("/api/v1/persons/{person}/{path}");
        let body = json!({ "kind": "bhxh", "code": "4400000009", "into": person });
        supervisor.post(&path, &body).refused(404, "not_found");
        one.client.post(&path, &body).refused(403, "forbidden");
    }
}
