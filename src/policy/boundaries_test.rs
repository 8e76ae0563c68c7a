//! Every first and last day of every table, those that come with the program as those added to the
//! files later.

use super::household;
use super::line::{Item, Line};
use super::local::{self, LocalGroup};
use super::refusal::Refusal;
use super::rule_use::{RuleUse, Uses};
use super::samples::{day, member, one_month, voluntary};
use super::spec::{SPECS, UNKNOWN};
use super::tables::Rules;
use super::timeline::Dated;
use super::voluntary::VoluntaryTerms;
use crate::domain::{Areas, Code, Dong, MemberGroup, Method, SupportGroup};
use chrono::{Days, NaiveDate};
use std::str::FromStr;

struct Row {
    table: &'static str,
    key: Vec<String>,
    value: String,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

impl Row {
    /// As [`RuleUse`] names it.
    fn name(&self) -> String {
        let key = self.key.join("/");
        let slash = if key.is_empty() { "" } else { "/" };
        format!("{}{slash}{key}@{}={}", self.table, self.from, self.value)
    }

    fn holds(&self, on: NaiveDate) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }
}

fn rows() -> Vec<Row> {
    let tables = Rules::embedded().tables().flat_map(|table| {
        let spec = SPECS.iter().find(|spec| spec.name == table.table).unwrap();
        let keys = spec.keys.len();
        let days = keys + spec.values.len();
        table.rows.into_iter().map(move |cells| Row {
            table: table.table,
            key: cells[..keys].to_vec(),
            value: cells[keys].clone(),
            from: day(&cells[days]),
            to: (!cells[days + 1].is_empty()).then(|| day(&cells[days + 1])),
        })
    });
    tables.collect()
}

fn word<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The row for this key and day, by the lookup that quotes use.
fn asked(table: &str, key: &[String], on: NaiveDate) -> Result<Option<RuleUse>, Refusal> {
    fn used<V>(row: Result<&Dated<V>, Refusal>) -> Result<Option<RuleUse>, Refusal> {
        row.map(|row| Some(row.used.clone()))
    }
    let rules = Rules::embedded();
    let row = match table {
        "rates" => used(rules.rate(word(&key[0]), on)),
        "base_salary" => used(rules.base_salary(on)),
        "poverty_line_rural" => used(rules.poverty_line(on)),
        "vsi_methods" => used(rules.method(word(&key[0]), on)),
        "vsi_invest_rate_month" => used(rules.invest_rate(on).map(|(_, row)| row)),
        "vsi_catch_up" => Ok(rules.catch_up(on).map(|row| row.used.clone())),
        "vsi_state_support" => {
            Ok(rules.state_support(word(&key[0]), on).map(|(_, row)| row.used.clone()))
        }
        "local_support" => local_support(key, on),
        "bhyt_household_condition" => used(rules.rank_scope(on)),
        "bhyt_household_rates" => used(rules.rank_percent(word(&key[0]), on)),
        "bhyt_state_support" => used(rules.group(word(&key[0]), on)),
        "bhyt_months" => used(rules.group_months(word(&key[0]), on)),
        "bhyt_card_validity" => used(rules.validity(on)),
        "bhyt_card_benefit" => used(rules.benefit(&key[0], on)),
        other => panic!("say here how {other} is looked up"),
    };
    // Another key may stand in: `other` for a group without a row, rank 5 for rank 6.
    let own = (!key.is_empty()).then(|| key.join("/"));
    row.map(|row| row.filter(|row| row.key.as_deref() == own.as_deref()))
}

fn local_support(key: &[String], on: NaiveDate) -> Result<Option<RuleUse>, Refusal> {
    let areas: &Areas = Areas::embedded();
    let group = match key[0].as_str() {
        "voluntary" => LocalGroup::Voluntary(word(&key[2])),
        _ => LocalGroup::Household(word(&key[2])),
    };
    let share = Line::new(Item::Contribution, Dong(1_000_000), vec![], 1);
    let mut uses = Uses::default();
    let around = (Rules::embedded(), areas);
    local::lines(around, areas.find(&key[1], on), group, on, &mut uses, &share)?;
    Ok(uses.into_rows().into_iter().find(|row| row.key.as_deref() == Some(&key.join("/"))))
}

