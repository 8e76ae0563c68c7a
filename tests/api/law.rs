//! `/api/v1/quotes`, `/rules`, and why an enrollment costs what it costs.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, Role};

use crate::app::{Client, TestApp, group, id};
use crate::both;
use crate::support::Backend;
use crate::support::records::{household, voluntary};

both!(
    quotes_as_the_contract_prints_them,
    all_errors_of_a_question_at_once,
    a_household_is_known_to_its_own_group,
    every_case_of_the_bundle_comes_out,
    a_row_is_added_once_and_everybody_knows,
    rows_that_do_not_fit_are_named,
    what_waited_is_told_to_the_phone,
    an_amount_is_explained,
    what_goes_back,
    five_years_without_a_break,
);

fn ask(client: &Client, question: &Value) -> crate::app::Answered {
    client.post("/api/v1/quotes", question)
}

fn question(paid_on: &str, income: i64, method: &str) -> Value {
    json!({ "kind": "voluntary", "paid_on": paid_on, "area_code": null, "income": income,
            "method": method, "months": null, "support_group": null })
}

fn quotes_as_the_contract_prints_them(backend: Backend) {
    let app = TestApp::start(backend);
    let phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm 1", None));
    let ahead = json!({ "kind": "voluntary", "paid_on": "2026-11-22", "area_code": "19141", "income": 1_500_000,
        "method": "ahead", "months": 24, "support_group": "other", "monthly_rate_percent": "0.31" });
    let quote = ask(&phone.client, &ahead).expect(200);
    let part = |name: &str| quote[name].as_i64().unwrap();
    assert_eq!(
        [part("gross"), part("state_support"), part("local_support"), part("payable")],
        [7_644_801, 1_584_000, 0, 6_060_801]
    );
    let rule = &quote["rules"][0];
    for field in ["table", "value", "effective_from", "document"] {
        assert!(rule[field].is_string(), "{rule}");
    }
    let line = &quote["lines"][1];
    assert_eq!(line["percents"], json!(["22", "20"]));
    let named = line["rules"].as_array().unwrap().iter();
    let tables: Vec<_> = named
        .map(|at| quote["rules"][usize::try_from(at.as_u64().unwrap()).unwrap()]["table"].clone())
        .collect();
    assert_eq!(tables, ["poverty_line_rural", "rates", "vsi_state_support"]);

    let members = json!([
        { "group": "household", "months": 12, "previous_valid_to": null },
        { "group": "household", "months": 6, "previous_valid_to": "2026-11-30", "rank_held": 2 },
        { "group": "student", "months": 9, "previous_valid_to": null },
    ]);
    let joint = json!({ "kind": "household", "paid_on": "2026-11-22", "area_code": null, "joined_before": 2,
                        "members": members });
    let quote = ask(&phone.client, &joint).expect(200);
    let column = |name: &str| -> Vec<Value> {
        quote["members"].as_array().unwrap().iter().map(|member| member[name].clone()).collect()
    };
    assert_eq!(quote["base_salary"], 2_530_000);
    assert_eq!(column("rank"), [json!(3), json!(2), Value::Null]);
    assert_eq!(column("percent"), [60, 70, 100]);
    // 113,850 a month: × 12 × 60 %, × 6 × 70 %, × 9 × 50 %.
    assert_eq!(column("payable"), [819_720, 478_170, 512_325]);
    assert_eq!(quote["total"], 1_810_215);
    assert_eq!(column("valid_from"), ["2026-12-22", "2026-12-01", "2026-12-22"]);
    assert_eq!(column("valid_to"), ["2027-12-21", "2027-05-31", "2027-09-21"]);

    let future = question("2027-06-01", 2_200_000, "yearly");
    assert_eq!(ask(&phone.client, &future).expect(200)["gross"], 5_808_000);
    let mapped = json!({ "kind": "voluntary", "paid_on": "2026-11-22", "area_code": "19150", "income": 1_500_000,
                         "method": "monthly" });
    assert_eq!(ask(&phone.client, &mapped).expect(200)["warnings"], json!(["area_mapped"]));
}

