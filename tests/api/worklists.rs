//! `/api/v1/worklists`: lists made of what is known, given to groups, visited by phones.

use std::sync::Barrier;

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};

use crate::app::{Client, Phone, TestApp, group, id, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{COMMUNE, household, voluntary};

both!(
    who_is_due_and_who_has_lapsed,
    who_has_no_card,
    an_item_comes_and_goes,
    what_came_of_a_visit,
    visits_that_touch_nothing,
    who_is_enrolled_is_not_visited,
    nobody_stands_on_two_lists,
    everybody_sees_his_own,
    who_rests_is_on_no_list,
    an_item_is_changed_as_it_was_seen,
);

pub struct Huyen {
    pub app: TestApp,
    pub admin: Client,
    pub supervisor: Client,
    pub office_id: Id,
    pub group_id: Id,
    pub phone: Phone,
}

pub fn huyen(backend: Backend) -> Huyen {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let office_id = office(&admin, "Huyện", None);
    let group_id = group(&admin, "Nhóm 1", Some(office_id));
    let phone = app.phone(Role::Agent, group_id);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(office_id));
    Huyen { app, admin, supervisor, office_id, group_id, phone }
}

impl Huyen {
    /// Voluntary members until 31 December 2026.
    pub fn enrol(&mut self, numbers: std::ops::Range<u32>) {
        let records: Vec<Value> =
            numbers.map(|n| self.phone.capture("voluntary", &voluntary(n))).collect();
        let answer = self.phone.push(&records).expect(200);
        for result in answer["results"].as_array().unwrap() {
            assert_eq!(result["status"], "accepted", "{result:#}");
        }
    }

    pub fn made(&self, kind: &str, scheme: &str, on: &str) -> Value {
        let body = json!({ "name": "Danh sách", "kind": kind, "scheme": scheme,
                           "office_id": self.office_id, "on": on });
        self.supervisor.post("/api/v1/worklists", &body).expect(201)
    }

    /// A list of whose voluntary cover ends with 2026.
    pub fn due(&self) -> Value {
        self.made("due", "voluntary", "2026-12-15")
    }

    /// Gives all items of a list to a group.
    pub fn give(&self, list: &Value, group_id: Id) -> Value {
        let body = json!({ "group_id": group_id, "area_codes": [COMMUNE] });
        self.supervisor.post(&format!("{}/assign", path(list)), &body).expect(200)
    }
}

pub fn path(list: &Value) -> String {
    format!("/api/v1/worklists/{}", id(list))
}

pub fn items(client: &Client, list: &Value, query: &str) -> Vec<Value> {
    let mut page = client.get(&format!("{}/items?{query}", path(list))).expect(200);
    page["items"].take().as_array().unwrap().clone()
}

pub fn visit(item: &Value, result: &str) -> Value {
    json!({ "item_id": item["id"], "person_id": null, "visited_on": "2026-11-22", "result": result })
}

/// What the phone is told of items, by their ids: the last word on each.
pub fn told(phone: &Phone, item: &Value) -> Option<Value> {
    let all = phone.pull_all(100);
    all.into_iter().find(|it| it["entity"] == "worklist_item" && it["id"] == item["id"])
}

pub fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|it| it["full_name"].as_str().unwrap()).collect()
}

