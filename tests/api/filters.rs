//! `GET /api/v1/reviews` and `/installations`, asked for a part.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::store::{Result, installations};

use super::reviews::{open, resolve, start};
use crate::app::{Client, Phone, TestApp, group, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{batch, voluntary};

both!(
    reviews_by_code_group_and_state,
    phones_that_are_silent,
    phones_that_are_behind,
    a_filter_widens_no_reach,
    unknown_words_are_told,
    a_part_has_pages,
);

fn ids(client: &Client, path: &str) -> BTreeSet<String> {
    let listed = client.get(path).expect(200);
    let items = listed["items"].as_array().unwrap().iter();
    items.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

fn these(ids: &[Id]) -> BTreeSet<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// A name that contradicts its code.
fn doubtful(number: u32) -> Value {
    let mut body = voluntary(number);
    body["person"]["full_name"] = json!("Trần Thị Hoàn Toàn Khác");
    body["from_month"] = json!("2027-01");
    body
}

/// A day of payment nobody believes.
fn early(number: u32) -> Value {
    let mut body = voluntary(number);
    body["paid_on"] = json!("2026-10-01");
    body
}

fn group_of(phone: &Phone) -> String {
    phone.client.get("/api/v1/me").expect(200)["group_id"].as_str().unwrap().to_owned()
}

fn reviews_by_code_group_and_state(backend: Backend) {
    let (_app, admin, mut one, mut two) = start(backend);
    let groups = [&one, &two].map(group_of);
    one.send("voluntary", &voluntary(1));
    assert_eq!(one.send("voluntary", &doubtful(1))["code"], "identity_conflict");
    let first = open(&admin);
    let first_id = BTreeSet::from([first["id"].as_str().unwrap().to_owned()]);
    let sent = two.send("voluntary", &early(2));
    assert_eq!(sent["code"], "paid_on_implausible");
    let all = ids(&admin, "/api/v1/reviews");
    let second_id: BTreeSet<String> = all.difference(&first_id).cloned().collect();
    assert_eq!((all.len(), second_id.len()), (2, 1));
    let listed = |query: &str| ids(&admin, &format!("/api/v1/reviews?{query}"));
    assert_eq!(listed("code=identity_conflict"), first_id);
    assert_eq!(listed("code=paid_on_implausible"), second_id);
    assert_eq!(listed("code=amount_mismatch"), BTreeSet::new());
    assert_eq!(listed(&format!("group_id={}", groups[0])), first_id);
    assert_eq!(listed(&format!("group_id={}&code=identity_conflict", groups[1])), BTreeSet::new());
    resolve(&admin, &first, "reject");
    assert_eq!(listed("state=open"), second_id);
    assert_eq!(listed("state=open&code=identity_conflict"), BTreeSet::new());
    assert_eq!(listed(&format!("state=rejected&group_id={}", groups[0])), first_id);
}

fn heard_of(app: &TestApp, phone: &Phone, days_ago: i64) {
    let then = (clock::now() - TimeDelta::days(days_ago) - TimeDelta::hours(1)).naive_utc();
    let seen = |tx: &mut _| -> Result<_> { installations::seen(tx, phone.installation_id, then) };
    app.store.write(seen).unwrap();
}

/// Says that it holds so many records.
fn holds(phone: &Phone, pending: i64) {
    let mut said = batch(phone.installation_id, clock::now(), &[]);
    said["pending_total"] = json!(pending);
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    phone.client.put(&path, &said).expect(200);
}

fn revoke(admin: &Client, phone: &Phone, mode: &str) {
    let path = format!("/api/v1/installations/{}/revoke", phone.installation_id);
    admin.post(&path, &json!({ "mode": mode })).expect(200);
}

fn phones_that_are_silent(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [first, second] = ["Nhóm 1", "Nhóm 2"].map(|name| group(&admin, name, None));
    let phone = |group_id: Id, days: i64| {
        let phone = app.phone(Role::Agent, group_id);
        heard_of(&app, &phone, days);
        phone
    };
    let (today, three, eight) = (phone(first, 0), phone(first, 3), phone(second, 8));
    // From whom nothing is to be heard any more.
    let [blocked, emptied, delivers, disabled] = [first; 4].map(|it| phone(it, 0));
    holds(&delivers, 2);
    revoke(&admin, &blocked, "block");
    revoke(&admin, &emptied, "deliver");
    revoke(&admin, &delivers, "deliver");
    let path = format!("/api/v1/users/{}", disabled.user_id);
    admin.patch(&path, &json!({ "disabled": true }), None).expect(200);
    for phone in [&blocked, &emptied, &delivers, &disabled] {
        heard_of(&app, phone, 30);
    }
    let listed = |query: &str| ids(&admin, &format!("/api/v1/installations?{query}"));
    let of =
        |phones: &[&Phone]| these(&phones.iter().map(|it| it.installation_id).collect::<Vec<_>>());
    assert_eq!(listed("state=silent"), of(&[&eight, &delivers]));
    assert_eq!(listed("state=silent&days=3"), of(&[&three, &eight, &delivers]));
    assert_eq!(listed("state=silent&days=9"), of(&[&delivers]));
    assert_eq!(listed(&format!("state=silent&days=3&group_id={first}")), of(&[&three, &delivers]));
    assert_eq!(listed(&format!("group_id={second}")), of(&[&eight]));
    let everyone = [&today, &three, &eight, &blocked, &emptied, &delivers, &disabled];
    assert_eq!(listed("limit=200"), of(&everyone));
}

fn phones_that_are_behind(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let [mut even, pending, mut gap, mut given_up, mut blocked] =
        [(); 5].map(|()| app.phone(Role::Agent, group_id));
    even.send("voluntary", &voluntary(1));
    holds(&pending, 3);
    gap.seq += 1;
    gap.send("voluntary", &voluntary(2));
    blocked.seq += 1;
    blocked.send("voluntary", &voluntary(3));
    revoke(&admin, &blocked, "block");
    // The second will never come, but the first one is still to come.
    given_up.seq = 2;
    let skip = |phone: &Phone, seq: i64| {
        let mut said = batch(phone.installation_id, clock::now(), &[]);
        said["skipped_seq"] = json!([seq]);
        let path = format!("/api/v1/sync/batches/{}", clock::new_id());
        phone.client.put(&path, &said).expect(200);
    };
    skip(&given_up, 2);
    let behind = || ids(&admin, "/api/v1/installations?state=behind");
    let of =
        |phones: &[&Phone]| these(&phones.iter().map(|it| it.installation_id).collect::<Vec<_>>());
    assert_eq!(behind(), of(&[&pending, &gap, &given_up, &blocked]));
    let missing: BTreeSet<String> = {
        let listed = admin.get("/api/v1/installations").expect(200);
        let items = listed["items"].as_array().unwrap().iter();
        let with = items.filter(|it| it["missing_seq"] != json!([]) || it["pending_total"] != 0);
        with.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(behind(), missing);
    // What was missing comes or is given up, and what was held is handed in.
    skip(&gap, 1);
    skip(&given_up, 1);
    holds(&pending, 0);
    assert_eq!(behind(), of(&[&blocked]));
}

fn a_filter_widens_no_reach(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [mine, other] = ["Huyện tôi", "Huyện khác"].map(|name| office(&admin, name, None));
    let [own, foreign] = [mine, other].map(|it| group(&admin, "Nhóm", Some(it)));
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(mine));
    let mut phones = [own, foreign].map(|group_id| app.phone(Role::Agent, group_id));
    for (phone, number) in phones.iter_mut().zip(1..) {
        phone.send("voluntary", &early(number));
        holds(phone, 1);
        heard_of(&app, phone, 30);
    }
    for query in ["state=silent", "state=behind", &format!("state=behind&group_id={own}")] {
        let listed = ids(&supervisor, &format!("/api/v1/installations?{query}"));
        assert_eq!(listed, these(&[phones[0].installation_id]), "{query}");
    }
    for path in ["installations?state=silent", "reviews?code=paid_on_implausible"] {
        let (all, hidden) =
            (format!("/api/v1/{path}"), format!("/api/v1/{path}&group_id={foreign}"));
        assert_eq!(ids(&admin, &all).len(), 2, "{path}");
        assert_eq!(ids(&admin, &hidden).len(), 1, "{path}");
        assert_eq!(ids(&supervisor, &all).len(), 1, "{path}");
        assert_eq!(ids(&supervisor, &hidden).len(), 0, "{path}");
    }
    let agent = &phones[0].client;
    assert_eq!(ids(agent, "/api/v1/installations?state=behind").len(), 1);
    let other = format!("/api/v1/installations?state=behind&group_id={foreign}");
    assert_eq!(ids(agent, &other).len(), 0);
}

fn unknown_words_are_told(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let refused = admin.get("/api/v1/reviews?state=x&code=y&group_id=z");
    for path in ["/state", "/code", "/group_id"] {
        refused.wrong(path, "bad_format");
    }
    let refused = admin.get("/api/v1/installations?state=missing&group_id=z&days=week");
    for path in ["/state", "/group_id", "/days"] {
        refused.wrong(path, "bad_format");
    }
    for days in ["0", "-1", "367"] {
        let path = format!("/api/v1/installations?state=silent&days={days}");
        admin.get(&path).wrong("/days", "out_of_range");
    }
}

fn a_part_has_pages(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    let phones: Vec<Phone> = (0..7).map(|_| app.phone(Role::Agent, group_id)).collect();
    let behind: Vec<Id> = phones.iter().step_by(2).map(|it| it.installation_id).collect();
    phones.iter().step_by(2).for_each(|phone| holds(phone, 1));
    let mut seen = BTreeSet::new();
    let mut path = "/api/v1/installations?state=behind&limit=2".to_owned();
    loop {
        let page = admin.get(&path).expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/installations?state=behind&limit=2&cursor={next}");
    }
    assert_eq!(seen, these(&behind));
}
