//! `/api/v1/indicators` and `/baselines`: who takes part, against other months, the plan, and the people there are.

use serde_json::{Value, json};

use dai_ly_thu::domain::{ApiScope, Area, AreaLevel, Areas, Id, Role};

use crate::app::{Client, TestApp, group, id, office, organisation};
use crate::both;
use crate::imports::bring;
use crate::support::Backend;
use crate::support::records::{COMMUNE, household, voluntary};

both!(
    who_takes_part_moves_with_every_decision,
    a_province_reports,
    units_are_ranked,
    whose_figures_they_are,
    baselines_are_dated,
    of_one_day_the_last_baseline_holds,
    who_works_in_a_commune_tells_of_it,
    before_the_first_baseline_nothing_is_compared,
    who_lives_far_away_brings_no_commune_along,
    a_day_before_a_reform_has_the_communes_of_today,
    a_group_without_an_office_has_a_row,
);

fn ask(client: &Client, query: &str) -> Value {
    client.get(&format!("/api/v1/indicators?{query}")).expect(200)
}

/// The total of one scheme.
fn total(client: &Client, scheme: &str, query: &str) -> Value {
    let found = ask(client, &format!("scheme={scheme}&{query}"));
    assert_eq!(found["totals"].as_array().map(Vec::len), Some(1));
    found["totals"][0].clone()
}

fn who_takes_part_moves_with_every_decision(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", Some(district)));
    // Three cards from 22/12/2026 to 21/12/2027, and December paid by one.
    let cards = phone.send("household", &household(1, 3));
    phone.send("voluntary", &voluntary(10));
    for (scheme, on, people, last_month) in [
        ("household", "2026-11-30", 0, 0),
        ("household", "2026-12-31", 3, 3),
        ("household", "2027-11-05", 3, 0),
        ("household", "2027-12-01", 0, -3),
        ("voluntary", "2026-12-31", 1, 1),
        ("voluntary", "2027-01-31", 0, -1),
    ] {
        for by in ["group", "area", "office"] {
            let found = ask(&admin, &format!("scheme={scheme}&on={on}&by={by}"));
            let [row, sum] = [&found["rows"][0], &found["totals"][0]];
            assert_eq!(found["rows"].as_array().map(Vec::len), Some(1), "{by}: {found}");
            for it in [row, sum] {
                assert_eq!(it["taking_part"], people, "{scheme} {on} {by}");
                assert_eq!(it["last_month"]["change"], last_month, "{scheme} {on} {by}");
            }
        }
    }
    let gone = total(&admin, "household", "on=2027-12-31");
    assert_eq!(gone["last_year"], json!({ "people": 3, "change": -3, "percent": "-100.00" }));
    assert_eq!(gone["last_december"], gone["last_year"]);
    assert_eq!(gone["last_month"]["people"], 3);

    let void = format!("/api/v1/records/{}/void", cards["id"].as_str().expect("an id"));
    admin.post(&void, &json!({ "reason": "nhầm hộ" })).expect(200);
    assert_eq!(total(&admin, "household", "on=2026-12-31")["taking_part"], 0);
    assert_eq!(total(&admin, "voluntary", "on=2026-12-31")["taking_part"], 1);
    app.assert_books();
}

fn baseline(client: &Client, office_id: Id, kind: &str, as_of: &str, people: i64) {
    let body = json!({ "office_id": office_id, "kind": kind, "as_of": as_of, "people": people,
                       "source": "Báo cáo BHXH tỉnh" });
    client.post("/api/v1/baselines", &body).expect(201);
}

fn plan(client: &Client, holder: &Value, scheme: &str, year: &str, people: i64) {
    let body = json!({ "holder": holder, "measure": "taking_part", "scheme": scheme,
                       "from": format!("{year}-01-01"), "to": format!("{year}-12-31"), "people": people });
    client.post("/api/v1/targets", &body).expect(201);
}

