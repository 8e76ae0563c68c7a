//! Agents who move, phones that are revoked, and databases that begin another life.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Role;
use dai_ly_thu::store::migrate;

use super::reviews::{open, resolve, start};
use crate::app::{group, id, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{COMMUNE, batch, record, void, voluntary};
use crate::worklists::{self, huyen, items};

both!(
    what_was_written_before_a_move_belongs_to_the_old_group,
    moves_have_their_limits,
    visits_of_whoever_goes_are_his_groups_again,
    what_is_taken_back_is_no_absent_agents,
    the_command_line_leaves_visits_too,
    captured_after_the_revocation,
    the_order_to_wipe,
    another_epoch_begins_anew,
    a_merge_between_groups_is_told_to_both,
);

fn what_was_written_before_a_move_belongs_to_the_old_group(backend: Backend) {
    let (app, admin, mut one, two) = start(backend);
    let groups = [&one, &two].map(|it| it.client.get("/api/v1/me").expect(200)["group_id"].clone());
    let kept = one.send("voluntary", &voluntary(1));
    let before_the_move = one.capture("voluntary", &voluntary(2));
    let path = format!("/api/v1/users/{}", one.user_id);
    let moved = admin.request(
        "PATCH",
        &path,
        &[("content-type", "application/json")],
        Some(json!({ "group_id": groups[1] }).to_string().as_bytes()),
    );
    assert_eq!(moved.expect(200)["group_id"], groups[1]);

    let today = dai_ly_thu::domain::vn_day(clock::now());
    let mut paid_today = voluntary(3);
    paid_today["amount_collected"] = json!(1);
    paid_today["paid_on"] = json!(today);
    paid_today["from_month"] = json!(today.format("%Y-%m").to_string());
    one.seq += 1;
    let after_the_move =
        record(clock::new_id(), 1, one.seq, "voluntary", clock::now(), &paid_today);
    let answer = one.push(&[before_the_move, after_the_move]).expect(200);
    assert_eq!(answer["results"][0]["status"], "accepted");
    assert_eq!(
        one.send("void", &void(kept["id"].as_str().unwrap().parse().unwrap()))["status"],
        "accepted"
    );
    let tallies = admin.get("/api/v1/tallies?by=group&from=2026-01-01&to=2099-12-31").expect(200);
    let row = |group: &Value| {
        let rows = tallies["rows"].as_array().unwrap();
        let row = rows.iter().find(|it| &it["key"] == group && it["scheme"] == "voluntary");
        let row = row.unwrap();
        ["accepted", "voided", "rejected"].map(|it| row[it].as_i64().unwrap())
    };
    assert_eq!([row(&groups[0]), row(&groups[1])], [[1, 1, 0], [0, 0, 1]]);
    // He still finds what he wrote there.
    let found =
        one.client.get(&format!("/api/v1/sync/records?ids={}", kept["id"].as_str().unwrap()));
    assert_eq!(found.expect(200)["results"][0]["current"]["status"], "voided");
    app.assert_books();
}

fn moves_have_their_limits(backend: Backend) {
    let (app, admin, one, _) = start(backend);
    let elsewhere = office(&admin, "Phòng khác", None);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(elsewhere));
    let path = format!("/api/v1/users/{}", one.user_id);
    let json_body = [("content-type", "application/json")];
    let patch = |body: Value, headers: &[(&str, &str)], client: &crate::app::Client| {
        client.request("PATCH", &path, headers, Some(body.to_string().as_bytes()))
    };
    patch(json!({ "name": "Ai đó" }), &json_body, &supervisor).refused(404, "not_found");
    patch(json!({ "group_id": clock::new_id() }), &json_body, &admin).refused(404, "not_found");
    patch(json!({ "name": "" }), &json_body, &admin).refused(422, "invalid");
    let stale = [("content-type", "application/json"), ("if-match", "\"another\"")];
    patch(json!({ "name": "Ai đó" }), &stale, &admin).refused(412, "precondition_failed");
    assert_eq!(patch(json!({ "name": "Ai đó" }), &json_body, &admin).expect(200)["name"], "Ai đó");
    one.client.get("/api/v1/me").expect(200);
}

