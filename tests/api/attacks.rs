//! What somebody tries who means harm.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::http::guard::Access;
use dai_ly_thu::http::routes;

use crate::app::{Client, TestApp, group, id, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::voluntary;

both!(
    ids_of_others_are_nowhere,
    nobody_makes_himself_more,
    words_are_only_words,
    numbers_beyond_all_bounds,
    names_that_deceive_the_eye,
    forged_tokens,
);

/// What an office has, one of each.
fn belongings(app: &TestApp) -> Vec<Id> {
    let admin = app.admin();
    let office_id = office(&admin, "Huyện khác", None);
    let group_id = group(&admin, "Nhóm khác", Some(office_id));
    let mut phone = app.phone(Role::Agent, group_id);
    let sent = phone.send("voluntary", &voluntary(1));
    let enrollment = &sent["enrollments"][0];
    let village = json!({ "name": "Thôn 1", "area_code": "19141" });
    let village_id = id(&admin.post("/api/v1/villages", &village).expect(201));
    let drive = json!({ "group_id": group_id, "village_id": village_id, "on": "2026-11-22" });
    let drive_id = id(&admin.post("/api/v1/drives", &drive).expect(201));
    let target = json!({ "group_id": group_id, "scheme": "voluntary", "from": "2026-01-01",
                         "to": "2026-12-31", "people": 10 });
    let target_id = id(&admin.post("/api/v1/targets", &target).expect(201));
    let plan = json!({ "holder": { "kind": "area", "id": "19141" }, "office_id": office_id,
                       "measure": "vssid", "from": "2026-01-01", "to": "2026-12-31",
                       "people": 10 });
    let plan_id = id(&admin.post("/api/v1/targets", &plan).expect(201));
    let union = json!({ "name": "Hội khác", "office_id": office_id,
                        "member_ids": [phone.user_id] });
    let union_id = id(&admin.post("/api/v1/associations", &union).expect(201));
    let list = json!({ "name": "Tái tục", "kind": "due", "scheme": "voluntary",
                       "office_id": office_id, "on": "2026-12-15" });
    let list_id = id(&admin.post("/api/v1/worklists", &list).expect(201));
    let items = admin.get(&format!("/api/v1/worklists/{list_id}/items")).expect(200);
    let item_id = id(&items["items"][0]);
    let told = |value: &Value| value.as_str().expect("an id").parse().expect("an id");
    vec![
        office_id,
        group_id,
        phone.user_id,
        phone.installation_id,
        drive_id,
        target_id,
        plan_id,
        union_id,
        list_id,
        item_id,
        told(&sent["id"]),
        told(&enrollment["id"]),
        told(&enrollment["person_id"]),
        told(&enrollment["card"]["id"]),
    ]
}

/// Whatever the id stands for, and wherever it stands in an address: for who is not of that office it is
/// not there, and the answer is the same as for an id that nobody has.
fn ids_of_others_are_nowhere(backend: Backend) {
    let app = TestApp::start(backend);
    let theirs = belongings(&app);
    let admin = app.admin();
    let own_office = office(&admin, "Huyện", None);
    let own_group = group(&admin, "Nhóm", Some(own_office));
    let callers = [
        app.phone(Role::Agent, own_group).client,
        app.phone(Role::Leader, own_group).client,
        app.browser(Role::Supervisor, None, Some(own_office)).0,
    ];
    for route in routes::table() {
        let named = route.path.contains("{id}") && !route.path.contains("villages");
        if !named || route.access == Access::Public {
            continue;
        }
        for caller in &callers {
            let nowhere = call(caller, &route, clock::new_id());
            for id in &theirs {
                let there = call(caller, &route, *id);
                assert!(there.0 >= 400, "{} {}: {there:?}", route.method, route.path);
                assert_eq!(there, nowhere, "{} {}", route.method, route.path);
            }
        }
    }
}

fn call(caller: &Client, route: &routes::Route, id: Id) -> (u16, String) {
    let path = route.path.replace("{id}", &id.to_string());
    let path = path.replace("{item_id}", &id.to_string());
    let body = json!({
        "name": "Kẻ khác", "mode": "block", "password": "mat khau cua ke khac", "decision": "accept",
        "reason": "thử", "into": clock::new_id(), "kind": "bhxh", "code": "4499999999",
    });
    let answer = match route.method.as_str() {
        "GET" => caller.get(&path),
        method => caller.send(method, &path, body.to_string().as_bytes()),
    };
    (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
}

fn nobody_makes_himself_more(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "Huyện", None);
    let group_id = group(&admin, "Nhóm", Some(office_id));
    let agent = app.phone(Role::Agent, group_id);
    let (supervisor, supervisor_id) = app.browser(Role::Supervisor, None, Some(office_id));
    let more = json!({ "role": "admin", "office_id": null, "must_change_password": false,
                       "password_hash": "x", "disabled_at": null });
    let path = format!("/api/v1/users/{}", agent.user_id);
    let changed = supervisor.send("PATCH", &path, more.to_string().as_bytes()).expect(200);
    assert_eq!((&changed["role"], &changed["group_id"]), (&json!("agent"), &json!(group_id)));
    let own = format!("/api/v1/users/{supervisor_id}");
    supervisor.send("PATCH", &own, more.to_string().as_bytes()).refused(404, "not_found");
    agent.client.send("PATCH", &path, more.to_string().as_bytes()).refused(403, "forbidden");
    for role in ["admin", "supervisor", "client"] {
        let user = json!({ "login": format!("ke-khac-{role}"), "password": "mat khau cua ke khac",
                           "role": role, "name": "Kẻ khác", "office_id": office_id });
        let answer = supervisor.post("/api/v1/users", &user);
        assert!(matches!(answer.status, 403 | 422), "{role}: {}", answer.status);
    }
}

fn words_are_only_words(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    for word in ["'; DROP TABLE users; --", "\" OR 1=1 --", "%27%20OR%201=1", "$1", "?1", "\\'"] {
        let made = admin.post("/api/v1/offices", &json!({ "name": word })).expect(201);
        assert_eq!(made["name"], word);
        let asked: String = url_encoded(word);
        app.nobody()
            .post("/api/v1/auth/login", &json!({ "login": word, "password": word }))
            .refused(401, "unauthenticated");
        for path in ["/api/v1/audit?what=", "/api/v1/areas?q=", "/api/v1/enrollments?status="] {
            let status = admin.get(&format!("{path}{asked}")).status;
            assert!(matches!(status, 200 | 422), "{path}{asked}: {status}");
        }
    }
    // A header of one's own making comes back as it is, or not at all.
    let answer = admin.request("GET", "/api/v1/me", &[("x-request-id", "a\tb; set-cookie")], None);
    assert_eq!(answer.status, 200);
    admin.get("/api/v1/me").expect(200);
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn numbers_beyond_all_bounds(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm", None);
    for people in ["1e400", "-1", "0", "9223372036854775808", "1.5", "200000001", "\"10\"", "null"]
    {
        let body = format!(
            r#"{{"group_id":"{group_id}","scheme":"voluntary","from":"2026-01-01","to":"2026-12-31","people":{people}}}"#
        );
        let status = admin.send("POST", "/api/v1/targets", body.as_bytes()).status;
        assert!(matches!(status, 400 | 422), "{people}: {status}");
    }
    for limit in ["-1", "99999999999999999999", "1e3", "0"] {
        let status = admin.get(&format!("/api/v1/users?limit={limit}")).status;
        assert!(matches!(status, 200 | 400), "{limit}: {status}");
    }
    let twice = format!(r#"{{"name":"a","name":"b","id":"{}"}}"#, clock::new_id());
    admin.send("POST", "/api/v1/offices", twice.as_bytes()).refused(400, "malformed");
    let deep = "[".repeat(60_000);
    admin.send("POST", "/api/v1/offices", deep.as_bytes()).refused(400, "malformed");
    let large = format!(r#"{{"name":"{}"}}"#, "a".repeat(70_000));
    admin.send("POST", "/api/v1/offices", large.as_bytes()).refused(413, "too_large");
}

fn names_that_deceive_the_eye(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    // Right to left, of no width, joined: what is kept is what is seen.
    let name = "Nguyễn\u{202e} Văn\u{200b} \u{2067}An\u{feff}";
    let user =
        json!({ "login": "an", "password": "mat khau cua an", "role": "admin", "name": name });
    assert_eq!(admin.post("/api/v1/users", &user).expect(201)["name"], "Nguyễn Văn An");
    let nothing = json!({ "login": "binh", "password": "mat khau cua binh", "role": "admin",
                          "name": "\u{200b}\u{202e}" });
    admin.post("/api/v1/users", &nothing).wrong("/name", "required");
    // A letter of another alphabet that looks like ours is not a login.
    let login =
        json!({ "login": "аn", "password": "mat khau cua an", "role": "admin", "name": "An" });
    admin.post("/api/v1/users", &login).wrong("/login", "bad_format");
}

fn forged_tokens(backend: Backend) {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let app = TestApp::start(backend);
    let (client, _) = app.browser(Role::Admin, None, None);
    let token = client.token.clone().unwrap();
    let (head, rest) = token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let keys = app.nobody().get("/.well-known/jwks.json").expect(200);
    let kid = keys["keys"][0]["kid"].as_str().unwrap();
    let header = |json: Value| BASE64.encode(json.to_string());
    let none = header(json!({ "alg": "none", "typ": "JWT", "kid": kid }));
    let other = header(json!({ "alg": "EdDSA", "typ": "JWT", "kid": "another" }));
    let confused = header(json!({ "alg": "HS256", "typ": "JWT", "kid": kid }));
    let hmac = aws_lc_rs::hmac::Key::new(
        aws_lc_rs::hmac::HMAC_SHA256,
        &BASE64.decode(keys["keys"][0]["x"].as_str().unwrap()).unwrap(),
    );
    let signed = aws_lc_rs::hmac::sign(&hmac, format!("{confused}.{claims}").as_bytes());
    let mut changed: Value = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
    changed["sub"] = json!(clock::new_id());
    let changed = BASE64.encode(changed.to_string());
    for forged in [
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{other}.{claims}.{signature}"),
        format!("{confused}.{claims}.{}", BASE64.encode(signed)),
        format!("{head}.{changed}.{signature}"),
        format!("{head}.{claims}.{}", "A".repeat(86)),
        format!("{head}.{claims}"),
        String::new(),
    ] {
        app.with_token(&forged).get("/api/v1/me").refused(401, "unauthenticated");
    }
    client.get("/api/v1/me").expect(200);
}
