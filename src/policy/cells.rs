//! From the cells of a row to its key and value; `None` is a bad cell.

use super::fault::Fault;
use super::months::Months;
use super::raw::RawTable;
use super::rows::{Gap, GroupRule, MethodRule, ValidityRule};
use super::spec::UNKNOWN;
use super::timeline::Timeline;
use crate::domain::Dong;
use rust_decimal::Decimal;
use std::str::FromStr;

/// More đồng than any amount of these tables: a slip of the pen.
const MOST_DONG: i64 = 1_000_000_000;
/// Less than any: also a slip.
const LEAST_DONG: i64 = 100_000;

/// More than any number of months, days or ranks.
const MOST_COUNT: u32 = 1_200;

/// The highest monthly rate that may be published, in percent: more is a yearly one.
const MOST_RATE_PERCENT: Decimal = Decimal::TWO;

/// The only timeline of a table without a key.
pub(super) fn single<V>(
    table: &RawTable,
    value: impl Fn(&[String]) -> Option<V>,
    faults: &mut Vec<Fault>,
) -> Option<Timeline<V>> {
    let mut timelines = table.keyed(|_| Some(()), value, faults);
    timelines.pop().map(|((), timeline)| timeline)
}

fn parse<T: FromStr>(cells: &[String], at: usize) -> Option<T> {
    cells.get(at)?.parse().ok()
}

/// A whole number as everybody writes it: neither `+5` nor `05`.
fn whole<T: FromStr + ToString>(cells: &[String], at: usize) -> Option<T> {
    parse(cells, at).filter(|number: &T| cells.get(at) == Some(&number.to_string()))
}

/// A number with a decimal point, every digit of which counts.
fn decimal(cells: &[String]) -> Option<Decimal> {
    let cell = cells.first()?;
    let plain = cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    Decimal::from_str_exact(cell).ok().filter(|_| plain)
}

pub(super) fn word<T: FromStr>(cells: &[String]) -> Option<T> {
    parse(cells, 0)
}

pub(super) fn count(cells: &[String]) -> Option<u32> {
    whole(cells, 0).filter(|count| (1..=MOST_COUNT).contains(count))
}

pub(super) fn dong(cells: &[String]) -> Option<Dong> {
    whole(cells, 0).filter(|amount| (LEAST_DONG..=MOST_DONG).contains(amount)).map(Dong)
}

pub(super) fn percent(cells: &[String]) -> Option<Decimal> {
    decimal(cells).filter(|percent| *percent <= Decimal::ONE_HUNDRED)
}

pub(super) fn percent_whole(cells: &[String]) -> Option<u32> {
    whole(cells, 0).filter(|percent| *percent <= 100)
}

/// A percent, or `unknown`.
#[allow(clippy::option_option, reason = "unreadable and unknown are two things")]
pub(super) fn known_percent(cells: &[String]) -> Option<Option<Decimal>> {
    if cells.first()? == UNKNOWN {
        return Some(None);
    }
    percent(cells).map(Some)
}

/// The percent of a month, or `unknown`.
#[allow(clippy::option_option, reason = "unreadable and unknown are two things")]
pub(super) fn monthly_percent(cells: &[String]) -> Option<Option<Decimal>> {
    known_percent(cells).filter(|rate| rate.is_none_or(|rate| rate <= MOST_RATE_PERCENT))
}

/// A number with its unit: percents stay under 100, counts of months, years and base salaries are small.
pub(super) fn rate(cells: &[String]) -> Option<Decimal> {
    match cells.get(1)?.split(' ').next() {
        Some("percent") => percent(cells),
        Some("đồng") => {
            whole(cells, 0).filter(|amount| (1..=MOST_DONG).contains(amount)).map(Decimal::from)
        }
        _ => count(cells).map(Decimal::from),
    }
}

pub(super) fn months(cells: &[String]) -> Option<Months> {
    Months::parse(cells.first()?)
}

pub(super) fn method_rule(cells: &[String]) -> Option<MethodRule> {
    let deadline_months = match cells.get(1)?.as_str() {
        "" => None,
        _ => Some(count(cells.get(1..)?)?),
    };
    Some(MethodRule { months: months(cells)?, deadline_months })
}

pub(super) fn prefix(cells: &[String]) -> Option<String> {
    card_prefix(cells.first()?).map(str::to_owned)
}

fn card_prefix(text: &str) -> Option<&str> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(text)
}

pub(super) fn group_rule(cells: &[String]) -> Option<GroupRule> {
    Some(GroupRule { percent: percent(cells)?, prefix: card_prefix(cells.get(1)?)?.into() })
}

pub(super) fn validity_rule(cells: &[String]) -> Option<ValidityRule> {
    let limit = count(cells)?;
    let gap = match cells.get(1)?.as_str() {
        "months" => Gap::Months(limit),
        "days" => Gap::Days(limit),
        _ => return None,
    };
    let wait_days = whole(cells, 2).filter(|days| *days <= MOST_COUNT)?;
    Some(ValidityRule { gap, wait_days })
}

pub(super) fn digit(cells: &[String]) -> Option<u8> {
    percent_whole(cells.get(1..)?)?;
    whole(cells, 0).filter(|digit| (1..=5).contains(digit))
}