fn visits_of_whoever_goes_are_his_groups_again(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..3);
    let elsewhere = group(&it.admin, "Nhóm 2", Some(it.office_id));
    let list = it.due();
    let all = items(&it.supervisor, &list, "");
    let done = format!("{}/items/{}", worklists::path(&list), id(&all[1]));
    let assign = format!("{}/assign", worklists::path(&list));
    let mate = it.app.phone(Role::Agent, it.group_id);
    let to = |agent: &crate::app::Phone| json!({ "group_id": it.group_id, "agent_id": agent.user_id, "area_codes": [COMMUNE] });
    for change in [json!({ "group_id": elsewhere }), json!({ "disabled": true })] {
        let goes = it.app.phone(Role::Agent, it.group_id);
        it.supervisor.patch(&done, &json!({ "state": "open" }), None).expect(200);
        assert_eq!(it.supervisor.post(&assign, &to(&goes)).expect(200)["assigned"], 2);
        it.supervisor.patch(&done, &json!({ "state": "done" }), None).expect(200);
        let user = format!("/api/v1/users/{}", goes.user_id);
        // Another name is no reason to take anything from him.
        it.admin.patch(&user, &json!({ "name": "Ai đó" }), None).expect(200);
        mate.client.get(&worklists::path(&list)).refused(404, "not_found");
        it.admin.patch(&user, &change, None).expect(200);
        let open = items(&mate.client, &list, "state=open");
        assert_eq!(open.len(), 1);
        assert_eq!(
            (&open[0]["group_id"], &open[0]["agent_id"]),
            (&json!(it.group_id), &Value::Null)
        );
        assert_eq!(worklists::told(&mate, &open[0]).unwrap()["data"], open[0]);
        // What he had finished is what he had finished, until it is to be done again.
        assert_eq!(
            items(&it.supervisor, &list, "state=closed")[0]["agent_id"],
            json!(goes.user_id)
        );
        let again = it.supervisor.patch(&done, &json!({ "state": "open" }), None).expect(200);
        assert_eq!((&again["group_id"], &again["agent_id"]), (&json!(it.group_id), &Value::Null));
        // Nothing is given to whoever is not there.
        it.supervisor.post(&assign, &to(&goes)).refused(404, "not_found");
        it.supervisor
            .patch(&done, &json!({ "agent_id": goes.user_id }), None)
            .refused(404, "not_found");
        for item in &all {
            let path = format!("{}/items/{}", worklists::path(&list), id(item));
            it.supervisor.patch(&path, &json!({ "group_id": null }), None).expect(200);
        }
    }
    it.app.assert_books();
}

/// Who is disabled on the command line leaves what he was to visit as well.
fn the_command_line_leaves_visits_too(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.due();
    let goes = it.app.phone(Role::Agent, it.group_id);
    let give =
        json!({ "group_id": it.group_id, "agent_id": goes.user_id, "area_codes": [COMMUNE] });
    it.supervisor.post(&format!("{}/assign", worklists::path(&list)), &give).expect(200);
    let user = it.admin.get(&format!("/api/v1/users/{}", goes.user_id)).expect(200);
    let login = user["login"].as_str().unwrap();
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"))
        .args(["user", "disable", "--login", login, "--database-url", &it.app.url])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let open = items(&it.phone.client, &list, "state=open");
    assert_eq!((&open[0]["group_id"], &open[0]["agent_id"]), (&json!(it.group_id), &Value::Null));
    assert_eq!(worklists::told(&it.phone, &open[0]).unwrap()["data"], open[0]);
}

