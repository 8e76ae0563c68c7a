//! `/api/v1/targets` and `/associations`: plans for everybody, handed down.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};

use crate::app::{Client, TestApp, group, id, office, organisation};
use crate::both;
use crate::support::Backend;

both!(
    every_holder_has_targets,
    wrong_targets_are_told,
    a_plan_is_handed_down,
    whose_plan_it_is,
    who_hands_down_writes_into_his_own_plan,
    phones_hear_of_targets,
    members_of_associations,
);

fn target(kind: &str, holder: impl serde::Serialize, people: i64) -> Value {
    json!({ "holder": { "kind": kind, "id": holder }, "scheme": "household",
            "from": "2026-01-01", "to": "2026-12-31", "people": people })
}

fn make(client: &Client, body: &Value) -> Value {
    client.post("/api/v1/targets", body).expect(201)
}

fn every_holder_has_targets(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let one = group(&admin, "Nhóm 1", Some(district));
    let agent = app.phone(Role::Agent, one).user_id;
    let village = json!({ "name": "Thôn 1", "area_code": "19141" });
    let village = id(&admin.post("/api/v1/villages", &village).expect(201));
    let union = json!({ "name": "Hội Phụ nữ", "office_id": district, "member_ids": [agent] });
    let union = id(&admin.post("/api/v1/associations", &union).expect(201));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(district));
    let holders = [
        ("office", json!(district), "Huyện", Value::Null),
        ("group", json!(one), "Nhóm 1", json!(one)),
        ("organisation", json!(organisation(&admin, "Bưu điện")), "Bưu điện", Value::Null),
        ("village", json!(village), "Thôn 1", Value::Null),
        ("association", json!(union), "Hội Phụ nữ", Value::Null),
        ("area", json!("19141"), "Xã Bố Trạch", Value::Null),
    ];
    for (kind, holder, name, group_id) in &holders {
        let mut body = target(kind, holder, 10);
        body["id"] = json!(clock::new_id());
        let made = make(&supervisor, &body);
        assert_eq!(made["holder"], json!({ "kind": kind, "id": holder, "name": name }));
        let of = |name: &str| made[name].clone();
        assert_eq!([of("group_id"), of("office_id")], [group_id.clone(), json!(district)]);
        assert_eq!([of("measure"), of("part_of")], [json!("enrolled"), Value::Null]);
        assert_eq!(make(&supervisor, &body), made);
        body["people"] = json!(11);
        supervisor.post("/api/v1/targets", &body).refused(409, "conflict");
        let one = format!("/api/v1/targets/{}", id(&made));
        assert_eq!(supervisor.get(&one).expect(200), made);
        let found = format!("/api/v1/targets?holder_kind={kind}&on=2026-06-01&scheme=household");
        assert_eq!(supervisor.get(&found).expect(200)["items"], json!([made]));
    }
    let of_agent = make(&admin, &target("agent", agent, 4));
    assert_eq!([&of_agent["group_id"], &of_agent["office_id"]], [&json!(one), &Value::Null]);
    let old = json!({ "group_id": one, "scheme": "voluntary", "from": "2026-01-01",
                      "to": "2026-12-31", "people": 8 });
    assert_eq!(make(&admin, &old)["holder"]["name"], "Nhóm 1");
    let mut installs = target("office", district, 100);
    installs["measure"] = json!("vssid");
    installs.as_object_mut().unwrap().remove("scheme");
    assert_eq!(make(&admin, &installs)["scheme"], Value::Null);
    for (query, number) in [
        ("", 9),
        ("measure=vssid", 1),
        ("on=2025-01-01", 0),
        ("scheme=voluntary", 1),
        ("holder_id=19141", 1),
    ] {
        let found = admin.get(&format!("/api/v1/targets?{query}")).expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), number, "{query}");
    }
    supervisor.get("/api/v1/targets?holder_kind=moon&on=x").refused(422, "invalid");
}

