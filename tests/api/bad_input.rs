//! Bad input gets a stable code, nothing is stored by halves, and nothing panics.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;

use crate::app::{Phone, TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::{batch, captured, household, record, voluntary};

both!(bad_envelopes, bad_fields, all_errors_at_once, strange_text, languages);

fn start(backend: Backend) -> (TestApp, Phone) {
    let app = TestApp::start(backend);
    let group_id = group(&app.admin(), "Nhóm 1", None);
    let phone = app.phone(Role::Agent, group_id);
    (app, phone)
}

fn bad_envelopes(backend: Backend) {
    let (app, mut phone) = start(backend);
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    let refused = |body: &[u8], status, code| {
        phone.client.send("PUT", &path, body).refused(status, code);
    };
    refused(b"khong phai JSON", 400, "malformed");
    refused(b"", 400, "malformed");
    refused(b"[]", 400, "malformed");
    refused(&"[".repeat(10_000_000).into_bytes(), 413, "too_large");
    refused(&"[".repeat(4_000_000).into_bytes(), 400, "malformed");
    let good = batch(phone.installation_id, clock::now(), &[]).to_string();
    refused(good.replacen('{', "{\"protocol\":1,", 1).as_bytes(), 400, "malformed");
    refused(good.replacen('{', "{\"x\":1,\"x\":1,", 1).as_bytes(), 400, "malformed");
    let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    let deep = good.replacen('{', &format!("{{\"x\":{deep},"), 1);
    phone.client.send("PUT", &path, deep.as_bytes()).expect(200);

    // A name in Latin-1 is no UTF-8, and then no JSON.
    let mut latin = batch(phone.installation_id, clock::now(), &[json!({ "name": "NAME" })])
        .to_string()
        .into_bytes();
    let at = latin.windows(4).position(|bytes| bytes == b"NAME").unwrap();
    latin[at..at + 4].copy_from_slice(b"H\xe0\xe0\xe0");
    refused(&latin, 400, "malformed");

    let many: Vec<Value> = (0..501).map(|_| json!({})).collect();
    refused(
        batch(phone.installation_id, clock::now(), &many).to_string().as_bytes(),
        413,
        "too_large",
    );
    let many: Vec<Value> = (0..100_001).map(|_| json!(1)).collect();
    refused(
        batch(phone.installation_id, clock::now(), &many).to_string().as_bytes(),
        413,
        "too_large",
    );
    let headers = [("content-type", "text/plain")];
    phone
        .client
        .request("PUT", &path, &headers, Some(b"{}"))
        .refused(415, "unsupported_media_type");
    assert_eq!(phone.client.put("/api/v1/sync/batches/khong-phai-id", &json!({})).status, 404);
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    phone
        .client
        .request("PUT", &path, &headers, Some(b"khong phai gzip"))
        .refused(400, "malformed");

    assert_eq!(phone.pull_all(10).len(), 0);
    assert_eq!(phone.send("voluntary", &voluntary(1))["status"], "accepted");
    app.assert_books();
}

fn bad_fields(backend: Backend) {
    let (_app, mut phone) = start(backend);
    let mut expect = |kind: &str, path: &str, value: Value, code: &str, field: &str| {
        let mut body = if kind == "voluntary" { voluntary(1) } else { household(1, 2) };
        *body.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        let result = phone.send(kind, &body);
        assert_eq!(result["status"], "rejected", "{path}: {result:#}");
        assert_eq!(result["code"], code, "{path}: {result:#}");
        assert_eq!(result["fields"][0]["path"], format!("/body{field}"), "{result:#}");
        assert!(!result["detail"].as_str().unwrap().is_empty());
        result["fields"][0].clone()
    };
    let mut field = |path: &str, value: Value, code: &str| {
        let wrong = expect("voluntary", path, value, "invalid", path);
        assert_eq!(wrong["code"], code, "{path}");
    };
    field("/amount_collected", json!(-264_000), "out_of_range");
    field("/amount_collected", json!(1_i64 << 60), "out_of_range");
    field("/from_month", json!("2026-13"), "out_of_range");
    field("/from_month", json!("12/2026"), "bad_format");
    field("/paid_on", json!("2026-02-30"), "out_of_range");
    field("/person/bhxh_code", json!("123456789"), "bad_format");
    field("/person/personal_id", json!("04408800012x"), "bad_format");
    field("/person/full_name", json!("A\u{0}B"), "control_character");
    field("/person/full_name", json!("\u{200b}"), "required");
    field("/person/full_name", json!("x".repeat(1000)), "too_long");
    field("/person/birth_date", json!("1988-02-30"), "out_of_range");
    field("/person/sex", json!("nữ"), "bad_format");
    field("/method", json!("weekly"), "bad_format");
}

fn all_errors_at_once(backend: Backend) {
    let (app, mut phone) = start(backend);
    let mut body = household(1, 2);
    body["amount_collected"] = json!(-1);
    body["members"][0]["person"]["bhxh_code"] = json!("1");
    body["members"][1]["facility_code"] = json!("x");
    body["members"][1]["person"]["area_code"] = json!("99999");
    let result = phone.send("household", &body);
    assert_eq!(result["code"], "invalid");
    let mut paths: Vec<&str> = result["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].as_str().unwrap())
        .collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/body/amount_collected",
            "/body/members/0/person/bhxh_code",
            "/body/members/1/facility_code",
            "/body/members/1/person/area_code",
        ]
    );
    let mut unknown = voluntary(1);
    unknown["person"]["area_code"] = json!("99999");
    assert_eq!(phone.send("voluntary", &unknown)["code"], "area_unknown");
    let mut nobody = household(1, 1);
    nobody["members"] = json!([]);
    assert_eq!(phone.send("household", &nobody)["fields"][0]["code"], "required");
    let mut twice = household(1, 2);
    twice["members"][1] = twice["members"][0].clone();
    assert_eq!(phone.send("household", &twice)["fields"][0]["code"], "conflict");
    let mut village = voluntary(1);
    village["village_id"] = json!(clock::new_id());
    assert_eq!(phone.send("voluntary", &village)["fields"][0]["path"], "/body/village_id");
    let mut young = voluntary(1);
    young["person"]["birth_date"] = json!("2020-01-02");
    assert_eq!(phone.send("voluntary", &young)["code"], "too_young");
    app.assert_books();
}

