//! Every worked example of `data/rules/vectors.json`, as the law, the press or
//! the formulas print it.

use super::card_number::{LongNumber, benefit_digit, long_prefix};
use super::household::{self, MemberTerms};
use super::line::{Amounts, Growth, Interest, Item, Line, settle};
use super::rows::Rate;
use super::tables::Rules;
use super::voluntary::{self, VoluntaryTerms};
use crate::domain::{Areas, Code, Dong, MemberGroup, PersonalId, PointCode, Sex, parse_day};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn examples() -> Vec<Value> {
    serde_json::from_str(include_str!("../../data/rules/vectors.json")).unwrap()
}

fn day(value: &Value) -> NaiveDate {
    parse_day(value.as_str().unwrap()).unwrap()
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn optional<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str().and_then(|text| text.parse().ok())
}

fn voluntary(request: &Value) -> Result<Value, Code> {
    let areas = Areas::embedded();
    let paid_on = day(&request["paid_on"]);
    let area = request["area_code"].as_str();
    let terms = VoluntaryTerms {
        paid_on,
        area: area.map(|code| areas.resolve(code, paid_on).unwrap().area),
        income: Dong(request["income"].as_i64().unwrap()),
        method: request["method"].as_str().unwrap().parse().unwrap(),
        months: request["months"].as_u64().map(|_| number(&request["months"])),
        support_group: optional(&request["support_group"]),
        supported_months_before: 0,
        monthly_rate_percent: optional(&request["monthly_rate_percent"]),
        from_month: None,
        months_late: 0,
    };
    let quote = voluntary::quote(Rules::embedded(), areas, &terms);
    quote.map(|quote| serde_json::to_value(quote).unwrap()).map_err(|refusals| refusals[0].code)
}

fn household(request: &Value) -> Value {
    let areas = Areas::embedded();
    let paid_on = day(&request["paid_on"]);
    let area = request["area_code"].as_str();
    let members: Vec<MemberTerms> = request["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| MemberTerms {
            group: member["group"].as_str().unwrap().parse().unwrap(),
            months: number(&member["months"]),
            previous_valid_to: member["previous_valid_to"]
                .as_str()
                .map(|_| day(&member["previous_valid_to"])),
            rank_held: None,
        })
        .collect();
    let quote = household::quote(
        Rules::embedded(),
        areas,
        paid_on,
        area.map(|code| areas.resolve(code, paid_on).unwrap().area),
        request["joined_before"].as_u64().map_or(0, |_| number(&request["joined_before"])),
        &members,
    );
    let quote = serde_json::to_value(quote.unwrap()).unwrap();
    let payable: Vec<_> =
        quote["members"].as_array().unwrap().iter().map(|m| m["payable"].clone()).collect();
    let first = &quote["members"][0];
    json!({ "payable": payable, "valid_from": first["valid_from"], "valid_to": first["valid_to"] })
}

fn check_request(id: &str, request: &Value, expect: &Value) {
    let answer = match request["kind"].as_str() {
        Some("voluntary") => voluntary(request),
        Some("household") => Ok(household(request)),
        other => panic!("{id}: kind {other:?}"),
    };
    for (field, value) in expect.as_object().unwrap() {
        match (field.as_str(), &answer) {
            ("ok", answer) => assert!(answer.is_ok(), "{id}"),
            ("code", answer) => {
                assert_eq!(answer.as_ref().err().map(|code| code.as_str()), value.as_str(), "{id}");
            }
            (field, Ok(answer)) => assert_eq!(&answer[field], value, "{id} {field}"),
            (field, Err(code)) => panic!("{id}: {code} instead of {field}"),
        }
    }
}

/// Payments of ranks 1, 2 … for a base salary, by the rank table of the day.
fn ranked(input: &Value) -> Value {
    let rules = Rules::embedded();
    let on = input.get("pay_date").map_or(parse_day("2019-01-15").unwrap(), day);
    let contribution = rules.rate(Rate::HealthContributionPercent, on).unwrap().value;
    let members: Vec<i64> = (1..=number(&input["n"]))
        .map(|rank| {
            let rank = Decimal::from(rules.rank_percent(rank, on).unwrap().value);
            computed(input, &[(Item::Contribution, &[contribution, rank])]).gross.0
        })
        .collect();
    json!({ "members": members })
}

