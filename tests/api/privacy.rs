//! What a person may ask: correction, rest, and that nothing is kept longer than it must be.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Months, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, RecordState, Role};
use dai_ly_thu::store::Location;
use dai_ly_thu::sync::retention::{self, Keep};
use dai_ly_thu::sync::wire::PersonEntity;

use crate::app::{Answered, Client, Phone, TestApp, group, office};
use crate::both;
use crate::reviews;
use crate::support::Backend;
use crate::support::records::{household, person, voluntary};

both!(
    what_is_wrong_is_set_right,
    a_correction_is_digested_as_it_is_answered,
    a_correction_keeps_the_commune_of_its_era,
    who_was_one_with_another_is_not_hers_to_decide_on,
    a_correction_is_read_whole,
    who_rests_is_forgotten_by_phones,
    rest_follows_a_merge,
    consent_outlives_the_body,
    consent_that_only_the_body_knows_outlives_it,
    a_body_goes_and_its_answer_stays,
    what_waits_is_kept,
    ended_sessions_go,
);

struct Office {
    app: TestApp,
    admin: Client,
    supervisor: Client,
    phone: Phone,
}

fn an_office(backend: Backend) -> Office {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let huyen = office(&admin, "Huyện", None);
    let phone = app.phone(Role::Agent, group(&admin, "Nhóm", Some(huyen)));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(huyen));
    Office { app, admin, supervisor, phone }
}

fn look(client: &Client, body: &Value) -> Vec<Value> {
    let found = client.post("/api/v1/persons/lookup", body).expect(200);
    found["items"].as_array().unwrap().clone()
}

fn found(client: &Client, number: u32) -> Option<String> {
    let found = look(client, &json!({ "code": person(number)["bhxh_code"] }));
    found.first().map(|it| it["id"].as_str().unwrap().to_owned())
}

fn patch(client: &Client, id: &str, change: &Value) -> Answered {
    client.send("PATCH", &format!("/api/v1/persons/{id}"), change.to_string().as_bytes())
}

fn ask(client: &Client, id: &str, what: &str) -> Answered {
    client.post(&format!("/api/v1/persons/{id}/{what}"), &json!({ "reason": "đơn số 12" }))
}

/// What the phone is told last of a person.
fn told(phone: &Phone, id: &str) -> Value {
    let all = phone.pull_all(100);
    all.into_iter().rfind(|it| it["entity"] == "person" && it["id"] == id).unwrap()
}

fn what_is_wrong_is_set_right(backend: Backend) {
    let mut it = an_office(backend);
    it.phone.send("voluntary", &voluntary(1));
    let id = found(&it.supervisor, 1).unwrap();
    let change = json!({
        "full_name": "Hoàng Thị Sửa", "birth_date": "1979-02-03", "phone": "", "address": "thôn 9",
        "reason": "căn cước công dân",
    });
    patch(&it.phone.client, &id, &change).refused(403, "forbidden");
    let (stranger, _) = it.app.browser(Role::Supervisor, None, Some(office(&it.admin, "Xa", None)));
    patch(&stranger, &id, &change).refused(404, "not_found");
    let right = patch(&it.supervisor, &id, &change).expect(200);
    assert_eq!(right["full_name"], "Hoàng Thị Sửa");
    assert_eq!(right["phone"], Value::Null);
    assert_eq!(told(&it.phone, &id)["data"], right);
    let by_name = json!({ "name": "hoang thi sua", "birth_date": "1979" });
    assert_eq!(look(&it.admin, &by_name)[0]["id"], json!(id));
    let stated = person(1);
    let before = json!({ "name": stated["full_name"], "birth_date": stated["birth_date"] });
    assert_eq!(look(&it.admin, &before), [] as [Value; 0]);
    // Who comes by the name she has now is she.
    let mut same = voluntary(1);
    same["person"]["full_name"] = json!("Hoàng Thị Sửa");
    same["person"]["birth_date"] = json!("1979-02-03");
    assert_eq!(it.phone.send("voluntary", &same)["status"], "duplicate");
    let noted = it.admin.get(&format!("/api/v1/audit?subject_id={id}")).expect(200);
    let noted = noted["items"].as_array().unwrap();
    let noted = noted.iter().find(|it| it["what"] == "PATCH /api/v1/persons/{id}").unwrap();
    assert_eq!(noted["detail"], "căn cước công dân");
    assert_ne!(noted["before"], noted["after"]);
    it.app.assert_books();
}