/// Thanh Hóa as it was printed on 30/11/2021.
fn a_province_reports(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let province = office(&admin, "BHXH Thanh Hóa", None);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(province));
    for (kind, as_of, people) in [
        ("voluntary", "2020-12-31", 59_428),
        ("voluntary", "2021-10-31", 72_255),
        ("voluntary", "2021-11-30", 74_632),
        ("household", "2020-12-31", 3_200_804),
        ("household", "2021-10-31", 3_202_996),
        ("household", "2021-11-30", 3_220_197),
        ("population", "2020-12-31", 3_697_126),
    ] {
        baseline(&supervisor, province, kind, as_of, people);
    }
    let holder = json!({ "kind": "office", "id": province });
    plan(&supervisor, &holder, "voluntary", "2021", 88_082);
    plan(&supervisor, &holder, "household", "2021", 3_261_620);

    let voluntary = total(&supervisor, "voluntary", "on=2021-11-30");
    assert_eq!(
        [&voluntary["taking_part"], &voluntary["percent"]],
        [&json!(74_632), &json!("84.73")]
    );
    assert_eq!(voluntary["last_month"]["change"], 2_377);
    assert_eq!(voluntary["last_december"]["change"], 15_204);
    let health = total(&supervisor, "household", "on=2021-11-30");
    assert_eq!([&health["taking_part"], &health["percent"]], [&json!(3_220_197), &json!("98.73")]);
    assert_eq!(health["last_month"]["change"], 17_201);
    assert_eq!(health["last_december"]["change"], 19_393);
    assert_eq!(health["coverage"], "87.10");
    assert_eq!([&health["to_go"], &health["days_left"]], [&json!(41_423), &json!(31)]);
    assert_eq!(health["pace"], "1336.3");
    // Without a plan in force there is nothing to stand against.
    let before = total(&supervisor, "household", "on=2020-12-31");
    assert_eq!([&before["target"], &before["percent"], &before["pace"]], [&Value::Null; 3]);
}

fn units_are_ranked(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let province = office(&admin, "Tỉnh", None);
    for (name, people, target) in
        [("A", 120, Some(100)), ("B", 50, Some(100)), ("C", 100, Some(100)), ("D", 7, None)]
    {
        let unit = office(&admin, name, Some(province));
        baseline(&admin, unit, "voluntary", "2026-06-30", people);
        baseline(&admin, unit, "labour_force", "2025-12-31", 1_000);
        if let Some(target) = target {
            let holder = json!({ "kind": "office", "id": unit });
            plan(&admin, &holder, "voluntary", "2026", target);
        }
    }
    let query = format!("office_id={province}&by=office&on=2026-07-15&scheme=voluntary");
    let found = ask(&admin, &query);
    let rows: Vec<Value> = found["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| json!([row["name"], row["rank"], row["percent"], row["labour_share"]]))
        .collect();
    assert_eq!(
        rows,
        [
            json!(["A", 1, "120.00", "12.00"]),
            json!(["B", 3, "50.00", "5.00"]),
            json!(["C", 2, "100.00", "10.00"]),
            json!(["D", null, null, "0.70"]),
        ]
    );
    let sum = &found["totals"][0];
    assert_eq!([&sum["units_over"], &sum["units_under"]], [&json!(2), &json!(1)]);
    assert_eq!([&sum["taking_part"], &sum["target"]], [&json!(277), &json!(300)]);
    assert_eq!(sum["labour_share"], "6.93");
}

fn whose_figures_they_are(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [here, there] = ["Huyện 1", "Huyện 2"].map(|name| office(&admin, name, None));
    let [own, other] = [here, there].map(|it| group(&admin, "Nhóm", Some(it)));
    let mut phone = app.phone(Role::Agent, own);
    phone.send("household", &household(1, 2));
    app.phone(Role::Agent, other).send("household", &household(20, 3));
    baseline(&admin, there, "population", "2025-12-31", 500);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(here));
    let (leader, _) = app.browser(Role::Leader, Some(own), None);
    for (client, people) in [(&admin, 5), (&supervisor, 2), (&leader, 2), (&phone.client, 2)] {
        assert_eq!(total(client, "household", "on=2026-12-31")["taking_part"], people);
    }
    for client in [&supervisor, &leader, &phone.client] {
        let outside = format!("/api/v1/indicators?office_id={there}");
        client.get(&outside).refused(404, "not_found");
        assert_eq!(client.get("/api/v1/baselines").expect(200)["items"], json!([]));
    }
    let body = json!({ "office_id": there, "kind": "population", "as_of": "2026-01-01",
                       "people": 1, "source": "x" });
    supervisor.post("/api/v1/baselines", &body).refused(404, "not_found");
    phone.client.post("/api/v1/baselines", &body).refused(403, "forbidden");
    let (program, _) = app.program(organisation(&admin, "Bưu điện"), ApiScope::ALL);
    program.get("/api/v1/indicators").refused(403, "forbidden");
}

