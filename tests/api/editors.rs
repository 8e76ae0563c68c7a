//! Two people edit one group or one target: what somebody saw he may change, what another changed meanwhile
//! he may not.

use std::sync::Barrier;

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};

use crate::app::{Client, TestApp, group, id, office, organisation};
use crate::both;
use crate::support::Backend;

both!(
    a_group_is_changed_as_it_was_seen,
    a_target_is_changed_as_it_was_seen,
    offices_and_organisations_are_renamed_as_they_were_seen,
    of_two_editors_at_once_one_is_refused,
    wrong_fields_are_told_at_once,
    nobody_edits_outside_his_offices,
    a_group_moves_within_a_tree,
);

fn group_path(id: Id) -> String {
    format!("/api/v1/groups/{id}")
}

/// A target of the year 2026; its path.
fn target(admin: &Client, group_id: Id) -> String {
    let body = json!({ "group_id": group_id, "scheme": "voluntary", "from": "2026-01-01",
                       "to": "2026-12-31", "people": 10 });
    format!("/api/v1/targets/{}", id(&admin.post("/api/v1/targets", &body).expect(201)))
}

fn tag(client: &Client, path: &str) -> String {
    client.get(path).etag.expect("a tag")
}

/// Changes the thing as it was seen, then tries again as it was seen before; what it is afterwards.
fn edit(client: &Client, path: &str, change: &Value, later: &Value) -> Value {
    let seen = tag(client, path);
    let known = [("if-none-match", seen.as_str())];
    assert_eq!(client.request("GET", path, &known, None).status, 304);
    let changed = client.patch(path, change, Some(&seen));
    let (now, changed) = (changed.etag.clone(), changed.expect(200));
    assert_eq!(now, Some(tag(client, path)));
    assert_eq!(client.request("GET", path, &known, None).expect(200), changed);
    client.patch(path, later, Some(&seen)).refused(412, "precondition_failed");
    assert_eq!(client.get(path).expect(200), changed);
    let told = client.get(&format!("/api/v1/audit?subject_id={}", id(&changed))).expect(200);
    let told = told["items"].as_array().unwrap();
    let told = told.iter().find(|it| it["before"].is_string()).expect("an entry");
    assert!(told["what"].as_str().unwrap().starts_with("PATCH "));
    assert!(told["after"].is_string() && told["before"] != told["after"]);
    changed
}

fn a_group_is_changed_as_it_was_seen(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let path = group_path(group(&admin, "Nhóm 1", None));
    let change = json!({ "name": " Nhóm hai ", "area_codes": ["19147", "19141", "19147"] });
    let changed = edit(&admin, &path, &change, &json!({ "name": "Nhóm ba" }));
    assert_eq!(changed["name"], "Nhóm hai");
    assert_eq!(changed["area_codes"], json!(["19141", "19147"]));
    // Who does not say what he saw is not asked; what he leaves out stays.
    let changed = admin.patch(&path, &json!({ "area_codes": [] }), None).expect(200);
    assert_eq!((&changed["name"], &changed["area_codes"]), (&json!("Nhóm hai"), &json!([])));
    assert_eq!(admin.patch(&path, &json!({}), Some("*")).expect(200), changed);
}

fn offices_and_organisations_are_renamed_as_they_were_seen(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office = office(&admin, "Huyện", None);
    let organisation = organisation(&admin, "Bưu điện");
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(office));
    for path in
        [format!("/api/v1/offices/{office}"), format!("/api/v1/organisations/{organisation}")]
    {
        let changed =
            edit(&admin, &path, &json!({ "name": " Tên mới " }), &json!({ "name": "Khác" }));
        assert_eq!(changed["name"], "Tên mới");
        admin.patch(&path, &json!({ "name": "" }), None).wrong("/name", "required");
        supervisor.patch(&path, &json!({ "name": "Khác" }), None).refused(403, "forbidden");
    }
    let nobodys = format!("/api/v1/offices/{}", clock::new_id());
    admin.patch(&nobodys, &json!({ "name": "Khác" }), None).refused(404, "not_found");
}