/// What these lines come to, for the base and the months given.
fn computed(input: &Value, lines: &[(Item, &[Decimal])]) -> Amounts {
    let base = Dong(input["base"].as_i64().unwrap());
    let months = number(&input["months"]);
    let line =
        |(item, percents): &(Item, &[Decimal])| Line::new(*item, base, percents.to_vec(), months);
    settle(&mut lines.iter().map(line).collect::<Vec<_>>())
}

/// A member with State support, with the percents given.
fn supported(input: &Value) -> Value {
    let percent =
        |field: &str| input.get(field).map_or(Decimal::ZERO, |value| Decimal::from(number(value)));
    let on = parse_day("2017-08-15").unwrap();
    let rate = Rules::embedded().rate(Rate::HealthContributionPercent, on).unwrap().value;
    let amounts = computed(
        input,
        &[
            (Item::Contribution, &[rate]),
            (Item::StateSupport, &[rate, percent("state")]),
            (Item::LocalSupport, &[rate, percent("local")]),
        ],
    );
    json!({ "payable": amounts.payable.0, "state": amounts.state_support.0 })
}

/// A payment so many months after its deadline.
fn late(input: &Value) -> Value {
    let percent = input["r"].as_str().unwrap().trim_end_matches('%').parse().unwrap();
    let mut line =
        Line::new(Item::Contribution, Dong(input["amount"].as_i64().unwrap()), vec![], 1);
    let months_late = number(&input["months_late"]);
    line.growth = Some(Growth { interest: Interest::Late, percent, months_late });
    json!({ "amount_due": settle(&mut [line]).gross.0 })
}

fn student_percent_is_in_the_table(input: &Value) {
    if let Some(on) = input.get("pay_date").map(day) {
        let row = Rules::embedded().group(MemberGroup::Student, on).unwrap();
        assert_eq!(row.value.percent, Decimal::from(number(&input["state"])));
    }
}

fn unit(kind: &str, input: &Value) -> Value {
    let areas = Areas::embedded();
    let text = |field: &str| input[field].as_str().unwrap();
    match kind {
        "" => ranked(input),
        "vsi_late" => late(input),
        "hh_support" => supported(input),
        "student" => {
            student_percent_is_in_the_table(input);
            supported(input)
        }
        "benefit_digit" => {
            let digit = benefit_digit(Rules::embedded(), text("prefix"), day(&input["date"]));
            json!({ "digit": digit.unwrap() })
        }
        "card_parse" => {
            let card = LongNumber::parse(text("card")).unwrap();
            let prefix = long_prefix(&card.prefix, card.digit, &card.province_code);
            let again = format!("{prefix}{}", card.bhxh_code);
            assert_eq!(again, text("card"));
            json!({ "prefix": card.prefix, "level": card.digit, "province": card.province_code, "bhxh": card.bhxh_code })
        }
        "province_code" => {
            let area = areas.find(text("code"), day(&input["date"])).unwrap();
            json!({ "name": area.name })
        }
        "successor" => {
            let area = areas.find(text("code"), day(&input["on"])).unwrap();
            let area = areas.current(area);
            json!({ "code": area.code, "name": area.name })
        }
        "cccd" => {
            let id = PersonalId::parse(text("id")).unwrap();
            let sex = if id.declared_sex() == Sex::Male { "M" } else { "F" };
            assert_eq!(id.birth_place(), "044");
            json!({ "sex": sex, "birth_year": id.birth_year() })
        }
        "org_code" => {
            let point = PointCode::parse(text("code")).unwrap();
            json!({ "org": point.organisation(), "type": "TH", "province": point.province(), "commune": point.commune(), "point": point.point() })
        }
        other => panic!("no function for {other}"),
    }
}

#[test]
fn all_examples_come_out() {
    for example in examples() {
        let id = example["id"].as_str().unwrap();
        if let Some(request) = example.get("request") {
            check_request(id, request, &example["expect"]);
        } else {
            let case = &example["unit"];
            let kind = case.get("kind").map_or("", |kind| kind.as_str().unwrap());
            let answer = unit(kind, &case["input"]);
            for (field, value) in case["expected"].as_object().unwrap() {
                // Words for readers, not answers.
                if !["note", "birth_province"].contains(&field.as_str()) {
                    assert_eq!(&answer[field], value, "{id} {field}");
                }
            }
        }
    }
}
