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
    who_parts_is_visited_again,
    what_came_since_stays_with_who_remained,
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

/// Items of two persons on two lists that are made one, and the path to undo it.
fn two_listed(it: &mut Huyen) -> ([Value; 2], [Value; 2], String) {
    it.enrol(1..2);
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    assert_eq!(it.phone.send("voluntary", &later)["status"], "accepted");
    let lists = [it.due(), it.made("due", "voluntary", "2027-01-15")];
    lists.iter().for_each(|list| drop(it.give(list, it.group_id)));
    let persons = [0, 1].map(|at| {
        let item = items(&it.supervisor, &lists[at], "").remove(0);
        item["person_id"].clone()
    });
    let unmerge = format!("/api/v1/persons/{}/unmerge", persons[0].as_str().unwrap());
    (lists, persons, unmerge)
}

fn merge(it: &Huyen, persons: &[Value; 2]) {
    let path = format!("/api/v1/persons/{}/merge", persons[0].as_str().unwrap());
    it.supervisor.post(&path, &json!({ "into": persons[1] })).expect(200);
}

fn who_parts_is_visited_again(backend: Backend) {
    let mut it = huyen(backend);
    let (lists, persons, unmerge) = two_listed(&mut it);
    let of = |at: usize| items(&it.supervisor, &lists[at], "").remove(0);
    // Both stand open: one was withdrawn, and is open again.
    merge(&it, &persons);
    assert_eq!(
        (of(0)["state"].clone(), of(0)["person_id"].clone()),
        (json!("withdrawn"), persons[1].clone())
    );
    it.supervisor.post(&unmerge, &json!({})).expect(200);
    for at in [0, 1] {
        assert_eq!((&of(at)["state"], &of(at)["person_id"]), (&json!("open"), &persons[at]));
        assert_eq!(told(&it.phone, &of(at)).unwrap()["data"], of(at));
    }
    // The second is not listed: the item moves, and goes back.
    let at = |of: &Value| {
        format!(
            "/api/v1/worklists/{}/items/{}",
            of["worklist_id"].as_str().unwrap(),
            of["id"].as_str().unwrap()
        )
    };
    it.supervisor.patch(&at(&of(1)), &json!({ "state": "done" }), None).expect(200);
    merge(&it, &persons);
    assert_eq!((&of(0)["state"], &of(0)["person_id"]), (&json!("open"), &persons[1]));
    it.supervisor.post(&unmerge, &json!({})).expect(200);
    assert_eq!((&of(0)["state"], &of(0)["person_id"]), (&json!("open"), &persons[0]));
    assert_eq!((&of(1)["state"], &of(1)["person_id"]), (&json!("done"), &persons[1]));
    it.app.assert_books();
}

fn what_came_since_stays_with_who_remained(backend: Backend) {
    let mut it = huyen(backend);
    let (lists, persons, unmerge) = two_listed(&mut it);
    merge(&it, &persons);
    let mut on = voluntary(2);
    on["from_month"] = json!("2027-02");
    assert_eq!(it.phone.send("voluntary", &on)["status"], "accepted");
    it.supervisor.post(&unmerge, &json!({})).expect(200);
    let of = |at: usize| items(&it.supervisor, &lists[at], "").remove(0);
    assert_eq!((&of(0)["state"], &of(0)["person_id"]), (&json!("open"), &persons[0]));
    assert_eq!((&of(1)["state"], &of(1)["person_id"]), (&json!("enrolled"), &persons[1]));
    it.app.assert_books();
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