fn baselines_are_dated(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", None));
    phone.send("household", &household(1, 3));
    let file = "Mã xã,Số liệu,Ngày,Số người,Nguồn\n\
                19141,population,31/12/2025,400,Niên giám\n\
                19141,population,31/12/2026,300,Niên giám\n\
                19141,household,30/11/2026,12,Báo cáo\n";
    for _ in 0..2 {
        let told = bring(&admin, "baselines", file).expect(200);
        assert_eq!(told["bad"], 0, "{told}");
    }
    let rows = |on: &str| ask(&admin, &format!("by=area&scheme=household&on={on}"))["rows"].clone();
    let [november, december] = ["2026-11-30", "2026-12-31"].map(rows);
    let row = |it: &Value| {
        json!([it[0]["key"], it[0]["taking_part"], it[0]["population"], it[0]["coverage"]])
    };
    assert_eq!(row(&november), json!([COMMUNE, 12, 400, "3.00"]));
    assert_eq!(row(&december), json!([COMMUNE, 15, 300, "5.00"]));
    assert_eq!(
        admin.get("/api/v1/baselines").expect(200)["items"].as_array().map(Vec::len),
        Some(3)
    );

    let mut body = json!({ "area_code": COMMUNE, "kind": "population", "as_of": "2027-01-01",
                           "people": 7, "source": "Niên giám" });
    let made = admin.post("/api/v1/baselines", &body).expect(201);
    body["id"] = json!(id(&made));
    assert_eq!(admin.post("/api/v1/baselines", &body).expect(201), made);
    body["people"] = json!(8);
    admin.post("/api/v1/baselines", &body).refused(409, "conflict");
    admin
        .post("/api/v1/baselines", &json!({ "kind": "x", "people": -1 }))
        .wrong("/people", "out_of_range");
    body["office_id"] = json!(dai_ly_thu::clock::new_id());
    admin.post("/api/v1/baselines", &body).wrong("/area_code", "conflict");
}

