//! `/api/v1/sessions`, passwords and what wrong ones cost.

use std::sync::Barrier;
use std::time::Duration;

use serde_json::json;

use dai_ly_thu::auth::Passwords;
use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;
use dai_ly_thu::http::Edge;
use dai_ly_thu::http::address::Proxies;
use dai_ly_thu::store::{Result, locks, sessions, users};

use crate::app::{Answered, Client, PASSWORD, TestApp, group};
use crate::both;
use crate::support::Backend;

both!(
    one_sees_and_ends_ones_own_sessions,
    out_everywhere,
    a_password_is_changed_by_its_owner,
    a_password_that_somebody_else_set_is_changed_first,
    common_passwords_are_refused,
    a_password_is_never_the_login,
    ones_own_password_is_not_reset,
    a_log_in_that_a_reset_overtakes_fails,
    a_log_in_beside_a_reset_leaves_no_session,
    made_up_tokens_leave_no_trace,
    wrong_passwords_must_wait,
    a_flood_locks_out_nobody_else,
    guesses_from_all_over_a_site_are_counted_together,
);

const WRONG: &str = "mat khau khong dung";
const NEW: &str = "mat khau moi cua toi";

fn log_in(client: &Client, login: &str, password: &str) -> Answered {
    client.post("/api/v1/auth/login", &json!({ "login": login, "password": password }))
}

fn token(app: &TestApp, answer: Answered) -> Client {
    app.with_token(answer.expect(200)["access_token"].as_str().unwrap())
}

fn one_sees_and_ends_ones_own_sessions(backend: Backend) {
    let app = TestApp::start(backend);
    let group_id = group(&app.admin(), "Nhóm", None);
    let phone = app.phone(Role::Agent, group_id);
    let browser = token(&app, log_in(&app.nobody(), &phone.user_id.to_string(), PASSWORD));
    let listed = browser.get("/api/v1/sessions").expect(200);
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let of_phone = items.iter().find(|it| !it["installation"].is_null()).unwrap();
    assert_eq!(of_phone["installation"]["id"], json!(phone.installation_id));
    assert_eq!(of_phone["current"], false);
    let path = format!("/api/v1/sessions/{}", of_phone["id"].as_str().unwrap());
    app.phone(Role::Agent, group_id).client.send("DELETE", &path, b"").refused(404, "not_found");
    assert_eq!(browser.send("DELETE", &path, b"").status, 204);
    phone.client.get("/api/v1/me").refused(401, "unauthenticated");
    assert_eq!(browser.get("/api/v1/sessions").expect(200)["items"].as_array().unwrap().len(), 1);
}

fn out_everywhere(backend: Backend) {
    let app = TestApp::start(backend);
    let phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm", None));
    let browser = token(&app, log_in(&app.nobody(), &phone.user_id.to_string(), PASSWORD));
    assert_eq!(browser.send("DELETE", "/api/v1/sessions", b"").status, 204);
    for client in [&browser, &phone.client] {
        client.get("/api/v1/me").refused(401, "unauthenticated");
    }
}

fn a_password_is_changed_by_its_owner(backend: Backend) {
    let app = TestApp::start(backend);
    let phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm", None));
    let login = phone.user_id.to_string();
    let browser = token(&app, log_in(&app.nobody(), &login, PASSWORD));
    let change = |old: &str, new: &str| {
        let body = json!({ "old_password": old, "new_password": new });
        browser.post("/api/v1/auth/password", &body)
    };
    change(WRONG, NEW).wrong("/old_password", "wrong_password");
    change(PASSWORD, PASSWORD).wrong("/new_password", "conflict");
    assert_eq!(change(PASSWORD, NEW).status, 204);
    browser.get("/api/v1/me").expect(200);
    phone.client.get("/api/v1/me").refused(401, "unauthenticated");
    log_in(&app.nobody(), &login, PASSWORD).refused(401, "unauthenticated");
    log_in(&app.nobody(), &login, NEW).expect(200);
}

