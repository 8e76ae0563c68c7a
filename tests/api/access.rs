//! Every route refuses whoever has no right to it. The table of routes and the table of rights are
//! iterated, so that no route can be forgotten.

use std::fmt::Write;

use chrono::TimeDelta;
use serde_json::json;

use dai_ly_thu::clock;
use dai_ly_thu::domain::{ApiScope, InstallationMode, Role};
use dai_ly_thu::http::guard::Access;
use dai_ly_thu::http::routes;
use dai_ly_thu::policy::permissions::{self, ProgramNeeds};
use dai_ly_thu::store::{Reach, Result, installations};

use crate::app::{Client, TestApp, group, office, organisation};
use crate::both;
use crate::callers;
use crate::support::Backend;

both!(every_route_refuses_who_may_not, revoked_phones);

fn call(client: &Client, route: &routes::Route) -> (u16, String) {
    let path = route.path.replace("{file:.*}", "index.html");
    let path = path.replace("{id}", &clock::new_id().to_string());
    let path = path.replace("{item_id}", &clock::new_id().to_string());
    let path = path.replace("{batch_id}", &clock::new_id().to_string());
    let answer = match route.method.as_str() {
        "GET" => client.get(&path),
        "HEAD" => client.request("HEAD", &path, &[("accept-encoding", "identity")], None),
        method => client.send(method, &path, json!({}).to_string().as_bytes()),
    };
    (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
}

fn every_route_refuses_who_may_not(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office = office(&admin, "Huyện", None);
    let group = group(&admin, "Nhóm", Some(office));
    let organisation = organisation(&admin, "Bưu điện");
    let programs: Vec<_> = ApiScope::ALL
        .iter()
        .map(|scope| (*scope, app.program(organisation, &[*scope]).0))
        .collect();
    let expired = {
        let (user, hour) = (app.browser(Role::Admin, None, None).1, TimeDelta::hours(1));
        app.with_token(&callers::session_at(&app.store, &app.keys, user, None, clock::now() - hour))
    };
    let mut matrix = String::new();
    for route in routes::table() {
        // A log-out ends the session, so that everybody comes with a new one each time.
        let callers = [
            (Role::Agent, app.phone(Role::Agent, group).client, true),
            (Role::Leader, app.phone(Role::Leader, group).client, true),
            (Role::Supervisor, app.browser(Role::Supervisor, None, Some(office)).0, false),
            (Role::Admin, app.browser(Role::Admin, None, None).0, false),
        ];
        write!(matrix, "{:<7}{:<42}", route.method.as_str(), route.path).unwrap();
        let (status, code) = call(&app.nobody(), &route);
        let Access::Needs(action) = route.access else {
            assert!(!matches!(status, 403..=405), "{} is public: {status}", route.path);
            matrix.push_str("public\n");
            continue;
        };
        assert_eq!((status, code.as_str()), (401, "unauthenticated"), "{}", route.path);
        let refused = call(&expired, &route);
        assert_eq!(refused, (401, "unauthenticated".to_owned()), "expired {}", route.path);
        for (role, client, on_a_phone) in callers {
            let (status, code) = call(&client, &route);
            let may = permissions::scope(role, action).is_some();
            if may {
                assert!(!matches!(status, 401 | 403), "{role} {}: {status} {code}", route.path);
                write!(matrix, " {role}").unwrap();
            } else {
                assert_eq!((status, code.as_str()), (403, "forbidden"), "{role} {}", route.path);
            }
            if may && on_a_phone && permissions::needs_installation(action) {
                let (browser, _) = app.browser(role, Some(group), None);
                let refused = (403, "installation_required".to_owned());
                assert_eq!(call(&browser, &route), refused, "{role} {}", route.path);
            }
        }
        for (scope, client) in &programs {
            let (status, code) = call(client, &route);
            let needs = permissions::program_needs(action);
            if matches!(needs, Some(ProgramNeeds::AnyScope))
                || needs == Some(ProgramNeeds::Scope(*scope))
            {
                let named = code == "agent_not_allowed";
                assert!(named || !matches!(status, 401 | 403), "{scope} {}: {code}", route.path);
                write!(matrix, " {scope}").unwrap();
            } else {
                assert_eq!((status, code.as_str()), (403, "forbidden"), "{scope} {}", route.path);
            }
        }
        matrix.push('\n');
    }
    insta::allow_duplicates! { insta::assert_snapshot!("routes", matrix) }
}

fn revoked_phones(backend: Backend) {
    let app = TestApp::start(backend);
    let group = group(&app.admin(), "Nhóm", None);
    for mode in [InstallationMode::Deliver, InstallationMode::Block] {
        for route in routes::table() {
            let Access::Needs(action) = route.access else { continue };
            if permissions::scope(Role::Agent, action).is_none() {
                continue;
            }
            let phone = app.phone(Role::Agent, group);
            let now = clock::now().naive_utc();
            app.store
                .write(|tx| -> Result<_> {
                    let everything = Reach::Everything;
                    installations::revoke(tx, &everything, phone.installation_id, mode, now)
                })
                .unwrap();
            let (status, code) = call(&phone.client, &route);
            match mode {
                InstallationMode::Block => {
                    assert_eq!((status, code.as_str()), (401, "unauthenticated"))
                }
                InstallationMode::Deliver if permissions::allowed_while_delivering(action) => {
                    assert!(!matches!(status, 401 | 403), "{}: {code}", route.path);
                }
                InstallationMode::Deliver => {
                    assert_eq!(
                        (status, code.as_str()),
                        (403, "installation_revoked"),
                        "{}",
                        route.path
                    );
                }
            }
        }
    }
}