/// What was not reported of a month is not nobody.
fn before_the_first_baseline_nothing_is_compared(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let province = office(&admin, "Tỉnh", None);
    let [early, late, never] = ["A", "B", "C"].map(|name| office(&admin, name, Some(province)));
    baseline(&admin, early, "household", "2025-03-31", 1_000);
    baseline(&admin, early, "household", "2026-05-31", 1_100);
    baseline(&admin, late, "household", "2025-12-31", 14_200);
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm", Some(never)));
    phone.send("household", &household(1, 3));
    let query = format!("office_id={province}&by=office&scheme=household");
    let found = ask(&admin, &format!("{query}&on=2026-06-30"));
    let known = |people: i64, change: i64, percent: &str| json!({ "people": people, "change": change, "percent": percent });
    let changes = |it: &Value| {
        json!([it["taking_part"], it["last_month"], it["last_december"], it["last_year"]])
    };
    let grown = known(1_000, 100, "10.00");
    let same = known(1_100, 0, "0.00");
    assert_eq!(changes(&found["rows"][0]), json!([1_100, same, grown, grown]));
    let same = known(14_200, 0, "0.00");
    assert_eq!(changes(&found["rows"][1]), json!([14_200, same, same, null]));
    let nobody = json!({ "people": 0, "change": 0, "percent": null });
    assert_eq!(changes(&found["rows"][2]), json!([0, nobody, nobody, nobody]));
    // Nor is the sum of all compared with a month in which one of them is unknown.
    let (month, december) = (known(15_300, 0, "0.00"), known(15_200, 100, "0.66"));
    assert_eq!(changes(&found["totals"][0]), json!([15_300, month, december, null]));
    // What was counted here alone is compared as ever.
    let found = ask(&admin, &format!("{query}&on=2026-12-31"));
    let joined = json!({ "people": 0, "change": 3, "percent": null });
    assert_eq!(changes(&found["rows"][2]), json!([3, joined, joined, joined]));
    // What the office says of itself goes before, and so does what it does not know.
    baseline(&admin, province, "household", "2026-05-31", 20_000);
    let found = ask(&admin, &format!("{query}&on=2026-06-30"));
    let same = known(20_000, 0, "0.00");
    assert_eq!(changes(&found["totals"][0]), json!([20_000, same, null, null]));
}

fn of_one_day_the_last_baseline_holds(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    let query = format!("office_id={district}&on=2026-01-31");
    let known = || total(&admin, "household", &query)["taking_part"].clone();
    let brought = |people: i64| {
        let file = format!(
            "office,kind,as_of,people,source\n{district},household,2025-12-31,{people},Báo cáo\n"
        );
        bring(&admin, "baselines", &file).expect(200)
    };
    let set = |people: i64| {
        baseline(&admin, district, "household", "2025-12-31", people);
        assert_eq!(known(), people);
    };
    let listed = || {
        let all = admin.get("/api/v1/baselines").expect(200);
        all["items"].as_array().map(Vec::len)
    };
    [300, 100, 200].into_iter().for_each(set);
    // A file replaces what holds, however it was set.
    brought(50);
    assert_eq!((known(), listed()), (json!(50), Some(3)));
    let again = brought(50);
    assert_eq!((&again["written"], &again["unchanged"]), (&json!(0), &json!(1)));
    set(20);
    brought(70);
    assert_eq!((known(), listed()), (json!(70), Some(4)));
}

