//! Lists of residents that are brought, and phones on which VssID was installed.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use dai_ly_thu::domain::Role;
use dai_ly_thu::store::{Location, migrate};

use crate::app::{Client, Phone, group, id, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{COMMUNE, voluntary};
use crate::worklists::{huyen, items, names, told, visit};

both!(
    each_phone_has_the_app_once,
    what_is_counted_since_when,
    visits_are_of_our_time,
    two_who_are_one_have_one_phone,
    residents_are_brought,
    villages_whose_names_differ_by_a_mark,
);

fn each_phone_has_the_app_once(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..4);
    let list = it.due();
    it.give(&list, it.group_id);
    let found = items(&it.supervisor, &list, "");
    let target = json!({ "holder": { "kind": "group", "id": it.group_id.to_string() }, "measure": "vssid",
                         "from": "2026-11-01", "to": "2026-11-30", "people": 4 });
    it.supervisor.post("/api/v1/targets", &target).expect(201);
    let app = |of: &Value| {
        let mut body = visit(of, "met");
        body["vssid"] = json!(true);
        body
    };
    let first = it.phone.send("visit", &app(&found[0]));
    // The same person again, and by her id alone.
    let again = it.phone.send("visit", &app(&found[0]));
    let mut known = app(&json!({ "id": null }));
    known["person_id"] = found[0]["person_id"].clone();
    it.phone.send("visit", &known);
    it.phone.send("visit", &visit(&found[2], "met"));
    let counted = |by: &str, to: &str| {
        let path = format!("/api/v1/vssid?from=2026-11-01&to={to}&by={by}");
        it.supervisor.get(&path).expect(200)
    };
    let table = counted("group", "2026-11-22");
    assert_eq!(table["installs"], 1);
    let row = &table["rows"][0];
    assert_eq!((&row["name"], &row["installs"]), (&json!("Nhóm 1"), &json!(1)));
    assert_eq!((&row["target"], &row["percent"]), (&json!(4), &json!(25.0)));
    assert_eq!(row["behind"], true);
    for (by, key) in
        [("area", json!(COMMUNE)), ("agent", json!(it.phone.user_id)), ("week", json!("2026-W47"))]
    {
        let table = counted(by, "2026-11-22");
        assert_eq!(table["rows"].as_array().unwrap().len(), 1, "{by}");
        assert_eq!((&table["rows"][0]["key"], &table["rows"][0]["installs"]), (&key, &json!(1)));
    }
    assert_eq!(counted("group", "2026-11-21")["installs"], 0);
    // What is taken back counts by the next one that stands, and not at all without one.
    let send = |phone: &mut Phone, body: &Value, kind: &str| {
        let sent = phone.send(kind, body);
        assert_eq!(sent["status"], "accepted", "{sent:#}");
    };
    let table =
        |client: &Client| client.get("/api/v1/vssid?from=2026-11-01&to=2026-11-22").expect(200);
    send(&mut it.phone, &json!({ "record_id": first["id"], "reason": "nhầm" }), "void");
    assert_eq!(table(&it.supervisor)["installs"], 1);
    send(&mut it.phone, &app(&found[1]), "visit");
    send(&mut it.phone, &app(&json!({ "id": null })), "visit");
    let now = table(&it.supervisor);
    assert_eq!((&now["installs"], &now["rows"][0]["behind"]), (&json!(3), &json!(false)));
    send(&mut it.phone, &json!({ "record_id": again["id"], "reason": "nhầm" }), "void");
    assert_eq!(table(&it.supervisor)["installs"], 3);
    let mate = it.app.phone(Role::Agent, it.group_id);
    assert_eq!(table(&mate.client)["installs"], 0);
    // What one agent brought is not held against the group's plan.
    for agent in [&mate, &it.phone] {
        let row = table(&agent.client)["rows"][0].take();
        assert_eq!((&row["target"], &row["percent"]), (&Value::Null, &Value::Null));
        assert_eq!(row["behind"], false);
    }
    assert_eq!(table(&it.app.phone(Role::Leader, it.group_id).client)["rows"][0]["target"], 4);
    it.app.assert_books();
}

