//! `/api/v1/audit`: who did what, and a chain that tells when it was tampered with.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use dai_ly_thu::audit::seal::seal;
use dai_ly_thu::audit::verify::{Broken, verify};
use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::store::{Conn, Location, audit};

use crate::app::{TestApp, group, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::voluntary;

both!(
    what_is_written_is_told,
    a_push_is_one_entry,
    log_ins_are_told,
    only_administrators_read_it,
    the_chain_holds,
    what_was_changed_is_found,
    what_was_taken_out_is_found,
    what_was_put_in_is_found,
    a_chain_that_was_cut_off_is_found,
    nothing_can_be_changed_by_the_way,
);

fn entries(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.admin().get(&format!("/api/v1/audit?limit=200&{query}")).expect(200);
    answer["items"].as_array().unwrap().clone()
}

fn what_is_written_is_told(backend: Backend) {
    let app = TestApp::start(backend);
    let (admin, admin_id) = app.browser(Role::Admin, None, None);
    let office_id = office(&admin, "Huyện", None);
    let group_id = group(&admin, "Nhóm", Some(office_id));
    let agent = app.phone(Role::Agent, group_id);
    let path = format!("/api/v1/users/{}", agent.user_id);
    let before = admin.get(&path).expect(200);
    let after =
        admin.send("PATCH", &path, json!({ "name": "Trần Thị Bình" }).to_string().as_bytes());
    assert_ne!(before, after.body);

    let told = entries(&app, &format!("user_id={admin_id}"));
    let what: Vec<_> = told.iter().map(|it| it["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["POST /api/v1/offices", "POST /api/v1/groups", "PATCH /api/v1/users/{id}"]);
    assert_eq!(told[1]["subject_id"], json!(group_id));
    assert_eq!(told[2]["subject_id"], json!(agent.user_id));
    assert_eq!((&told[1]["before"], told[1]["after"].is_string()), (&Value::Null, true));
    assert!(told[2]["before"].is_string() && told[2]["before"] != told[2]["after"]);
    assert!(told[2]["request_id"].as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(entries(&app, &format!("subject_id={group_id}")).len(), 1);
    assert_eq!(entries(&app, "what=POST%20/api/v1/groups&before=2020-01-01T00:00:00Z").len(), 0);
}

fn a_push_is_one_entry(backend: Backend) {
    let app = TestApp::start(backend);
    let mut phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm", None));
    phone.send("voluntary", &voluntary(1));
    let told = entries(&app, &format!("user_id={}", phone.user_id));
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["what"], "PUT /api/v1/sync/batches/{batch_id}");
    assert_eq!(told[0]["installation_id"], json!(phone.installation_id));
    assert!(told[0]["after"].is_string());
}

fn log_ins_are_told(backend: Backend) {
    let app = TestApp::start(backend);
    let (_, user_id) = app.browser(Role::Admin, None, None);
    for password in ["khong phai mat khau", crate::app::PASSWORD] {
        let body = json!({ "login": user_id.to_string(), "password": password });
        app.nobody().post("/api/v1/auth/login", &body);
    }
    let told = entries(&app, "what=POST%20/api/v1/auth/login");
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["user_id"], &told[0]["subject_id"]), (&Value::Null, &json!(user_id)));
    assert_eq!(told[0]["detail"], "refused");
    assert_eq!((&told[1]["user_id"], &told[1]["detail"]), (&json!(user_id), &Value::Null));
}

fn only_administrators_read_it(backend: Backend) {
    let app = TestApp::start(backend);
    let office_id = office(&app.admin(), "Huyện", None);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(office_id));
    supervisor.get("/api/v1/audit").refused(403, "forbidden");
}

/// A server with six entries in the chain.
fn sealed(backend: Backend) -> TestApp {
    let app = TestApp::start(backend);
    let admin = app.admin();
    for i in 0..6 {
        office(&admin, &format!("Huyện {i}"), None);
    }
    assert_eq!(seal(&app.store).unwrap(), 6);
    app
}

fn broken(app: &TestApp, known: Option<(i64, &str)>) -> Vec<Broken> {
    verify(&app.store, known, clock::now(), |_| {}).unwrap().broken
}

