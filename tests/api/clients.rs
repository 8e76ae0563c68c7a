//! Programs of collection organisations: their secrets, what they may do, and for whom.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{ApiScope, Id, Role};

use crate::app::{Answered, Client, TestApp, group, id, organisation};
use crate::both;
use crate::support::Backend;
use crate::support::records::{batch, captured, record, voluntary};

both!(
    a_secret_is_told_once_and_gives_tokens,
    secrets_follow_each_other,
    a_program_out_of_use_is_nobody,
    tokens_are_refused_in_the_words_of_oauth,
    a_program_speaks_for_its_agents,
    a_program_speaks_for_nobody_else,
    a_program_that_names_a_leader_is_no_leader,
    a_program_sees_its_organisation_only,
    a_program_is_told_how_often_it_may_call,
);

const WRITE: &str = "enroll:write";

fn token(client: &Client, form: &str) -> Answered {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    client.request("POST", "/api/v1/oauth/token", &headers, Some(form.as_bytes()))
}

fn log_in(app: &TestApp, made: &Value) -> Answered {
    let (id, secret) = (made["id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    token(&app.nobody(), &form)
}

fn logged_in(app: &TestApp, made: &Value) -> Client {
    app.with_token(log_in(app, made).expect(200)["access_token"].as_str().unwrap())
}

fn make(admin: &Client, scopes: &[&str]) -> Value {
    let organisation_id = organisation(admin, "Bưu điện");
    let body = json!({ "name": "Cổng", "organisation_id": organisation_id, "scopes": scopes });
    admin.post("/api/v1/clients", &body).expect(201)
}

/// An agent of an organisation.
fn agent(admin: &Client, group_id: Id, organisation_id: Option<Id>) -> Id {
    let body = json!({
        "login": format!("agent-{}", clock::new_id()), "password": "mot mat khau dai", "role": "agent",
        "name": "Trần Văn Bình", "group_id": group_id, "organisation_id": organisation_id,
    });
    id(&admin.post("/api/v1/users", &body).expect(201))
}

fn register(program: &Client, agent_id: Id) -> Answered {
    let body = json!({ "id": clock::new_id(), "label": "máy", "agent_id": agent_id });
    program.post("/api/v1/installations", &body)
}

fn push(program: &Client, installation_id: Id, agent_id: Option<Id>, number: u32) -> Answered {
    let one =
        record(clock::new_id(), 1, i64::from(number), "voluntary", captured(), &voluntary(number));
    let mut body = batch(installation_id, clock::now(), &[one]);
    if let Some(agent_id) = agent_id {
        body["agent_id"] = json!(agent_id);
    }
    program.put(&format!("/api/v1/sync/batches/{}", clock::new_id()), &body)
}

fn a_secret_is_told_once_and_gives_tokens(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let made = make(&admin, &["tallies:read", WRITE, WRITE]);
    let path = format!("/api/v1/clients/{}", made["id"].as_str().unwrap());
    let read = admin.get(&path).expect(200);
    assert_eq!(read["scopes"], json!([WRITE, "tallies:read"]));
    assert_eq!(read["secrets"].as_array().unwrap().len(), 1);
    let secret = made["client_secret"].as_str().unwrap();
    assert!(!read.to_string().contains(secret));
    assert!(!admin.get("/api/v1/audit").expect(200).to_string().contains(secret));
    let answer = log_in(&app, &made).expect(200);
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(answer["scope"], "enroll:write tallies:read");
    let program = app.with_token(answer["access_token"].as_str().unwrap());
    program.get("/api/v1/tallies").expect(200);
    program.get("/api/v1/enrollments").refused(403, "forbidden");
    // What it did not ask for it may not do, and what it was not given it cannot ask for.
    let id = made["id"].as_str().unwrap();
    let form =
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=");
    let narrow = token(&app.nobody(), &format!("{form}enroll%3Awrite")).expect(200);
    let narrow = app.with_token(narrow["access_token"].as_str().unwrap());
    narrow.get("/api/v1/tallies").refused(403, "forbidden");
    narrow.get("/api/v1/rules").expect(200);
    let more = token(&app.nobody(), &format!("{form}enroll%3Aread"));
    assert_eq!((more.status, &more.body["error"]), (400, &json!("invalid_scope")));
    // What is taken from the program is taken from its tokens.
    admin.send("PATCH", &path, json!({ "scopes": [WRITE] }).to_string().as_bytes()).expect(200);
    program.get("/api/v1/tallies").refused(403, "forbidden");
    program.get("/api/v1/me").refused(403, "forbidden");
}

fn secrets_follow_each_other(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let first = make(&admin, &[WRITE]);
    let path = format!("/api/v1/clients/{}/rotate-secret", first["id"].as_str().unwrap());
    let old = logged_in(&app, &first);
    let second = admin.post(&path, &json!({})).expect(201);
    assert_eq!(second["secrets"].as_array().unwrap().len(), 2);
    let both = [logged_in(&app, &first), logged_in(&app, &second)];
    both.iter().for_each(|it| drop(it.get("/api/v1/rules").expect(200)));
    // One that was given away ends at once, with the tokens it gave; so does the one before it.
    let third = admin.post(&path, &json!({ "overlap_hours": 0 })).expect(201);
    assert_eq!(third["secrets"].as_array().unwrap().len(), 1);
    for made in [&first, &second] {
        assert_eq!(log_in(&app, made).status, 401);
    }
    for client in [&old, &both[0], &both[1]] {
        client.get("/api/v1/rules").refused(401, "unauthenticated");
    }
    logged_in(&app, &third).get("/api/v1/rules").expect(200);
    admin.post(&path, &json!({ "overlap_hours": 721 })).wrong("/overlap_hours", "out_of_range");
}

fn a_program_out_of_use_is_nobody(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let made = make(&admin, &[WRITE]);
    let program = logged_in(&app, &made);
    let path = format!("/api/v1/clients/{}", made["id"].as_str().unwrap());
    let changed = admin.send("PATCH", &path, br#"{"disabled":true}"#).expect(200);
    assert_eq!(changed["disabled"], true);
    program.get("/api/v1/rules").refused(401, "unauthenticated");
    let refused = log_in(&app, &made);
    assert_eq!((refused.status, &refused.body["error"]), (401, &json!("invalid_client")));
}

fn tokens_are_refused_in_the_words_of_oauth(backend: Backend) {
    let app = TestApp::start(backend);
    let made = make(&app.admin(), &[WRITE]);
    let id = made["id"].as_str().unwrap();
    let secret = made["client_secret"].as_str().unwrap();
    let whole = format!("client_id={id}&client_secret={secret}");
    for (form, status, error) in [
        (String::new(), 400, "invalid_request"),
        (whole.clone(), 400, "invalid_request"),
        (format!("{whole}&grant_type=password"), 400, "unsupported_grant_type"),
        (format!("{whole}&grant_type=client_credentials&client_id={id}"), 400, "invalid_request"),
        (format!("grant_type=client_credentials&client_id={id}"), 401, "invalid_client"),
        (
            format!("grant_type=client_credentials&client_id={id}&client_secret=x"),
            401,
            "invalid_client",
        ),
        (
            format!("grant_type=client_credentials&client_id=x&client_secret={secret}"),
            401,
            "invalid_client",
        ),
        (
            format!(
                "grant_type=client_credentials&client_id={}&client_secret={secret}",
                clock::new_id()
            ),
            401,
            "invalid_client",
        ),
    ] {
        let refused = token(&app.nobody(), &form);
        assert_eq!((refused.status, &refused.body["error"]), (status, &json!(error)), "{form}");
    }
    let basic = |text: &str| {
        let encoded = base64(text);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", &*format!("Basic {encoded}")),
        ];
        let body = Some(b"grant_type=client_credentials".as_slice());
        app.nobody().request("POST", "/api/v1/oauth/token", &headers, body)
    };
    basic(&format!("{id}:{secret}")).expect(200);
    assert_eq!(basic(&format!("{id}:{id}")).status, 401);
    assert_eq!(basic("nothing").status, 401);
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn a_program_speaks_for_its_agents(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let (group_id, own) = (group(&admin, "Nhóm", None), organisation(&admin, "Bưu điện"));
    let (program, _) = app.program(own, &[ApiScope::EnrollWrite]);
    let agent_id = agent(&admin, group_id, Some(own));
    let body = json!({ "id": clock::new_id(), "label": "máy 1", "agent_id": agent_id });
    let phone = program.post("/api/v1/installations", &body).expect(201);
    assert_eq!(program.post("/api/v1/installations", &body).expect(201)["id"], phone["id"]);
    let installation_id = id(&phone);
    let answer = push(&program, installation_id, Some(agent_id), 1).expect(200);
    assert_eq!(answer["results"][0]["status"], "accepted", "{answer:#}");
    let records = format!(
        "/api/v1/sync/records?installation_id={installation_id}&from_seq=1&agent_id={agent_id}"
    );
    assert_eq!(program.get(&records).expect(200)["results"].as_array().unwrap().len(), 1);
    let feed = program.get(&format!("/api/v1/sync/changes?agent_id={agent_id}")).expect(200);
    assert!(!feed["changes"].as_array().unwrap().is_empty());
    program.get("/api/v1/sync/config").expect(200);
    app.assert_books();
    // One that was stolen hands nothing in any more, whoever carries it.
    let path = format!("/api/v1/installations/{installation_id}/revoke");
    admin.post(&path, &json!({ "mode": "block" })).expect(200);
    push(&program, installation_id, Some(agent_id), 2).refused(403, "installation_revoked");
}

fn a_program_speaks_for_nobody_else(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm", None);
    let (own, other) = (organisation(&admin, "Bưu điện"), organisation(&admin, "Viettel"));
    let (program, program_id) = app.program(own, &[ApiScope::EnrollWrite]);
    let agent_id = agent(&admin, group_id, Some(own));
    let own_phone = id(&register(&program, agent_id).expect(201));
    let stranger = agent(&admin, group_id, Some(other));
    let free = agent(&admin, group_id, None);
    let their_phone = app.phone_of(stranger);
    for nobody in [stranger, free, program_id, clock::new_id()] {
        register(&program, nobody).refused(403, "agent_not_allowed");
        push(&program, own_phone, Some(nobody), 1).refused(403, "agent_not_allowed");
        let feed = format!("/api/v1/sync/changes?agent_id={nobody}");
        program.get(&feed).refused(403, "agent_not_allowed");
    }
    push(&program, own_phone, None, 1).refused(403, "agent_not_allowed");
    program.get("/api/v1/sync/changes").refused(403, "agent_not_allowed");
    let theirs = their_phone.installation_id;
    push(&program, theirs, Some(agent_id), 1).refused(403, "installation_mismatch");
    push(&program, clock::new_id(), Some(agent_id), 1).refused(403, "installation_mismatch");
    let body = json!({ "id": theirs, "label": "", "agent_id": agent_id });
    program.post("/api/v1/installations", &body).refused(409, "installation_taken");
    // A user speaks for himself and for nobody else.
    push(&their_phone.client, theirs, Some(stranger), 1).refused(403, "agent_not_allowed");
}

fn a_program_that_names_a_leader_is_no_leader(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let (group_id, own) = (group(&admin, "Nhóm", None), organisation(&admin, "Bưu điện"));
    let mut neighbour = app.phone(Role::Agent, group_id);
    let theirs = neighbour.capture("voluntary", &voluntary(1));
    neighbour.push(std::slice::from_ref(&theirs)).expect(200);
    let body = json!({
        "login": format!("leader-{}", clock::new_id()), "password": "mot mat khau dai", "role": "leader",
        "name": "Lê Thị Hoa", "group_id": group_id, "organisation_id": own,
    });
    let leader_id = id(&admin.post("/api/v1/users", &body).expect(201));
    let (program, _) = app.program(own, &[ApiScope::EnrollWrite]);
    let phone = id(&register(&program, leader_id).expect(201));
    let void = json!({ "record_id": theirs["id"], "reason": "ghi nhầm" });
    let void = record(clock::new_id(), 1, 1, "void", captured(), &void);
    let mut body = batch(phone, clock::now(), &[void]);
    body["agent_id"] = json!(leader_id);
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    let answer = program.put(&path, &body).expect(200);
    assert_ne!(answer["results"][0]["status"], "accepted", "{answer:#}");
    let path =
        format!("/api/v1/sync/records?agent_id={leader_id}&ids={}", theirs["id"].as_str().unwrap());
    assert_eq!(program.get(&path).expect(200)["results"][0]["found"], false);
    let standing = admin.get("/api/v1/enrollments?status=accepted").expect(200);
    assert_eq!(standing["items"].as_array().unwrap().len(), 1);
}

fn a_program_sees_its_organisation_only(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm", None);
    let (own, other) = (organisation(&admin, "Bưu điện"), organisation(&admin, "Viettel"));
    let all = [ApiScope::EnrollWrite, ApiScope::EnrollRead, ApiScope::TalliesRead];
    let mut made = Vec::new();
    for (number, organisation_id) in (1..).zip([own, other]) {
        let (program, _) = app.program(organisation_id, &all);
        let agent_id = agent(&admin, group_id, Some(organisation_id));
        let phone = id(&register(&program, agent_id).expect(201));
        let answer = push(&program, phone, Some(agent_id), number).expect(200);
        let enrollment = &answer["results"][0]["enrollments"][0];
        made.push((program, agent_id, enrollment.clone()));
    }
    for (number, (program, agent_id, enrollment)) in made.iter().enumerate() {
        let listed = program.get("/api/v1/enrollments").expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(listed["items"][0]["id"], enrollment["id"]);
        for by in ["group", "agent", "organisation", "area", "day"] {
            let table = program.get(&format!("/api/v1/tallies?by={by}")).expect(200);
            assert_eq!(table["totals"]["accepted"], 1, "{by}: {table:#}");
        }
        let agents = program.get("/api/v1/tallies?by=agent").expect(200);
        assert_eq!(agents["rows"][0]["key"], json!(agent_id));
        let theirs = &made[1 - number].2;
        let path = |it: &Value| format!("/api/v1/enrollments/{}", it["id"].as_str().unwrap());
        let card = |it: &Value| format!("/api/v1/cards/{}", it["card"]["id"].as_str().unwrap());
        program.get(&path(enrollment)).expect(200);
        program.get(&card(enrollment)).expect(200);
        program.get(&path(theirs)).refused(404, "not_found");
        program.get(&card(theirs)).refused(404, "not_found");
        // The group is one, and its feed is cut to what is the program's own.
        let feed = program.get(&format!("/api/v1/sync/changes?agent_id={agent_id}")).expect(200);
        let feed = feed.to_string();
        for of in ["id", "person_id"] {
            assert!(feed.contains(enrollment[of].as_str().unwrap()));
            assert!(!feed.contains(theirs[of].as_str().unwrap()), "{of}");
        }
    }
}

fn a_program_is_told_how_often_it_may_call(backend: Backend) {
    let app = TestApp::start(backend);
    let (program, _) = app.program(organisation(&app.admin(), "Bưu điện"), &[ApiScope::EnrollRead]);
    let url = format!("{}/api/v1/rules", app.base);
    let call = || {
        let token = program.token.as_deref().unwrap();
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let answer =
            agent.get(&url).header("authorization", format!("Bearer {token}")).call().unwrap();
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        (answer.status().as_u16(), header("ratelimit-policy"), header("ratelimit"))
    };
    let (status, policy, rate) = call();
    assert_eq!((status, policy.as_str()), (200, "\"client\";q=600;w=60"));
    assert!(rate.starts_with("\"client\";r=599;t="), "{rate}");
    let refused = (0..1300).find_map(|_| {
        let answer = program.get("/api/v1/sync/config");
        (answer.status == 429).then_some(answer)
    });
    refused.expect("it ends").refused(429, "too_many_attempts");
    app.phone(Role::Agent, group(&app.admin(), "Nhóm", None))
        .client
        .get("/api/v1/rules")
        .expect(200);
}