/// What is known of a commune is known to everybody: whoever has nothing to do there does not say it.
fn who_works_in_a_commune_tells_of_it(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let [here, there] = ["Huyện 1", "Huyện 2"].map(|name| office(&admin, name, None));
    let works = json!({ "name": "Nhóm", "office_id": here, "area_codes": [COMMUNE] });
    admin.post("/api/v1/groups", &works).expect(201);
    let idle = json!({ "name": "Nhóm khác", "office_id": there });
    admin.post("/api/v1/groups", &idle).expect(201);
    let [own, other] = [here, there].map(|it| app.browser(Role::Supervisor, None, Some(it)).0);
    let body = |people: i64| {
        json!({ "area_code": COMMUNE, "kind": "population", "as_of": "2025-12-31",
                "people": people, "source": "Niên giám" })
    };
    let file = |people: i64| {
        format!("area_code,kind,as_of,people,source\n{COMMUNE},population,2025-12-31,{people},x\n")
    };
    own.post("/api/v1/baselines", &body(21_500)).expect(201);
    bring(&own, "baselines", &file(21_600)).expect(200);
    other.post("/api/v1/baselines", &body(1)).wrong("/area_code", "not_found");
    let refused = bring(&other, "baselines", &file(1));
    assert_eq!(refused.status, 422);
    let error = &refused.body["errors"][0];
    assert_eq!((&error["column"], &error["code"]), (&json!("area_code"), &json!("not_found")));
    let known = || {
        let all = admin.get("/api/v1/baselines").expect(200);
        let items = all["items"].as_array().unwrap().iter();
        items.map(|it| it["people"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(known(), [21_600]);
    bring(&admin, "baselines", &file(21_700)).expect(200);
    assert_eq!(known(), [21_700]);
}

/// One of another commune was enrolled: she counts, and her commune has a row; who else lives there is not this
/// office's.
fn who_lives_far_away_brings_no_commune_along(backend: Backend) {
    const OWN: &str = "19147";
    let app = TestApp::start(backend);
    let admin = app.admin();
    let here = office(&admin, "Huyện", None);
    let works = json!({ "name": "Nhóm", "office_id": here, "area_codes": [OWN] });
    let own = id(&admin.post("/api/v1/groups", &works).expect(201));
    app.phone(Role::Agent, own).send("household", &household(1, 1));
    let file = format!(
        "area_code,kind,as_of,people,source\n{OWN},population,2025-12-31,400,x\n\
         {OWN},household,2025-12-31,99,x\n{COMMUNE},population,2025-12-31,5000,x\n\
         {COMMUNE},household,2025-12-31,3000,x\n"
    );
    bring(&admin, "baselines", &file).expect(200);
    let (supervisor, _) = app.browser(Role::Supervisor, None, Some(here));
    let query = "by=area&scheme=household&on=2026-12-31";
    let found = ask(&supervisor, query);
    let sum = &found["totals"][0];
    let told = json!([sum["taking_part"], sum["population"], sum["coverage"]]);
    assert_eq!(told, json!([100, 400, "25.00"]));
    let rows = found["rows"].as_array().unwrap().iter();
    let mut rows: Vec<_> = rows.map(|it| json!([it["key"], it["taking_part"]])).collect();
    rows.sort_by_key(Value::to_string);
    assert_eq!(rows, [json!([COMMUNE, 3001]), json!([OWN, 99])]);
    // In the whole country every commune is somebody's.
    assert_eq!(ask(&admin, query)["totals"][0]["population"], 5_400);
    // Who works there now has it in his sums.
    let path = format!("/api/v1/groups/{own}");
    let both = json!({ "area_codes": [OWN, COMMUNE] });
    admin.patch(&path, &both, None).expect(200);
    assert_eq!(ask(&supervisor, query)["totals"][0]["population"], 5_400);
}

/// The code of many a commune was that of another one before.
fn a_day_before_a_reform_has_the_communes_of_today(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let areas = Areas::embedded();
    let before = "2025-06-30".parse().expect("a day");
    let another = |area: &&Area| {
        let then = areas.find(&area.code, before);
        area.level == AreaLevel::Commune
            && area.valid_to.is_none()
            && then.is_some_and(|then| areas.current(then).code != area.code)
    };
    let commune = areas.all().iter().find(another).expect("a commune with another one's code");
    let row = json!({ "name": "Nhóm 1", "area_codes": [commune.code] });
    admin.post("/api/v1/groups", &row).expect(201);
    for on in ["2025-06-30", "2026-11-22"] {
        let found = ask(&admin, &format!("scheme=voluntary&on={on}&by=area"));
        assert_eq!(found["rows"].as_array().map(Vec::len), Some(1), "{on}");
        assert_eq!(
            (&found["rows"][0]["key"], &found["rows"][0]["name"]),
            (&json!(commune.code), &json!(commune.name))
        );
    }
}

/// What counts in the total stands in a row.
fn a_group_without_an_office_has_a_row(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let district = office(&admin, "Huyện", None);
    for (at, office) in [Some(district), None].into_iter().enumerate() {
        let group = group(&admin, &format!("Nhóm {at}"), office);
        let number = u32::try_from(at).unwrap();
        app.phone(Role::Agent, group).send("voluntary", &voluntary(number));
    }
    let found = ask(&admin, "scheme=voluntary&on=2026-12-31&by=office");
    let row = |row: &Value| (row["name"].clone(), row["taking_part"].clone());
    let rows: Vec<_> = found["rows"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [(json!("Huyện"), json!(1)), (json!("–"), json!(1))]);
    assert_eq!(found["totals"][0]["taking_part"], 2);
}