fn a_target_is_changed_as_it_was_seen(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let path = target(&admin, group(&admin, "Nhóm 1", None));
    let change = json!({ "people": 25, "from": "2027-01-01", "to": "2027-06-30" });
    let changed = edit(&admin, &path, &change, &json!({ "people": 26 }));
    for field in ["people", "from", "to"] {
        assert_eq!(changed[field], change[field]);
    }
    let changed = admin.patch(&path, &json!({ "to": "2027-01-01" }), None).expect(200);
    assert_eq!((&changed["people"], &changed["to"]), (&json!(25), &json!("2027-01-01")));
}

fn of_two_editors_at_once_one_is_refused(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let target = target(&admin, group_id);
    for round in 0..8 {
        let named = |who| json!({ "name": format!("Nhóm {who} {round}"), "area_codes": ["19141"] });
        let of = |people: i64| json!({ "people": people + round });
        for (path, bodies) in [
            (group_path(group_id), [named("trước"), named("sau")]),
            (target.clone(), [of(100), of(200)]),
        ] {
            let seen = tag(&admin, &path);
            let barrier = Barrier::new(2);
            let mut statuses = std::thread::scope(|scope| {
                let edits = bodies.map(|body| {
                    let (admin, path, seen, barrier) = (&admin, &path, &seen, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        admin.patch(path, &body, Some(seen)).status
                    })
                });
                edits.map(|edit| edit.join().unwrap())
            });
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{path}");
        }
    }
}

fn wrong_fields_are_told_at_once(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let wrong =
        json!({ "name": "", "area_codes": ["19141", "99999", "99998"], "office_id": "một" });
    let refused = admin.patch(&group_path(group_id), &wrong, None);
    refused.wrong("/name", "required");
    refused.wrong("/area_codes/1", "area_unknown");
    refused.wrong("/area_codes/2", "area_unknown");
    refused.wrong("/office_id", "bad_format");

    let path = target(&admin, group_id);
    let wrong = json!({ "people": 0, "from": "2027-01-01", "to": "2026-12-31" });
    let refused = admin.patch(&path, &wrong, None);
    refused.wrong("/people", "out_of_range");
    refused.wrong("/to", "out_of_range");
    // One day alone is held against the other as it is.
    let refused = admin.patch(&path, &json!({ "people": 0, "from": "2027-01-01" }), None);
    refused.wrong("/people", "out_of_range");
    refused.wrong("/from", "out_of_range");
    admin.patch(&path, &json!({ "to": "2025-12-31" }), None).wrong("/to", "out_of_range");
    admin.patch(&path, &json!({ "to": "hôm nay" }), None).wrong("/to", "bad_format");
}

fn nobody_edits_outside_his_offices(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [mine, other] = ["Huyện tôi", "Huyện khác"].map(|name| office(&admin, name, None));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(mine));
    let [own, foreign] = [mine, other].map(|office_id| group(&admin, "Nhóm", Some(office_id)));
    let leader = app.phone(Role::Leader, own).client;
    let name = json!({ "name": "Nhóm khác", "people": 3 });
    for (own, foreign) in
        [(group_path(own), group_path(foreign)), (target(&admin, own), target(&admin, foreign))]
    {
        supervisor.patch(&own, &name, None).expect(200);
        supervisor.patch(&foreign, &name, None).refused(404, "not_found");
        leader.patch(&own, &name, None).refused(403, "forbidden");
        assert_eq!(tag(&leader, &own), tag(&admin, &own));
    }
    admin.patch(&group_path(clock::new_id()), &name, None).refused(404, "not_found");
}

fn a_group_moves_within_a_tree(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let top = office(&admin, "Tỉnh", None);
    let under = office(&admin, "Huyện", Some(top));
    let other = office(&admin, "Tỉnh khác", None);
    let path = group_path(group(&admin, "Nhóm", Some(top)));
    let [upper, lower] = [top, under].map(|it| app.browser(Role::Supervisor, None, Some(it)).0);
    let to = |office_id| json!({ "office_id": office_id });
    lower.patch(&path, &to(under), None).refused(404, "not_found");
    upper.patch(&path, &to(other), None).refused(404, "not_found");
    assert_eq!(upper.patch(&path, &to(under), None).expect(200)["office_id"], json!(under));
    lower.get(&path).expect(200);
    admin.patch(&path, &to(clock::new_id()), None).refused(404, "not_found");
    assert_eq!(admin.patch(&path, &to(other), None).expect(200)["office_id"], json!(other));
    upper.get(&path).refused(404, "not_found");
}
