//! `PATCH /api/v1/users/{id}`: what changes of a user, who may change it, and what never changes.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::store::Result;
use dai_ly_thu::store::users::{self, User};

use crate::app::{Client, PASSWORD, TestApp, group, office};
use crate::both;
use crate::support::Backend;

both!(
    who_is_disabled_is_out_at_once,
    disabled_means_no_log_in,
    certificates_come_and_go,
    a_supervisor_gets_another_office,
    wrong_fields_are_told_at_once,
    nobody_changes_whom_he_does_not_reach,
    nothing_else_of_a_user_changes,
    nobody_disables_himself,
    a_user_is_changed_as_he_was_seen,
);

fn path(id: Id) -> String {
    format!("/api/v1/users/{id}")
}

fn stored(app: &TestApp, id: Id) -> User {
    app.store.read(|conn| -> Result<_> { users::by_id(conn, id) }).unwrap().unwrap()
}

fn who_is_disabled_is_out_at_once(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "Huyện", None);
    let group_id = group(&admin, "Nhóm", Some(office_id));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(office_id));
    let agent = app.phone(Role::Agent, group_id);
    let leader = app.phone(Role::Leader, group_id);
    agent.client.get("/api/v1/me").expect(200);
    let path = path(agent.user_id);
    let disabled = supervisor.patch(&path, &json!({ "disabled": true }), None).expect(200);
    assert_eq!(disabled["disabled"], true);
    agent.client.get("/api/v1/me").refused(401, "unauthenticated");
    agent.push(&[]).refused(401, "unauthenticated");
    leader.client.get("/api/v1/me").expect(200);
    // Again is nothing new; what was ended stays ended when he is in use again.
    let since = stored(&app, agent.user_id).disabled_at;
    assert!(since.is_some());
    let again = supervisor.patch(&path, &json!({ "disabled": true }), None).expect(200);
    assert_eq!((again, stored(&app, agent.user_id).disabled_at), (disabled, since));
    let enabled = supervisor.patch(&path, &json!({ "disabled": false }), None).expect(200);
    assert_eq!(enabled["disabled"], false);
    agent.client.get("/api/v1/me").refused(401, "unauthenticated");
    app.phone_of(agent.user_id).client.get("/api/v1/me").expect(200);
}

fn disabled_means_no_log_in(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let (_, user_id) = app.browser(Role::Admin, None, None);
    let log_in = || {
        let body = json!({ "login": user_id.to_string(), "password": PASSWORD });
        app.nobody().post("/api/v1/auth/login", &body)
    };
    let begun = log_in().expect(200);
    admin.patch(&path(user_id), &json!({ "disabled": true }), None).expect(200);
    log_in().refused(401, "unauthenticated");
    admin.patch(&path(user_id), &json!({ "disabled": false }), None).expect(200);
    let refresh = json!({ "refresh_token": begun["refresh_token"] });
    app.nobody().post("/api/v1/auth/refresh", &refresh).refused(401, "unauthenticated");
    log_in().expect(200);
}

fn certificates_come_and_go(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let agent = app.phone(Role::Agent, group(&admin, "Nhóm", None));
    let path = path(agent.user_id);
    let change = |certificate: Value| {
        admin.patch(&path, &json!({ "certificate": certificate }), None).expect(200)["certificate"]
            .clone()
    };
    let first = json!({ "number": "CC-001", "expires_on": "2027-06-30" });
    assert_eq!(change(first.clone()), first);
    // What is left out stays.
    let renamed = admin.patch(&path, &json!({ "name": "Trần Thị Bình" }), None).expect(200);
    assert_eq!((&renamed["name"], &renamed["certificate"]), (&json!("Trần Thị Bình"), &first));
    let second = json!({ "number": "CC-002", "expires_on": "2030-12-31" });
    assert_eq!(change(second.clone()), second);
    assert_eq!(change(Value::Null), Value::Null);
    assert_eq!(admin.get(&path).expect(200)["certificate"], Value::Null);
}

fn a_supervisor_gets_another_office(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [first, second] = ["Huyện một", "Huyện hai"].map(|name| office(&admin, name, None));
    let groups = [first, second].map(|it| group(&admin, "Nhóm", Some(it)));
    let (supervisor, id) = app.browser(Role::Supervisor, None, Some(first));
    let sees = |group_id: Id| supervisor.get(&format!("/api/v1/groups/{group_id}")).status;
    assert_eq!(groups.map(sees), [200, 404]);
    admin
        .patch(&path(id), &json!({ "office_id": clock::new_id() }), None)
        .refused(404, "not_found");
    let moved = admin.patch(&path(id), &json!({ "office_id": second }), None).expect(200);
    assert_eq!(moved["office_id"], json!(second));
    assert_eq!(groups.map(sees), [404, 200]);
}