/// Who holds the dossier before and after can see that they are what the audit speaks of.
fn a_correction_is_digested_as_it_is_answered(backend: Backend) {
    let mut it = an_office(backend);
    it.phone.send("voluntary", &voluntary(1));
    let id = found(&it.supervisor, 1).unwrap();
    let digested = || {
        let told = ask(&it.supervisor, &id, "dossier").expect(200);
        let person: PersonEntity = serde_json::from_value(told["person"].clone()).unwrap();
        let person = serde_json::to_string(&person).unwrap();
        let text = format!(r#"{{"person":{person},"ethnicity":{}}}"#, told["ethnicity"]);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    };
    for change in [
        json!({ "phone": "0912345678", "reason": "đơn số 13" }),
        json!({ "ethnicity": "Bru - Vân Kiều", "reason": "đơn số 14" }),
    ] {
        let before = digested();
        patch(&it.supervisor, &id, &change).expect(200);
        let after = digested();
        assert_ne!(before, after);
        let noted = it.admin.get(&format!("/api/v1/audit?subject_id={id}")).expect(200);
        let noted = noted["items"].as_array().unwrap().clone();
        let noted = noted.into_iter().find(|it| it["detail"] == change["reason"]).unwrap();
        assert_eq!((&noted["before"], &noted["after"]), (&json!(before), &json!(after)));
    }
}

/// Xã Tiên Ngoại went into Phường Hà Nam (13366); its code, 13363, is that of Phường Tiên Sơn today.
fn a_correction_keeps_the_commune_of_its_era(backend: Backend) {
    let mut it = an_office(backend);
    let mut body = voluntary(1);
    body["person"]["area_code"] = json!("13366");
    it.phone.send("voluntary", &body);
    let id = found(&it.supervisor, 1).unwrap();
    tamper(&it.app, "UPDATE persons SET area_code = '13363'");
    let change = json!({ "phone": "0912345678", "reason": "đơn số 13" });
    assert_eq!(patch(&it.supervisor, &id, &change).expect(200)["area_code"], "13363");
    body["person"]["bhxh_code"] = Value::Null;
    body["from_month"] = json!("2027-01");
    let again = it.phone.send("voluntary", &body);
    assert!(again["flags"].as_array().unwrap().contains(&json!("possible_duplicate")), "{again:#}");
    // Where she lives today is said in the words of today.
    let moved = json!({ "area_code": "13363", "reason": "đơn số 14" });
    patch(&it.supervisor, &id, &moved).expect(200);
    body["person"]["area_code"] = json!("13363");
    body["from_month"] = json!("2027-02");
    let again = it.phone.send("voluntary", &body);
    assert!(again["flags"].as_array().unwrap().contains(&json!("possible_duplicate")), "{again:#}");
}

/// While two persons were one, both offices had her; who only heard of the other then has no say over her now.
fn who_was_one_with_another_is_not_hers_to_decide_on(backend: Backend) {
    let mut it = an_office(backend);
    let elsewhere = office(&it.admin, "Huyện khác", None);
    let mut other = it.app.phone(Role::Agent, group(&it.admin, "Nhóm khác", Some(elsewhere)));
    let (neighbour, _) = it.app.browser(Role::Supervisor, None, Some(elsewhere));
    it.phone.send("voluntary", &voluntary(1));
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    other.send("voluntary", &later);
    let [one, two] = [1, 2].map(|number| found(&it.admin, number).unwrap());
    let merge = json!({ "into": one });
    it.admin.post(&format!("/api/v1/persons/{two}/merge"), &merge).expect(200);
    let change = json!({ "phone": "0912345678", "reason": "đơn số 13" });
    patch(&neighbour, &one, &change).expect(200);
    for what in ["restrict", "unrestrict", "dossier"] {
        ask(&neighbour, &one, what).expect(200);
    }
    it.admin.post(&format!("/api/v1/persons/{two}/unmerge"), &json!({})).expect(200);
    let heard = told(&other, &one);
    assert_eq!((&heard["op"], &heard["reason"]), (&json!("delete"), &json!("access_lost")));
    patch(&neighbour, &one, &change).refused(404, "not_found");
    for what in ["restrict", "unrestrict", "dossier", "reveal"] {
        ask(&neighbour, &one, what).refused(404, "not_found");
        ask(&neighbour, &two, what).expect(200);
        ask(&it.supervisor, &one, what).expect(200);
    }
    patch(&neighbour, &two, &change).expect(200);
    patch(&it.supervisor, &one, &change).expect(200);
}

fn tamper(app: &TestApp, sql: &str) {
    let mut conn = Location::parse(&app.url).unwrap().connect().unwrap();
    conn.batch_execute(sql).unwrap();
}

fn a_correction_is_read_whole(backend: Backend) {
    let mut it = an_office(backend);
    it.phone.send("voluntary", &voluntary(1));
    let id = found(&it.supervisor, 1).unwrap();
    let next_year = clock::now() + Months::new(12);
    let wrong = json!({
        "full_name": "", "birth_date": next_year.format("%Y-%m-%d").to_string(), "sex": "x",
        "area_code": "00000", "address": "",
    });
    let answer = patch(&it.supervisor, &id, &wrong);
    for (path, code) in [
        ("/full_name", "required"),
        ("/birth_date", "birth_in_future"),
        ("/sex", "bad_format"),
        ("/area_code", "area_unknown"),
        ("/address", "required"),
        ("/reason", "required"),
    ] {
        answer.wrong(path, code);
    }
}

fn who_rests_is_forgotten_by_phones(backend: Backend) {
    let mut it = an_office(backend);
    it.phone.send("voluntary", &voluntary(1));
    let id = found(&it.phone.client, 1).unwrap();
    ask(&it.phone.client, &id, "restrict").refused(403, "forbidden");
    let rest = ask(&it.supervisor, &id, "restrict").expect(200);
    assert_eq!(ask(&it.supervisor, &id, "restrict").expect(200), rest);
    assert_eq!(found(&it.phone.client, 1), None);
    ask(&it.phone.client, &id, "reveal").refused(404, "not_found");
    let gone = told(&it.phone, &id);
    assert_eq!((&gone["op"], &gone["reason"]), (&json!("delete"), &json!("access_lost")));
    assert_eq!(gone["data"], Value::Null);
    // Nor her enrollments and cards: they tell her code, her income and her support.
    let all = it.supervisor.get("/api/v1/enrollments").expect(200)["items"].clone();
    let enrollment = format!("/api/v1/enrollments/{}", all[0]["id"].as_str().unwrap());
    it.supervisor.get(&enrollment).expect(200);
    assert_eq!(it.phone.client.get("/api/v1/enrollments").expect(200)["items"], json!([]));
    it.phone.client.get(&enrollment).refused(404, "not_found");
    for change in it.phone.pull_all(1000) {
        assert_eq!((&change["op"], &change["data"]), (&json!("delete"), &Value::Null), "{change}");
        if change["entity"] == "card" {
            let card = format!("/api/v1/cards/{}", change["id"].as_str().unwrap());
            it.supervisor.get(&card).expect(200);
            it.phone.client.get(&card).refused(404, "not_found");
        }
    }
    // She still counts, and nobody enrolls her twice.
    assert_eq!(it.phone.send("voluntary", &voluntary(1))["status"], "duplicate");
    assert_eq!(told(&it.phone, &id)["op"], "delete");
    let dossier = ask(&it.supervisor, &id, "dossier").expect(200);
    assert_eq!(dossier["restricted_since"], rest["restricted_since"]);
    assert_eq!(found(&it.supervisor, 1).as_ref(), Some(&id));
    let ended = ask(&it.supervisor, &id, "unrestrict").expect(200);
    assert_eq!(ended["restricted_since"], Value::Null);
    assert_eq!(told(&it.phone, &id)["op"], "put");
    it.phone.client.get(&enrollment).expect(200);
    assert!(it.phone.pull_all(1000).iter().all(|change| change["op"] == "put"));
    assert_eq!(found(&it.phone.client, 1), Some(id));
    it.app.assert_books();
}

fn rest_follows_a_merge(backend: Backend) {
    let mut it = an_office(backend);
    it.phone.send("voluntary", &voluntary(1));
    it.phone.send("household", &household(2, 1));
    let [one, two] = [1, 2].map(|number| found(&it.supervisor, number).unwrap());
    ask(&it.supervisor, &one, "restrict").expect(200);
    let merge = format!("/api/v1/persons/{one}/merge");
    it.supervisor.post(&merge, &json!({ "into": two })).expect(200);
    assert_eq!(found(&it.phone.client, 2), None);
    ask(&it.supervisor, &one, "unrestrict").expect(200);
    assert_eq!(found(&it.phone.client, 1), Some(two.clone()));
    // What ended while they were one does not come back, and what began holds for both.
    let part = format!("/api/v1/persons/{one}/unmerge");
    it.supervisor.post(&part, &json!({})).expect(200);
    assert_eq!(found(&it.phone.client, 1), Some(one.clone()));
    it.supervisor.post(&merge, &json!({ "into": two })).expect(200);
    ask(&it.supervisor, &one, "restrict").expect(200);
    it.supervisor.post(&part, &json!({})).expect(200);
    assert_eq!([1, 2].map(|number| found(&it.phone.client, number)), [None, None]);
}

fn consent_outlives_the_body(backend: Backend) {
    let mut it = an_office(backend);
    let mut body = voluntary(1);
    body["consent"] = json!({ "version": "  ", "at": "2026-11-22T08:30:00+07:00" });
    let refused = it.phone.send("voluntary", &body);
    assert_eq!(refused["fields"][0]["path"], "/body/consent/version");
    body["consent"]["version"] = json!("2026-01");
    let nonsense = ["-5000-01-01T00:00:00Z", "+12000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"];
    for nonsense in nonsense {
        body["consent"]["at"] = json!(nonsense);
        let refused = it.phone.send("voluntary", &body);
        assert_eq!(refused["fields"][0]["path"], "/body/consent/at", "{nonsense}: {refused}");
    }
    body["consent"]["at"] = json!("2026-11-22T08:30:00+07:00");
    assert_eq!(it.phone.send("voluntary", &body)["status"], "accepted");
    let id = found(&it.supervisor, 1).unwrap();
    let record = |it: &Office| {
        let told = ask(&it.supervisor, &id, "dossier").expect(200);
        told["records"][0].clone()
    };
    let before = record(&it);
    assert_eq!(before["consent"]["version"], "2026-01");
    assert_eq!(before["said"]["person"]["full_name"], person(1)["full_name"]);
    let at = before["consent"]["at"].as_str().unwrap();
    let agreed = "2026-11-22T01:30:00Z".parse::<DateTime<Utc>>().unwrap();
    assert_eq!(DateTime::parse_from_rfc3339(at).unwrap(), agreed);
    assert_eq!(let_go(&it.app, 61), 2 + nonsense.len());
    let after = record(&it);
    assert_eq!(after["consent"], before["consent"]);
    assert_eq!(after["said"], Value::Null);
}

/// As a database that is older than the columns has it.
fn consent_that_only_the_body_knows_outlives_it(backend: Backend) {
    let mut it = an_office(backend);
    it.phone.send("voluntary", &voluntary(1));
    it.phone.send("household", &household(2, 2));
    let mut without = voluntary(4);
    without["consent"] = Value::Null;
    it.phone.send("voluntary", &without);
    let ids = [1, 2, 3, 4].map(|number| found(&it.supervisor, number).unwrap());
    let consents = || {
        let consent = |id: &String| {
            let told = ask(&it.supervisor, id, "dossier").expect(200);
            told["records"][0]["consent"].clone()
        };
        ids.each_ref().map(consent)
    };
    let known = consents();
    assert_eq!(known[0]["version"], "1");
    assert_eq!([&known[1], &known[2]], [&known[0]; 2]);
    assert_eq!(known[3], Value::Null);
    tamper(&it.app, "UPDATE enrollments SET consent_version = NULL, consent_at = NULL");
    assert_eq!(consents(), known);
    assert_eq!(let_go(&it.app, 61), 3);
    assert_eq!(consents(), known);
}

const KEEP: Keep = Keep { used: 60, unused: 24 };

/// Lets go what has been kept long enough when so many months have passed.
fn let_go(app: &TestApp, months: u32) -> usize {
    let then = clock::now() + Months::new(months);
    let bodies = |due: retention::Due| due.bodies.iter().map(|(_, count)| *count).sum::<i64>();
    let due = retention::due(&app.store, KEEP, then).unwrap();
    let gone = retention::let_bodies_go(&app.store, KEEP, then, |_| {}).unwrap();
    assert_eq!(bodies(due), i64::try_from(gone).unwrap());
    let left = retention::due(&app.store, KEEP, then).unwrap();
    assert_eq!(bodies(left), 0);
    gone
}

fn a_body_goes_and_its_answer_stays(backend: Backend) {
    let mut it = an_office(backend);
    let mut wrong = voluntary(2);
    wrong["amount_collected"] = json!(1);
    let mut sent = vec![
        it.phone.capture("voluntary", &voluntary(1)),
        it.phone.capture("household", &household(3, 2)),
        it.phone.capture("voluntary", &voluntary(1)),
        it.phone.capture("voluntary", &wrong),
    ];
    // An app may make its ids without a time.
    sent[2]["id"] = json!("6f1d0f0e-0000-4000-8000-000000000002");
    let first = it.phone.push(&sent).expect(200)["results"].clone();
    let status = |i: usize| first[i]["status"].as_str().unwrap().to_owned();
    assert_eq!([0, 1, 2, 3].map(status), ["accepted", "accepted", "duplicate", "rejected"]);
    assert_eq!(let_go(&it.app, 23), 0);
    assert_eq!(let_go(&it.app, 25), 1);
    assert_eq!(let_go(&it.app, 61), 3);
    let told = |answers: &Value, i: usize| {
        let mut told = answers[i].clone();
        told.as_object_mut().unwrap().remove("replayed");
        told
    };
    // The same, with its keys in another order: what was answered is answered.
    for record in &mut sent {
        let body = record["body"].take();
        let backwards = body.as_object().unwrap().iter().rev();
        record["body"] = backwards.map(|(key, it)| (key.clone(), it.clone())).collect();
        record["body"]["later"] = Value::Null;
    }
    let again = it.phone.push(&sent).expect(200)["results"].clone();
    (0..4).for_each(|i| assert_eq!(told(&again, i), told(&first, i)));
    // Another content is another content.
    sent[0]["body"]["amount_collected"] = json!(2);
    let other = it.phone.push(&sent[..1]).expect(200);
    assert_eq!(other["results"][0]["code"], "content_changed");
    // What was wrong can still be set right.
    let id: Id = sent[3]["id"].as_str().unwrap().parse().unwrap();
    let right = it.phone.capture_rev(id, 2, "voluntary", &voluntary(2));
    assert_eq!(it.phone.push(&[right]).expect(200)["results"][0]["status"], "accepted");
    // A void asks about nothing that nobody could answer.
    let void = format!("/api/v1/records/{}/void", sent[0]["id"].as_str().unwrap());
    it.supervisor.post(&void, &json!({ "reason": "nhầm" })).expect(200);
    reviews::none_open(&it.admin);
    it.app.assert_books();
}

fn what_waits_is_kept(backend: Backend) {
    let mut it = an_office(backend);
    it.phone.send("voluntary", &voluntary(1));
    let mut other = voluntary(1);
    other["person"]["full_name"] = json!("Trần Văn Khác");
    assert_eq!(it.phone.send("voluntary", &other)["status"], "review");
    assert_eq!(let_go(&it.app, 100), 1);
    let review = reviews::open(&it.admin);
    reviews::resolve(&it.admin, &review, "reject");
    let then = clock::now() + Months::new(25);
    let due = retention::due(&it.app.store, KEEP, then).unwrap();
    assert!(due.bodies.contains(&(RecordState::Rejected, 1)), "{due:?}");
    it.app.assert_books();
}

fn ended_sessions_go(backend: Backend) {
    let it = an_office(backend);
    let after = |days| {
        let then = clock::now() + TimeDelta::days(days);
        retention::let_sessions_go(&it.app.store, then).unwrap()
    };
    assert_eq!(after(89), 0);
    it.phone.client.get("/api/v1/me").expect(200);
    assert_eq!(after(400), 3);
    it.phone.client.get("/api/v1/me").refused(401, "unauthenticated");
}
