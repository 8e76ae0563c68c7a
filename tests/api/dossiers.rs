//! One person: looked up masked, revealed for a reason, and everything when she asks.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{ApiScope, Role};
use dai_ly_thu::store::Location;

use crate::app::{Answered, Client, TestApp, group, office, organisation};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, person, voluntary};
use crate::worklists::{huyen, items, visit};

both!(
    a_person_is_found_with_her_codes_masked,
    a_code_is_shown_for_a_reason,
    everything_is_told_to_whom_it_is_about,
    after_a_correction_each_member_hears_of_herself,
    a_record_may_have_been_about_somebody_else,
    nobody_is_found_outside,
    of_many_alike_twenty_within_reach_are_told,
    a_damaged_record_is_no_empty_one,
    visits_to_her_are_hers,
);

fn look(client: &Client, body: &Value) -> Vec<Value> {
    let found = client.post("/api/v1/persons/lookup", body).expect(200);
    found["items"].as_array().unwrap().clone()
}

fn looks(admin: &Client, person: &Value) -> Vec<Value> {
    let path = format!("/api/v1/audit?subject_id={}", person.as_str().unwrap());
    admin.get(&path).expect(200)["items"].as_array().unwrap().clone()
}

fn ask(client: &Client, person: &Value, what: &str, reason: &str) -> Answered {
    let path = format!("/api/v1/persons/{}/{what}", person.as_str().unwrap());
    client.post(&path, &json!({ "reason": reason }))
}

fn a_person_is_found_with_her_codes_masked(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm", None));
    phone.send("voluntary", &voluntary(1));
    phone.send("voluntary", &voluntary(2));
    let stated = person(1);
    let by_code = look(&phone.client, &json!({ "code": stated["bhxh_code"] }));
    assert_eq!(by_code.len(), 1);
    let code = stated["bhxh_code"].as_str().unwrap();
    assert_eq!(
        by_code[0]["codes"],
        json!([{ "kind": "bhxh", "masked": format!("*******{}", &code[7..]) }])
    );
    assert_eq!(by_code[0]["enrollments"].as_array().unwrap().len(), 1);
    assert!(!json!(by_code).to_string().contains(code));
    let bare = stated["full_name"].as_str().unwrap().replace("Nguyễn Thị", "nguyen thi");
    let by_name = look(&admin, &json!({ "name": bare, "birth_date": stated["birth_date"] }));
    assert_eq!(by_name, by_code);
    let year = &stated["birth_date"].as_str().unwrap()[..4];
    let other: i32 = year.parse::<i32>().unwrap() + 1;
    assert_eq!(look(&admin, &json!({ "name": bare, "birth_date": year })).len(), 1);
    assert_eq!(
        look(&admin, &json!({ "name": bare, "birth_date": other.to_string() })),
        [] as [Value; 0]
    );
    // Each of the three looks that found her is noted, and none of her data with it.
    let noted = looks(&admin, &by_code[0]["id"]);
    assert_eq!(noted.len(), 3);
    assert_eq!(noted[0]["what"], "POST /api/v1/persons/lookup");
    assert_eq!(noted[0]["user_id"], json!(phone.user_id));
    admin.post("/api/v1/persons/lookup", &json!({})).wrong("/name", "required");
    let both = json!({ "code": code, "name": "Nguyễn Thị An", "birth_date": "1988" });
    admin.post("/api/v1/persons/lookup", &both).wrong("/name", "conflict");
}

fn a_code_is_shown_for_a_reason(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm", None));
    phone.send("voluntary", &voluntary(1));
    let stated = person(1);
    let found = look(&phone.client, &json!({ "code": stated["bhxh_code"] }));
    let id = &found[0]["id"];
    ask(&phone.client, id, "reveal", "  ").wrong("/reason", "required");
    let shown = ask(&phone.client, id, "reveal", "in lại thẻ bị mất").expect(200);
    assert_eq!(shown["codes"][0]["code"], stated["bhxh_code"]);
    let noted = looks(&admin, id);
    assert_eq!(noted.len(), 2);
    assert_eq!(noted[1]["detail"], "in lại thẻ bị mất");
}

