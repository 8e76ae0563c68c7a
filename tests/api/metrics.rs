//! The numbers that may be collected: of routes and kinds, never of persons.

use dai_ly_thu::domain::Role;
use dai_ly_thu::http::Edge;

use crate::app::{TestApp, group};
use crate::both;
use crate::support::Backend;
use crate::support::records::voluntary;

both!(numbers_are_collected_elsewhere);

fn numbers_are_collected_elsewhere(backend: Backend) {
    let edge = Edge { metrics: Some("127.0.0.1:0".to_owned()), ..Edge::default() };
    let app = TestApp::start_behind(backend, edge);
    let mut phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm", None));
    let record = phone.capture("voluntary", &voluntary(1));
    phone.push(std::slice::from_ref(&record)).expect(200);
    phone.push(&[record]).expect(200);
    app.nobody().get("/nowhere/4400000001").refused(404, "not_found");
    app.nobody().get("/metrics").refused(404, "not_found");

    let addr = app.metrics().expect("a listener");
    let mut answer = ureq::get(format!("http://{addr}/metrics")).call().expect("an answer");
    let text = answer.body_mut().read_to_string().expect("numbers");
    let push = "method=\"PUT\",route=\"/api/v1/sync/batches/{batch_id}\"";
    for line in [
        &format!("dai_ly_thu_http_requests_total{{{push},status=\"200\"}} 2"),
        &format!("dai_ly_thu_http_request_duration_seconds_count{{{push}}} 2"),
        "dai_ly_thu_http_requests_total{method=\"GET\",route=\"-\",status=\"404\"} 2",
        "dai_ly_thu_records_decided_total{status=\"accepted\"} 1",
        "dai_ly_thu_pushes_waiting 0",
        "dai_ly_thu_pushes_waiting_bytes 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
    }
    for name in [
        "dai_ly_thu_build_info{version=\"",
        "dai_ly_thu_database_connections{pool=\"",
        "dai_ly_thu_sqlite_log_bytes ",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.contains(name), "{name} is not in\n{text}");
    }
    assert!(!text.contains("4400000001"), "{text}");
}