fn a_password_that_somebody_else_set_is_changed_first(backend: Backend) {
    let app = TestApp::start(backend);
    let group_id = group(&app.admin(), "Nhóm", None);
    let agent = app.phone(Role::Agent, group_id);
    let leader = app.phone(Role::Leader, group_id).client;
    let path = format!("/api/v1/users/{}/reset-password", agent.user_id);
    assert_eq!(leader.post(&path, &json!({ "password": NEW })).status, 204);
    let answer = log_in(&app.nobody(), &agent.user_id.to_string(), NEW);
    assert_eq!(answer.body["user"]["must_change_password"], true);
    let client = token(&app, answer);
    client.get("/api/v1/tallies").refused(403, "password_change_required");
    client.get("/api/v1/me").expect(200);
    let own = json!({ "old_password": NEW, "new_password": "chi minh toi biet" });
    assert_eq!(client.post("/api/v1/auth/password", &own).status, 204);
    client.get("/api/v1/tallies").expect(200);
}

fn common_passwords_are_refused(backend: Backend) {
    let app = TestApp::start(backend);
    let user = |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password, "role": "admin", "name": "An" });
        app.admin().post("/api/v1/users", &body)
    };
    for password in ["password1", "Matkhau123", "nguyen.van.an"] {
        user("nguyen.van.an", password).wrong("/password", "too_common");
    }
    user("nguyen.van.an", "trâu đi cày đường dài").expect(201);
}

fn a_password_is_never_the_login(backend: Backend) {
    let app = TestApp::start(backend);
    let group_id = group(&app.admin(), "Nhóm", None);
    let agent = app.phone(Role::Agent, group_id);
    let leader = app.phone(Role::Leader, group_id).client;
    let login = agent.user_id.to_string().to_uppercase();
    let path = format!("/api/v1/users/{}/reset-password", agent.user_id);
    leader.post(&path, &json!({ "password": login })).wrong("/password", "too_common");
    let own = json!({ "old_password": "", "new_password": login });
    agent.client.post("/api/v1/auth/password", &own).wrong("/new_password", "too_common");
    let own = json!({ "new_password": login });
    let refused = agent.client.post("/api/v1/auth/password", &own);
    refused.wrong("/old_password", "required");
    refused.wrong("/new_password", "too_common");
    token(&app, log_in(&app.nobody(), &login, PASSWORD));
}

fn wrong_passwords_must_wait(backend: Backend) {
    let app = TestApp::start(backend);
    let (_, user_id) = app.browser(Role::Admin, None, None);
    let login = user_id.to_string();
    for _ in 0..5 {
        log_in(&app.nobody(), &login, WRONG).refused(401, "unauthenticated");
    }
    // Also the right one waits, or a guesser would learn it; and an unknown login behaves alike.
    for password in [WRONG, PASSWORD] {
        let answer = log_in(&app.nobody(), &login, password);
        answer.refused(429, "too_many_attempts");
        assert!(answer.retry_after.is_some_and(|seconds| seconds <= 31));
    }
    for _ in 0..5 {
        log_in(&app.nobody(), "khong-co-ai", WRONG).refused(401, "unauthenticated");
    }
    log_in(&app.nobody(), "khong-co-ai", WRONG).refused(429, "too_many_attempts");
}

fn a_flood_locks_out_nobody_else(backend: Backend) {
    let app = TestApp::start(backend);
    let agent = app.phone(Role::Agent, group(&app.admin(), "Nhóm", None));
    let (_, neighbour) = app.browser(Role::Admin, None, None);
    let login = agent.user_id.to_string();
    for _ in 0..6 {
        log_in(&app.nobody(), &login, WRONG);
    }
    log_in(&app.nobody(), &login, PASSWORD).refused(429, "too_many_attempts");
    // A neighbour behind the same address, and the owner with a phone that is known to be his.
    log_in(&app.nobody(), &neighbour.to_string(), PASSWORD).expect(200);
    let body = |installation_id| json!({ "login": login, "password": PASSWORD, "installation": { "id": installation_id } });
    let at = "/api/v1/auth/login";
    app.nobody().post(at, &body(agent.installation_id)).expect(200);
    app.nobody().post(at, &body(clock::new_id())).refused(429, "too_many_attempts");
}

