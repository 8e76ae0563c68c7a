//! No personal data in the log: the program as it is installed serves a wide walk through its interface,
//! at its most talkative, and nothing of the people who were named may be found in what it wrote.

#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "only a database and plausible records are wanted")]
mod support;

mod people;
mod server;
mod walk;

use std::process::Command;

use dai_ly_thu::config::LogFormat;
use dai_ly_thu::telemetry;

use support::{Backend, Database};

use people::Known;
use server::Server;
use walk::Walk;

#[test]
#[ignore = "panics, to be read by the test below"]
fn somebody_panics() {
    telemetry::start("info", LogFormat::Text).expect("a filter");
    panic!("{}", people::FIRST);
}

#[test]
fn a_panic_tells_its_place_alone() {
    let program = std::env::current_exe().expect("a file");
    let arguments = ["--exact", "somebody_panics", "--ignored", "--nocapture"];
    let run = Command::new(program).args(arguments).output().expect("it runs");
    let told = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    assert!(told.contains("panicked place=\"tests/logs/main.rs:"), "{told}");
    assert!(!told.contains(people::FIRST), "{told}");
}

both!(lines_for_people, lines_for_programs);

fn lines_for_people(backend: Backend) {
    nobody_is_named(backend, "text", "trace");
}

fn lines_for_programs(backend: Backend) {
    nobody_is_named(backend, "json", "debug");
}

/// Routes that the log must name, each with a status: the walk went there, and was told of.
const WALKED: [(&str, &str, u16); 26] = [
    ("POST", "/api/v1/auth/login", 200),
    ("POST", "/api/v1/auth/login", 401),
    ("POST", "/api/v1/auth/login", 400),
    ("POST", "/api/v1/auth/refresh", 200),
    ("POST", "/api/v1/auth/refresh", 401),
    ("POST", "/api/v1/auth/password", 204),
    ("POST", "/api/v1/auth/password", 422),
    ("POST", "/api/v1/oauth/token", 200),
    ("POST", "/api/v1/oauth/token", 401),
    ("POST", "/api/v1/users", 201),
    ("POST", "/api/v1/users", 409),
    ("POST", "/api/v1/clients", 201),
    ("POST", "/api/v1/clients", 409),
    ("PUT", "/api/v1/sync/batches/{batch_id}", 200),
    ("PUT", "/api/v1/sync/batches/{batch_id}", 400),
    ("GET", "/api/v1/sync/changes", 200),
    ("GET", "/api/v1/sync/records", 200),
    ("GET", "/api/v1/enrollments/{id}", 404),
    ("POST", "/api/v1/persons/lookup", 200),
    ("POST", "/api/v1/persons/lookup", 422),
    ("POST", "/api/v1/persons/{id}/reveal", 200),
    ("POST", "/api/v1/persons/{id}/dossier", 200),
    ("POST", "/api/v1/persons/{id}/unmerge", 500),
    ("POST", "/api/v1/reviews/{id}/resolve", 200),
    ("POST", "/api/v1/records/{id}/void", 200),
    ("POST", "/api/v1/quotes", 400),
];

fn nobody_is_named(backend: Backend, format: &str, level: &str) {
    let database = Database::fresh(backend);
    let mut known = Known::default();
    let server = Server::start(&database.url, format, level);
    let mut walk = Walk::begin(&server, &mut known);
    walk.through_everything(&database.url);
    let log = server.end();

    for (method, route, status) in WALKED {
        let told = match format {
            "text" => format!("method={method} route=\"{route}\" status={status} "),
            _ => format!("\"method\":\"{method}\",\"route\":\"{route}\",\"status\":{status},"),
        };
        assert!(log.contains(&told), "not logged: {told}\n{log}");
    }
    assert!(log.contains("DEBUG"), "{log}");
    let found = known.found_in(&log);
    assert!(found.is_empty(), "{found:#?}");
}