fn all_errors_of_a_question_at_once(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let fields = |body: Value, status, code: &str| -> Vec<String> {
        let answered = ask(&admin, &body);
        answered.refused(status, code);
        let fields = answered.body["fields"].as_array().unwrap();
        fields.iter().map(|it| format!("{} {}", it["path"], it["code"]).replace('"', "")).collect()
    };
    assert_eq!(fields(json!({}), 422, "invalid"), ["/kind required"]);
    assert_eq!(
        fields(
            json!({ "kind": "voluntary", "paid_on": "2026-02-30", "income": "1", "method": "often",
                    "months": -1, "monthly_rate_percent": 0.3, "birth_date": "5/3/1988" }),
            422,
            "invalid"
        ),
        [
            "/paid_on out_of_range",
            "/income bad_format",
            "/method bad_format",
            "/months out_of_range",
            "/monthly_rate_percent bad_format",
            "/birth_date bad_format",
        ]
    );
    let mut young = question("2026-11-22", 1_000_000, "monthly");
    young["birth_date"] = json!("2011-11-23");
    assert_eq!(
        fields(young, 422, "too_young"),
        ["/birth_date too_young", "/income income_too_low"]
    );
    let mut absurd = question("2026-11-22", 1_500_000, "ahead");
    absurd["months"] = json!(24);
    absurd["monthly_rate_percent"] = json!("11");
    assert_eq!(fields(absurd, 422, "invalid"), ["/monthly_rate_percent out_of_range"]);
    let members = json!([{ "group": "household", "months": 5 }, { "group": "king", "months": 1 }]);
    assert_eq!(
        fields(
            json!({ "kind": "household", "paid_on": "2026-11-22", "members": members }),
            422,
            "invalid"
        ),
        ["/members/1/group bad_format"]
    );
    let members =
        json!([{ "group": "household", "months": 5 }, { "group": "near_poor", "months": 13 }]);
    assert_eq!(
        fields(
            json!({ "kind": "household", "paid_on": "2026-11-22", "members": members }),
            422,
            "months_not_allowed"
        ),
        ["/members/0/months months_not_allowed", "/members/1/months months_not_allowed"]
    );
    let mut nowhere = question("2026-11-22", 1_500_000, "monthly");
    nowhere["area_code"] = json!("99");
    assert_eq!(fields(nowhere, 422, "area_unknown"), ["/area_code area_unknown"]);

    let mut unknown = question("2025-08-01", 1_500_000, "monthly");
    unknown["area_code"] = json!("01");
    unknown["support_group"] = json!("poor");
    let answered = ask(&admin, &unknown);
    answered.refused(422, "rule_missing");
    assert_eq!(answered.body["fields"][0]["rule"], "local_support 01 poor 2025-08-01");
    let mut ahead = question("2027-03-01", 2_200_000, "ahead");
    ahead["months"] = json!(24);
    let answered = ask(&admin, &ahead);
    answered.refused(422, "rate_unknown");
    assert_eq!(answered.body["fields"][0]["rule"], "vsi_invest_rate_month 2027-03-01");
    ask(&admin, &json!([])).refused(400, "malformed");
}

fn a_household_is_known_to_its_own_group(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", None));
    let stranger = app.phone(Role::Agent, group(&admin, "Nhóm 2", None));
    let body = household(1, 2);
    assert_eq!(phone.send("household", &body)["status"], "accepted");
    let ask = |client: &Client, joined_before: Option<i64>, year: i32| {
        let members = json!([{ "group": "household", "months": 12 }]);
        let question = json!({ "kind": "household", "paid_on": format!("{year}-11-22"), "members": members,
                               "household_id": body["household"]["id"], "joined_before": joined_before });
        ask(client, &question)
    };
    let rank = |answered: crate::app::Answered| answered.expect(200)["members"][0]["rank"].clone();
    assert_eq!(rank(ask(&phone.client, None, 2026)), 3);
    assert_eq!(rank(ask(&phone.client, None, 2027)), 1);
    assert_eq!(rank(ask(&phone.client, Some(4), 2026)), 5);
    assert_eq!(rank(ask(&admin, None, 2026)), 3);
    // To a group that never met it, it is a household yet to be made.
    assert_eq!(rank(ask(&stranger.client, None, 2026)), 1);
}

