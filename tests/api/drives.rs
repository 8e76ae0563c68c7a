//! `/api/v1/drives`: planned with the people who go, changed, and told of afterwards.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;

use crate::app::{TestApp, group, id, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, voluntary};

both!(
    a_drive_is_planned_and_told_of,
    drives_are_found,
    who_goes_is_of_the_group,
    who_left_the_group_stays_with_its_drives,
);

fn village(admin: &crate::app::Client, name: &str) -> dai_ly_thu::domain::Id {
    id(&admin.post("/api/v1/villages", &json!({ "name": name, "area_code": "19141" })).expect(201))
}

fn a_drive_is_planned_and_told_of(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", Some(office(&admin, "Huyện", None)));
    let mut phone = app.phone(Role::Agent, group_id);
    let mut mate = app.phone(Role::Agent, group_id);
    let (leader, leader_id) = app.browser(Role::Leader, Some(group_id), None);
    let places = [village(&admin, "Thôn 1"), village(&admin, "Thôn 2")];
    let plan = json!({ "id": clock::new_id(), "group_id": group_id, "village_id": places[0], "on": "2026-11-22",
                       "leader_id": leader_id, "people": [phone.user_id, phone.user_id], "note": "Họp ở nhà văn hóa" });
    let drive = leader.post("/api/v1/drives", &plan).expect(201);
    assert_eq!(drive["people"], json!([phone.user_id]));
    assert_eq!(leader.post("/api/v1/drives", &plan).expect(201), drive);
    let path = format!("/api/v1/drives/{}", id(&drive));

    let change = json!({ "village_id": places[1], "people": [mate.user_id, phone.user_id] });
    let changed = leader.patch(&path, &change, None).expect(200);
    assert_eq!([&changed["village_id"], &changed["note"]], [&json!(places[1]), &plan["note"]]);
    assert_eq!(changed["people"].as_array().map(Vec::len), Some(2));
    leader.patch(&path, &change, Some("\"another\"")).refused(412, "precondition_failed");
    phone.client.patch(&path, &change, None).refused(403, "forbidden");

    let mut of_drive = household(1, 3);
    of_drive["drive_id"] = drive["id"].clone();
    phone.send("household", &of_drive);
    let mut of_mate = voluntary(10);
    of_mate["drive_id"] = drive["id"].clone();
    mate.send("voluntary", &of_mate);
    // Not of this drive.
    mate.send("voluntary", &voluntary(11));
    let report = leader.get(&format!("{path}/report")).expect(200);
    assert_eq!(report["people"].as_array().map(Vec::len), Some(3));
    let accepted = |rows: &Value| -> Vec<Value> {
        rows.as_array()
            .expect("rows")
            .iter()
            .map(|row| json!([row["key"], row["accepted"]]))
            .collect()
    };
    let rows = accepted(&report["tallies"]["rows"]);
    assert!(rows.contains(&json!([phone.user_id, 3])), "{rows:?}");
    assert!(rows.contains(&json!([mate.user_id, 1])), "{rows:?}");
    let totals = &report["tallies"]["totals"];
    assert_eq!(
        [&totals["accepted"], &totals["amount_enrolled"]],
        [&json!(4), &json!(3_142_260 + 264_000)]
    );
    // An agent reads of himself alone.
    let own = mate.client.get(&format!("{path}/report")).expect(200);
    assert_eq!(own["tallies"]["totals"]["accepted"], 1);
}

fn drives_are_found(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let groups = ["Nhóm 1", "Nhóm 2"].map(|name| group(&admin, name, None));
    let place = village(&admin, "Thôn 1");
    for (group_id, on) in
        [(groups[0], "2026-11-20"), (groups[0], "2026-11-22"), (groups[1], "2026-11-22")]
    {
        let plan = json!({ "group_id": group_id, "village_id": place, "on": on });
        admin.post("/api/v1/drives", &plan).expect(201);
    }
    for (query, count) in [
        (String::new(), 3),
        ("from=2026-11-21".to_owned(), 2),
        ("to=2026-11-21".to_owned(), 1),
        (format!("group_id={}&from=2026-11-22&to=2026-11-22", groups[0]), 1),
        (format!("village_id={}", clock::new_id()), 0),
    ] {
        let found = admin.get(&format!("/api/v1/drives?{query}")).expect(200);
        assert_eq!(found["items"].as_array().map(Vec::len), Some(count), "{query}");
    }
    admin.get("/api/v1/drives?from=today").wrong("/from", "bad_format");
}

fn who_goes_is_of_the_group(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [own, other] = ["Nhóm 1", "Nhóm 2"].map(|name| group(&admin, name, None));
    let stranger = app.phone(Role::Agent, other).user_id;
    let place = village(&admin, "Thôn 1");
    let plan =
        json!({ "group_id": own, "village_id": place, "on": "2026-11-22", "people": [stranger] });
    admin.post("/api/v1/drives", &plan).wrong("/people/0", "not_found");
    let (outsider, _) = app.browser(Role::Leader, Some(other), None);
    let drive = admin.post(
        "/api/v1/drives",
        &json!({ "group_id": own, "village_id": place, "on": "2026-11-22" }),
    );
    let path = format!("/api/v1/drives/{}", id(&drive.expect(201)));
    for path in [path.clone(), format!("{path}/report")] {
        outsider.get(&path).refused(404, "not_found");
    }
}

fn who_left_the_group_stays_with_its_drives(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [own, other] = ["Nhóm 1", "Nhóm 2"].map(|name| group(&admin, name, None));
    let [first, second, stays] = [own; 3].map(|group_id| app.phone(Role::Agent, group_id).user_id);
    let stranger = app.phone(Role::Agent, other).user_id;
    let plan = json!({ "group_id": own, "village_id": village(&admin, "Thôn 1"), "on": "2026-11-22",
                       "leader_id": first, "people": [first, second] });
    let drive = admin.post("/api/v1/drives", &plan).expect(201);
    let path = format!("/api/v1/drives/{}", id(&drive));
    for user_id in [first, second] {
        let user = format!("/api/v1/users/{user_id}");
        admin.patch(&user, &json!({ "group_id": other }), None).expect(200);
    }
    let change = |body: &Value| admin.patch(&path, body, None);
    let noted = change(&json!({ "note": "Họp ở nhà văn hóa" })).expect(200);
    assert_eq!([&noted["people"], &noted["leader_id"]], [&drive["people"], &json!(first)]);
    // Who went may be taken out, and others may be added; nobody comes from another group.
    let changed = change(&json!({ "people": [second, stays] })).expect(200);
    assert_eq!(changed["people"].as_array().map(Vec::len), Some(2));
    change(&json!({ "people": [stays, stranger] })).wrong("/people/1", "not_found");
    change(&json!({ "people": [first] })).wrong("/people/0", "not_found");
    change(&json!({ "leader_id": stranger })).refused(404, "not_found");
}
