//! The tables as they come, and as administrators add to them.

use super::*;
use crate::domain::{Areas, Code, parse_day};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

fn row(table: &str, cells: &[(&str, &str)]) -> AddedRow {
    let mut values: BTreeMap<String, String> =
        cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect();
    values.entry("document".to_owned()).or_insert_with(|| "NĐ 1/2027/NĐ-CP".to_owned());
    AddedRow { table: table.to_owned(), values }
}

fn base(amount: &str, from: &str) -> AddedRow {
    row("base_salary", &[("amount", amount), ("effective_from", from)])
}

fn day(text: &str) -> NaiveDate {
    parse_day(text).unwrap()
}

fn errors(added: &[AddedRow]) -> String {
    let faults = Rules::load(added).unwrap_err();
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_new_decree_ends_the_old_row_the_day_before() {
    let rules = Rules::load(&[base("2700000", "2027-07-01")]).unwrap();
    let amount = |on| rules.base_salary(day(on)).unwrap().value;
    assert_eq!(amount("2027-06-30"), Dong(2_530_000));
    assert_eq!(amount("2027-07-01"), Dong(2_700_000));
    assert_ne!(rules.version(), Rules::embedded().version());
}

#[test]
fn an_overlap_names_both_rows() {
    let text = errors(&[base("1400000", "2018-01-01")]);
    assert!(text.contains("[1300000 2017-07-01..2018-06-30"), "{text}");
    assert!(text.contains("[1400000 2018-01-01.."), "{text}");
    assert!(text.contains("overlap"), "{text}");
    assert!(errors(&[base("2700000", "2026-07-01")]).contains("overlap"));
}

#[test]
fn holes_and_slips_are_refused() {
    let with = |column: &'static str, cell: &'static str| {
        let mut added = base("2700000", "2027-07-01");
        added.values.insert(column.to_owned(), cell.to_owned());
        errors(&[added])
    };
    assert!(with("amount", "2,7").contains("no value of this table"));
    assert!(with("amount", "-1").contains("no value of this table"));
    assert!(with("document", " ").contains("document: missing"));
    assert!(with("effective_to", "2027-01-01").contains("before"));
    assert!(with("effective_from", "1/7/2027").contains("effective_from"));
    assert!(with("colour", "red").contains("no such column"));
    assert!(with("effective_to", "2027-12-31").contains("nothing follows"));
    assert!(errors(&[row("salaries", &[])]).contains("no such table"));
    let support = |group, percent| {
        row(
            "vsi_state_support",
            &[("group", group), ("percent", percent), ("effective_from", "2028-01-01")],
        )
    };
    assert!(errors(&[support("poor", "150")]).contains("no value of this table"));
    assert!(errors(&[support("rich", "10")]).contains("no key"));
}

#[test]
fn unknown_years_are_said_openly_and_filled_later() {
    let on = day("2025-03-01");
    let refusal = Rules::embedded().invest_rate(on).unwrap_err();
    assert_eq!(refusal.code, Code::RateUnknown);
    let rate = |from, to| {
        row(
            "vsi_invest_rate_month",
            &[("percent", "0.34"), ("effective_from", from), ("effective_to", to)],
        )
    };
    let rules = Rules::load(&[rate("2025-01-01", "2025-12-31")]).unwrap();
    assert_eq!(rules.invest_rate(on).unwrap().0, Decimal::new(34, 2));
    assert!(rules.invest_rate(day("2018-03-01")).is_err());
    assert!(errors(&[rate("2028-01-01", "2028-12-31")]).contains("hole"));
}

#[test]
fn a_known_support_replaces_an_unknown_one_on_its_days() {
    let added = row(
        "local_support",
        &[
            ("scheme", "voluntary"),
            ("area_code", "01"),
            ("group", "poor"),
            ("percent", "20"),
            ("effective_from", "2026-01-01"),
            ("effective_to", "2026-12-31"),
        ],
    );
    let rules = Rules::load(&[added]).unwrap();
    let rows: Vec<_> = rules
        .tables()
        .filter(|table| table.table == "local_support")
        .flat_map(|table| table.rows)
        .filter(|cells| cells[..3] == ["voluntary", "01", "poor"])
        .map(|cells| cells[3..6].join(" "))
        .collect();
    assert_eq!(
        rows,
        [
            "30 2022-08-01 2025-06-30",
            "unknown 2025-07-01 2025-12-31",
            "20 2026-01-01 2026-12-31",
            "unknown 2027-01-01 ",
        ]
    );
}

#[test]
fn the_version_is_the_same_each_time() {
    let again = Rules::load(&[]).unwrap();
    assert_eq!(again.version(), Rules::embedded().version());
    assert_eq!(again.version().len(), 16);
}

#[test]
fn every_local_support_names_an_area() {
    let areas = Areas::embedded();
    for code in Rules::embedded().local_support.area_codes() {
        assert!(areas.all().iter().any(|area| area.code == code), "{code}");
    }
}

#[test]
fn a_year_without_its_notice_is_silent() {
    let silent_in = |year| {
        let day = NaiveDate::from_ymd_opt(year, 3, 1).unwrap();
        Rules::embedded().silent_on(day)
    };
    assert_eq!(silent_in(2026), Vec::<&str>::new());
    // Nobody found it, and nobody has written it yet.
    assert_eq!(silent_in(2025), ["vsi_invest_rate_month"]);
    assert_eq!(silent_in(2027), ["vsi_invest_rate_month"]);
}