fn every_case_of_the_bundle_comes_out(backend: Backend) {
    let app = TestApp::start(backend);
    let phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm 1", None));
    let rules = phone.client.get("/api/v1/rules").expect(200);
    let config = phone.client.get("/api/v1/sync/config").expect(200);
    assert_eq!(rules["version"], config["rules_version"]);
    assert_eq!(rules["tables"].as_array().unwrap().len(), 14);
    let cases = rules["cases"].as_array().unwrap();
    assert!(cases.len() > 90);
    let pinned: Vec<String> = cases
        .iter()
        .map(|case| format!("{} {}", case["id"].as_str().unwrap(), case["expect"]))
        .collect();
    insta::assert_snapshot!("cases", pinned.join("\n"));
    for case in cases {
        let answered = ask(&phone.client, &case["request"]);
        for (field, value) in case["expect"].as_object().unwrap() {
            let found = match field.as_str() {
                "members" => json!(
                    answered.body["members"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(without_lines)
                        .collect::<Vec<_>>()
                ),
                field => answered.body[field].clone(),
            };
            assert_eq!(&found, value, "{} {field}", case["id"]);
        }
    }
}

fn without_lines(member: &Value) -> Value {
    let mut member = member.clone();
    member.as_object_mut().unwrap().retain(|field, _| field != "lines" && field != "rules");
    member
}

fn a_row_is_added_once_and_everybody_knows(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", None));
    let version = || phone.client.get("/api/v1/rules").expect(200)["version"].clone();
    let before = version();
    let get = |tag: &str| {
        phone.client.request("GET", "/api/v1/rules", &[("if-none-match", tag)], None).status
    };
    let areas = Areas::embedded().tag();
    let tag = |version: &Value| {
        format!("\"{}-{areas}-{}\"", version.as_str().unwrap(), env!("CARGO_PKG_VERSION"))
    };
    assert_eq!((get(&tag(&before)), get("\"another\"")), (304, 200));
    let row = json!({ "id": clock::new_id(), "percent": 0.33, "effective_from": "2027-01-01",
                      "effective_to": "2027-12-31", "document": "TB 12/TB-BHXH", "confidence": "H" });
    let path = "/api/v1/rules/vsi_invest_rate_month";
    phone.client.post(path, &row).refused(403, "forbidden");
    let added = admin.post(path, &row).expect(201);
    assert_eq!(added["values"]["percent"], "0.33");
    assert_eq!(added["edition"], 1);
    assert_ne!(added["rules_version"], before);
    assert_eq!(added["rules_version"], version());
    assert_eq!((get(&tag(&before)), get(&tag(&added["rules_version"]))), (200, 304));
    let again = admin.post(path, &row).expect(201);
    assert_eq!((&again["id"], &again["edition"]), (&added["id"], &added["edition"]));
    let mut other = row.clone();
    other["percent"] = json!(0.34);
    admin.post(path, &other).refused(409, "conflict");

    let mut ahead = question("2027-03-01", 2_200_000, "ahead");
    ahead["months"] = json!(24);
    let quote = ask(&phone.client, &ahead).expect(200);
    assert_eq!(quote["lines"][0]["growth"]["percent"], "0.33");
    let list = admin.get("/api/v1/rules/added").expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);

    let withdraw = format!("/api/v1/rules/added/{}/withdraw", id(&row));
    admin.post(&withdraw, &json!({})).refused(422, "invalid");
    let reason = json!({ "reason": "nhập nhầm năm" });
    phone.client.post(&withdraw, &reason).refused(403, "forbidden");
    let withdrawn = admin.post(&withdraw, &reason).expect(200);
    assert_eq!(withdrawn["withdrawn_because"], "nhập nhầm năm");
    assert_eq!(version(), before);
    ask(&phone.client, &ahead).refused(422, "rate_unknown");
    let nobody = format!("/api/v1/rules/added/{}/withdraw", clock::new_id());
    admin.post(&nobody, &reason).refused(404, "not_found");
}

fn rows_that_do_not_fit_are_named(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let row = |amount: Value, from: &str| json!({ "amount": amount, "effective_from": from, "document": "NĐ thử" });
    let path = "/api/v1/rules/base_salary";
    let overlap = admin.post(path, &row(json!(2_600_000), "2026-07-01"));
    overlap.refused(409, "conflict");
    let named = overlap.body["fields"][0]["rule"].as_str().unwrap();
    assert!(named.contains("[2530000 2026-07-01"), "{named}");
    for (body, path, code) in [
        (row(json!("2,6"), "2027-07-01"), "/amount", "bad_format"),
        (row(json!([]), "2027-07-01"), "/amount", "bad_format"),
        (row(json!(2_600_000), "1/7/2027"), "/effective_from", "bad_format"),
        (json!({ "amount": 1, "effective_from": "2027-07-01" }), "/document", "required"),
        (
            json!({ "amount": 1, "colour": 1, "effective_from": "2027-07-01", "document": "x" }),
            "/colour",
            "not_found",
        ),
        (json!({ "id": "x" }), "/id", "bad_format"),
    ] {
        let answered = admin.post("/api/v1/rules/base_salary", &body);
        answered.refused(422, "invalid");
        let field = &answered.body["fields"][0];
        assert_eq!(
            (field["path"].as_str(), field["code"].as_str()),
            (Some(path), Some(code)),
            "{body}"
        );
    }
    let twice = br#"{"amount":2700000,"amount":9,"effective_from":"2027-07-01","document":"x"}"#;
    admin.send("POST", path, twice).refused(400, "malformed");
    let exact = json!({ "percent": "0_3.5", "effective_from": "2027-01-01", "effective_to": "2027-12-31", "document": "x" });
    admin.post("/api/v1/rules/vsi_invest_rate_month", &exact).refused(422, "invalid");
    admin.post("/api/v1/rules/salaries", &row(json!(1), "2027-07-01")).refused(404, "not_found");
    assert_eq!(admin.get("/api/v1/rules/added").expect(200)["items"], json!([]));
}

