//! `/api/v1/tallies`

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Role, Scheme};
use dai_ly_thu::store::schema::tallies;
use dai_ly_thu::store::{Result, StoreError};

use crate::app::{TestApp, group, office};
use crate::both;
use crate::support::Backend;
use crate::support::records::{batch, household, void, voluntary};

both!(rows_move_with_the_records, everybody_sees_his_part, a_spoiled_row_is_found);

/// The table of the year of the tests.
fn tallies(query: &str) -> String {
    format!("/api/v1/tallies?from=2026-01-01&to=2026-12-31&{query}")
}

fn row<'a>(table: &'a Value, name: &str, scheme: Scheme) -> &'a Value {
    table["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == name && row["scheme"] == scheme.as_str())
        .unwrap_or_else(|| panic!("no row {name} {scheme}: {table:#}"))
}

fn rows_move_with_the_records(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let group_id = group(&admin, "Nhóm 1", None);
    group(&admin, "Nhóm 2", None);
    let mut phone = app.phone(Role::Agent, group_id);
    let target = json!({ "group_id": group_id, "scheme": "household", "from": "2026-01-01",
                         "to": "2026-12-31", "people": 8 });
    admin.post("/api/v1/targets", &target).expect(201);

    phone.send("household", &household(1, 3));
    phone.send("household", &household(1, 3));
    let taken = phone.send("voluntary", &voluntary(1));
    let mut wrong = voluntary(9);
    wrong["amount_collected"] = json!(1);
    phone.send("voluntary", &wrong);

    let table = admin.get(&tallies("by=group")).expect(200);
    let households = row(&table, "Nhóm 1", Scheme::Household);
    let of = |row: &Value, names: &[&str]| -> Vec<Value> {
        names.iter().map(|it| row[*it].clone()).collect()
    };
    assert_eq!(
        of(households, &["accepted", "new", "duplicate", "amount_enrolled", "amount_held"]),
        [json!(3), json!(3), json!(3), json!(3_142_260), json!(3_142_260)]
    );
    assert_eq!(of(households, &["target", "percent", "to_go"]), [json!(8), json!(37.5), json!(5)]);
    let voluntary = row(&table, "Nhóm 1", Scheme::Voluntary);
    assert_eq!(
        of(voluntary, &["accepted", "rejected", "amount_enrolled", "amount_held", "state_support"]),
        [json!(1), json!(1), json!(264_000), json!(1), json!(66_000)]
    );
    assert_eq!(row(&table, "Nhóm 2", Scheme::Voluntary)["accepted"], 0);
    assert_eq!(table["totals"]["accepted"], 4);

    let mut many = batch(phone.installation_id, clock::now(), &[]);
    many["pending_total"] = json!(5);
    many["oldest_pending_at"] = json!("2026-11-20T08:00:00+07:00");
    many["records"] = json!([phone.capture("voluntary", &wrong)]);
    let path = format!("/api/v1/sync/batches/{}", clock::new_id());
    phone.client.put(&path, &many).expect(200);
    let table = admin.get(&tallies("by=agent")).expect(200);
    assert_eq!(table["rows"][0]["on_phones"], 4);
    assert_eq!(table["rows"][0]["oldest_pending_at"], "2026-11-20T01:00:00Z");

    phone.send("void", &void(taken["id"].as_str().unwrap().parse().unwrap()));
    for by in ["group", "agent", "area", "village", "drive", "organisation", "day", "month"] {
        let table = admin.get(&tallies(&format!("by={by}&scheme=voluntary"))).expect(200);
        assert_eq!(of(&table["totals"], &["accepted", "voided", "rejected"]), [0, 1, 2], "{by}");
    }
    let area = admin.get(&tallies("by=area")).expect(200);
    assert_eq!(row(&area, "Xã Bố Trạch", Scheme::Household)["key"], "19141");
    admin.get("/api/v1/tallies?by=moon&from=2026-13-01").refused(422, "invalid");
    app.assert_books();
}

fn everybody_sees_his_part(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let station = office(&admin, "Điểm", Some(district));
    let one = group(&admin, "Nhóm 1", Some(station));
    let two = group(&admin, "Nhóm 2", None);
    let mut first = app.phone(Role::Agent, one);
    let mut second = app.phone(Role::Agent, one);
    let mut third = app.phone(Role::Agent, two);
    for (i, phone) in [&mut first, &mut second, &mut third].into_iter().enumerate() {
        phone.send("voluntary", &voluntary(u32::try_from(i).unwrap()));
    }
    let accepted = |client: &crate::app::Client| {
        client.get(&tallies("by=group")).expect(200)["totals"]["accepted"].clone()
    };
    assert_eq!(accepted(&admin), 3);
    assert_eq!(accepted(&first.client), 1);
    assert_eq!(accepted(&app.phone(Role::Leader, one).client), 2);
    assert_eq!(accepted(&app.browser(Role::Supervisor, None, Some(district)).0), 2);
    let elsewhere = office(&admin, "Huyện khác", None);
    let (stranger, _) = app.browser(Role::Supervisor, None, Some(elsewhere));
    let table = stranger.get(&tallies(&format!("group_id={one}"))).expect(200);
    assert_eq!((&table["rows"], &table["totals"]["accepted"]), (&json!([]), &json!(0)));
}

fn a_spoiled_row_is_found(backend: Backend) {
    use diesel::prelude::*;

    let app = TestApp::start(backend);
    let mut phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm 1", None));
    phone.send("household", &household(1, 2));
    app.store
        .write(|tx| -> Result<usize> {
            diesel::update(tallies::table.filter(tallies::grain.eq("day")))
                .set(tallies::accepted.eq(7))
                .execute(tx)
                .map_err(StoreError::from)
        })
        .unwrap();
    let areas = dai_ly_thu::domain::Areas::embedded();
    let recount = |fix| {
        app.store.write(|tx| dai_ly_thu::tallies::recount::recount(tx, areas, fix)).unwrap().drifts
    };
    let drifts = recount(true);
    assert_eq!(drifts.len(), 1);
    assert_eq!((drifts[0].kept.accepted, drifts[0].counted.accepted), (7, 2));
    assert_eq!(recount(false), vec![]);
}
