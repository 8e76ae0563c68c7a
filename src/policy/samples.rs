//! Where the tests of the law start from: one ordinary payment of each scheme.

use super::household::{self, HouseholdQuote, MemberTerms};
use super::raw::AddedRow;
use super::refusal::Refusal;
use super::tables::Rules;
use super::voluntary::{self, VoluntaryQuote, VoluntaryTerms};
use crate::domain::{Areas, Dong, MemberGroup, Method, parse_day};
use chrono::NaiveDate;

pub(super) fn day(text: &str) -> NaiveDate {
    parse_day(text).unwrap()
}

/// One month on an income of 1.5 million, without support.
pub(super) fn one_month(paid_on: &str) -> VoluntaryTerms<'static> {
    VoluntaryTerms {
        paid_on: day(paid_on),
        area: None,
        income: Dong(1_500_000),
        method: Method::Monthly,
        months: None,
        support_group: None,
        supported_months_before: 0,
        monthly_rate_percent: None,
        from_month: None,
        months_late: 0,
    }
}

/// The quote, or the first reason against it.
pub(super) fn voluntary(terms: &VoluntaryTerms<'_>) -> Result<VoluntaryQuote, Refusal> {
    let quote = voluntary::quote(Rules::embedded(), Areas::embedded(), terms);
    quote.map_err(|refusals| refusals.into_iter().next().unwrap())
}

/// A first card.
pub(super) fn member(group: MemberGroup, months: u32) -> MemberTerms {
    MemberTerms { group, months, previous_valid_to: None, rank_held: None }
}

pub(super) fn household(
    paid_on: &str,
    joined_before: u32,
    members: &[MemberTerms],
) -> HouseholdQuote {
    let (rules, areas) = (Rules::embedded(), Areas::embedded());
    household::quote(rules, areas, day(paid_on), None, joined_before, members).unwrap()
}

/// A row as an administrator enters it: table, then column and cell.
pub(super) fn row(table: &str, cells: &[(&str, &str)]) -> AddedRow {
    let cell = |(column, cell): &(&str, &str)| ((*column).to_owned(), (*cell).to_owned());
    let mut values: std::collections::BTreeMap<_, _> = cells.iter().map(cell).collect();
    values.entry("document".to_owned()).or_insert_with(|| "NĐ 1/2027/NĐ-CP".to_owned());
    AddedRow { table: table.to_owned(), values }
}