fn what_waited_is_told_to_the_phone(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", None));
    // A support of the commune's province that exists, but nobody told us how much.
    let province = "44";
    let support = |percent: &str| {
        json!({ "scheme": "voluntary", "area_code": province, "group": "other", "percent": percent,
                "effective_from": "2026-01-01", "document": "NQ HĐND Quảng Trị" })
    };
    let path = "/api/v1/rules/local_support";
    admin.post(path, &support("unknown")).expect(201);
    // 330,000 less 20 % of the State and 10 % of the province.
    let mut right = voluntary(1);
    right["amount_collected"] = json!(231_000);
    let waiting = phone.send("voluntary", &right);
    assert_eq!((&waiting["status"], &waiting["code"]), (&json!("review"), &json!("rule_missing")));
    assert_eq!(waiting["fields"][0]["path"], "/body/area_code");
    let wrong = phone.send("voluntary", &voluntary(2));
    let missing = || admin.get("/api/v1/rules/missing").expect(200)["items"].clone();
    let row = json!({ "rule": "local_support 44 other", "from": "2026-11-22", "to": "2026-11-22",
                      "records": 2, "amount_held": 495_000 });
    assert_eq!(missing(), json!([row]));
    let tally =
        || admin.get("/api/v1/tallies?from=2026-01-01&to=2026-12-31").expect(200)["totals"].clone();
    assert_eq!((&tally()["review"], &tally()["amount_held"]), (&json!(2), &json!(495_000)));

    let added = admin.post(path, &support("10")).expect(201);
    let report = json!({ "accepted": 1, "duplicate": 0, "review": 0, "rejected": 1, "waiting": 0, "failed": 0 });
    assert_eq!(added["judged_again"], report);
    assert_eq!(missing(), json!([]));
    let totals = tally();
    assert_eq!(
        (&totals["accepted"], &totals["rejected"], &totals["review"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(
        (&totals["amount_enrolled"], &totals["amount_held"]),
        (&json!(231_000), &json!(264_000))
    );

    let ids = format!("{},{}", waiting["id"].as_str().unwrap(), wrong["id"].as_str().unwrap());
    let records = phone.client.get(&format!("/api/v1/sync/records?ids={ids}")).expect(200);
    let [first, second] = [0, 1].map(|at| &records["results"][at]);
    assert_eq!(first["outcome"]["code"], "rule_missing");
    assert_eq!(first["current"]["status"], "accepted");
    assert_eq!(first["current"]["enrollment_ids"].as_array().unwrap().len(), 1);
    assert_eq!(second["current"]["status"], "rejected");
    assert_eq!(second["current"]["code"], "amount_mismatch");
    assert_eq!(second["current"]["fields"][0]["expected"], 231_000);
    let feed = phone.pull_all(100);
    let of = |entity: &str| feed.iter().filter(|change| change["entity"] == entity).count();
    assert_eq!([of("enrollment"), of("card"), of("person"), of("review")], [1, 1, 1, 2]);
    let reviews = feed.iter().filter(|it| it["entity"] == "review");
    let mut states: Vec<_> = reviews.map(|it| it["data"]["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["accepted", "rejected"]);

    // The agent settles the money and corrects the record.
    let mut corrected = voluntary(2);
    corrected["amount_collected"] = json!(231_000);
    let rejected: dai_ly_thu::domain::Id = id(&wrong);
    let rev = phone.capture_rev(rejected, 2, "voluntary", &corrected);
    assert_eq!(phone.push(&[rev]).expect(200)["results"][0]["status"], "accepted");
    app.assert_books();
}

fn an_amount_is_explained(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", None));
    let one = phone.send("voluntary", &voluntary(1));
    let two = phone.send("household", &household(2, 2));
    let detail = |answer: &Value, at: usize| {
        let id = answer["enrollments"][at]["id"].as_str().unwrap().to_owned();
        phone.client.get(&format!("/api/v1/enrollments/{id}")).expect(200)
    };
    let first = detail(&one, 0);
    assert_eq!((&first["method"], &first["income"]), (&json!("monthly"), &json!(1_500_000)));
    let lines = first["lines"].as_array().unwrap();
    let amounts: Vec<_> = lines.iter().map(|line| (&line["item"], &line["amount"])).collect();
    assert_eq!(
        amounts,
        [(&json!("contribution"), &json!(330_000)), (&json!("state_support"), &json!(66_000))]
    );
    for line in lines {
        for at in line["rules"].as_array().unwrap() {
            let rule = &first["rules"][usize::try_from(at.as_u64().unwrap()).unwrap()];
            assert!(rule["document"].is_string(), "{rule}");
        }
    }
    let second = detail(&two, 1);
    assert_eq!((&second["rank"], &second["member_group"]), (&json!(2), &json!("household")));
    assert_eq!(second["lines"][0]["percents"], json!(["4.5", "70"]));
    let places = second["lines"][0]["rules"].as_array().unwrap().iter();
    let row = |at: &Value| second["rules"][usize::try_from(at.as_u64().unwrap()).unwrap()].clone();
    let values: Vec<Value> = places.map(|at| row(at)["value"].clone()).collect();
    assert_eq!(values, ["2530000", "4.5", "70"]);
    let ranks = second["rules"].as_array().unwrap().iter();
    assert_eq!(ranks.filter(|row| row["table"] == "bhyt_household_rates").count(), 1);
    assert_eq!(second["lines"][0]["amount"], second["gross"]);
    let list = admin.get("/api/v1/enrollments").expect(200);
    assert!(list["items"][0].get("lines").is_none());
}

fn what_goes_back(backend: Backend) {
    let app = TestApp::start(backend);
    let admin = app.admin();
    let mut phone = app.phone(Role::Agent, group(&admin, "Nhóm 1", None));
    let taken = phone.send("household", &household(1, 2));
    let second = taken["enrollments"][1]["id"].as_str().unwrap();
    let card = &taken["enrollments"][1]["card"];
    let refund = |client: &Client, query: &str| {
        client.get(&format!("/api/v1/enrollments/{second}/refund{query}"))
    };
    // Six months of 113,850 × 70 % have not begun on the first day of the seventh.
    let from: chrono::NaiveDate = card["valid_from"].as_str().unwrap().parse().unwrap();
    let seventh = from.checked_add_months(chrono::Months::new(6)).unwrap();
    let answer = refund(&phone.client, &format!("?from={seventh}")).expect(200);
    assert_eq!((&answer["months"], &answer["payable"]), (&json!(6), &json!(478_170)));
    let next = seventh.succ_opt().unwrap();
    assert_eq!(refund(&admin, &format!("?from={next}")).expect(200)["months"], 5);
    refund(&admin, "").refused(422, "invalid");
    refund(&admin, "?from=soon").refused(422, "invalid");
    let stranger = app.phone(Role::Agent, group(&admin, "Nhóm 2", None));
    refund(&stranger.client, &format!("?from={seventh}")).refused(404, "not_found");
    let record = taken["id"].as_str().unwrap();
    admin
        .post(&format!("/api/v1/records/{record}/void"), &json!({ "reason": "trả lại" }))
        .expect(200);
    refund(&admin, &format!("?from={seventh}")).refused(409, "already_void");
}

fn five_years_without_a_break(backend: Backend) {
    let app = TestApp::start(backend);
    let mut phone = app.phone(Role::Agent, group(&app.admin(), "Nhóm 1", None));
    let first = phone.send("household", &household(1, 1));
    let book = phone.send("voluntary", &voluntary(1));
    let card = |answer: &Value| {
        let id = answer["enrollments"][0]["card"]["id"].as_str().unwrap();
        phone.client.get(&format!("/api/v1/cards/{id}")).expect(200)
    };
    assert_eq!(card(&first)["valid_from"], "2026-12-22");
    assert_eq!(card(&first)["five_year_day"], "2031-12-22");
    assert_eq!(card(&book)["five_year_day"], Value::Null);
}