fn who_is_due_and_who_has_lapsed(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..4);
    // One goes on: what she paid ends later.
    let mut on = voluntary(1);
    on["from_month"] = json!("2027-01");
    assert_eq!(it.phone.send("voluntary", &on)["status"], "accepted");
    for early in ["2026-11-30", "2027-02-01"] {
        assert_eq!(it.made("due", "voluntary", early)["items"], 0, "{early}");
    }
    let list = it.due();
    assert_eq!((&list["items"], &list["elsewhere"]), (&json!(2), &json!(0)));
    assert_eq!(list["counts"]["open"], 2);
    let found = items(&it.supervisor, &list, "state=open");
    assert_eq!(found.len(), 2);
    for item in &found {
        assert_eq!((&item["due_on"], &item["kind"]), (&json!("2026-12-31"), &json!("due")));
        assert_eq!((&item["state"], &item["area_code"]), (&json!("open"), &json!(COMMUNE)));
        assert!(item["group_id"].is_null() && item["last_visit"].is_null());
        assert_ne!(item["full_name"], on["person"]["full_name"]);
    }
    let mut sorted = names(&found);
    sorted.sort_unstable_by_key(|name| dai_ly_thu::domain::text::folded(name));
    assert_eq!(names(&found), sorted);
    // A page at a time it is the same.
    let first = it.supervisor.get(&format!("{}/items?limit=1", path(&list))).expect(200);
    let next = format!("limit=1&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(
        [first["items"][0].clone(), items(&it.supervisor, &list, &next)[0].clone()],
        found[..]
    );

    // They stand on this list, and on no other for the scheme.
    let again = it.made("due", "voluntary", "2026-12-20");
    assert_eq!((&again["items"], &again["elsewhere"]), (&json!(0), &json!(2)));
    for item in &found {
        let at = format!("{}/items/{}", path(&list), id(item));
        it.supervisor.patch(&at, &json!({ "state": "withdrawn" }), None).expect(200);
    }
    // In a year those have lapsed whose first day without cover lies in it.
    assert_eq!(it.made("lapsed", "voluntary", "2026-12-31")["items"], 0);
    assert_eq!(it.made("lapsed", "voluntary", "2027-01-01")["items"], 2);
    let later = it.made("lapsed", "voluntary", "2027-03-01");
    assert_eq!((&later["items"], &later["elsewhere"]), (&json!(1), &json!(2)));
    assert_eq!(it.made("lapsed", "voluntary", "2028-01-01")["items"], 0);
    assert_eq!(it.made("due", "household", "2026-12-15")["items"], 0);
    let wrong =
        json!({ "name": "", "kind": "no_card", "scheme": "voluntary", "area_codes": ["99999"] });
    let refused = it.supervisor.post("/api/v1/worklists", &wrong);
    refused.wrong("/name", "required");
    refused.wrong("/scheme", "invalid");
    refused.wrong("/office_id", "required");
    refused.wrong("/area_codes/0", "area_unknown");
}

