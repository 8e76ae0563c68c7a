//! What administrators add, by mistake or in good order.

use super::Fault;
use super::raw::AddedRow;
use super::samples::{day, row};
use super::tables::Rules;
use crate::domain::Code;
use rust_decimal::Decimal;

fn faults(added: &[AddedRow]) -> Vec<Fault> {
    Rules::load(added).unwrap_err()
}

/// Table, column and code of the only fault, and how many rows it names.
fn fault(added: &[AddedRow]) -> (String, String, Code, usize) {
    let mut faults = faults(added);
    assert_eq!(faults.len(), 1, "{faults:?}");
    let fault = faults.remove(0);
    (fault.table, fault.column, fault.code, fault.rows.len())
}

fn said(table: &str, column: &str, code: Code, rows: usize) -> (String, String, Code, usize) {
    (table.to_owned(), column.to_owned(), code, rows)
}

#[test]
fn every_row_that_stands_may_be_added_again() {
    let embedded = Rules::embedded();
    let rows: Vec<_> = embedded
        .tables()
        .flat_map(|table| {
            table.rows.into_iter().map(move |cells| {
                let cells = cells.iter().map(String::as_str);
                row(table.table, &table.columns.iter().copied().zip(cells).collect::<Vec<_>>())
            })
        })
        .collect();
    assert!(rows.len() > 100);
    assert_eq!(Rules::load(&rows).unwrap().version(), embedded.version());
}

fn base(amount: &str, from: &str) -> AddedRow {
    row("base_salary", &[("amount", amount), ("effective_from", from)])
}

#[test]
fn decrees_are_added_in_the_order_of_their_days() {
    let (sooner, later) = (base("2700000", "2027-07-01"), base("2900000", "2028-07-01"));
    let rules = Rules::load(&[sooner.clone(), later.clone()]).unwrap();
    let amounts = ["2027-06-30", "2027-07-01", "2028-06-30", "2028-07-01"]
        .map(|on| rules.base_salary(day(on)).unwrap().value.0);
    assert_eq!(amounts, [2_530_000, 2_700_000, 2_700_000, 2_900_000]);
    let overlap = said("base_salary", "effective_from", Code::Conflict, 2);
    let found = faults(&[later, sooner]);
    assert_eq!(found.len(), 2, "{found:?}");
    for fault in found {
        assert_eq!((fault.table, fault.column, fault.code, fault.rows.len()), overlap);
    }
}

#[test]
fn overlaps_and_holes_name_both_rows() {
    let rate = |from, to| {
        let days = [("effective_from", from), ("effective_to", to)];
        row("vsi_invest_rate_month", &[&[("percent", "0.34")], &days[..]].concat())
    };
    let table = "vsi_invest_rate_month";
    let overlap = said(table, "effective_from", Code::Conflict, 2);
    assert_eq!(fault(&[rate("2026-07-01", "2026-12-31")]), overlap);
    let hole = said(table, "effective_from", Code::OutOfRange, 2);
    assert_eq!(fault(&[rate("2027-01-02", "2027-12-31")]), hole);
    assert_eq!(fault(&[rate("2015-01-01", "2015-12-30")]), hole);
    assert!(Rules::load(&[rate("2027-01-01", "2027-12-31")]).is_ok());
    let year = said(table, "effective_to", Code::OutOfRange, 1);
    assert_eq!(fault(&[rate("2027-01-01", "2028-12-31")]), year);
    assert_eq!(fault(&[rate("2027-01-01", "")]), year);
    let text = faults(&[rate("2026-07-01", "2026-12-31")])[0].to_string();
    assert!(text.contains("[0.31 2026-01-01..2026-12-31 CV 151"), "{text}");
    assert!(text.contains("[0.34 2026-07-01..2026-12-31 NĐ 1/2027"), "{text}");
}

#[test]
fn unknown_words_and_slips_name_their_column() {
    let from = ("effective_from", "2027-07-01");
    for (table, cells, column, code) in [
        (
            "vsi_methods",
            &[("method", "weekly"), ("months", "1"), ("deadline_months", "")][..],
            "method",
            Code::BadFormat,
        ),
        ("bhyt_household_condition", &[("rank_scope", "village")], "rank_scope", Code::BadFormat),
        (
            "bhyt_household_rates",
            &[("rank_from", "05"), ("percent", "30")],
            "rank_from",
            Code::BadFormat,
        ),
        (
            "bhyt_household_rates",
            &[("rank_from", "6"), ("percent", "101")],
            "percent",
            Code::BadFormat,
        ),
        ("vsi_state_support", &[("group", ""), ("percent", "30")], "group", Code::Required),
        ("vsi_state_support", &[("group", "poor")], "percent", Code::Required),
        (
            "rates",
            &[("rate", "voluntary_income_step"), ("value", "0"), ("unit", "percent")],
            "unit",
            Code::Conflict,
        ),
    ] {
        let added = row(table, &[cells, &[from]].concat());
        let fault = faults(&[added]).remove(0);
        assert_eq!(
            (fault.table.as_str(), fault.column.as_str(), fault.code),
            (table, column, code)
        );
        assert!(!fault.rows.is_empty(), "{table}");
    }
    let nowhere = faults(&[row("salaries", &[])]).remove(0);
    assert_eq!((nowhere.table.as_str(), nowhere.code), ("salaries", Code::NotFound));
}

#[test]
fn a_yearly_rate_is_not_taken_for_a_monthly_one() {
    let rate = |percent| {
        let days = [("effective_from", "2018-01-01"), ("effective_to", "2018-12-31")];
        row("vsi_invest_rate_month", &[&[("percent", percent)], &days[..]].concat())
    };
    let refused = said("vsi_invest_rate_month", "percent", Code::BadFormat, 1);
    assert_eq!(fault(&[rate("65.83")]), refused);
    let rules = Rules::load(&[rate("0.6583")]).unwrap();
    assert_eq!(rules.invest_rate(day("2018-06-30")).unwrap().0, Decimal::new(6583, 4));
}
