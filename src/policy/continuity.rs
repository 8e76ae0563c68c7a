//! The day from which a card holder has five years of health insurance without
//! a break; it stands on the card.

use super::refusal::Refusal;
use super::rows::Rate;
use super::tables::Rules;
use chrono::{Months, NaiveDate};
use rust_decimal::prelude::ToPrimitive;

/// The five-year day of the last of these periods (first day, last day), in any order.
/// Gaps of at most three months do not break the chain; `None` without a period.
///
/// # Errors
/// `rule_missing` for periods older than the tables.
pub fn five_year_day(
    rules: &Rules,
    periods: &[(NaiveDate, NaiveDate)],
) -> Result<Option<NaiveDate>, Refusal> {
    let mut periods = periods.to_vec();
    periods.sort_unstable();
    let Some(((first, end), rest)) = periods.split_first() else {
        return Ok(None);
    };
    let (mut start, mut end) = (*first, *end);
    for (from, to) in rest {
        let gap = months(rules, Rate::ContinuityGapMonths, *from)?;
        let bridged = end
            .succ_opt()
            .and_then(|day| day.checked_add_months(Months::new(gap)))
            .is_none_or(|last| *from <= last);
        if !bridged {
            start = *from;
        }
        end = end.max(*to);
    }
    let years = months(rules, Rate::ContinuityYears, end)?;
    Ok(start.checked_add_months(Months::new(years.saturating_mul(12))))
}

fn months(rules: &Rules, rate: Rate, day: NaiveDate) -> Result<u32, Refusal> {
    let row = rules.rate(rate, day)?;
    Ok(row.value.to_u32().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_day;

    #[test]
    fn gaps_of_three_months_are_bridged() {
        let day = |text| parse_day(text).unwrap();
        let first = (day("2020-01-01"), day("2020-12-31"));
        let soon = (day("2021-04-01"), day("2022-03-31"));
        let late = (day("2021-04-02"), day("2022-04-01"));
        let rules = Rules::embedded();
        let of = |periods: &[_]| five_year_day(rules, periods).unwrap();
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[soon, first]), Some(day("2025-01-01")));
        assert_eq!(of(&[first, late]), Some(day("2026-04-02")));
    }
}