fn who_has_no_card(backend: Backend) {
    let mut it = huyen(backend);
    // Two join; one of them had joined with a third whose record was taken back.
    let body = household(10, 3);
    let first = it.phone.send("household", &body);
    assert_eq!(first["status"], "accepted", "{first:#}");
    let void = json!({ "record_id": first["id"], "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    let mut two = household(10, 2);
    two["household"]["id"] = body["household"]["id"].clone();
    let second = it.phone.send("household", &two);
    assert_eq!(second["status"], "accepted", "{second:#}");
    let list = it.made("no_card", "household", "2026-12-15");
    let found = items(&it.supervisor, &list, "");
    assert_eq!(names(&found), [body["members"][2]["person"]["full_name"].as_str().unwrap()]);
}

fn an_item_comes_and_goes(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..3);
    let other_group = group(&it.admin, "Nhóm 2", Some(it.office_id));
    let other = it.app.phone(Role::Agent, other_group);
    let list = it.due();
    let found = items(&it.supervisor, &list, "");
    assert_eq!(told(&it.phone, &found[0]), None);
    let page = it.phone.client.get("/api/v1/sync/changes").expect(200);
    assert_eq!(it.give(&list, it.group_id)["assigned"], 2);
    let cursor = page["cursor"].as_str().unwrap();
    let news = it.phone.client.get(&format!("/api/v1/sync/changes?cursor={cursor}")).expect(200);
    let news = news["changes"].as_array().unwrap();
    assert!(news.iter().all(|it| it["entity"] == "worklist_item" && it["op"] == "put"));
    assert_eq!(news.len(), 2);
    let now = items(&it.supervisor, &list, "");
    assert_eq!(told(&it.phone, &found[0]).unwrap()["data"], now[0]);

    // One is given to the other group, one to nobody.
    let one =
        json!({ "group_id": other_group, "agent_id": other.user_id, "item_ids": [found[0]["id"]] });
    assert_eq!(
        it.supervisor.post(&format!("{}/assign", path(&list)), &one).expect(200)["assigned"],
        1
    );
    let at = format!("{}/items/{}", path(&list), id(&found[1]));
    let gone = it.supervisor.patch(&at, &json!({ "group_id": null }), None).expect(200);
    assert!(gone["group_id"].is_null());
    for item in &found {
        let told = told(&it.phone, item).unwrap();
        assert_eq!((&told["op"], &told["reason"]), (&json!("delete"), &json!("access_lost")));
    }
    let given = told(&other, &found[0]).unwrap();
    assert_eq!((&given["op"], &given["data"]["agent_id"]), (&json!("put"), &json!(other.user_id)));
    // An agent of another group gets nothing.
    let wrong =
        json!({ "group_id": it.group_id, "agent_id": other.user_id, "area_codes": [COMMUNE] });
    it.supervisor.post(&format!("{}/assign", path(&list)), &wrong).refused(404, "not_found");

    // A list of a group is given to it at once.
    let own = json!({ "id": clock::new_id(), "name": "Của nhóm", "kind": "due", "scheme": "voluntary",
                      "group_id": it.group_id, "on": "2026-12-15" });
    let at = |item: &Value| format!("{}/items/{}", path(&list), id(item));
    for item in &found {
        it.supervisor.patch(&at(item), &json!({ "state": "done" }), None).expect(200);
    }
    let made = it.supervisor.post("/api/v1/worklists", &own).expect(201);
    assert_eq!(made["items"], 2);
    assert_eq!(it.supervisor.post("/api/v1/worklists", &own).expect(201), made);
    let mut again = own.clone();
    again["on"] = Value::Null;
    assert_eq!(it.supervisor.post("/api/v1/worklists", &again).expect(201), made);
    again["on"] = json!("2026-12-16");
    it.supervisor.post("/api/v1/worklists", &again).refused(409, "conflict");
    let found = items(&it.supervisor, &made, "");
    assert_eq!(told(&it.phone, &found[0]).unwrap()["op"], "put");
    it.app.assert_books();
}

fn what_came_of_a_visit(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.due();
    it.give(&list, it.group_id);
    let item = items(&it.supervisor, &list, "").remove(0);
    let mut promised = visit(&item, "promised");
    promised["until"] = json!("2026-12-01");
    let record = it.phone.capture("visit", &promised);
    let first = it.phone.push(std::slice::from_ref(&record)).expect(200)["results"][0].take();
    assert_eq!((&first["status"], &first["enrollments"]), (&json!("accepted"), &json!([])));
    let last = |it: &Huyen| items(&it.supervisor, &list, "state=open")[0]["last_visit"].clone();
    let said = json!({ "result": "promised", "on": "2026-11-22", "until": "2026-12-01", "reason": null,
                       "agent_id": it.phone.user_id });
    assert_eq!(last(&it), said);
    assert_eq!(told(&it.phone, &item).unwrap()["data"]["last_visit"], said);
    assert_eq!(items(&it.supervisor, &list, "result=promised").len(), 1);
    assert_eq!(items(&it.supervisor, &list, "result=refused").len(), 0);

    // It is replayed, and found, as any record.
    let again = it.phone.push(std::slice::from_ref(&record)).expect(200)["results"][0].take();
    assert_eq!((&again["replayed"], &again["status"]), (&json!(true), &json!("accepted")));
    let known =
        it.phone.client.get(&format!("/api/v1/sync/records?ids={}", id(&record))).expect(200);
    assert_eq!(known["results"][0]["current"]["status"], "accepted");
    let other = it.phone.capture_rev(id(&record), 2, "visit", &visit(&item, "met"));
    assert_eq!(it.phone.push(&[other]).expect(200)["results"][0]["code"], "already_accepted");

    // An older visit that comes later is not the last; a newer one is, until it is taken back.
    let mut older = visit(&item, "not_home");
    older["visited_on"] = json!("2026-11-20");
    assert_eq!(it.phone.send("visit", &older)["status"], "accepted");
    assert_eq!(last(&it)["result"], "promised");
    let void = json!({ "record_id": id(&record), "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    assert_eq!(last(&it)["result"], "not_home");
    let known =
        it.phone.client.get(&format!("/api/v1/sync/records?ids={}", id(&record))).expect(200);
    assert_eq!(known["results"][0]["current"]["status"], "voided");

    // What is wrong is told, and may be corrected.
    let mut wrong = visit(&item, "refused");
    wrong["visited_on"] = json!("2026-11-23");
    wrong["until"] = json!("2026-12-01");
    let answer = it.phone.send("visit", &wrong);
    assert_eq!((&answer["status"], &answer["code"]), (&json!("rejected"), &json!("invalid")));
    assert_eq!(answer["fields"][0]["path"], "/body/until");
    let mut right = visit(&item, "refused");
    right["visited_on"] = json!("2026-11-23");
    let answer = it.phone.send("visit", &right);
    assert_eq!(answer["fields"][0]["path"], "/body/visited_on");
    let mut right = visit(&item, "refused");
    right["reason"] = json!("không có tiền");
    let rev = it.phone.capture_rev(id(&answer), 2, "visit", &right);
    assert_eq!(it.phone.push(&[rev]).expect(200)["results"][0]["status"], "accepted");
    assert_eq!(last(&it)["reason"], "không có tiền");
    it.app.assert_books();
}

fn visits_that_touch_nothing(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.due();
    it.give(&list, it.group_id);
    let item = items(&it.supervisor, &list, "").remove(0);
    let mut other = it.app.phone(Role::Agent, group(&it.admin, "Nhóm 2", Some(it.office_id)));
    assert_eq!(other.send("visit", &visit(&item, "met"))["status"], "accepted");
    let unknown = json!({ "id": clock::new_id() });
    let answer = it.phone.send("visit", &visit(&unknown, "met"));
    assert_eq!(answer["status"], "accepted");
    assert!(items(&it.supervisor, &list, "")[0]["last_visit"].is_null());
    let void = json!({ "record_id": answer["id"], "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    it.app.assert_books();
}

fn who_is_enrolled_is_not_visited(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.due();
    it.give(&list, it.group_id);
    let item = items(&it.supervisor, &list, "").remove(0);
    // Said so, but not yet done so.
    assert_eq!(it.phone.send("visit", &visit(&item, "enrolled"))["status"], "accepted");
    assert_eq!(items(&it.supervisor, &list, "state=open").len(), 1);
    // Another group takes her; the group of the item hears of it.
    let mut on = voluntary(1);
    on["from_month"] = json!("2027-01");
    let mut other = it.app.phone(Role::Agent, group(&it.admin, "Nhóm 2", Some(it.office_id)));
    let sent = other.send("voluntary", &on);
    assert_eq!(sent["status"], "accepted");
    let closed = items(&it.supervisor, &list, "state=closed").remove(0);
    assert_eq!(closed["state"], "enrolled");
    assert_eq!(told(&it.phone, &item).unwrap()["data"], closed);
    let view = it.supervisor.get(&path(&list)).expect(200);
    assert_eq!((&view["counts"]["open"], &view["counts"]["enrolled"]), (&json!(0), &json!(1)));
    // What is taken back must be visited again.
    let void = json!({ "record_id": sent["id"], "reason": "ghi nhầm" });
    assert_eq!(other.send("void", &void)["status"], "accepted");
    assert_eq!(items(&it.supervisor, &list, "state=open").len(), 1);
    assert_eq!(told(&it.phone, &item).unwrap()["data"]["state"], "open");
    it.app.assert_books();
}

fn nobody_stands_on_two_lists(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..21);
    let barrier = Barrier::new(2);
    let body = json!({ "name": "Cùng lúc", "kind": "due", "scheme": "voluntary",
                       "office_id": it.office_id, "on": "2026-12-15" });
    let made = std::thread::scope(|scope| {
        let makers = [&it.supervisor, &it.admin].map(|client| {
            let (body, barrier) = (&body, &barrier);
            scope.spawn(move || {
                barrier.wait();
                client.post("/api/v1/worklists", body).expect(201)
            })
        });
        makers.map(|maker| maker.join().unwrap())
    });
    let sum = |of: &str| made.iter().map(|list| list[of].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("items"), sum("elsewhere")), (20, 20), "{made:#?}");
    let mut persons: Vec<String> = made
        .iter()
        .flat_map(|list| items(&it.admin, list, "limit=100"))
        .map(|item| item["person_id"].to_string())
        .collect();
    persons.sort_unstable();
    persons.dedup();
    assert_eq!(persons.len(), 20);
}

fn everybody_sees_his_own(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..5);
    let list = it.due();
    let all = items(&it.supervisor, &list, "");
    let leader = it.app.phone(Role::Leader, it.group_id);
    let mate = it.app.phone(Role::Agent, it.group_id);
    let far = office(&it.admin, "Huyện khác", None);
    let (stranger, _) = it.app.browser(Role::Supervisor, None, Some(far));
    let far_agent = it.app.phone(Role::Agent, group(&it.admin, "Nhóm xa", Some(far)));
    for client in [&leader.client, &stranger, &far_agent.client, &it.phone.client] {
        client.get(&path(&list)).refused(404, "not_found");
        client.get(&format!("{}/items", path(&list))).refused(404, "not_found");
        assert_eq!(client.get("/api/v1/worklists").expect(200)["items"], json!([]));
    }
    let assign = format!("{}/assign", path(&list));
    let give = |ids: &[Value], agent: Option<Id>| json!({ "group_id": it.group_id, "agent_id": agent, "item_ids": ids });
    let ids: Vec<Value> = all.iter().map(|item| item["id"].clone()).collect();
    it.supervisor.post(&assign, &give(&ids[..3], None)).expect(200);
    // The leader divides what the group has.
    stranger.post(&assign, &give(&ids[..1], None)).refused(404, "not_found");
    it.phone.client.post(&assign, &give(&ids[..1], None)).refused(403, "forbidden");
    let mine = give(&ids[..1], Some(it.phone.user_id));
    assert_eq!(leader.client.post(&assign, &mine).expect(200)["assigned"], 1);
    assert_eq!(leader.client.post(&assign, &give(&ids[3..], None)).expect(200)["assigned"], 0);
    let seen = |client: &Client| items(client, &list, "").len();
    assert_eq!([seen(&it.supervisor), seen(&leader.client)], [4, 3]);
    assert_eq!([seen(&it.phone.client), seen(&mate.client)], [3, 2]);
    let view = mate.client.get(&path(&list)).expect(200);
    assert_eq!((&view["items"], &view["counts"]["open"]), (&json!(2), &json!(2)));
    mate.client.get(&format!("{}/items/{}", path(&list), id(&all[0]))).refused(404, "not_found");
    let query = format!("agent_id={}", it.phone.user_id);
    assert_eq!(items(&leader.client, &list, &query).len(), 1);
}

fn who_rests_is_on_no_list(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..3);
    let list = it.due();
    it.give(&list, it.group_id);
    let item = items(&it.supervisor, &list, "").remove(0);
    let person = item["person_id"].as_str().unwrap();
    let ask = |what: &str| {
        let path = format!("/api/v1/persons/{person}/{what}");
        it.supervisor.post(&path, &json!({ "reason": "đơn số 12" })).expect(200);
    };
    ask("restrict");
    assert_eq!(items(&it.supervisor, &list, "").len(), 1);
    assert_eq!(told(&it.phone, &item).unwrap()["op"], "delete");
    let rest = items(&it.supervisor, &list, "").remove(0);
    let at = format!("{}/items/{}", path(&list), id(&rest));
    it.supervisor.patch(&at, &json!({ "state": "done" }), None).expect(200);
    assert_eq!(it.due()["items"], 1);
    ask("unrestrict");
    assert_eq!(told(&it.phone, &item).unwrap()["op"], "put");
}

fn an_item_is_changed_as_it_was_seen(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.due();
    let item = items(&it.supervisor, &list, "").remove(0);
    let at = format!("{}/items/{}", path(&list), id(&item));
    let seen = it.supervisor.get(&at).etag.expect("a tag");
    let change = json!({ "group_id": it.group_id, "agent_id": it.phone.user_id });
    let changed = it.supervisor.patch(&at, &change, Some(&seen)).expect(200);
    assert_eq!(changed["agent_id"], json!(it.phone.user_id));
    let done = json!({ "state": "done" });
    it.supervisor.patch(&at, &done, Some(&seen)).refused(412, "precondition_failed");
    assert_eq!(it.supervisor.patch(&at, &done, None).expect(200)["state"], "done");
    it.supervisor.patch(&at, &json!({ "state": "enrolled" }), None).wrong("/state", "invalid");
    // Who stands on another list by now cannot stand on this.
    assert_eq!(it.due()["items"], 1);
    it.supervisor.patch(&at, &json!({ "state": "open" }), None).refused(409, "conflict");
    it.phone.client.patch(&at, &done, None).refused(403, "forbidden");
}
