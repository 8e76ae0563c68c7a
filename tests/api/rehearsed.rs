//! What a review tells of its decisions stays within reach, the log tells only what happened, and what is decided
//! is what was seen.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role, Ruling};
use dai_ly_thu::rulebook::Rulebook;
use dai_ly_thu::store::{Conn, Reach, StoreError, reviews};
use dai_ly_thu::sync::{foretell, resolve};

use super::reviews::{open, start};
use crate::app::{Client, Phone, TestApp, group, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::voluntary;

both!(
    cards_out_of_reach_are_not_told,
    who_is_one_only_on_trial_is_not_logged,
    what_changed_since_it_was_seen_is_not_decided,
);

/// A phone of an office of its own, and the office's supervisor.
fn huyen(app: &TestApp, admin: &Client, name: &str) -> (Phone, Id, Client) {
    let office_id = office(admin, name, None);
    let group_id = group(admin, name, Some(office_id));
    let supervisor = app.browser(Role::Supervisor, None, Some(office_id)).0;
    (app.phone(Role::Agent, group_id), group_id, supervisor)
}

/// Somebody whom only her identity card names.
fn by_card(name: Option<&str>) -> Value {
    let mut body = voluntary(1);
    body["person"]["bhxh_code"] = Value::Null;
    body["person"]["personal_id"] = json!("044188000123");
    if let Some(name) = name {
        body["person"]["full_name"] = json!(name);
    }
    body["from_month"] = json!("2027-01");
    body
}

fn effects(client: &Client, review: &Value, name: &str) -> Value {
    let path = format!("/api/v1/reviews/{}", review["id"].as_str().unwrap());
    let detail = client.get(&path).expect(200);
    let all = detail["decisions"].as_array().unwrap();
    all.iter().find(|it| it["decision"] == name).unwrap()["effects"].clone()
}

/// Two persons whom others enrolled become one: what happens to their cards is told to those.
fn cards_out_of_reach_are_not_told(backend: Backend) {
    let (app, admin, mut one, mut two) = start(backend);
    let (mut third, _, supervisor) = huyen(&app, &admin, "Huyện khác");
    one.send("voluntary", &voluntary(1));
    two.send("voluntary", &by_card(Some("Nguyễn Thị Viết Sai")));
    let mut both = by_card(None);
    both["person"]["bhxh_code"] = voluntary(1)["person"]["bhxh_code"].clone();
    both["from_month"] = json!("2027-02");
    assert_eq!(third.send("voluntary", &both)["code"], "identity_conflict");
    let review = open(&supervisor);
    let [all, seen] = [&admin, &supervisor].map(|client| effects(client, &review, "merge"));
    let cards = |of: &Value| of["cards"].as_array().unwrap().len();
    assert_eq!((cards(&all), cards(&seen)), (2, 1), "{all:#} {seen:#}");
    assert_eq!((&all["persons_merged"], &seen["persons_merged"]), (&json!(true), &json!(true)));
}

/// What one thread logs.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// How often it was said during this that two persons are one.
    fn united<T>(work: impl FnOnce() -> T) -> usize {
        let lines = Self::default();
        let to = lines.clone();
        let log = tracing_subscriber::fmt().with_writer(move || to.clone()).finish();
        tracing::subscriber::with_default(log, work);
        let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        told.matches("two persons are one").count()
    }
}

fn who_is_one_only_on_trial_is_not_logged(backend: Backend) {
    // Once beside an accepted record, once of a record that waits.
    for waits in [false, true] {
        let (app, admin, mut one, mut two) = start(backend);
        one.send("voluntary", &voluntary(1));
        let mut like = voluntary(1);
        like["person"]["bhxh_code"] = Value::Null;
        like["from_month"] = json!("2027-01");
        if waits {
            two.send("voluntary", &by_card(Some("Nguyễn Thị Viết Sai")));
            like["person"] = voluntary(1)["person"].clone();
            like["person"]["personal_id"] = json!("044188000123");
            like["from_month"] = json!("2027-02");
        }
        two.send("voluntary", &like);
        let id: Id = open(&admin)["id"].as_str().unwrap().parse().unwrap();
        let (book, reach, now) =
            (Rulebook::open(&app.store).unwrap(), Reach::Everything, clock::now());
        let review = app.store.read(|conn| reviews::get(conn, &reach, id)).unwrap();
        let by = app.browser(Role::Admin, None, None).1;
        let foretold = Lines::united(|| {
            let told = foretell::decisions(&app.store, &book, &reach, &review, by, now).unwrap();
            assert!(told.iter().any(|it| it.effects.as_ref().is_ok_and(|it| it.persons_merged)));
        });
        assert_eq!(foretold, 0);
        let done = Lines::united(|| {
            let merge =
                resolve::Resolution { review_id: id, ruling: Ruling::Merge, note: None, by };
            resolve::resolve(&app.store, &book, &reach, &merge, &|_| Ok(()), now).unwrap();
        });
        assert_eq!(done, 1);
    }
}

/// What was seen is compared where it is decided: in the transaction, of which nothing stays.
fn what_changed_since_it_was_seen_is_not_decided(backend: Backend) {
    // A record that waits, and one that was accepted beside the doubt.
    for month in ["2026-12", "2027-01"] {
        let (app, admin, mut one, mut two) = start(backend);
        one.send("voluntary", &voluntary(1));
        let mut like = voluntary(1);
        like["person"]["bhxh_code"] = Value::Null;
        like["from_month"] = json!(month);
        two.send("voluntary", &like);
        let before = open(&admin);
        let id: Id = before["id"].as_str().unwrap().parse().unwrap();
        let (book, reach) = (Rulebook::open(&app.store).unwrap(), Reach::Everything);
        let by = app.browser(Role::Admin, None, None).1;
        for ruling in Ruling::ALL.iter().copied() {
            let decision = resolve::Resolution { review_id: id, ruling, note: None, by };
            let asked = std::cell::Cell::new(0);
            let changed = |tx: &mut Conn| {
                asked.set(asked.get() + 1);
                reviews::sign(tx, id, by, Some("trong giao dịch"))?;
                Err(StoreError::Changed)
            };
            let now = clock::now();
            let refused =
                resolve::resolve(&app.store, &book, &reach, &decision, &changed, now).unwrap_err();
            assert!(matches!(refused, resolve::Refused::Store(StoreError::Changed)), "{refused}");
            assert_eq!(asked.get(), 1, "{month} {ruling}");
            assert_eq!(open(&admin), before, "{month} {ruling}");
        }
        app.assert_books();
    }
}
