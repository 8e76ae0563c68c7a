//! Nobody stands on two open lists for one scheme, however she came there.

use std::sync::{Arc, Barrier};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, Id, ItemState, Role};
use dai_ly_thu::imports::{self, About, Options};
use dai_ly_thu::store::schema::worklist_items;
use dai_ly_thu::store::worklists::items::rewrite;
use dai_ly_thu::store::{self, Conn, Location, Reach, Store, StoreError, migrate};
use dai_ly_thu::sync::persons;

use crate::app::{group, id};
use crate::both;
use crate::residents::bring;
use crate::support::Backend;
use crate::support::records::{household, name, person, voluntary};
use crate::worklists::{Huyen, huyen, items, names, path, told};

both!(
    who_was_brought_by_name_is_on_no_list_that_is_made,
    two_lines_that_are_one_person,
    one_file_for_two_lists,
    namesakes_with_other_codes_are_others,
    who_stands_elsewhere_is_not_opened_again,
    who_proves_to_be_a_resident_takes_her_place,
    who_becomes_another_while_she_is_brought,
    lines_are_read_before_names_are_held,
    what_an_older_server_took_for_two,
    an_item_closes_while_it_is_opened,
    an_item_is_given_to_others_while_it_is_rewritten,
);

const HEAD: &str = "Họ và tên;Ngày sinh;Giới tính;Mã xã;Mã số BHXH;CCCD;Mã danh sách\n";

fn line(name: &str, birth: &str, sex: &str, bhxh: &str, personal: &str) -> String {
    format!("{name};{birth};{sex};19141;{bhxh};{personal};\n")
}

/// Person 12, without a card in a household that has one, by her name alone.
fn by_name() -> String {
    let she = person(12);
    line(she["full_name"].as_str().unwrap(), she["birth_date"].as_str().unwrap(), "nữ", "", "")
}

fn report(it: &Huyen, list: &Value, lines: &[&str]) -> Value {
    bring(&it.supervisor, list, &format!("{HEAD}{}", lines.concat())).expect(200)
}

/// A list of residents for cards.
fn residents(it: &Huyen) -> Value {
    it.made("never_joined", "household", "2026-11-22")
}