fn wrong_fields_are_told_at_once(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "Huyện", None);
    let group_id = group(&admin, "Nhóm", Some(office_id));
    let agent = app.phone(Role::Agent, group_id);
    let (_, supervisor) = app.browser(Role::Supervisor, None, Some(office_id));
    let wrong = json!({ "name": "", "group_id": "nhóm", "office_id": office_id, "disabled": "yes",
                        "certificate": { "number": " ", "expires_on": "2026-02-30" } });
    let before = stored(&app, agent.user_id);
    let refused = admin.patch(&path(agent.user_id), &wrong, None);
    refused.wrong("/name", "required");
    refused.wrong("/group_id", "bad_format");
    refused.wrong("/office_id", "conflict");
    refused.wrong("/disabled", "bad_format");
    refused.wrong("/certificate/number", "required");
    refused.wrong("/certificate/expires_on", "out_of_range");
    let refused = admin.patch(&path(agent.user_id), &json!({ "certificate": {} }), None);
    refused.wrong("/certificate/number", "required");
    refused.wrong("/certificate/expires_on", "required");
    let refused = admin.patch(&path(agent.user_id), &json!({ "certificate": "CC" }), None);
    refused.wrong("/certificate", "bad_format");
    let refused = admin.patch(&path(supervisor), &json!({ "group_id": group_id }), None);
    refused.wrong("/group_id", "conflict");
    assert_eq!(stored(&app, agent.user_id), before);
}

fn nobody_changes_whom_he_does_not_reach(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [mine, other] = ["Huyện tôi", "Huyện khác"].map(|name| office(&admin, name, None));
    let [own, foreign] = [mine, other].map(|it| group(&admin, "Nhóm", Some(it)));
    let (supervisor, supervisor_id) = app.browser(Role::Supervisor, None, Some(mine));
    let (_, colleague) = app.browser(Role::Supervisor, None, Some(mine));
    let (_, above) = app.browser(Role::Admin, None, None);
    let stranger = app.phone(Role::Agent, foreign);
    let agent = app.phone(Role::Agent, own);
    let leader = app.phone(Role::Leader, own);
    let refused = |caller: &Client, id: Id, body: &Value, status: u16, code: &str| {
        let before = stored(&app, id);
        caller.patch(&path(id), body, None).refused(status, code);
        assert_eq!(stored(&app, id), before);
    };
    for body in [
        json!({ "disabled": true }),
        json!({ "name": "Ai đó" }),
        json!({ "certificate": null }),
        json!({ "group_id": own }),
        json!({ "office_id": mine }),
    ] {
        for id in [stranger.user_id, supervisor_id, colleague, above] {
            refused(&supervisor, id, &body, 404, "not_found");
        }
        for caller in [&leader.client, &agent.client] {
            refused(caller, agent.user_id, &body, 403, "forbidden");
        }
    }
    // Out of his own reach he moves nobody, and nothing else of the request is done either.
    let away = json!({ "group_id": foreign, "name": "Ai đó", "disabled": true });
    refused(&supervisor, agent.user_id, &away, 404, "not_found");
    agent.client.get("/api/v1/me").expect(200);
    supervisor.patch(&path(leader.user_id), &json!({ "name": "Ai đó" }), None).expect(200);
}

fn nothing_else_of_a_user_changes(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "Huyện", None);
    let agent = app.phone(Role::Agent, group(&admin, "Nhóm", Some(office_id)));
    let (supervisor, supervisor_id) = app.browser(Role::Supervisor, None, Some(office_id));
    let more = json!({
        "id": clock::new_id(), "login": "ke-khac", "role": "admin", "password": "mat khau cua ke khac",
        "password_hash": "x", "must_change_password": true, "organisation_id": clock::new_id(),
        "created_at": "2020-01-01T00:00:00Z", "disabled_at": "2020-01-01T00:00:00Z",
        "certificate_number": "x", "certificate_expires_on": "2099-01-01",
    });
    for (caller, id) in
        [(&supervisor, agent.user_id), (&admin, agent.user_id), (&admin, supervisor_id)]
    {
        let before = stored(&app, id);
        caller.patch(&path(id), &more, None).expect(200);
        assert_eq!(stored(&app, id), before);
    }
    agent.client.get("/api/v1/me").expect(200);
}

fn nobody_disables_himself(backend: Backend) {
    let app = TestApp::start(backend);
    let (admin, id) = app.browser(Role::Admin, None, None);
    admin.patch(&path(id), &json!({ "disabled": true }), None).refused(403, "forbidden");
    assert_eq!(stored(&app, id).disabled_at, None);
    let renamed = admin.patch(&path(id), &json!({ "name": "Quản trị", "disabled": false }), None);
    assert_eq!(renamed.expect(200)["name"], "Quản trị");
}

fn a_user_is_changed_as_he_was_seen(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let agent = app.phone(Role::Agent, group(&admin, "Nhóm", None));
    let path = path(agent.user_id);
    let seen = admin.get(&path).etag.expect("a tag");
    let changed = admin.patch(&path, &json!({ "disabled": true }), Some(&seen));
    assert_eq!(changed.etag, admin.get(&path).etag);
    changed.expect(200);
    let late = json!({ "disabled": false });
    admin.patch(&path, &late, Some(&seen)).refused(412, "precondition_failed");
    assert_eq!(admin.get(&path).expect(200)["disabled"], true);
    let told = admin.get(&format!("/api/v1/audit?subject_id={}", agent.user_id)).expect(200);
    let entry = told["items"].as_array().unwrap().iter().find(|it| it["before"].is_string());
    let entry = entry.expect("an entry");
    assert_eq!(entry["what"], "PATCH /api/v1/users/{id}");
    assert_ne!(entry["before"], entry["after"]);
}