/// What was asked for, and of a target what came since its first day.
fn what_is_counted_since_when(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..4);
    let list = it.due();
    it.give(&list, it.group_id);
    let other_group = group(&it.admin, "Nhóm 2", Some(it.office_id));
    let mut mate = it.app.phone(Role::Agent, other_group);
    for (from, holder) in [("2026-11-16", it.group_id), ("2026-11-20", other_group)] {
        let target = json!({ "holder": { "kind": "group", "id": holder.to_string() }, "measure": "vssid",
                             "from": from, "to": "2026-12-31", "people": 4 });
        it.supervisor.post("/api/v1/targets", &target).expect(201);
    }
    let found = items(&it.supervisor, &list, "");
    for (at, on) in [(0, "2026-11-15"), (1, "2026-11-16"), (2, "2026-11-22")] {
        let mut body = visit(&found[at], "met");
        body["visited_on"] = json!(on);
        body["vssid"] = json!(true);
        assert_eq!(it.phone.send("visit", &body)["status"], "accepted");
    }
    for on in ["2026-11-19", "2026-11-21"] {
        let mut body = visit(&json!({ "id": null }), "met");
        body["visited_on"] = json!(on);
        body["vssid"] = json!(true);
        body["area_code"] = json!(COMMUNE);
        assert_eq!(mate.send("visit", &body)["status"], "accepted");
    }
    let counted = |client: &Client, by: &str, from: &str| {
        let path = format!("/api/v1/vssid?from={from}&to=2026-11-22&by={by}");
        let table = client.get(&path).expect(200);
        let rows = table["rows"].as_array().unwrap().iter();
        let row =
            |row: &Value| (row["name"].clone(), row["installs"].clone(), row["percent"].clone());
        (table["installs"].clone(), rows.map(row).collect::<Vec<_>>())
    };
    let (all, mut rows) = counted(&it.supervisor, "group", "2026-11-18");
    rows.sort_by_key(|(name, ..)| name.to_string());
    assert_eq!(all, 3);
    assert_eq!(rows[0], (json!("Nhóm 1"), json!(1), json!(50.0)));
    assert_eq!(rows[1], (json!("Nhóm 2"), json!(2), json!(25.0)));
    let (all, rows) = counted(&it.supervisor, "week", "2026-11-01");
    assert_eq!((all, rows.len()), (json!(5), 2));
    assert_eq!([&rows[0].1, &rows[1].1], [&json!(1), &json!(4)]);
    let (_, rows) = counted(&it.supervisor, "area", "2026-11-01");
    assert_eq!((rows.len(), &rows[0].1), (1, &json!(5)));
    let (all, rows) = counted(&mate.client, "agent", "2026-11-01");
    assert_eq!((all, rows.len()), (json!(2), 1));
}

fn visits_are_of_our_time(backend: Backend) {
    let mut it = huyen(backend);
    let send = |phone: &mut Phone, on: &str, until: Option<&str>| {
        let mut body =
            visit(&json!({ "id": null }), if until.is_some() { "promised" } else { "met" });
        body["visited_on"] = json!(on);
        body["until"] = json!(until);
        phone.send("visit", &body)
    };
    assert_eq!(send(&mut it.phone, "2000-01-01", None)["status"], "accepted");
    for (on, until, path) in [
        ("1999-12-31", None, "/body/visited_on"),
        ("2026-11-22", Some("2101-01-01"), "/body/until"),
    ] {
        let answer = send(&mut it.phone, on, until);
        assert_eq!(answer["status"], "rejected", "{answer:#}");
        let field = &answer["fields"][0];
        assert_eq!((&field["path"], &field["code"]), (&json!(path), &json!("out_of_range")));
    }
}