fn ones_own_password_is_not_reset(backend: Backend) {
    let app = TestApp::start(backend);
    let leader = app.phone(Role::Leader, group(&app.admin(), "Nhóm", None));
    let path = format!("/api/v1/users/{}/reset-password", leader.user_id);
    leader.client.post(&path, &json!({ "password": NEW })).refused(403, "forbidden");
    token(&app, log_in(&app.nobody(), &leader.user_id.to_string(), PASSWORD));
}

fn made_up_tokens_leave_no_trace(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let entries = || admin.get("/api/v1/audit").expect(200)["items"].as_array().unwrap().len();
    let before = entries();
    let body = json!({ "refresh_token": "x" });
    app.nobody().post("/api/v1/auth/refresh", &body).refused(401, "unauthenticated");
    log_in(&app.nobody(), "khong-co-ai", WRONG).refused(401, "unauthenticated");
    assert_eq!(entries(), before);
}

/// The log-in has compared the old password and wants to begin a session, when somebody who was there before
/// gives the user another.
fn a_log_in_that_a_reset_overtakes_fails(backend: Backend) {
    let app = TestApp::start(backend);
    let (_, user_id) = app.browser(Role::Admin, None, None);
    let login = user_id.to_string();
    let hash = Passwords::new(None).unwrap().hash(NEW).unwrap();
    let late = std::thread::scope(|scope| {
        let reset = app.store.write(|tx| -> Result<_> {
            locks::user(tx, user_id)?;
            let late = scope.spawn(|| log_in(&app.nobody(), &login, PASSWORD));
            std::thread::sleep(Duration::from_millis(1500));
            users::set_password(tx, user_id, &hash, true)?;
            sessions::end_all(tx, user_id, clock::now().naive_utc())?;
            Ok(late)
        });
        reset.unwrap().join().unwrap()
    });
    late.refused(401, "unauthenticated");
    log_in(&app.nobody(), &login, NEW).expect(200);
}

/// Whoever of the two is first: what the old password opened is closed.
fn a_log_in_beside_a_reset_leaves_no_session(backend: Backend) {
    let app = TestApp::start(backend);
    let (admin, group_id) = (app.admin(), group(&app.admin(), "Nhóm", None));
    for _ in 0..6 {
        let agent = app.phone(Role::Agent, group_id);
        let login = agent.user_id.to_string();
        let path = format!("/api/v1/users/{login}/reset-password");
        let barrier = Barrier::new(2);
        let begun = std::thread::scope(|scope| {
            let begun = scope.spawn(|| {
                barrier.wait();
                log_in(&app.nobody(), &login, PASSWORD)
            });
            barrier.wait();
            assert_eq!(admin.post(&path, &json!({ "password": NEW })).status, 204);
            begun.join().unwrap()
        });
        if begun.status == 200 {
            let body = json!({ "refresh_token": begun.body["refresh_token"] });
            app.nobody().post("/api/v1/auth/refresh", &body).refused(401, "unauthenticated");
            token(&app, begun).get("/api/v1/me").refused(401, "unauthenticated");
        } else {
            begun.refused(401, "unauthenticated");
        }
        log_in(&app.nobody(), &login, NEW).expect(200);
    }
}

fn guesses_from_all_over_a_site_are_counted_together(backend: Backend) {
    let mut proxies = Proxies::default();
    proxies.trust("127.0.0.1").unwrap();
    let app = TestApp::start_behind(backend, Edge { proxies, ..Edge::default() });
    let (_, user_id) = app.browser(Role::Admin, None, None);
    let from = |address: &str, password: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        let body = json!({ "login": user_id.to_string(), "password": password }).to_string();
        app.nobody().request("POST", "/api/v1/auth/login", &headers, Some(body.as_bytes()))
    };
    for network in 0..20 {
        from(&format!("2001:db8:1:{network}::1"), WRONG).refused(401, "unauthenticated");
    }
    from("2001:db8:1:99::1", WRONG).refused(429, "too_many_attempts");
    from("2001:db8:2:1::1", PASSWORD).expect(200);
}