fn strange_text(backend: Backend) {
    let (app, mut phone) = start(backend);
    // Zero-width characters are taken out, other spellings of the tone mark are the same name.
    let mut body = voluntary(1);
    body["person"]["full_name"] = json!("Lê\u{200b} Thị\u{a0}Hoà");
    assert_eq!(phone.send("voluntary", &body)["status"], "accepted");
    body["from_month"] = json!("2027-01");
    body["person"]["full_name"] = json!("Lê Thị Hòa");
    let result = phone.send("voluntary", &body);
    assert_eq!(result["status"], "accepted");
    assert!(!result["flags"].as_array().unwrap().contains(&json!("name_spelling")));

    // Duplicate keys are the record's own fault.
    let good = phone.capture("voluntary", &voluntary(2));
    let mut wrong = phone.capture("voluntary", &voluntary(3)).to_string();
    wrong = wrong.replacen("\"months\":null", "\"months\":null,\"months\":12", 1);
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    let body = batch(phone.installation_id, clock::now(), &[good, json!("HERE")]).to_string();
    let answer =
        phone.client.send("PUT", &path, body.replace("\"HERE\"", &wrong).as_bytes()).expect(200);
    assert_eq!(answer["results"][0]["status"], "accepted");
    assert_eq!(answer["results"][1]["code"], "malformed");

    // Times at the ends of the calendar are no reason to fall over.
    for time in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "+262142-12-31T23:59:59Z"] {
        let mut odd = record(clock::new_id(), 1, 900, "voluntary", captured(), &voluntary(4));
        odd["captured_at"] = json!(time);
        let mut body = batch(phone.installation_id, clock::now(), &[odd]);
        phone.client.put(&path, &body).expect(200);
        body["sent_at"] = json!(time);
        assert!(phone.client.put(&path, &body).status < 500);
    }
    app.assert_books();
}

fn languages(backend: Backend) {
    let (app, _phone) = start(backend);
    let nobody = app.nobody();
    let detail = |headers: &[(&str, &str)]| {
        let answer = nobody.request("GET", "/api/v1/me", headers, None);
        answer.refused(401, "unauthenticated");
        answer.body["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        detail(&[]),
        "Chưa đăng nhập, phiên đăng nhập đã hết hạn, hoặc sai tên đăng nhập hay mật khẩu."
    );
    assert!(detail(&[("accept-language", "en")]).is_ascii());
    nobody.get("/api/v1/khong-co").refused(404, "not_found");
    nobody.request("DELETE", "/api/v1/me", &[], None).refused(405, "method_not_allowed");
}
