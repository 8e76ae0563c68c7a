//! `/api/v1/auth/…`, `/api/v1/me` and the keys.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;

use crate::app::{Client, PASSWORD, TestApp, group};
use crate::both;
use crate::support::Backend;

both!(
    log_in_and_be_known,
    wrong_passwords_and_unknown_logins_are_alike,
    a_lost_answer_is_answered_again,
    a_stolen_token_ends_the_family,
    a_token_is_bound_to_its_installation,
    an_installation_belongs_to_one_user,
    tokens_that_are_not_ours,
    log_out,
);

fn make_user(app: &TestApp, login: &str) -> Value {
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let user = json!({ "login": login, "password": PASSWORD, "role": "agent", "name": "Nguyễn Văn An",
                       "group_id": group_id });
    admin.post("/api/v1/users", &user).expect(201)
}

fn log_in(client: &Client, login: &str, installation: Option<&Value>) -> Value {
    let mut body = json!({ "login": login, "password": PASSWORD });
    if let Some(installation) = installation {
        body["installation"] = installation.clone();
    }
    client.post("/api/v1/auth/login", &body).expect(200)
}

fn app_of_phone() -> Value {
    json!({ "id": clock::new_id(), "label": "Máy của An", "app_version": "1.0" })
}

fn log_in_and_be_known(backend: Backend) {
    let app = TestApp::start(backend);
    let user = make_user(&app, "an");
    let session = log_in(&app.nobody(), "An", Some(&app_of_phone()));
    assert_eq!((&session["token_type"], &session["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(session["user"]["id"], user["id"]);
    let client = app.with_token(session["access_token"].as_str().unwrap());
    let me = client.get("/api/v1/me").expect(200);
    assert_eq!((&me["id"], &me["role"]), (&user["id"], &json!("agent")));
    client.get("/api/v1/sync/config").expect(200);
    let keys = app.nobody().get("/.well-known/jwks.json").expect(200);
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
}

fn wrong_passwords_and_unknown_logins_are_alike(backend: Backend) {
    let app = TestApp::start(backend);
    make_user(&app, "an");
    let attempt = |login: &str| {
        let body = json!({ "login": login, "password": "mat khau khong dung" });
        let mut answer = app.nobody().post("/api/v1/auth/login", &body);
        answer.refused(401, "unauthenticated");
        answer.body["request_id"].take();
        answer.body
    };
    assert_eq!(attempt("an"), attempt("khong-co-ai"));
}

fn refresh(app: &TestApp, token: &Value, installation: Option<&Value>) -> crate::app::Answered {
    let mut body = json!({ "refresh_token": token });
    if let Some(installation) = installation {
        body["installation_id"] = installation["id"].clone();
    }
    app.nobody().post("/api/v1/auth/refresh", &body)
}

fn a_lost_answer_is_answered_again(backend: Backend) {
    let app = TestApp::start(backend);
    make_user(&app, "an");
    let phone = app_of_phone();
    let first = log_in(&app.nobody(), "an", Some(&phone))["refresh_token"].clone();
    let second = refresh(&app, &first, Some(&phone)).expect(200)["refresh_token"].clone();
    assert_ne!(first, second);
    // The answer was lost: the used token brings the same successor again.
    assert_eq!(refresh(&app, &first, Some(&phone)).expect(200)["refresh_token"], second);
    let third = refresh(&app, &second, Some(&phone)).expect(200)["refresh_token"].clone();
    refresh(&app, &third, Some(&phone)).expect(200);
}

fn a_stolen_token_ends_the_family(backend: Backend) {
    let app = TestApp::start(backend);
    make_user(&app, "an");
    let phone = app_of_phone();
    let first = log_in(&app.nobody(), "an", Some(&phone));
    let client = app.with_token(first["access_token"].as_str().unwrap());
    let first = &first["refresh_token"];
    let second = refresh(&app, first, Some(&phone)).expect(200)["refresh_token"].clone();
    let third = refresh(&app, &second, Some(&phone)).expect(200)["refresh_token"].clone();
    refresh(&app, first, Some(&phone)).refused(401, "unauthenticated");
    refresh(&app, &third, Some(&phone)).refused(401, "unauthenticated");
    client.get("/api/v1/me").refused(401, "unauthenticated");
}

fn a_token_is_bound_to_its_installation(backend: Backend) {
    let app = TestApp::start(backend);
    make_user(&app, "an");
    let phone = app_of_phone();
    let token = log_in(&app.nobody(), "an", Some(&phone))["refresh_token"].clone();
    refresh(&app, &token, None).refused(401, "unauthenticated");
    refresh(&app, &token, Some(&app_of_phone())).refused(401, "unauthenticated");
    refresh(&app, &token, Some(&phone)).expect(200);
}

fn an_installation_belongs_to_one_user(backend: Backend) {
    let app = TestApp::start(backend);
    make_user(&app, "an");
    make_user(&app, "binh");
    let phone = app_of_phone();
    log_in(&app.nobody(), "an", Some(&phone));
    log_in(&app.nobody(), "an", Some(&phone));
    let body = json!({ "login": "binh", "password": PASSWORD, "installation": phone });
    app.nobody().post("/api/v1/auth/login", &body).refused(409, "installation_taken");
}

fn tokens_that_are_not_ours(backend: Backend) {
    let app = TestApp::start(backend);
    let other = TestApp::start(backend);
    let (_, user_id) = app.browser(Role::Admin, None, None);
    let foreign =
        dai_ly_thu::auth::tokens::issue(&other.keys, user_id, user_id, None, clock::now());
    // {"alg":"none"} with a subject, and no signature.
    let none =
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDAifQ.";
    let old = clock::now() - chrono::TimeDelta::hours(1);
    let expired = dai_ly_thu::auth::tokens::issue(&app.keys, user_id, user_id, None, old);
    let no_session =
        dai_ly_thu::auth::tokens::issue(&app.keys, user_id, user_id, None, clock::now());
    for token in [&foreign.unwrap(), none, &expired.unwrap(), &no_session.unwrap(), "", "a.b.c"] {
        app.with_token(token).get("/api/v1/me").refused(401, "unauthenticated");
    }
}

fn log_out(backend: Backend) {
    let app = TestApp::start(backend);
    make_user(&app, "an");
    let session = log_in(&app.nobody(), "an", None);
    let client = app.with_token(session["access_token"].as_str().unwrap());
    assert_eq!(client.post("/api/v1/auth/logout", &json!({})).status, 204);
    client.get("/api/v1/me").refused(401, "unauthenticated");
    refresh(&app, &session["refresh_token"], None).refused(401, "unauthenticated");
}
