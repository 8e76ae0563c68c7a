//! `/api/v1/tallies`

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Role, Scheme};
use dai_ly_thu::store::grains::Grain;
use dai_ly_thu::store::schema::tallies;
use dai_ly_thu::store::{Result, StoreError};

use crate::app::{TestApp, group, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{batch, household, void, voluntary};

both!(
    rows_move_with_the_records,
    everybody_sees_his_part,
    a_spoiled_row_is_found,
    targets_of_everybody,
    offices_sum_their_trees,
    an_office_holds_what_the_group_asked_for_holds,
    a_period_before_a_reform_has_the_communes_of_today,
);

/// The table of the year of the tests.
fn tallies(query: &str) -> String {
    format!("/api/v1/tallies?from=2026-01-01&to=2026-12-31&{query}")
}

fn row<'a>(table: &'a Value, name: &str, scheme: Scheme) -> &'a Value {
    table["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == name && row["scheme"] == scheme.as_str())
        .unwrap_or_else(|| panic!("no row {name} {scheme}: {table:#}"))
}

fn rows_move_with_the_records(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    group(&admin, "Nhóm 2", None);
    let mut phone = app.phone(Role::Agent, group_id);
    let target = json!({ "group_id": group_id, "scheme": "household", "from": "2026-01-01",
                         "to": "2026-12-31", "people": 8 });
    admin.post("/api/v1/targets", &target).expect(201);

    phone.send("household", &household(1, 3));
    phone.send("household", &household(1, 3));
    let taken = phone.send("voluntary", &voluntary(1));
    let mut wrong = voluntary(9);
    wrong["amount_collected"] = json!(1);
    phone.send("voluntary", &wrong);

    let table = admin.get(&tallies("by=group")).expect(200);
    let households = row(&table, "Nhóm 1", Scheme::Household);
    let of = |row: &Value, names: &[&str]| -> Vec<Value> {
        names.iter().map(|it| row[*it].clone()).collect()
    };
    assert_eq!(
        of(households, &["accepted", "new", "duplicate", "amount_enrolled", "amount_held"]),
        [json!(3), json!(3), json!(3), json!(3_142_260), json!(3_142_260)]
    );
    assert_eq!(of(households, &["target", "percent", "to_go"]), [json!(8), json!(37.5), json!(5)]);
    let voluntary = row(&table, "Nhóm 1", Scheme::Voluntary);
    assert_eq!(
        of(voluntary, &["accepted", "rejected", "amount_enrolled", "amount_held", "state_support"]),
        [json!(1), json!(1), json!(264_000), json!(1), json!(66_000)]
    );
    assert_eq!(row(&table, "Nhóm 2", Scheme::Voluntary)["accepted"], 0);
    assert_eq!(table["totals"]["accepted"], 4);

    let mut many = batch(phone.installation_id, clock::now(), &[]);
    many["pending_total"] = json!(5);
    many["oldest_pending_at"] = json!("2026-11-20T08:00:00+07:00");
    many["records"] = json!([phone.capture("voluntary", &wrong)]);
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    phone.client.put(&path, &many).expect(200);
    let table = admin.get(&tallies("by=agent")).expect(200);
    assert_eq!(table["rows"][0]["on_phones"], 4);
    assert_eq!(table["rows"][0]["oldest_pending_at"], "2026-11-20T01:00:00Z");

    phone.send("void", &void(taken["id"].as_str().unwrap().parse().unwrap()));
    for by in ["group", "agent", "area", "village", "drive", "organisation", "day", "month"] {
        let table = admin.get(&tallies(&format!("by={by}&scheme=voluntary"))).expect(200);
        assert_eq!(of(&table["totals"], &["accepted", "voided", "rejected"]), [0, 1, 2], "{by}");
    }
    let area = admin.get(&tallies("by=area")).expect(200);
    assert_eq!(row(&area, "Xã Bố Trạch", Scheme::Household)["key"], "19141");
    admin.get("/api/v1/tallies?by=moon&from=2026-13-01").refused(422, "invalid");
    app.assert_books();
}

fn everybody_sees_his_part(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let station = office(&admin, "Điểm", Some(district));
    let one = group(&admin, "Nhóm 1", Some(station));
    let two = group(&admin, "Nhóm 2", None);
    let mut first = app.phone(Role::Agent, one);
    let mut second = app.phone(Role::Agent, one);
    let mut third = app.phone(Role::Agent, two);
    for (i, phone) in [&mut first, &mut second, &mut third].into_iter().enumerate() {
        phone.send("voluntary", &voluntary(u32::try_from(i).unwrap()));
    }
    let accepted = |client: &crate::app::Client| {
        client.get(&tallies("by=group")).expect(200)["totals"]["accepted"].clone()
    };
    assert_eq!(accepted(&admin), 3);
    assert_eq!(accepted(&first.client), 1);
    assert_eq!(accepted(&app.phone(Role::Leader, one).client), 2);
    assert_eq!(accepted(&app.browser(Role::Supervisor, None, Some(district)).0), 2);
    let elsewhere = office(&admin, "Huyện khác", None);
    let (stranger, _) = app.browser(Role::Supervisor, None, Some(elsewhere));
    let table = stranger.get(&tallies(&format!("group_id={one}"))).expect(200);
    assert_eq!((&table["rows"], &table["totals"]["accepted"]), (&json!([]), &json!(0)));
}