/// As somebody would who has the database and knows of the guards in it.
fn tamper(app: &TestApp, sql: &str) {
    let mut conn = Location::parse(&app.url).unwrap().connect().unwrap();
    let sql = match conn {
        Conn::Sqlite(_) => format!(
            "DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_hold;
             DROP TRIGGER audit_seals_stay; DROP TRIGGER audit_seals_hold; {sql}"
        ),
        Conn::Pg(_) => format!(
            "ALTER TABLE audit_entries DISABLE TRIGGER ALL; ALTER TABLE audit_seals DISABLE TRIGGER ALL; {sql}"
        ),
    };
    conn.batch_execute(&sql).unwrap();
}

fn third(app: &TestApp) -> Id {
    app.store.read(|conn| audit::chain(conn, 3, 1)).unwrap()[0].0.entry_id
}

fn the_chain_holds(backend: Backend) {
    let app = sealed(backend);
    assert_eq!(seal(&app.store).unwrap(), 0);
    group(&app.admin(), "Nhóm", None);
    assert_eq!(seal(&app.store).unwrap(), 1);
    let report = verify(&app.store, None, clock::now(), |_| {}).unwrap();
    assert_eq!((report.sealed, report.broken), (7, vec![]));
    let head = report.head.unwrap();
    assert_eq!(broken(&app, Some((7, &head.hash))), vec![]);
    assert_eq!(broken(&app, Some((7, "another"))), [Broken::Anew { seq: 7 }]);
}

fn what_was_changed_is_found(backend: Backend) {
    let app = sealed(backend);
    let entry_id = third(&app);
    tamper(
        &app,
        "UPDATE audit_entries SET user_id = NULL WHERE id = \
         (SELECT entry_id FROM audit_seals WHERE seq = 3)",
    );
    assert_eq!(broken(&app, None), [Broken::Changed { seq: 3, entry_id }]);
}

fn what_was_taken_out_is_found(backend: Backend) {
    let app = sealed(backend);
    let entry_id = third(&app);
    tamper(
        &app,
        "DELETE FROM audit_entries WHERE id = (SELECT entry_id FROM audit_seals WHERE seq = 3)",
    );
    assert_eq!(broken(&app, None), [Broken::Missing { seq: 3, entry_id }]);
    let app = sealed(backend);
    tamper(&app, "DELETE FROM audit_seals WHERE seq IN (3, 4)");
    let found = broken(&app, None);
    assert!(found.contains(&Broken::NoSeals { from: 3, to: 4 }), "{found:?}");
}

fn what_was_put_in_is_found(backend: Backend) {
    let app = sealed(backend);
    let entry_id = third(&app);
    // A copy of an entry, in the past, that the server then seals as it comes.
    tamper(
        &app,
        "INSERT INTO audit_entries (id, at, what, request_id) \
         SELECT batch_of.id, '2026-01-01 00:00:00', what, request_id FROM audit_entries, \
         (SELECT id FROM users LIMIT 1) AS batch_of \
         WHERE audit_entries.id = (SELECT entry_id FROM audit_seals WHERE seq = 3)",
    );
    let found = broken(&app, None);
    assert!(matches!(found[..], [Broken::Unsealed { .. }]), "{found:?}");
    seal(&app.store).unwrap();
    let found = broken(&app, None);
    assert!(matches!(found[..], [Broken::Late { seq: 7, .. }]), "{found:?} {entry_id}");
}

fn a_chain_that_was_cut_off_is_found(backend: Backend) {
    let app = sealed(backend);
    let head = verify(&app.store, None, clock::now(), |_| {}).unwrap().head.unwrap();
    tamper(
        &app,
        "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals WHERE seq > 4); \
         DELETE FROM audit_seals WHERE seq > 4",
    );
    assert_eq!(broken(&app, None), vec![]);
    assert_eq!(broken(&app, Some((6, &head.hash))), [Broken::CutOff { known: 6, found: 4 }]);
}

fn nothing_can_be_changed_by_the_way(backend: Backend) {
    let app = sealed(backend);
    let mut conn = Location::parse(&app.url).unwrap().connect().unwrap();
    for sql in [
        "UPDATE audit_entries SET what = 'x'",
        "DELETE FROM audit_entries",
        "UPDATE audit_seals SET hash = 'x'",
        "DELETE FROM audit_seals",
    ] {
        assert!(conn.batch_execute(sql).is_err(), "{sql}");
    }
    assert_eq!(broken(&app, None), vec![]);
}