/// A household of which two hold cards and the third, person 12, none.
fn one_without_a_card(it: &mut Huyen) {
    let body = household(10, 3);
    let first = it.phone.send("household", &body);
    assert_eq!(first["status"], "accepted", "{first:#}");
    let void = json!({ "record_id": first["id"], "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    let mut two = household(10, 2);
    two["household"]["id"] = body["household"]["id"].clone();
    let second = it.phone.send("household", &two);
    assert_eq!(second["status"], "accepted", "{second:#}");
}

fn who_was_brought_by_name_is_on_no_list_that_is_made(backend: Backend) {
    let mut it = huyen(backend);
    one_without_a_card(&mut it);
    let brought = residents(&it);
    assert_eq!(report(&it, &brought, &[&by_name()])["written"], 1);
    let made = it.made("no_card", "household", "2026-12-15");
    assert_eq!((&made["items"], &made["elsewhere"]), (&json!(0), &json!(1)));
    // Nor is she brought again by her code.
    let coded = line("Ai Đó", "1960", "nữ", "4400000012", "");
    let again = report(&it, &residents(&it), &[&coded]);
    assert_eq!(again["skipped"][0]["code"], "listed_already", "{again:#}");
    // When she is off the list she may stand on another.
    let item = items(&it.supervisor, &brought, "").remove(0);
    let at = format!("{}/items/{}", path(&brought), item["id"].as_str().unwrap());
    it.supervisor.patch(&at, &json!({ "state": "done" }), None).expect(200);
    assert_eq!(it.made("no_card", "household", "2026-12-15")["items"], 1);
    it.supervisor.patch(&at, &json!({ "state": "open" }), None).refused(409, "conflict");
}

fn two_lines_that_are_one_person(backend: Backend) {
    let mut it = huyen(backend);
    one_without_a_card(&mut it);
    let list = residents(&it);
    let known = line("Ai Đó", "1960", "nữ", "4400000012", "");
    let one = line("Trần Thị Hai", "1988-03-05", "nữ", "", "044188000001");
    let spelled = line("Trần Thị Hài Hai", "1988-03-06", "nữ", "", "044188000001");
    let nameless = line("Trần Thị Hai", "1988", "nữ", "", "");
    let as_brought = line("Ai Đó", "1960", "nữ", "", "");
    for two in [[&known, &by_name()], [&known, &as_brought], [&one, &spelled], [&one, &nameless]] {
        let file = format!("{HEAD}{}{}", two[0], two[1]);
        let refused = bring(&it.supervisor, &list, &file).expect(422);
        assert_eq!((&refused["bad"], &refused["errors"][0]["line"]), (&json!(1), &json!(3)));
        assert_eq!(refused["errors"][0]["code"], "repeated", "{refused:#}");
    }
    assert_eq!(items(&it.supervisor, &list, "").len(), 0);
}

fn one_file_for_two_lists(backend: Backend) {
    let it = huyen(backend);
    let (one, other) = (residents(&it), residents(&it));
    let resident = |list: &Value| {
        let line = line("Trần Thị Hai", "1988-03-05", "nữ", "", "");
        line.replace(";\n", &format!(";{}\n", list["id"].as_str().unwrap()))
    };
    let file = format!("{HEAD}{}{}", resident(&one), resident(&other));
    let refused = bring(&it.supervisor, &one, &file).expect(422);
    assert_eq!(refused["errors"][0]["code"], "repeated", "{refused:#}");
    assert_eq!((&refused["written"], &refused["nothing_written"]), (&json!(0), &json!(true)));
    // For another scheme she stands on another list.
    let voluntary = it.made("never_joined", "voluntary", "2026-11-22");
    let file = format!("{HEAD}{}{}", resident(&one), resident(&voluntary));
    assert_eq!(bring(&it.supervisor, &one, &file).expect(200)["written"], 2);
}

fn namesakes_with_other_codes_are_others(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.made("never_joined", "voluntary", "2026-11-22");
    let she = person(1);
    let insured = [she["full_name"].as_str().unwrap(), she["birth_date"].as_str().unwrap()];
    let lines = [
        line("Trần Thị Hai", "1988-03-05", "nữ", "", "044188000001"),
        line("Trần Thị Hai", "1988-03-05", "nữ", "", "044188000002"),
        line("Trần Thị Hai", "1988-03-05", "nam", "", ""),
        // A namesake of one who is insured.
        line(insured[0], insured[1], "nữ", "4400000777", ""),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let first = report(&it, &list, &lines);
    assert_eq!((&first["written"], &first["skipped"]), (&json!(4), &Value::Null), "{first:#}");
    let again = report(&it, &list, &lines);
    assert_eq!((&again["written"], &again["unchanged"]), (&json!(0), &json!(4)), "{again:#}");
    let other = report(&it, &it.made("never_joined", "voluntary", "2026-11-22"), &lines);
    let skipped = other["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), 4);
    assert!(skipped.iter().all(|it| it["code"] == "listed_already"), "{other:#}");
    // Each is enrolled for herself.
    it.give(&list, it.group_id);
    let mut joins = voluntary(50);
    joins["person"]["full_name"] = json!("Trần Thị Hai");
    joins["person"]["birth_date"] = json!("1988-03-05");
    joins["person"]["personal_id"] = json!("044188000002");
    assert_eq!(it.phone.send("voluntary", &joins)["status"], "accepted");
    assert_eq!(items(&it.supervisor, &list, "state=open").len(), 3);
    // She was enrolled; the same file says nothing new.
    let again = report(&it, &list, &lines);
    assert_eq!((&again["written"], &again["unchanged"]), (&json!(0), &json!(4)), "{again:#}");
}

fn who_stands_elsewhere_is_not_opened_again(backend: Backend) {
    let mut it = huyen(backend);
    let (first, second) = (residents(&it), residents(&it));
    report(&it, &first, &[&line("Trần Thị Hai", "1988", "nữ", "", "")]);
    let at = |list: &Value| {
        let item = items(&it.supervisor, list, "").remove(0);
        format!("{}/items/{}", path(list), item["id"].as_str().unwrap())
    };
    it.supervisor.patch(&at(&first), &json!({ "state": "withdrawn" }), None).expect(200);
    report(&it, &second, &[&line("Trần Thị Hai", "1988-03-05", "nữ", "", "")]);
    it.supervisor.patch(&at(&first), &json!({ "state": "open" }), None).refused(409, "conflict");
    it.supervisor.patch(&at(&second), &json!({ "state": "withdrawn" }), None).expect(200);
    it.supervisor.patch(&at(&first), &json!({ "state": "open" }), None).expect(200);

    // What closed her item is taken back while she stands on another list.
    it.give(&first, it.group_id);
    let mut joins = household(50, 1);
    joins["members"][0]["person"]["full_name"] = json!("Trần Thị Hai");
    joins["members"][0]["person"]["birth_date"] = json!("1988-03-05");
    joins["members"][0]["person"]["bhxh_code"] = Value::Null;
    let sent = it.phone.send("household", &joins);
    assert_eq!(sent["status"], "accepted", "{sent:#}");
    let enrolled = items(&it.supervisor, &first, "state=closed").remove(0);
    assert_eq!(enrolled["state"], "enrolled");
    // Another with her name and a year alone; she might be meant.
    let other = line("Trần Thị Hai", "1988-09-09", "nữ", "", "");
    assert_eq!(report(&it, &second, &[&other])["written"], 1);
    let void = json!({ "record_id": sent["id"], "reason": "ghi nhầm" });
    assert_eq!(it.phone.send("void", &void)["status"], "accepted");
    let back = items(&it.supervisor, &first, "").remove(0);
    assert_eq!(back["state"], "withdrawn");
    assert_eq!(told(&it.phone, &back).unwrap()["data"], back);
    it.app.assert_books();
}

fn who_proves_to_be_a_resident_takes_her_place(backend: Backend) {
    let mut it = huyen(backend);
    one_without_a_card(&mut it);
    let list = residents(&it);
    let lines = [
        line("Hoàng Thị Sửa", "1979-02-03", "nữ", "", ""),
        line("Lê Thị Mã", "1950", "nữ", "", "044150000001"),
    ];
    report(&it, &list, &[&lines[0], &lines[1]]);
    it.give(&list, it.group_id);
    let made = it.made("no_card", "household", "2026-12-15");
    let item = items(&it.supervisor, &made, "").remove(0);
    let person = format!("/api/v1/persons/{}", item["person_id"].as_str().unwrap());
    let change = json!({ "full_name": "Hoàng Thị Sửa", "birth_date": "1979-02-03", "reason": "căn cước công dân" });
    it.supervisor.patch(&person, &change, None).expect(200);
    let open = items(&it.supervisor, &list, "state=open");
    assert_eq!(names(&open), ["Lê Thị Mã"]);
    let closed = items(&it.supervisor, &list, "state=closed").remove(0);
    assert_eq!(closed["state"], "withdrawn");
    assert_eq!(told(&it.phone, &closed).unwrap()["data"], closed);
    let code = json!({ "kind": "personal_id", "code": "044150000001" });
    it.admin.post(&format!("{person}/codes"), &code).expect(200);
    assert_eq!(items(&it.supervisor, &list, "state=open").len(), 0);
    assert_eq!(items(&it.supervisor, &made, "state=open").len(), 1);
    it.app.phone(Role::Agent, it.group_id).client.get(&path(&list)).expect(200);
    it.app.assert_books();
}

/// What PostgreSQL counts.
fn many(conn: &mut Conn, sql: &str, of_sqlite: i64) -> Result<i64, StoreError> {
    #[derive(diesel::QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        many: i64,
    }
    match conn {
        Conn::Pg(c) => Ok(diesel::sql_query(sql).get_result::<Counted>(c)?.many),
        Conn::Sqlite(_) => Ok(of_sqlite),
    }
}

/// Waits until somebody waits for a lock. SQLite's writers wait for each other before they look at anything.
fn until_somebody_waits(store: &Store) {
    const WAITING: &str = "SELECT count(*) AS many FROM pg_stat_activity \
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while store.read(|conn| many(conn, WAITING, 1)).unwrap() == 0 {
        std::thread::yield_now();
    }
}

fn who_becomes_another_while_she_is_brought(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let mut later = voluntary(2);
    later["from_month"] = json!("2027-01");
    assert_eq!(it.phone.send("voluntary", &later)["status"], "accepted");
    let person = |number: u32| -> Id {
        let body = json!({ "code": person(number)["bhxh_code"] });
        let found = it.supervisor.post("/api/v1/persons/lookup", &body).expect(200);
        found["items"][0]["id"].as_str().unwrap().parse().unwrap()
    };
    let (from, into) = (person(1), person(2));
    let list = residents(&it);
    let line = line("Ai Đó", "1960", "nữ", "4400000001", "");
    let locked = Barrier::new(2);
    std::thread::scope(|scope| {
        let brought = scope.spawn(|| {
            locked.wait();
            report(&it, &list, &[&line])
        });
        let merged =
            persons::merge(&it.app.store, (from, into), it.phone.user_id, clock::now(), |_| {
                locked.wait();
                until_somebody_waits(&it.app.store);
                Ok(())
            });
        merged.unwrap();
        assert_eq!(brought.join().unwrap()["written"], 1);
    });
    assert_eq!(items(&it.supervisor, &list, "")[0]["person_id"], json!(into));
    it.app.assert_books();
}

/// Only who reads the lines holds nobody up: a file may be long.
fn lines_are_read_before_names_are_held(backend: Backend) {
    const LINES: usize = 1_000;
    let it = huyen(backend);
    let list = residents(&it);
    let lines: String = (0..LINES)
        .map(|n| line(&format!("Trần Thị {}", name(n as u32)), "1988", "nữ", "", ""))
        .collect();
    let import = imports::find("worklist").unwrap();
    let table = import.open(format!("{HEAD}{lines}").as_bytes(), Options::default()).unwrap();
    let about = About {
        reach: &Reach::Everything,
        areas: Arc::clone(Areas::embedded()),
        now: clock::now(),
        office_id: None,
        user_id: None,
        worklist_id: Some(list["id"].as_str().unwrap().parse().unwrap()),
    };
    let mut held = Vec::new();
    let report = it.app.store.write(|tx| {
        import.run(tx, &about, &table, Options::default(), &mut |so_far| {
            held.push((so_far.read, so_far.written, names_held(&it.app.store)));
        })
    });
    assert_eq!(report.unwrap().written, LINES);
    let of_postgres = i64::from(backend == Backend::Postgres);
    assert_eq!(held.first(), Some(&(LINES, 0, 0)));
    assert_eq!(held.last(), Some(&(LINES, LINES, of_postgres)));
}

/// How many hold all names.
fn names_held(store: &Store) -> i64 {
    const HELD: &str = "SELECT count(*) AS many FROM pg_locks JOIN pg_database ON oid = database \
                        WHERE datname = current_database() AND locktype = 'advisory' AND mode = 'ExclusiveLock'";
    store.read(|conn| many(conn, HELD, 0)).unwrap()
}

fn what_an_older_server_took_for_two(backend: Backend) {
    let it = huyen(backend);
    let (first, second) = (residents(&it), residents(&it));
    let one = line("Trần Thị Hai", "1988-03-05", "nữ", "", "044188000001");
    let other = line("Trần Thị Hài Hai", "1988-03-05", "nữ", "", "044188000002");
    report(&it, &first, &[&one]);
    report(&it, &second, &[&other]);
    it.give(&second, it.group_id);
    let location = Location::parse(&it.app.url).unwrap();
    let mut conn = location.connect().unwrap();
    let back = match backend {
        Backend::Sqlite => include_str!("../../migrations/sqlite/00000000000015_once/down.sql"),
        Backend::Postgres => include_str!("../../migrations/postgres/00000000000015_once/down.sql"),
    };
    conn.batch_execute(back).unwrap();
    conn.batch_execute(AS_IT_WAS).unwrap();
    drop(conn);
    assert_eq!(items(&it.supervisor, &second, "state=open").len(), 1);
    migrate::run(&location).unwrap();
    assert_eq!(items(&it.supervisor, &first, "state=open").len(), 1);
    let gone = items(&it.supervisor, &second, "").remove(0);
    assert_eq!(gone["state"], "withdrawn");
    assert_eq!(told(&it.phone, &gone).unwrap()["data"], gone);
    // The file that was brought to the older server is still the same.
    assert_eq!(report(&it, &first, &[&one])["unchanged"], 1);
    it.app.assert_books();
}

const AS_IT_WAS: &str = "
    UPDATE worklist_items SET personal_id = '044188000001';
    DELETE FROM __diesel_schema_migrations WHERE version LIKE '%15';";

/// Does one thing while another one, which began later, waits for it.
fn meanwhile<T: Send>(
    it: &Huyen,
    first: impl Fn(&mut Conn) -> QueryResult<usize>,
    second: impl FnOnce() -> T + Send,
) -> T {
    let locked = Barrier::new(2);
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            locked.wait();
            second()
        });
        let done = it.app.store.write(|tx| -> Result<_, StoreError> {
            first(tx)?;
            locked.wait();
            until_somebody_waits(&it.app.store);
            Ok(())
        });
        done.unwrap();
        waits.join().unwrap()
    })
}