/// What is taken back is to be visited by whoever is still there.
fn what_is_taken_back_is_no_absent_agents(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.due();
    let goes = it.app.phone(Role::Agent, it.group_id);
    let give =
        json!({ "group_id": it.group_id, "agent_id": goes.user_id, "area_codes": [COMMUNE] });
    it.supervisor.post(&format!("{}/assign", worklists::path(&list)), &give).expect(200);
    let mut on = voluntary(1);
    on["from_month"] = json!("2027-01");
    let sent = it.phone.send("voluntary", &on);
    assert_eq!(sent["status"], "accepted", "{sent:#}");
    let user = format!("/api/v1/users/{}", goes.user_id);
    it.admin.patch(&user, &json!({ "disabled": true }), None).expect(200);
    let closed = items(&it.supervisor, &list, "state=closed");
    assert_eq!(closed[0]["agent_id"], json!(goes.user_id));
    let void = json!({ "record_id": sent["id"], "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    let open = items(&it.phone.client, &list, "state=open");
    assert_eq!((&open[0]["group_id"], &open[0]["agent_id"]), (&json!(it.group_id), &Value::Null));
    assert_eq!(worklists::told(&it.phone, &open[0]).unwrap()["data"], open[0]);
}

fn revoke(admin: &crate::app::Client, phone: &crate::app::Phone, mode: &str) {
    let path = format!("/api/v1/installations/{}/revoke", phone.installation_id);
    admin.post(&path, &json!({ "mode": mode })).expect(200);
}

fn captured_after_the_revocation(backend: Backend) {
    let (app, admin, mut one, _) = start(backend);
    one.send("voluntary", &voluntary(1));
    let [second, third, fourth] = [2, 3, 4].map(|n| one.capture("voluntary", &voluntary(n)));
    // It sends the second, and says that one more is on the phone.
    let mut said = batch(one.installation_id, clock::now(), &[second]);
    said["pending_total"] = json!(2);
    one.client.put(&format!("/api/v1/sync/batches/{}", clock::new_id()), &said).expect(200);
    revoke(&admin, &one, "deliver");
    let answer = one.push(&[third, fourth]).expect(200);
    let result =
        |i: usize| (answer["results"][i]["status"].clone(), answer["results"][i]["code"].clone());
    assert_eq!(result(0), (json!("accepted"), Value::Null));
    assert_eq!(result(1), (json!("review"), json!("captured_after_revocation")));
    let decided = resolve(&admin, &open(&admin), "accept");
    assert_eq!(decided["current"]["status"], "accepted");

    // A void written after it waits for somebody, too.
    let target = decided["record_id"].as_str().unwrap().parse().unwrap();
    let sent = one.send("void", &void(target));
    assert_eq!(sent["code"], "captured_after_revocation");
    assert_eq!(resolve(&admin, &open(&admin), "accept")["current"]["status"], "accepted");
    let found = one.client.get(&format!("/api/v1/sync/records?ids={target}")).expect(200);
    assert_eq!(found["results"][0]["current"]["status"], "voided");
    app.assert_books();
}

fn the_order_to_wipe(backend: Backend) {
    let (_app, admin, mut one, _) = start(backend);
    one.send("voluntary", &voluntary(1));
    revoke(&admin, &one, "deliver");
    one.client.get("/api/v1/sync/changes").refused(403, "installation_revoked");
    assert_eq!(one.push(&[]).expect(200)["installation"]["order"], "wipe");
    revoke(&admin, &one, "block");
    one.client.get("/api/v1/sync/config").refused(401, "unauthenticated");
}

fn another_epoch_begins_anew(backend: Backend) {
    let (app, _admin, mut one, _) = start(backend);
    let sent = one.capture("voluntary", &voluntary(1));
    one.push(std::slice::from_ref(&sent)).expect(200);
    let page = one.client.get("/api/v1/sync/changes").expect(200);
    let path = format!("/api/v1/sync/changes?cursor={}", page["cursor"].as_str().unwrap());
    one.client.get(&path).expect(200);
    app.store.write(|tx| migrate::begin_epoch(tx, clock::new_id())).unwrap();
    one.client.get(&path).refused(410, "cursor_reset");
    let again = one.push(&[sent]).expect(200);
    assert_ne!(again["epoch"], page["epoch"]);
    assert_eq!(again["results"][0]["replayed"], true);
}

fn a_merge_between_groups_is_told_to_both(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let third = app.phone(Role::Agent, group(&admin, "Nhóm 3", None));
    let person =
        |result: &Value| result["enrollments"][0]["person_id"].as_str().unwrap().to_owned();
    let first = person(&one.send("voluntary", &voluntary(1)));
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    let second = person(&two.send("voluntary", &later));
    let path = format!("/api/v1/persons/{second}/merge");
    admin.post(&path, &json!({ "into": first })).expect(200);
    for phone in [&one, &two] {
        let told = phone.pull_all(1000);
        let persons: Vec<&Value> = told
            .iter()
            .filter(|it| it["entity"] == "person" && it["op"] == "put")
            .map(|it| &it["id"])
            .collect();
        assert_eq!(persons, [&json!(first)]);
        let held = told.iter().filter(|it| it["entity"] == "enrollment");
        assert!(
            held.clone().count() == 1
                && held.clone().all(|it| it["data"]["person_id"] == json!(first))
        );
    }
    assert_eq!(third.pull_all(1000), Vec::<Value>::new());
}
