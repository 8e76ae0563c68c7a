//! First and last day of a health card (Luật BHYT Điều 16 khoản 3c; NĐ 188/2025
//! Điều 13; before 1/7/2025: NĐ 146/2018 Điều 13 khoản 8).

use super::refusal::Refusal;
use super::rows::Gap;
use super::rule_use::RuleUse;
use super::tables::Rules;
use crate::domain::add_months_end;
use crate::domain::day::plus_days;
use chrono::{Months, NaiveDate};

/// The days of a card, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The row that decided how a gap counts.
    pub used: RuleUse,
}

/// The days of a card bought on `paid_on` by somebody whose card ended on `previous_valid_to`.
///
/// Paid before the old card ends: the day after it. A short gap: the day of
/// payment. The first card, or a longer gap: after the days of waiting.
///
/// # Errors
/// `rule_missing` before the table begins.
pub fn period(
    rules: &Rules,
    paid_on: NaiveDate,
    previous_valid_to: Option<NaiveDate>,
    months: u32,
) -> Result<Period, Refusal> {
    let row = rules.validity(paid_on)?;
    let waited = plus_days(paid_on, row.value.wait_days);
    let from = match previous_valid_to {
        Some(end) if paid_on <= end => plus_days(end, 1),
        Some(end) if is_short(&row.value.gap, plus_days(end, 1), paid_on) => paid_on,
        _ => waited,
    };
    Ok(Period { from, to: add_months_end(from, months), used: row.used.clone() })
}

/// Whether less than the limit lies between the first uncovered day and the payment.
fn is_short(limit: &Gap, uncovered_from: NaiveDate, paid_on: NaiveDate) -> bool {
    match limit {
        Gap::Months(months) => {
            uncovered_from.checked_add_months(Months::new(*months)).is_none_or(|end| paid_on < end)
        }
        Gap::Days(days) => (paid_on - uncovered_from).num_days() < i64::from(*days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_day;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    fn from(paid_on: &str, previous: Option<&str>) -> NaiveDate {
        let previous = previous.map(day);
        period(Rules::embedded(), day(paid_on), previous, 12).unwrap().from
    }

    #[test]
    fn paid_in_time_the_cards_join() {
        assert_eq!(from("2026-11-10", Some("2026-11-30")), day("2026-12-01"));
        assert_eq!(from("2026-11-30", Some("2026-11-30")), day("2026-12-01"));
        assert_eq!(from("2026-12-01", Some("2026-11-30")), day("2026-12-01"));
    }

    #[test]
    fn ninety_uncovered_days_since_july_2025() {
        assert_eq!(from("2026-04-09", Some("2026-01-10")), day("2026-04-09"));
        assert_eq!(from("2026-04-11", Some("2026-01-10")), day("2026-05-11"));
        assert_eq!(from("2026-04-10", Some("2026-01-10")), day("2026-04-10"));
    }

    #[test]
    fn three_months_before() {
        assert_eq!(from("2020-12-01", Some("2020-09-10")), day("2020-12-01"));
        assert_eq!(from("2020-12-10", Some("2020-09-10")), day("2020-12-10"));
        assert_eq!(from("2020-12-11", Some("2020-09-10")), day("2021-01-10"));
        assert_eq!(from("2020-12-11", None), day("2021-01-10"));
    }
}
