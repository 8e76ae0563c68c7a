//! `/api/v1/offices`, `/groups`, `/users`, `/villages`, `/drives`, `/targets`, `/areas`.

use serde_json::json;

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;

use crate::app::{PASSWORD, TestApp, group, office};
use crate::both;
use crate::support::Backend;

both!(the_same_post_again, lists_have_pages, a_supervisor_keeps_to_his_offices, places, areas);

fn the_same_post_again(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let body =
        json!({ "id": clock::new_id(), "name": "Nhóm 1", "office_id": null, "area_codes": [] });
    let first = admin.post("/api/v1/groups", &body).expect(201);
    assert_eq!(admin.post("/api/v1/groups", &body).expect(201), first);
    let mut other = body;
    other["name"] = json!("Nhóm khác");
    admin.post("/api/v1/groups", &other).refused(409, "conflict");
}

fn lists_have_pages(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut made: Vec<String> =
        (0..5).map(|i| group(&admin, &format!("Nhóm {i}"), None).to_string()).collect();
    made.sort();
    let mut seen = Vec::new();
    let mut path = "/api/v1/groups?limit=2".to_owned();
    loop {
        let page = admin.get(&path).expect(200);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/groups?limit=2&cursor={next}");
    }
    assert_eq!(seen, made);
}

fn a_supervisor_keeps_to_his_offices(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mine = office(&admin, "Huyện tôi", None);
    let other = office(&admin, "Huyện khác", None);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(mine));
    let group_id = group(&supervisor, "Nhóm của tôi", Some(mine));
    let foreign = group(&admin, "Nhóm khác", Some(other));
    let user = |login: &str, role: &str, group| {
        json!({ "login": login, "password": PASSWORD, "role": role, "name": "Trần Thị Bình",
                "group_id": group })
    };
    supervisor.post("/api/v1/users", &user("binh", "agent", group_id)).expect(201);
    assert_eq!(supervisor.post("/api/v1/users", &user("x", "agent", foreign)).status, 404);
    let admin_like = json!({ "login": "y", "password": PASSWORD, "role": "admin", "name": "Y" });
    assert!(matches!(supervisor.post("/api/v1/users", &admin_like).status, 403 | 422));
    supervisor.get(&format!("/api/v1/groups/{foreign}")).refused(404, "not_found");
    assert_eq!(supervisor.get("/api/v1/groups").expect(200)["items"].as_array().unwrap().len(), 1);
    supervisor.post("/api/v1/offices", &json!({ "name": "Z" })).refused(403, "forbidden");
    let group = json!({ "name": "Z", "office_id": other, "area_codes": [] });
    assert_eq!(supervisor.post("/api/v1/groups", &group).status, 404);
}

fn places(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let village = json!({ "name": "Thôn Khương Hà", "area_code": "19141" });
    let village = admin.post("/api/v1/villages", &village).expect(201);
    let drive = json!({ "group_id": group_id, "village_id": village["id"], "on": "2026-11-22" });
    let drive = app.phone(Role::Leader, group_id).client.post("/api/v1/drives", &drive).expect(201);
    assert_eq!(drive["on"], "2026-11-22");
    let wrong = json!({ "group_id": group_id, "scheme": "life", "from": "x", "people": 0 });
    let refused = admin.post("/api/v1/targets", &wrong);
    refused.refused(422, "invalid");
    assert!(refused.body["fields"].as_array().unwrap().len() >= 3, "{:#}", refused.body);
    admin.get("/api/v1/villages?area_code=%00").refused(422, "invalid");
    let unknown = json!({ "name": "Thôn", "area_code": "99999" });
    admin.post("/api/v1/villages", &unknown).refused(422, "invalid");
}

fn areas(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let found = admin.get("/api/v1/areas?q=bo%20trach&on=2026-11-22").expect(200);
    let names: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Xã Bố Trạch"), "{names:?}");
}