fn wrong_targets_are_told(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let one = group(&admin, "Nhóm 1", None);
    admin.post("/api/v1/targets", &target("area", "19141", 1)).wrong("/office_id", "required");
    admin.post("/api/v1/targets", &target("area", "9", 1)).wrong("/holder/id", "area_unknown");
    admin.post("/api/v1/targets", &target("village", "x", 1)).wrong("/holder/id", "bad_format");
    admin.post("/api/v1/targets", &target("moon", one, 1)).wrong("/holder/kind", "bad_format");
    admin.post("/api/v1/targets", &target("village", clock::new_id(), 1)).refused(404, "not_found");
    let mut both = target("group", one, 1);
    both["group_id"] = json!(one);
    admin.post("/api/v1/targets", &both).wrong("/group_id", "conflict");
    let mut without = target("group", one, 1);
    without.as_object_mut().unwrap().remove("scheme");
    admin.post("/api/v1/targets", &without).wrong("/scheme", "required");
    without["measure"] = json!("vssid");
    without["scheme"] = json!("voluntary");
    admin.post("/api/v1/targets", &without).wrong("/scheme", "conflict");
    let whole = id(&make(&admin, &target("group", one, 10)));
    let part = |field: &str, value: &str| {
        let mut part = target("group", one, 1);
        part["part_of"] = json!(whole);
        part[field] = json!(value);
        admin.post("/api/v1/targets", &part)
    };
    part("scheme", "voluntary").wrong("/part_of", "conflict");
    part("measure", "taking_part").wrong("/part_of", "conflict");
    part("from", "2025-12-31").wrong("/from", "out_of_range");
    part("to", "2027-01-01").wrong("/to", "out_of_range");
    let within = part("from", "2026-07-01").expect(201);
    let path = format!("/api/v1/targets/{whole}");
    admin.patch(&path, &json!({ "from": "2026-08-01" }), None).refused(409, "conflict");
    let beyond = json!({ "to": "2027-08-01" });
    admin
        .patch(&format!("/api/v1/targets/{}", id(&within)), &beyond, None)
        .refused(409, "conflict");
}

fn a_plan_is_handed_down(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let province = office(&admin, "Tỉnh", None);
    let district = office(&admin, "Huyện", Some(province));
    let one = group(&admin, "Nhóm 1", Some(district));
    let two = group(&admin, "Nhóm 2", Some(district));
    let (above, _) = app.browser(Role::Supervisor, None, Some(province));
    let (below, _) = app.browser(Role::Supervisor, None, Some(district));
    let whole = make(&above, &target("office", district, 100));
    assert_eq!(whole["office_id"], json!(province));
    let path = format!("/api/v1/targets/{}", id(&whole));
    assert_eq!(below.get(&path).expect(200), whole, "whose it is reads it");
    below.patch(&path, &json!({ "people": 1 }), None).refused(404, "not_found");
    assert_eq!(below.send("DELETE", &path, b"").status, 404);

    let parts = format!("{path}/parts");
    let part = |holder: Id, people: i64| {
        json!({ "id": clock::new_id(), "holder": { "kind": "group", "id": holder },
                "people": people })
    };
    let body = json!({ "parts": [part(one, 60), part(two, 30)] });
    let handed = below.post(&parts, &body).expect(201);
    assert_eq!((&handed["people"], &handed["difference"]), (&json!(90), &json!(-10)));
    assert_eq!(handed["target"], whole);
    assert_eq!(handed["parts"].as_array().unwrap().len(), 2);
    assert_eq!(handed["parts"][0]["part_of"], whole["id"]);
    assert_eq!(handed["parts"][0]["office_id"], json!(district));
    assert_eq!(below.post(&parts, &body).expect(201), handed);
    assert_eq!(below.get(&parts).expect(200), handed);

    let elsewhere = group(&admin, "Nhóm khác", None);
    let wrong = json!({ "parts": [part(one, 1), part(elsewhere, 1)] });
    below.post(&parts, &wrong).wrong("/parts/1/holder/id", "not_found");
    assert_eq!(below.get(&parts).expect(200), handed, "all or none");
    assert_eq!(above.send("DELETE", &path, b"").status, 409, "it has parts");
    for part in handed["parts"].as_array().unwrap() {
        let path = format!("/api/v1/targets/{}", id(part));
        assert_eq!(below.send("DELETE", &path, b"").status, 204);
        below.get(&path).refused(404, "not_found");
    }
    assert_eq!(above.send("DELETE", &path, b"").status, 204);
}