fn everything_is_told_to_whom_it_is_about(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let huyen = office(&admin, "Huyện", None);
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm", Some(huyen)));
    let (supervisor, supervisor_id) = app.browser(Role::Supervisor, None, Some(huyen));
    phone.send("voluntary", &voluntary(1));
    let family = household(1, 2);
    phone.send("household", &family);
    let id = &look(&supervisor, &json!({ "code": person(1)["bhxh_code"] }))[0]["id"];
    ask(&phone.client, id, "dossier", "yêu cầu").refused(403, "forbidden");
    let told = ask(&supervisor, id, "dossier", "đơn số 12").expect(200);
    assert_eq!(told["person"]["bhxh_code"], person(1)["bhxh_code"]);
    assert_eq!(told["enrollments"].as_array().unwrap().len(), 2);
    assert_eq!(told["cards"].as_array().unwrap().len(), 2);
    let records = told["records"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    let of = |kind: &str| records.iter().find(|it| it["kind"] == kind).unwrap();
    assert_eq!(of("voluntary")["said"]["person"]["full_name"], person(1)["full_name"]);
    assert_eq!(of("household")["said"]["person"]["full_name"], person(1)["full_name"]);
    // Her neighbour at the table is not hers to read.
    assert!(!told.to_string().contains(person(2)["full_name"].as_str().unwrap()));
    let looks = told["looks"].as_array().unwrap();
    assert_eq!(looks[0]["detail"], "đơn số 12");
    assert_eq!(looks[0]["user_id"], json!(supervisor_id));
    assert_eq!(looks.len(), 2);
}

/// One of two in a household is given the name of the other: what was said of the other is not hers.
fn after_a_correction_each_member_hears_of_herself(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm", None));
    let mut wrong = household(1, 2);
    wrong["amount_collected"] = json!(1);
    wrong["members"][1]["person"]["bhxh_code"] = Value::Null;
    let id = clock::new_id();
    let first = phone.capture_rev(id, 1, "household", &wrong);
    assert_eq!(phone.push(&[first]).expect(200)["results"][0]["status"], "rejected");
    let second = phone.capture_rev(id, 2, "household", &household(1, 2));
    assert_eq!(phone.push(&[second]).expect(200)["results"][0]["status"], "accepted");
    let second = look(&admin, &json!({ "code": person(2)["bhxh_code"] }))[0]["id"].clone();
    let said = |rev: i64| {
        let told = ask(&admin, &second, "dossier", "đơn số 12").expect(200);
        let records = told["records"].as_array().unwrap().clone();
        records.into_iter().find(|it| it["rev"] == rev).unwrap()["said"].clone()
    };
    assert_eq!(said(1)["person"], wrong["members"][1]["person"]);
    let same = json!({ "full_name": person(1)["full_name"], "birth_date": person(1)["birth_date"],
                       "reason": "căn cước công dân" });
    let path = format!("/api/v1/persons/{}", second.as_str().unwrap());
    admin.send("PATCH", &path, same.to_string().as_bytes()).expect(200);
    assert_eq!(said(2)["person"]["bhxh_code"], person(2)["bhxh_code"]);
    // What was said without a code, under a name she has no more, cannot be told apart.
    assert_eq!(said(1), Value::Null);
}

/// An agent took the wrong paper first: what it said is not hers whom the record enrolled in the end.
fn a_record_may_have_been_about_somebody_else(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm", None));
    let mut wrong = voluntary(1);
    wrong["amount_collected"] = json!(1);
    let id = clock::new_id();
    let first = phone.capture_rev(id, 1, "voluntary", &wrong);
    let second = phone.capture_rev(id, 2, "voluntary", &voluntary(2));
    phone.push(&[first]).expect(200);
    assert_eq!(phone.push(&[second]).expect(200)["results"][0]["status"], "accepted");
    let found = look(&admin, &json!({ "code": person(2)["bhxh_code"] }))[0]["id"].clone();
    let told = ask(&admin, &found, "dossier", "đơn số 12").expect(200);
    let records = told["records"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    for record in records {
        let hers = if record["rev"] == 2 { person(2)["bhxh_code"].clone() } else { Value::Null };
        assert_eq!(record["said"]["person"]["bhxh_code"], hers);
    }
    assert!(!told.to_string().contains(person(1)["full_name"].as_str().unwrap()));
}

fn nobody_is_found_outside(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [one, other] = ["Huyện 1", "Huyện 2"].map(|name| office(&admin, name, None));
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", Some(one)));
    phone.send("voluntary", &voluntary(1));
    let body = json!({ "code": person(1)["bhxh_code"] });
    let id = look(&admin, &body)[0]["id"].clone();
    let neighbour = app.phone(Role::Agent, group(&admin, "Nhóm 2", Some(other))).client;
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(other));
    let (program, _) = app.program(organisation(&admin, "Bưu điện"), &[ApiScope::EnrollRead]);
    for stranger in [&neighbour, &supervisor, &program] {
        assert_eq!(look(stranger, &body), [] as [Value; 0]);
        ask(stranger, &id, "reveal", "vì tò mò").refused(404, "not_found");
    }
    ask(&supervisor, &id, "dossier", "vì tò mò").refused(404, "not_found");
    assert_eq!(looks(&admin, &id).len(), 1);
}

fn of_many_alike_twenty_within_reach_are_told(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [mut many, mut few] =
        ["Nhóm 1", "Nhóm 2"].map(|name| app.phone(Role::Agent, group(&admin, name, None)));
    let like = |code: u32| {
        let mut body = voluntary(1);
        body["person"]["bhxh_code"] = person(code)["bhxh_code"].clone();
        body
    };
    let records: Vec<Value> = (1..=22).map(|n| many.capture("voluntary", &like(n))).collect();
    many.push(&records).expect(200);
    few.send("voluntary", &like(23));
    few.send("voluntary", &like(24));
    let name = json!({ "name": person(1)["full_name"], "birth_date": person(1)["birth_date"] });
    let codes = |client: &Client| {
        let found = look(client, &name);
        for it in &found {
            assert_eq!(it["codes"].as_array().unwrap().len(), 1);
            let enrollments = it["enrollments"].as_array().unwrap();
            assert!(matches!(&enrollments[..], [one] if one["person_id"] == it["id"]), "{it:#}");
        }
        found.len()
    };
    assert_eq!([codes(&many.client), codes(&few.client), codes(&admin)], [20, 2, 20]);
}

fn a_damaged_record_is_no_empty_one(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm", None));
    phone.send("voluntary", &voluntary(1));
    let id = &look(&admin, &json!({ "code": person(1)["bhxh_code"] }))[0]["id"];
    let mut conn = Location::parse(&app.url).unwrap().connect().unwrap();
    conn.batch_execute("UPDATE records SET payload = '{'").unwrap();
    ask(&admin, id, "dossier", "đơn số 12").refused(500, "internal");
}

fn visits_to_her_are_hers(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..3);
    let list = it.due();
    it.give(&list, it.group_id);
    let listed = items(&it.supervisor, &list, "");
    let [hers, other] = [1, 2].map(|number| {
        let name = &person(number)["full_name"];
        listed.iter().find(|item| item["full_name"] == *name).unwrap().clone()
    });
    let said = |item: &Value, reason: &str| {
        let mut body = visit(item, "refused");
        body["reason"] = json!(reason);
        body
    };
    let first = it.phone.send("visit", &said(&hers, "chờ bán lúa"));
    let voided = it.phone.send("visit", &visit(&hers, "not_home"));
    it.phone.send("visit", &said(&other, "đã có thẻ hưu"));
    it.phone.send("void", &json!({ "record_id": voided["id"], "reason": "nhầm" }));
    let mut known = visit(&json!({ "id": null }), "met");
    known["person_id"] = hers["person_id"].clone();
    known["vssid"] = json!(true);
    let known = it.phone.send("visit", &known);
    for sent in [&first, &voided, &known] {
        assert_eq!(sent["status"], "accepted", "{sent:#}");
    }
    let told = ask(&it.supervisor, &hers["person_id"], "dossier", "đơn số 12").expect(200);
    let own = items(&it.supervisor, &list, "");
    let own = own.iter().find(|item| item["id"] == hers["id"]).unwrap();
    assert_eq!(told["worklist_items"], json!([own]));
    assert_eq!(told["vssid_since"], "2026-11-22");
    let visits = told["visits"].as_array().unwrap();
    assert_eq!(visits.len(), 3, "{visits:#?}");
    let of = |sent: &Value| visits.iter().find(|it| it["record_id"] == sent["id"]).unwrap();
    assert_eq!(of(&first)["reason"], "chờ bán lúa");
    assert_eq!((&of(&first)["item_id"], &of(&first)["voided_at"]), (&hers["id"], &Value::Null));
    assert_eq!(of(&first)["agent_id"], json!(it.phone.user_id));
    assert!(of(&voided)["voided_at"].is_string());
    assert_eq!((&of(&known)["vssid"], &of(&known)["item_id"]), (&json!(true), &Value::Null));
    // What her neighbour said is not hers.
    assert!(!told.to_string().contains("đã có thẻ hưu"));
    let neighbour = ask(&it.supervisor, &other["person_id"], "dossier", "đơn số 13").expect(200);
    assert_eq!(neighbour["visits"].as_array().unwrap().len(), 1);
    assert_eq!(neighbour["vssid_since"], Value::Null);
}
