//! `/api/v1/sync/…`

use std::io::Write;

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;
use dai_ly_thu::policy::Rules;

use crate::app::{Phone, TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::{batch, household, record, void, voluntary};

both!(
    a_batch_is_decided_and_replayed,
    the_feed_has_everything_once,
    another_group_sees_the_duplicate_only,
    a_pull_rides_on_a_push,
    packed_bodies,
    records_are_looked_up,
    the_envelope_is_the_phones_own,
    wrong_clocks_are_repaired,
    cursors_of_others_are_reset,
    a_poisoned_record_harms_nobody,
    replay_ignores_the_spelling_of_json,
    config_tells_the_limits,
    a_supervisor_withdraws,
);

fn start(backend: Backend) -> (TestApp, Phone) {
    let app = TestApp::start(backend);
    let group_id = group(&app.admin(), "Nhóm 1", None);
    let phone = app.phone(Role::Agent, group_id);
    (app, phone)
}

fn a_batch_is_decided_and_replayed(backend: Backend) {
    let (app, mut phone) = start(backend);
    let records = [
        phone.capture("voluntary", &voluntary(1)),
        phone.capture("household", &household(2, 3)),
        phone.capture("voluntary", &voluntary(1)),
    ];
    let first = phone.push(&records).expect(200);
    let status = |i: usize| first["results"][i]["status"].clone();
    assert_eq!([status(0), status(1), status(2)], ["accepted", "accepted", "duplicate"]);
    assert_eq!(first["results"][1]["enrollments"].as_array().unwrap().len(), 3);
    assert_eq!(
        first["installation"],
        json!({ "contiguous_seq": 3, "missing_seq": [], "order": null })
    );
    assert_eq!(first["limits"]["records"], 500);
    assert!(first["clock_skew_ms"].as_i64().unwrap().abs() < 60_000);

    let mut again = phone.push(&records).expect(200);
    for result in again["results"].as_array_mut().unwrap() {
        assert_eq!(result["replayed"], true);
        result["replayed"] = json!(false);
    }
    assert_eq!(again["results"], first["results"]);
    assert_eq!(again["epoch"], first["epoch"]);
    app.assert_books();
}

fn the_feed_has_everything_once(backend: Backend) {
    let (_app, mut phone) = start(backend);
    let records: Vec<Value> =
        (0..8).map(|n| phone.capture("household", &household(n * 10, 3))).collect();
    let answer = phone.push(&records).expect(200);
    assert!(answer["results"].as_array().unwrap().iter().all(|it| it["status"] == "accepted"));
    let all = phone.pull_all(1000);
    let of = |entity: &str| all.iter().filter(|change| change["entity"] == entity).count();
    assert_eq!([of("enrollment"), of("card"), of("person"), of("household")], [24, 24, 24, 8]);
    assert!(all.iter().all(|change| change["data"]["id"] == change["id"]));
    let ids =
        |changes: &[Value]| -> Vec<Value> { changes.iter().map(|it| it["id"].clone()).collect() };
    assert_eq!(ids(&phone.pull_all(7)), ids(&all));

    // An entity that changed comes once, in its newest state, behind the cursor.
    let page = phone.client.get("/api/v1/sync/changes").expect(200);
    let cursor = page["cursor"].as_str().unwrap().to_owned();
    let voided = answer["results"][0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(phone.send("void", &void(voided))["status"], "accepted");
    let news = phone.client.get(&format!("/api/v1/sync/changes?cursor={cursor}")).expect(200);
    let news = news["changes"].as_array().unwrap();
    assert_eq!(news.len(), 6);
    assert!(
        news.iter().all(|it| it["data"]["status"] == "voided" || it["data"]["state"] == "voided")
    );
    assert_eq!(phone.pull_all(1000).len(), all.len());
}

fn another_group_sees_the_duplicate_only(backend: Backend) {
    let (app, mut one) = start(backend);
    let mut two = app.phone(Role::Agent, group(&app.admin(), "Nhóm 2", None));
    one.send("voluntary", &voluntary(1));
    let result = two.send("voluntary", &voluntary(1));
    assert_eq!(result["status"], "duplicate");
    let entry = &result["enrollments"][0];
    assert_eq!(entry["duplicate_of"]["group_name"], "Nhóm 1");
    assert!(
        entry["person_id"].is_null() && entry["card"].is_null() && entry["bhxh_code"].is_null()
    );
    assert_eq!(two.pull_all(1000).len(), 0);

    // Its void of the other's record is refused, and a copy of the record is, too.
    let copied = one.capture("voluntary", &voluntary(2));
    one.push(std::slice::from_ref(&copied)).expect(200);
    let answer = two.push(&[copied]).expect(200);
    assert_eq!(answer["results"][0]["code"], "forbidden");
    assert_eq!(answer["results"][0]["enrollments"], json!([]));
}

fn a_pull_rides_on_a_push(backend: Backend) {
    let (_app, mut phone) = start(backend);
    let page = phone.client.get("/api/v1/sync/changes").expect(200);
    let records = [phone.capture("voluntary", &voluntary(1))];
    let mut body = batch(phone.installation_id, clock::now(), &records);
    body["cursor"] = page["cursor"].clone();
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    let answer = phone.client.put(&path, &body).expect(200);
    let entities: Vec<&str> = answer["changes"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["entity"].as_str().unwrap())
        .collect();
    assert_eq!(entities, ["person", "enrollment", "card"]);
}

fn packed_bodies(backend: Backend) {
    let (_app, mut phone) = start(backend);
    let records = [phone.capture("voluntary", &voluntary(1))];
    let plain = batch(phone.installation_id, clock::now(), &records).to_string().into_bytes();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&plain).unwrap();
    let packed =
        [("gzip", gzip.finish().unwrap()), ("zstd", zstd::encode_all(&*plain, 3).unwrap())];
    for (encoding, body) in packed {
        let path = format!("/api/v1/sync/batches/{}", clock::new_id());
        let headers = [("content-type", "application/json"), ("content-encoding", encoding)];
        let answer = phone.client.request("PUT", &path, &headers, Some(&body)).expect(200);
        assert_eq!(answer["results"][0]["status"], "accepted");
    }
}

fn records_are_looked_up(backend: Backend) {
    let (app, mut phone) = start(backend);
    let first = phone.send("voluntary", &voluntary(1));
    let second = phone.send("voluntary", &voluntary(1));
    let unknown = clock::new_id();
    let ids =
        [&second["id"], &json!(unknown), &first["id"]].map(|id| id.as_str().unwrap().to_owned());
    let found =
        phone.client.get(&format!("/api/v1/sync/records?ids={}", ids.join(","))).expect(200);
    let found = found["results"].as_array().unwrap();
    assert_eq!(found[0]["current"]["status"], "duplicate");
    assert_eq!(found[1]["found"], false);
    assert_eq!(found[2]["current"]["enrollment_ids"][0], first["enrollments"][0]["id"]);
    assert_eq!(found[2]["outcome"]["enrollments"], first["enrollments"]);

    // A replaced phone asks for what the old one sent.
    let new = app.phone_of(phone.user_id);
    let path = format!("/api/v1/sync/records?installation_id={}&from_seq=2", phone.installation_id);
    let found = new.client.get(&path).expect(200);
    assert_eq!(found["results"].as_array().unwrap().len(), 1);
    assert_eq!(found["results"][0]["id"], second["id"]);

    // Others' records are not found.
    let stranger = app.phone(Role::Agent, group(&app.admin(), "Nhóm 2", None));
    let path = format!("/api/v1/sync/records?ids={}", ids[0]);
    assert_eq!(stranger.client.get(&path).expect(200)["results"][0]["found"], false);
    phone.client.get("/api/v1/sync/records").refused(400, "malformed");
}

fn the_envelope_is_the_phones_own(backend: Backend) {
    let (app, mut phone) = start(backend);
    let records = [phone.capture("voluntary", &voluntary(1))];
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    let good = batch(phone.installation_id, clock::now(), &records);
    let refused = |change: &dyn Fn(&mut Value), status, code| {
        let mut body = good.clone();
        change(&mut body);
        phone.client.put(&path, &body).refused(status, code);
    };
    refused(&|body| body["installation_id"] = json!(clock::new_id()), 403, "installation_mismatch");
    refused(&|body| body["agent_id"] = json!(phone.user_id), 403, "agent_not_allowed");
    refused(&|body| body["protocol"] = json!(2), 426, "protocol_unknown");
    refused(&|body| body["pending_total"] = json!(-1), 400, "malformed");
    refused(&|body| body["pending_total"] = json!(i64::MAX), 400, "malformed");
    refused(&|body| body["sent_at"] = json!("-200000-01-01T00:00:00Z"), 400, "malformed");
    refused(&|body| drop(body.as_object_mut().unwrap().remove("records")), 400, "malformed");
    let (browser, _) = app.browser(Role::Agent, Some(group(&app.admin(), "Nhóm 3", None)), None);
    browser.put(&path, &good).refused(403, "installation_required");
    assert_eq!(phone.pull_all(10).len(), 0);
}

fn wrong_clocks_are_repaired(backend: Backend) {
    let (app, phone) = start(backend);
    let ahead = chrono::TimeDelta::days(3);
    let now = clock::now();
    let today = dai_ly_thu::domain::vn_day(now);
    let line = Rules::embedded().poverty_line(today).unwrap().value.0;
    let mut body = voluntary(1);
    body["from_month"] = json!(today.format("%Y-%m").to_string());
    body["income"] = json!(line);
    // 22 % of it, less the 20 % that the State gives to everybody.
    body["amount_collected"] = json!(line * 22 / 100 * 80 / 100);
    // Both the phone's clock and the day it wrote down are three days ahead.
    body["paid_on"] = json!(today + ahead);
    let captured = record(clock::new_id(), 1, 1, "voluntary", now + ahead, &body);
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    let sent = batch(phone.installation_id, now + ahead, &[captured]);
    let answer = phone.client.put(&path, &sent).expect(200);
    assert_eq!(answer["results"][0]["status"], "accepted", "{answer:#}");
    assert_eq!(answer["results"][0]["flags"], json!(["clock"]));
    assert!((answer["clock_skew_ms"].as_i64().unwrap() + ahead.num_milliseconds()).abs() < 60_000);
    let feed = phone.pull_all(100);
    let enrollment = feed.iter().find(|change| change["entity"] == "enrollment").unwrap();
    assert_eq!(enrollment["data"]["paid_on"], json!(today));
    assert_eq!(enrollment["data"]["counted_on"], json!(today));
    app.assert_books();
}

fn cursors_of_others_are_reset(backend: Backend) {
    let (app, mut phone) = start(backend);
    phone.send("voluntary", &voluntary(1));
    let stranger = app.phone(Role::Agent, group(&app.admin(), "Nhóm 2", None));
    let page = phone.client.get("/api/v1/sync/changes").expect(200);
    let path = format!("/api/v1/sync/changes?cursor={}", page["cursor"].as_str().unwrap());
    stranger.client.get(&path).refused(410, "cursor_reset");
    stranger.client.get("/api/v1/sync/changes?cursor=khong-phai").refused(410, "cursor_reset");
    assert_eq!(phone.client.get(&path).expect(200)["changes"], json!([]));
}

fn a_poisoned_record_harms_nobody(backend: Backend) {
    let (app, mut phone) = start(backend);
    let mut records: Vec<Value> =
        (0..99).map(|n| phone.capture("voluntary", &voluntary(n))).collect();
    let mut poison = phone.capture("voluntary", &voluntary(500));
    poison["body"]["person"] = json!([1, 2, 3]);
    records.insert(50, poison.clone());
    let mut headless = phone.capture("voluntary", &voluntary(501));
    headless["seq"] = json!("một");
    records.push(headless);
    let mut unknown = phone.capture("voluntary", &voluntary(502));
    unknown["kind"] = json!("pension");
    records.push(unknown);
    let answer = phone.push(&records).expect(200);
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.iter().filter(|it| it["status"] == "accepted").count(), 99);
    assert_eq!(
        (&results[50]["status"], &results[50]["code"]),
        (&json!("rejected"), &json!("malformed"))
    );
    assert_eq!(results[50]["fields"][0]["path"], "/body/person/0");
    assert_eq!(
        (&results[100]["code"], &results[100]["id"]),
        (&json!("malformed"), &records[100]["id"])
    );
    assert_eq!(
        (&results[101]["status"], &results[101]["code"]),
        (&json!("deferred"), &json!("unsupported_kind"))
    );
    assert_eq!(phone.push(&[poison]).expect(200)["results"][0]["replayed"], true);
    app.assert_books();
}