fn an_item_closes_while_it_is_opened(backend: Backend) {
    let it = huyen(backend);
    let lists = [residents(&it), residents(&it)];
    let at = |list: &Value| {
        let item = items(&it.supervisor, list, "").remove(0);
        (id(&item), format!("{}/items/{}", path(list), id(&item)))
    };
    let put = |at: &str, state: &str| {
        it.supervisor.patch(at, &json!({ "state": state }), None).expect(200);
    };
    report(&it, &lists[0], &[&line("Trần Thị Hai", "1988", "nữ", "", "")]);
    let (first, path) = at(&lists[0]);
    put(&path, "done");
    report(&it, &lists[1], &[&line("Trần Thị Hai", "1988-03-05", "nữ", "", "")]);
    let (second, other) = at(&lists[1]);
    put(&other, "done");
    put(&path, "open");
    // What was open closes, and she stands on the other list.
    let swapped = |tx: &mut Conn| {
        for (id, state) in [(first, ItemState::Done), (second, ItemState::Open)] {
            let item = diesel::update(worklist_items::table.find(id));
            item.set(worklist_items::state.eq(state)).execute(tx)?;
        }
        Ok(2)
    };
    let opened =
        meanwhile(&it, swapped, || it.supervisor.patch(&path, &json!({ "state": "open" }), None));
    opened.refused(409, "conflict");
    assert_eq!(items(&it.supervisor, &lists[0], "state=open").len(), 0);
}

fn an_item_is_given_to_others_while_it_is_rewritten(backend: Backend) {
    let mut it = huyen(backend);
    it.enrol(1..2);
    let list = it.due();
    it.give(&list, it.group_id);
    let item = items(&it.supervisor, &list, "").remove(0);
    let group_id = group(&it.admin, "Nhóm 2", Some(it.office_id));
    let given = |tx: &mut Conn| {
        let item = diesel::update(worklist_items::table.find(id(&item)));
        item.set(worklist_items::group_id.eq(group_id)).execute(tx)
    };
    let person_id: Id = item["person_id"].as_str().unwrap().parse().unwrap();
    let rewritten = |tx: &mut Conn| {
        let person = store::persons::get(tx, person_id)?;
        rewrite(tx, &person, clock::now().naive_utc())
    };
    let told = meanwhile(&it, given, || it.app.store.write(rewritten));
    assert_eq!(told.unwrap(), [(group_id, id(&item))]);
}