fn two_who_are_one_have_one_phone(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    assert_eq!(it.phone.send("voluntary", &later)["status"], "accepted");
    let person = |number: u32| {
        let body = json!({ "code": voluntary(number)["person"]["bhxh_code"] });
        let found = it.supervisor.post("/api/v1/persons/lookup", &body).expect(200);
        found["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (person(1), person(2));
    // The first person's is the earlier one, by the phone of another group.
    let group_id = group(&it.admin, "Nhóm 2", Some(it.office_id));
    let mut mate = it.app.phone(Role::Agent, group_id);
    let app = |phone: &mut Phone, person: &str, on: &str| {
        let mut body = visit(&json!({ "id": null }), "met");
        body["person_id"] = json!(person);
        body["visited_on"] = json!(on);
        body["vssid"] = json!(true);
        let sent = phone.send("visit", &body);
        assert_eq!(sent["status"], "accepted", "{sent:#}");
        sent
    };
    let first = app(&mut mate, &one, "2026-11-20");
    app(&mut it.phone, &other, "2026-11-21");
    let counted = || {
        let path = "/api/v1/vssid?from=2026-11-01&to=2026-11-22";
        let table = it.supervisor.get(path).expect(200);
        let rows = table["rows"].as_array().unwrap();
        let of =
            |name: &str| rows.iter().find(|row| row["name"] == name).unwrap()["installs"].as_i64();
        ["Nhóm 1", "Nhóm 2"].map(|name| of(name).unwrap())
    };
    assert_eq!(counted(), [1, 1]);
    let merge = format!("/api/v1/persons/{one}/merge");
    let merge = || it.supervisor.post(&merge, &json!({ "into": other })).expect(200);
    let unmerge = format!("/api/v1/persons/{one}/unmerge");
    merge();
    assert_eq!(counted(), [0, 1]);
    // An older server counted both; its tables are mended when they are brought up to date.
    let location = Location::parse(&it.app.url).unwrap();
    let mut conn = location.connect().unwrap();
    conn.batch_execute(AS_IT_WAS).unwrap();
    drop(conn);
    assert_eq!(counted(), [1, 1]);
    migrate::run(&location).unwrap();
    assert_eq!(counted(), [0, 1]);
    // Two again, each has what was hers; one again, and the first visit is taken back.
    it.supervisor.post(&unmerge, &json!({})).expect(200);
    assert_eq!(counted(), [1, 1]);
    merge();
    let void = json!({ "record_id": first["id"], "reason": "nhầm" });
    assert_eq!(mate.send("void", &void)["status"], "accepted");
    assert_eq!(counted(), [1, 0]);
    app(&mut mate, &one, "2026-11-19");
    assert_eq!(counted(), [0, 1]);
    it.supervisor.post(&unmerge, &json!({})).expect(200);
    // What came since stays with who remained.
    assert_eq!(counted(), [0, 1]);
    it.app.assert_books();
}

const AS_IT_WAS: &str = "
    DELETE FROM vssid_installs;
    INSERT INTO vssid_installs (who, record_id, installed_on, group_id, agent_id, area_code)
        SELECT who, record_id, visited_on, group_id, agent_id, area_code FROM visits;
    DELETE FROM __diesel_schema_migrations WHERE version LIKE '%13';";

const RESIDENTS: &str = "\u{feff}Họ và tên;Ngày sinh;Giới tính;Mã xã;Địa chỉ;Mã số BHXH\n\
    Trần Văn Một;1970;Nam;19141;thôn 1;\n\
    Trần Thị Hai;05/03/1988;nữ;19141;thôn 2;\n";

pub fn bring(client: &Client, list: &Value, file: &str) -> crate::app::Answered {
    let path = format!("/api/v1/imports/worklist?worklist_id={}", id(list));
    client.request("POST", &path, &[("content-type", "text/csv")], Some(file.as_bytes()))
}

fn residents_are_brought(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.made("never_joined", "voluntary", "2026-11-22");
    assert_eq!(list["items"], 0);
    // Who is insured is left out, known by her code.
    let insured = "Ai Cũng Được;1990;nữ;19141;thôn 3;4400000001\n";
    let file = format!("{RESIDENTS}{insured}");
    let report = bring(&it.supervisor, &list, &file).expect(200);
    assert_eq!((&report["written"], &report["bad"]), (&json!(2), &json!(0)), "{report:#}");
    assert_eq!(report["skipped"][0]["code"], "insured_already");
    assert_eq!(report["skipped"][0]["line"], 4);
    let again = bring(&it.supervisor, &list, &file).expect(200);
    assert_eq!((&again["written"], &again["unchanged"]), (&json!(0), &json!(2)));
    let found = items(&it.supervisor, &list, "");
    assert_eq!(names(&found), ["Trần Văn Một", "Trần Thị Hai"]);
    assert!(found.iter().all(|item| item["person_id"].is_null()));
    // Nobody is on two lists, whoever brings them.
    let other = it.made("never_joined", "voluntary", "2026-11-22");
    let report = bring(&it.admin, &other, RESIDENTS).expect(200);
    assert_eq!(report["written"], 0);
    assert_eq!(report["skipped"][1]["code"], "listed_already");
    // Only lists of residents, within reach, and right lines.
    bring(&it.supervisor, &it.due(), RESIDENTS).expect(422);
    let far = office(&it.admin, "Huyện khác", None);
    let (stranger, _) = it.app.browser(Role::Supervisor, None, Some(far));
    bring(&stranger, &list, RESIDENTS).refused(404, "not_found");

    // Who is enrolled is no longer visited: by name, birth and commune.
    it.give(&list, it.group_id);
    let mut body = visit(&found[1], "met");
    body["vssid"] = json!(true);
    assert_eq!(it.phone.send("visit", &body)["status"], "accepted");
    let mut joins = voluntary(50);
    joins["person"]["full_name"] = json!("TRAN THI HAI");
    joins["person"]["birth_date"] = json!("1988-03-05");
    let sent = it.phone.send("voluntary", &joins);
    assert_eq!(sent["status"], "accepted", "{sent:#}");
    let closed = items(&it.supervisor, &list, "state=closed").remove(0);
    assert_eq!((&closed["id"], &closed["state"]), (&found[1]["id"], &json!("enrolled")));
    assert_eq!(closed["person_id"], sent["enrollments"][0]["person_id"]);
    assert_eq!(told(&it.phone, &closed).unwrap()["data"], closed);
    let table = it.supervisor.get("/api/v1/vssid?from=2026-11-01&to=2026-11-22").expect(200);
    assert_eq!(table["installs"], 1);
    it.app.assert_books();
}

/// Thôn Hà is not Thôn Hạ, and of a name without marks, or of two villages, nobody knows which it is.
fn villages_whose_names_differ_by_a_mark(backend: Backend) {
    let it = huyen(backend);
    let [first, second, ..] = ["Thôn Hà", "Thôn Hạ", "Thôn 5", "Thôn 5"].map(|name| {
        let village = json!({ "name": name, "area_code": COMMUNE });
        id(&it.admin.post("/api/v1/villages", &village).expect(201))
    });
    let list = it.made("never_joined", "voluntary", "2026-11-22");
    let lines = |villages: &[&str]| {
        let line = |(at, village)| format!("Trần Văn {at},{},Nam,19141,{village}\n", 1970 + at);
        let lines: String = villages.iter().enumerate().map(line).collect();
        format!("full_name,birth_date,sex,area_code,village\n{lines}")
    };
    let bad = bring(&it.supervisor, &list, &lines(&["Thôn Hà", "THÔN HẠ", "Thon Ha", "Thôn 5"]));
    let report = bad.expect(422);
    assert_eq!((&report["bad"], &report["written"]), (&json!(2), &json!(0)), "{report:#}");
    for (error, line) in report["errors"].as_array().unwrap().iter().zip([4, 5]) {
        assert_eq!((&error["line"], &error["code"]), (&json!(line), &json!("ambiguous")));
    }
    bring(&it.supervisor, &list, &lines(&["Thôn Hà", "THÔN HẠ", &second.to_string()])).expect(200);
    let mut found: Vec<(String, Value)> = items(&it.supervisor, &list, "")
        .iter()
        .map(|item| (item["full_name"].to_string(), item["village_id"].clone()))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let villages: Vec<Value> = found.into_iter().map(|(_, village)| village).collect();
    assert_eq!(villages, [json!(first), json!(second), json!(second)]);
}