fn a_spoiled_row_is_found(backend: Backend) {
    use diesel::prelude::*;

    let app = TestApp::start(backend);
    let mut phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm 1", None));
    phone.send("household", &household(1, 2));
    app.store
        .write(|tx| -> Result<usize> {
            diesel::update(tallies::table.filter(tallies::grain.eq(Grain::Day)))
                .set(tallies::accepted.eq(7))
                .execute(tx)
                .map_err(StoreError::from)
        })
        .unwrap();
    let areas = dai_ly_thu::domain::Areas::embedded();
    let recount = |fix| {
        app.store.write(|tx| dai_ly_thu::tallies::recount::recount(tx, areas, fix)).unwrap().drifts
    };
    let drifts = recount(true);
    assert_eq!(drifts.len(), 1);
    assert_eq!((drifts[0].kept.accepted, drifts[0].counted.accepted), (7, 2));
    assert_eq!(recount(false), vec![]);
}

/// Accepted, target, percent, what is left, and the target's period.
fn progress(table: &Value, name: &str) -> Value {
    let row = row(table, name, Scheme::Voluntary);
    json!([
        row["accepted"],
        row["target"],
        row["percent"],
        row["to_go"],
        row["target_from"],
        row["target_to"]
    ])
}

fn targets_of_everybody(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let one = group(&admin, "Nhóm 1", Some(district));
    let two = group(&admin, "Nhóm 2", Some(district));
    let mut phone = app.phone(Role::Agent, one);
    let mut other = app.phone(Role::Agent, two);
    let village = json!({ "name": "Thôn 1", "area_code": "19141" });
    let village = crate::app::id(&admin.post("/api/v1/villages", &village).expect(201));
    let empty = json!({ "name": "Thôn 2", "area_code": "19141" });
    let empty = crate::app::id(&admin.post("/api/v1/villages", &empty).expect(201));
    let union = json!({ "name": "Hội Phụ nữ", "office_id": district,
                        "member_ids": [phone.user_id, other.user_id] });
    let union = crate::app::id(&admin.post("/api/v1/associations", &union).expect(201));
    let post = crate::app::organisation(&admin, "Bưu điện");
    let plan = |kind: &str, holder: Value, from: &str, to: &str, people: i64| {
        let body = json!({ "holder": { "kind": kind, "id": holder }, "scheme": "voluntary",
                           "office_id": district, "from": from, "to": to, "people": people });
        admin.post("/api/v1/targets", &body).expect(201);
    };
    let year = |kind: &str, holder: Value, people: i64| {
        plan(kind, holder, "2026-01-01", "2026-12-31", people);
    };
    year("agent", json!(phone.user_id), 4);
    year("village", json!(village), 8);
    year("village", json!(empty), 5);
    year("area", json!("19141"), 30);
    year("organisation", json!(post), 3);
    year("association", json!(union), 6);
    // Two at once are summed; one that has ended is not in force.
    plan("group", json!(one), "2026-01-01", "2026-12-31", 10);
    plan("group", json!(one), "2026-11-01", "2027-02-28", 5);
    plan("group", json!(one), "2026-01-01", "2026-11-30", 100);
    let installs = json!({ "holder": { "kind": "group", "id": one }, "measure": "vssid",
                           "from": "2026-01-01", "to": "2026-12-31", "people": 999 });
    admin.post("/api/v1/targets", &installs).expect(201);

    for i in 0..2 {
        let mut body = voluntary(i);
        body["village_id"] = json!(village);
        phone.send("voluntary", &body);
    }
    other.send("voluntary", &voluntary(2));

    let year = |accepted: i64, target: i64, percent: f64, to_go: i64| {
        json!([accepted, target, percent, to_go, "2026-01-01", "2026-12-31"])
    };
    let by = |by: &str| admin.get(&tallies(&format!("by={by}&scheme=voluntary"))).expect(200);
    let name = format!("Người {}", &phone.user_id.to_string()[30..]);
    assert_eq!(progress(&by("agent"), &name), year(2, 4, 50.0, 2));
    assert_eq!(progress(&by("village"), "Thôn 1"), year(2, 8, 25.0, 6));
    assert_eq!(progress(&by("village"), "Thôn 2"), year(0, 5, 0.0, 5));
    assert_eq!(progress(&by("area"), "Xã Bố Trạch"), year(3, 30, 10.0, 27));
    assert_eq!(progress(&by("organisation"), "Bưu điện"), year(0, 3, 0.0, 3));
    assert_eq!(progress(&by("association"), "Hội Phụ nữ"), year(3, 6, 50.0, 3));
    assert_eq!(
        progress(&by("group"), "Nhóm 1"),
        json!([2, 15, 13.3, 13, "2026-01-01", "2027-02-28"])
    );
    assert_eq!(progress(&by("group"), "Nhóm 2"), json!([1, null, null, null, null, null]));
    assert_eq!(by("village")["totals"]["target"], 13);
    let table = admin.get(&tallies(&format!("by=village&group_id={two}"))).expect(200);
    assert!(table["rows"].as_array().unwrap().iter().all(|row| row["target"].is_null()));
    let own = phone.client.get(&tallies("by=agent&scheme=voluntary")).expect(200);
    assert_eq!(progress(&own, &name), year(2, 4, 50.0, 2));
    let own = phone.client.get(&tallies("by=group&scheme=voluntary")).expect(200);
    assert_eq!(progress(&own, "Nhóm 1"), json!([2, null, null, null, null, null]));
}