fn says(row: Option<&Row>, of: &Row, on: NaiveDate) {
    let answer = asked(of.table, &of.key, on);
    let about = format!("{} on {on}: {answer:?}", of.name());
    match (row, answer) {
        (Some(row), Ok(Some(used))) => {
            assert_eq!(used.to_string(), row.name(), "{about}");
            assert_eq!(Rules::embedded().row_named(&row.name()), Some(used), "{about}");
        }
        (None, Ok(None)) => {}
        (row, Err(refusal)) => {
            assert!(row.is_none_or(|row| row.value == UNKNOWN), "{about}");
            assert!(refusal.waits_for_a_rule(), "{about}");
            let missing = refusal.rule.unwrap();
            assert!(missing.starts_with(of.table) && missing.ends_with(&on.to_string()), "{about}");
        }
        _ => panic!("{about}"),
    }
}

#[test]
fn the_eve_has_the_row_before_and_the_day_itself_the_new_one() {
    let rows = rows();
    for of_key in rows.chunk_by(|a, b| (a.table, &a.key) == (b.table, &b.key)) {
        let before = std::iter::once(None).chain(of_key.iter().map(Some));
        for (before, row) in before.zip(of_key) {
            let eve = row.from - Days::new(1);
            says(before.filter(|row| row.holds(eve)), row, eve);
            says(Some(row), row, row.from);
        }
        let last = of_key.last().unwrap();
        match last.to {
            Some(to) => {
                says(Some(last), last, to);
                says(None, last, to + Days::new(1));
            }
            None => says(Some(last), last, day("2099-12-31")),
        }
    }
}

#[test]
fn quotes_on_each_of_these_days_rest_on_rows_of_their_day() {
    let rows = rows();
    let areas: &Areas = Areas::embedded();
    let codes: Vec<_> = rows.iter().filter(|row| row.table == "local_support").collect();
    let held = |used: &RuleUse, on| {
        let row = rows.iter().find(|row| row.name() == used.to_string());
        assert!(row.is_some_and(|row| row.holds(on)), "{used} on {on}");
    };
    let mut quoted = 0;
    for row in &rows {
        for on in [row.from - Days::new(1), row.from] {
            let area = codes.iter().find_map(|row| areas.find(&row.key[1], on));
            for group in SupportGroup::ALL {
                let terms = VoluntaryTerms {
                    area,
                    support_group: Some(*group),
                    income: Dong(2_500_000),
                    ..one_month(&on.to_string())
                };
                for used in voluntary(&terms).iter().flat_map(|quote| &quote.rules) {
                    held(used, on);
                    quoted += 1;
                }
            }
            for group in MemberGroup::ALL {
                let members = [member(*group, 6)];
                let quote = household::quote(Rules::embedded(), areas, on, area, 2, &members);
                for quote in quote.iter() {
                    for used in &quote.rules {
                        let card = used.table == "bhyt_card_benefit";
                        held(used, if card { quote.members[0].valid_from } else { on });
                        quoted += 1;
                    }
                }
            }
        }
    }
    assert!(quoted > rows.len() * 20, "{quoted}");
}

#[test]
fn years_without_a_published_rate_say_which_row_is_missing() {
    let paid = |paid_on: &str| {
        let terms = VoluntaryTerms {
            method: Method::Missing,
            months: Some(1),
            income: Dong(2_500_000),
            ..one_month(paid_on)
        };
        voluntary(&terms).map(|quote| quote.amounts.gross).map_err(|it| (it.code, it.rule))
    };
    let unknown = |on: &str| Err((Code::RateUnknown, Some(format!("vsi_invest_rate_month {on}"))));
    // 550 000 × 1.006583, × 1.005333, × 1.003633, × 1.0031.
    assert_eq!(paid("2017-12-31"), Ok(Dong(553_621)));
    assert_eq!(paid("2018-01-01"), unknown("2018-01-01"));
    assert_eq!(paid("2018-12-31"), unknown("2018-12-31"));
    assert_eq!(paid("2019-01-01"), Ok(Dong(552_933)));
    assert_eq!(paid("2024-12-31"), Ok(Dong(551_998)));
    assert_eq!(paid("2025-01-01"), unknown("2025-01-01"));
    assert_eq!(paid("2025-12-31"), unknown("2025-12-31"));
    assert_eq!(paid("2026-12-31"), Ok(Dong(551_705)));
    assert_eq!(paid("2027-01-01"), unknown("2027-01-01"));
}
