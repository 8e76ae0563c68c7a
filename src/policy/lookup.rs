//! Asking the tables for the row of a day; a missing row is an answer of its own.

use super::months::Months;
use super::refusal::Refusal;
use super::rows::{GroupRule, MethodRule, RankScope, Rate, ValidityRule};
use super::tables::Rules;
use super::timeline::Dated;
use crate::domain::{Code, Dong, MemberGroup, Method, SupportGroup};
use chrono::NaiveDate;
use rust_decimal::Decimal;

impl Rules {
    pub(super) fn rate(&self, rate: Rate, day: NaiveDate) -> Result<&Dated<Decimal>, Refusal> {
        or_missing(self.rates.on(&rate, day), "rates", rate.as_str(), day)
    }

    /// The base salary (mức tham chiếu) of a day.
    ///
    /// # Errors
    /// `rule_missing` before the table begins.
    pub fn base_salary(&self, day: NaiveDate) -> Result<&Dated<Dong>, Refusal> {
        or_missing(self.base_salary.on(day), "base_salary", "", day)
    }

    /// The rural poverty line of a day.
    ///
    /// # Errors
    /// `rule_missing` before the table begins.
    pub fn poverty_line(&self, day: NaiveDate) -> Result<&Dated<Dong>, Refusal> {
        or_missing(self.poverty_line.on(day), "poverty_line_rural", "", day)
    }

    pub(super) fn method(
        &self,
        method: Method,
        day: NaiveDate,
    ) -> Result<&Dated<MethodRule>, Refusal> {
        let row = self.methods.on(&method, day);
        or_missing(row, "vsi_methods", method.as_str(), day)
    }

    /// The published monthly rate of the year of payment, in percent.
    pub(super) fn invest_rate(
        &self,
        day: NaiveDate,
    ) -> Result<(Decimal, &Dated<Option<Decimal>>), Refusal> {
        self.invest_rate.on(day).and_then(|row| Some((row.value?, row))).ok_or_else(|| Refusal {
            code: Code::RateUnknown,
            ..Refusal::no_row("vsi_invest_rate_month", "", day)
        })
    }

    /// Months after the deadline that may still be paid, with interest; `None` where there is no such
    /// payment.
    pub(super) fn catch_up(&self, day: NaiveDate) -> Option<&Dated<u32>> {
        self.catch_up.on(day)
    }

    /// The State's percent for a group, or for `other` where the group has no row that day.
    pub(super) fn state_support(
        &self,
        group: SupportGroup,
        day: NaiveDate,
    ) -> Option<(SupportGroup, &Dated<Decimal>)> {
        [group, SupportGroup::Other]
            .into_iter()
            .find_map(|group| Some((group, self.state_support.on(&group, day)?)))
    }

    pub(super) fn rank_scope(&self, day: NaiveDate) -> Result<&Dated<RankScope>, Refusal> {
        or_missing(self.rank_scope.on(day), "bhyt_household_condition", "", day)
    }

    /// The percent a rank pays of the first member's amount.
    pub(super) fn rank_percent(&self, rank: u32, day: NaiveDate) -> Result<&Dated<u32>, Refusal> {
        let row = self
            .rank_percent
            .iter()
            .filter(|(from, _)| *from <= rank)
            .find_map(|(_, timeline)| timeline.on(day));
        row.ok_or_else(|| Refusal::no_row("bhyt_household_rates", &rank.to_string(), day))
    }

    pub(super) fn group(
        &self,
        group: MemberGroup,
        day: NaiveDate,
    ) -> Result<&Dated<GroupRule>, Refusal> {
        let row = self.groups.on(&group, day);
        or_missing(row, "bhyt_state_support", group.as_str(), day)
    }

    pub(super) fn group_months(
        &self,
        group: MemberGroup,
        day: NaiveDate,
    ) -> Result<&Dated<Months>, Refusal> {
        let row = self.group_months.on(&group, day);
        or_missing(row, "bhyt_months", group.as_str(), day)
    }

    pub(super) fn validity(&self, day: NaiveDate) -> Result<&Dated<ValidityRule>, Refusal> {
        or_missing(self.validity.on(day), "bhyt_card_validity", "", day)
    }

    pub(super) fn benefit(&self, prefix: &str, day: NaiveDate) -> Result<&Dated<u8>, Refusal> {
        let row = self.benefit.on(prefix, day);
        or_missing(row, "bhyt_card_benefit", prefix, day)
    }
}

fn or_missing<'a, V>(
    row: Option<&'a Dated<V>>,
    table: &str,
    key: &str,
    day: NaiveDate,
) -> Result<&'a Dated<V>, Refusal> {
    row.ok_or_else(|| Refusal::no_row(table, key, day))
}
