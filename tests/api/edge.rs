//! What every answer tells a browser, and which pages may call.

use ureq::Agent;
use ureq::http::{Request, Response};

use dai_ly_thu::http::Edge;
use dai_ly_thu::http::edge::Origin;

use crate::app::TestApp;
use crate::both;
use crate::support::Backend;

const PORTAL: &str = "https://portal.example";

both!(a_browser_is_told_what_not_to_do, pages_of_others_may_not_call, pages_that_were_named_may,);

fn call(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<ureq::Body> {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let mut request = Request::builder().method(method).uri(format!("{}{path}", app.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    config.build().new_agent().run(request.body(()).expect("a request")).expect("an answer")
}

fn header<'a>(answer: &'a Response<ureq::Body>, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().expect("text"))
}

fn a_browser_is_told_what_not_to_do(backend: Backend) {
    let app = TestApp::start(backend);
    for path in ["/healthz", "/api/v1/me", "/nowhere", "/docs", "/docs/", "/openapi.json"] {
        let answer = call(&app, "GET", path, &[]);
        for (name, value) in [
            ("cache-control", Some("no-store")),
            ("cross-origin-resource-policy", Some("same-origin")),
            ("referrer-policy", Some("no-referrer")),
            ("strict-transport-security", None),
            ("x-content-type-options", Some("nosniff")),
            ("x-frame-options", Some("DENY")),
        ] {
            assert_eq!(header(&answer, name), value, "{path} {name}");
        }
        let policy = header(&answer, "content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none';"), "{path} {policy}");
        assert_eq!(policy.contains("script-src 'self'"), path == "/docs/", "{path} {policy}");
    }
    // What the policy of the pages relies on: scripts are files of ours, none stands in the page.
    let page = call(&app, "GET", "/docs/", &[]).body_mut().read_to_string().expect("a page");
    assert_eq!(page.matches("<script").count(), page.matches("<script src=\"./").count(), "{page}");
}

/// What a browser asks before a page of another origin may push.
fn preflight(app: &TestApp, origin: &str) -> Response<ureq::Body> {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    call(app, "OPTIONS", "/api/v1/sync/batches/0192f0c1-0000-7000-8000-000000000001", &headers)
}

fn pages_of_others_may_not_call(backend: Backend) {
    let app = TestApp::start(backend);
    assert_eq!(header(&preflight(&app, PORTAL), "access-control-allow-origin"), None);
    let answer = call(&app, "GET", "/healthz", &[("origin", PORTAL)]);
    assert_eq!(header(&answer, "access-control-allow-origin"), None);
}

fn pages_that_were_named_may(backend: Backend) {
    let origins = vec![Origin::parse(PORTAL).expect("an origin")];
    let app = TestApp::start_behind(backend, Edge { origins, ..Edge::default() });
    let answer = preflight(&app, PORTAL);
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "access-control-allow-origin"), Some(PORTAL));
    assert_eq!(header(&answer, "access-control-allow-credentials"), None);
    // Also what is refused can be read by the page, with the code that says why.
    let mut refused = call(&app, "GET", "/api/v1/me", &[("origin", PORTAL)]);
    assert_eq!(header(&refused, "access-control-allow-origin"), Some(PORTAL));
    let body = refused.body_mut().read_to_string().expect("a problem");
    assert!(body.contains("\"code\":\"unauthenticated\""), "{body}");

    let stranger = preflight(&app, "https://other.example");
    assert_eq!(stranger.status(), 400);
    assert_eq!(header(&stranger, "access-control-allow-origin"), None);
}