fn replay_ignores_the_spelling_of_json(backend: Backend) {
    let (_app, mut phone) = start(backend);
    let mut sent = phone.capture("voluntary", &voluntary(1));
    phone.push(&[sent.clone()]).expect(200);
    // Null and absent are one; letters may be composed or not.
    sent["body"].as_object_mut().unwrap().remove("receipt");
    let name = sent["body"]["person"]["full_name"].as_str().unwrap();
    let decomposed: String = unicode_normalization::UnicodeNormalization::nfd(name).collect();
    sent["body"]["person"]["full_name"] = json!(decomposed);
    assert_eq!(phone.push(&[sent.clone()]).expect(200)["results"][0]["replayed"], true);
    sent["body"]["income"] = json!(1_550_000);
    let result = &phone.push(&[sent]).expect(200)["results"][0];
    assert_eq!(
        (&result["status"], &result["code"]),
        (&json!("rejected"), &json!("content_changed"))
    );
}

fn config_tells_the_limits(backend: Backend) {
    let (_app, phone) = start(backend);
    let config = phone.client.get("/api/v1/sync/config").expect(200);
    assert_eq!(config["limits"]["bytes"], 4_194_304);
    assert_eq!(config["protocols"], json!([1]));
}

fn a_supervisor_withdraws(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office = crate::app::office(&admin, "BHXH Bố Trạch", None);
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", Some(office)));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(office));
    let elsewhere = crate::app::office(&admin, "BHXH Lệ Thủy", None);
    let (stranger, _) = app.browser(Role::Supervisor, None, Some(elsewhere));
    let sent = phone.send("voluntary", &voluntary(1));
    let path = format!("/api/v1/records/{}/void", sent["id"].as_str().unwrap());
    let why = json!({ "reason": "người dân đổi ý" });
    stranger.post(&path, &why).refused(404, "not_found");
    supervisor.post(&path, &json!({})).refused(422, "invalid");
    assert_eq!(supervisor.post(&path, &why).expect(200)["status"], "accepted");
    supervisor.post(&path, &why).refused(409, "already_void");
    let card = sent["enrollments"][0]["card"]["id"].as_str().unwrap();
    let card = supervisor.get(&format!("/api/v1/cards/{card}")).expect(200);
    assert_eq!(card["state"], "voided");
    let enrollment = sent["enrollments"][0]["id"].as_str().unwrap();
    stranger.get(&format!("/api/v1/enrollments/{enrollment}")).refused(404, "not_found");
    let list = supervisor.get("/api/v1/enrollments?status=voided").expect(200);
    assert_eq!(list["items"][0]["id"], enrollment);
    app.assert_books();
}
