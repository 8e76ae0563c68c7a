//! `/readyz`: which part is not ready.

use diesel::connection::SimpleConnection;

use dai_ly_thu::domain::Role;
use dai_ly_thu::store::Result;

use crate::app::{TestApp, group};
use crate::both;
use crate::support::Backend;

both!(a_clock_that_stands_before_stored_rows, a_schema_of_another_version);

fn change(app: &TestApp, sql: &str) {
    app.store.write(|tx| -> Result<()> { Ok(tx.batch_execute(sql)?) }).expect("a change");
}

fn not_ready(app: &TestApp) -> String {
    let answer = app.nobody().get("/readyz");
    answer.refused(503, "busy");
    answer.body["fields"][0]["path"].as_str().expect("a part").to_owned()
}

fn a_clock_that_stands_before_stored_rows(backend: Backend) {
    let app = TestApp::start(backend);
    app.phone(Role::Agent, group(&app.admin(), "Nhóm", None));
    app.nobody().get("/readyz").expect(200);
    change(&app, "UPDATE installations SET last_seen_at = '2999-01-01 00:00:00'");
    assert_eq!(not_ready(&app), "/clock");
}

fn a_schema_of_another_version(backend: Backend) {
    let app = TestApp::start(backend);
    change(&app, "DELETE FROM __diesel_schema_migrations");
    assert_eq!(not_ready(&app), "/migrations");
}