fn whose_plan_it_is(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mine = office(&admin, "Huyện tôi", None);
    let theirs = office(&admin, "Huyện khác", None);
    let one = group(&admin, "Nhóm 1", Some(mine));
    let (me, _) = app.browser(Role::Supervisor, None, Some(mine));
    let mut foreign = target("area", "19141", 5);
    foreign["office_id"] = json!(theirs);
    me.post("/api/v1/targets", &foreign).refused(404, "not_found");
    let foreign = id(&make(&admin, &foreign));
    me.get(&format!("/api/v1/targets/{foreign}")).refused(404, "not_found");
    me.post("/api/v1/targets", &target("office", theirs, 5)).refused(404, "not_found");
    let first = app.phone(Role::Agent, one);
    let second = app.phone(Role::Agent, one);
    make(&me, &target("group", one, 10));
    make(&me, &target("agent", first.user_id, 6));
    make(&me, &target("agent", second.user_id, 4));
    make(&me, &target("area", "19141", 7));
    let seen = |client: &Client| {
        let page = client.get("/api/v1/targets").expect(200);
        let items = page["items"].as_array().unwrap().iter();
        items.map(|it| it["people"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&me), [10, 6, 4, 7]);
    assert_eq!(seen(&first.client), [10, 6]);
    assert_eq!(seen(&app.phone(Role::Leader, one).client), [10, 6, 4]);
}

/// A group's target is in the plan of the province; the district that hands it down says nothing of the province.
fn who_hands_down_writes_into_his_own_plan(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let province = office(&admin, "Tỉnh", None);
    let district = office(&admin, "Huyện", Some(province));
    let one = group(&admin, "Nhóm 1", Some(district));
    let (above, _) = app.browser(Role::Supervisor, None, Some(province));
    let (below, _) = app.browser(Role::Supervisor, None, Some(district));
    let whole = make(&above, &target("group", one, 100));
    assert_eq!(whole["office_id"], json!(province));
    let parts = format!("/api/v1/targets/{}/parts", id(&whole));
    let part = |code: &str| json!({ "parts": [{ "holder": { "kind": "area", "id": code }, "people": 7 }] });
    let handed = below.post(&parts, &part("19141")).expect(201);
    assert_eq!(handed["parts"][0]["office_id"], json!(district));
    let own = format!("/api/v1/targets/{}", id(&handed["parts"][0]));
    assert_eq!(below.get(&own).expect(200), handed["parts"][0]);
    let of_province = format!("/api/v1/targets?office_id={province}");
    assert_eq!(admin.get(&of_province).expect(200)["items"], json!([whole]));
    assert_eq!(below.send("DELETE", &own, b"").status, 204);
    // Whose plan the whole is in stays in it.
    let handed = above.post(&parts, &part("19141")).expect(201);
    assert_eq!(handed["parts"][0]["office_id"], json!(province));
}

fn phones_hear_of_targets(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let one = group(&admin, "Nhóm 1", None);
    let two = group(&admin, "Nhóm 2", None);
    let phone = app.phone(Role::Agent, one);
    let other = app.phone(Role::Agent, two);
    let made = make(&admin, &target("group", one, 10));
    let of_agent = make(&admin, &target("agent", phone.user_id, 3));
    let told = phone.pull_all(1);
    let data: Vec<&Value> = told.iter().map(|it| &it["data"]).collect();
    assert_eq!(data, [&made, &of_agent]);
    assert_eq!(told[0]["entity"], "target");
    assert_eq!(other.pull_all(10), [] as [Value; 0]);

    let path = format!("/api/v1/targets/{}", id(&made));
    let changed = admin.patch(&path, &json!({ "people": 12 }), None).expect(200);
    assert_eq!(phone.pull_all(10).last().unwrap()["data"], changed);
    admin.send("DELETE", &path, b"");
    let last = phone.pull_all(10).pop().unwrap();
    assert_eq!([&last["op"], &last["id"]], [&json!("delete"), &made["id"]]);

    let moved = json!({ "group_id": two });
    admin.patch(&format!("/api/v1/users/{}", phone.user_id), &moved, None).expect(200);
    assert_eq!(other.pull_all(10).pop().unwrap()["data"]["group_id"], json!(two));
    let left = app.phone(Role::Agent, one).pull_all(10).pop().unwrap();
    assert_eq!([&left["op"], &left["id"]], [&json!("delete"), &of_agent["id"]]);
}

fn members_of_associations(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mine = office(&admin, "Huyện tôi", None);
    let theirs = office(&admin, "Huyện khác", None);
    let one = group(&admin, "Nhóm 1", Some(mine));
    let foreign = group(&admin, "Nhóm khác", Some(theirs));
    let member = app.phone(Role::Agent, one).user_id;
    let leader = app.phone(Role::Leader, one).user_id;
    let stranger = app.phone(Role::Agent, foreign).user_id;
    let (me, _) = app.browser(Role::Supervisor, None, Some(mine));
    let (them, _) = app.browser(Role::Supervisor, None, Some(theirs));
    let body = json!({ "id": clock::new_id(), "name": "Hội Phụ nữ", "member_ids": [member] });
    let made = me.post("/api/v1/associations", &body).expect(201);
    assert_eq!(made["office_id"], json!(mine));
    assert_eq!(me.post("/api/v1/associations", &body).expect(201), made);
    let path = format!("/api/v1/associations/{}", id(&made));
    them.get(&path).refused(404, "not_found");
    assert_eq!(them.get("/api/v1/associations").expect(200)["items"], json!([]));
    assert_eq!(me.get("/api/v1/associations").expect(200)["items"], json!([made]));
    me.patch(&path, &json!({ "member_ids": [member, stranger] }), None)
        .wrong("/member_ids", "not_found");
    let seen = me.get(&path).etag.unwrap();
    let change = json!({ "name": "Hội Liên hiệp Phụ nữ", "member_ids": [leader] });
    let changed = me.patch(&path, &change, Some(&seen)).expect(200);
    assert_eq!(changed["member_ids"], json!([leader]));
    me.patch(&path, &change, Some(&seen)).refused(412, "precondition_failed");
}
