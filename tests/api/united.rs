//! Items of persons who become one, and two again.

use serde_json::{Value, json};

use dai_ly_thu::domain::Id;

use crate::both;
use crate::support::Backend;
use crate::support::records::{household, voluntary};
use crate::worklists::{Huyen, huyen, items, told};

both!(
    two_persons_who_are_one_stand_on_one_list,
    who_parts_takes_along_what_closed_her_item,
    what_is_taken_back_of_two_who_are_one_opens_the_item,
);

fn two_persons_who_are_one_stand_on_one_list(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    assert_eq!(it.phone.send("voluntary", &later)["status"], "accepted");
    let (first, second) = (it.due(), it.made("due", "voluntary", "2027-01-15"));
    assert_eq!((&first["items"], &second["items"]), (&json!(1), &json!(1)));
    let of = |list: &Value| items(&it.supervisor, list, "").remove(0);
    let (one, other) = (of(&first), of(&second));
    let path = format!("/api/v1/persons/{}/merge", one["person_id"].as_str().unwrap());
    it.supervisor.post(&path, &json!({ "into": other["person_id"] })).expect(200);
    let (one, stays) = (of(&first), of(&second));
    assert_eq!((&one["state"], &one["person_id"]), (&json!("withdrawn"), &other["person_id"]));
    assert_eq!(stays["state"], "open");
}

/// Her item on a list, which her second record closed; that record; and another person.
fn enrolled_again(it: &mut Huyen) -> (Value, Value, Value) {
    it.enrol(1..2);
    let list = it.due();
    it.give(&list, it.group_id);
    let mut on = voluntary(1);
    on["from_month"] = json!("2027-01");
    let sent = it.phone.send("voluntary", &on);
    assert_eq!(sent["status"], "accepted", "{sent:#}");
    let other = it.phone.send("household", &household(7, 1));
    assert_eq!(other["status"], "accepted", "{other:#}");
    (list, sent, other["enrollments"][0]["person_id"].clone())
}

fn who_parts_takes_along_what_closed_her_item(backend: Backend) {
    let mut it = huyen(backend);
    let (list, sent, other) = enrolled_again(&mut it);
    let of = |state: &str| items(&it.supervisor, &list, &format!("state={state}")).remove(0);
    let own = of("closed")["person_id"].clone();
    let path = |what: &str| format!("/api/v1/persons/{}/{what}", own.as_str().unwrap());
    it.supervisor.post(&path("merge"), &json!({ "into": other })).expect(200);
    assert_eq!(of("closed")["person_id"], other);
    it.supervisor.post(&path("unmerge"), &json!({})).expect(200);
    assert_eq!(of("closed")["person_id"], own);
    assert_eq!(told(&it.phone, &of("closed")).unwrap()["data"], of("closed"));
    let void = json!({ "record_id": sent["id"], "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    assert_eq!(items(&it.supervisor, &list, "state=open").len(), 1);
    it.app.assert_books();
}

/// Whoever an item names, what closed it can be taken back.
fn what_is_taken_back_of_two_who_are_one_opens_the_item(backend: Backend) {
    use dai_ly_thu::store::schema::worklist_items;
    use dai_ly_thu::store::{Result, StoreError};
    use diesel::prelude::*;

    let mut it = huyen(backend);
    let (list, sent, other) = enrolled_again(&mut it);
    let other: Id = other.as_str().unwrap().parse().unwrap();
    it.app
        .store
        .write(|tx| -> Result<usize> {
            diesel::update(worklist_items::table)
                .set(worklist_items::person_id.eq(other))
                .execute(tx)
                .map_err(StoreError::from)
        })
        .unwrap();
    let void = json!({ "record_id": sent["id"], "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    assert_eq!(items(&it.supervisor, &list, "state=open").len(), 1);
}