fn offices_sum_their_trees(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let province = office(&admin, "Tỉnh", None);
    let district = office(&admin, "Huyện", Some(province));
    let station = office(&admin, "Điểm", Some(district));
    office(&admin, "Huyện trống", Some(province));
    let groups = [("Nhóm tỉnh", province), ("Nhóm huyện", district), ("Nhóm điểm", station)];
    for (i, (name, office_id)) in (0..).zip(groups) {
        let mut phone = app.phone(Role::Agent, group(&admin, name, Some(office_id)));
        phone.send("voluntary", &voluntary(i));
    }
    for (office_id, people) in [(province, 100), (district, 8), (station, 5)] {
        let body = json!({ "holder": { "kind": "office", "id": office_id }, "people": people,
                           "scheme": "voluntary", "from": "2026-01-01", "to": "2026-12-31" });
        admin.post("/api/v1/targets", &body).expect(201);
    }
    let rows = |client: &crate::app::Client, query: &str| -> Vec<Value> {
        let table =
            client.get(&tallies(&format!("by=office&scheme=voluntary&{query}"))).expect(200);
        let rows = table["rows"].as_array().unwrap().iter();
        rows.map(|row| json!([row["name"], row["accepted"], row["target"]])).collect()
    };
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(province));
    let under_province =
        [json!(["Huyện", 2, 8]), json!(["Huyện trống", 0, null]), json!(["Tỉnh", 1, null])];
    assert_eq!(rows(&supervisor, ""), under_province);
    assert_eq!(rows(&admin, &format!("office_id={province}")), under_province);
    assert_eq!(rows(&admin, ""), [json!(["Tỉnh", 3, 100])]);
    let under_district = [json!(["Huyện", 1, null]), json!(["Điểm", 1, 5])];
    assert_eq!(rows(&supervisor, &format!("office_id={district}")), under_district);
    group(&admin, "Nhóm tự do", None);
    assert_eq!(rows(&admin, "").len(), 2);
    let (below, _) = app.browser(Role::Supervisor, None, Some(district));
    assert_eq!(rows(&below, ""), under_district);
    assert_eq!(rows(&below, &format!("office_id={province}")), [] as [Value; 0]);
    let by_group = below.get(&tallies(&format!("by=group&office_id={station}"))).expect(200);
    assert_eq!(by_group["rows"].as_array().unwrap().len(), 2, "one group, two schemes");
}

fn an_office_holds_what_the_group_asked_for_holds(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let groups = [1, 2].map(|it| group(&admin, &format!("Nhóm {it}"), Some(district)));
    for (group, pending) in groups.into_iter().zip([3, 5]) {
        let phone = app.phone(Role::Agent, group);
        let mut empty = batch(phone.installation_id, clock::now(), &[]);
        empty["pending_total"] = json!(pending);
        phone.client.put(&format!("/api/v1/sync/batches/{}", clock::new_id()), &empty).expect(200);
    }
    let held = |query: &str| {
        let table = admin.get(&tallies(&format!("by=office&scheme=voluntary&{query}"))).expect(200);
        row(&table, "Huyện", Scheme::Voluntary)["on_phones"].clone()
    };
    assert_eq!(held(""), 8);
    assert_eq!(held(&format!("group_id={}", groups[0])), 3);
}

/// What was taken in an older commune counts for what it has become, and is called so.
fn a_period_before_a_reform_has_the_communes_of_today(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let target = json!({ "holder": { "kind": "area", "id": "19141" }, "office_id": district,
                         "scheme": "voluntary", "from": "2025-01-01", "to": "2025-12-31", "people": 8 });
    admin.post("/api/v1/targets", &target).expect(201);
    let path = "/api/v1/tallies?by=area&from=2025-01-01&to=2025-06-30&scheme=voluntary";
    let table = admin.get(path).expect(200);
    assert_eq!(table["rows"][0]["name"], "Xã Bố Trạch", "{table}");
}
