//! What a person pays for voluntary insurance (Luật 41/2024/QH15 Điều 31, 36;
//! NĐ 159/2025; before 1/7/2025: Luật 58/2014/QH13, NĐ 134/2015).

use super::decimal::round;
use super::line::{Amounts, Growth, Interest, Item, Line, settle};
use super::local::{self, LocalGroup};
use super::refusal::Refusal;
use super::rows::Rate;
use super::rule_use::{RuleUse, Uses};
use super::tables::Rules;
use crate::domain::{Area, Areas, Code, Dong, Flag, Method, Month, SupportGroup};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The highest monthly rate one may ask "what if" with, in percent.
pub(super) const MOST_RATE_PERCENT: Decimal = Decimal::TEN;

/// What is bought, by whom, where and when.
#[derive(Debug, Clone)]
pub struct VoluntaryTerms<'a> {
    /// Day of payment, in Việt Nam.
    pub paid_on: NaiveDate,
    /// The area of the person on that day.
    pub area: Option<&'a Area>,
    /// The income chosen, đồng a month.
    pub income: Dong,
    /// How it is paid.
    pub method: Method,
    /// How many months, where the method leaves a choice.
    pub months: Option<u32>,
    /// Ground of State support; `None` for no support.
    pub support_group: Option<SupportGroup>,
    /// Months the State supported before.
    pub supported_months_before: u32,
    /// Another monthly investment rate than the published one, in percent.
    pub monthly_rate_percent: Option<Decimal>,
    /// The first month bought, where it is known: a late payment is remarked on.
    pub from_month: Option<Month>,
    /// Months after the deadline of the method; 0 for a payment in time.
    pub months_late: u32,
}

/// What it costs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct VoluntaryQuote {
    /// Its parts.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// Months bought.
    pub months: u32,
    /// Months of these the State supports.
    pub supported_months: u32,
    /// How each part was computed.
    pub lines: Vec<Line>,
    /// The rows of the law used.
    pub rules: Vec<RuleUse>,
    /// Remarks that do not hinder.
    pub warnings: Vec<Flag>,
}

/// The amounts for these terms.
///
/// # Errors
/// Everything that is wrong: `income_too_low`, `income_too_high`, `months_not_allowed`, `rate_unknown`,
/// `rule_missing`, or `out_of_range` for a rate nobody publishes and for missing months that lie ahead.
pub fn quote(
    rules: &Rules,
    areas: &Areas,
    terms: &VoluntaryTerms<'_>,
) -> Result<VoluntaryQuote, Vec<Refusal>> {
    let mut uses = Uses::default();
    let mut warnings = Vec::new();
    let mut growth_rules = Vec::new();
    let income = check_income(rules, terms, &mut uses, &mut warnings);
    let months = months(rules, terms, &mut uses);
    let growth = growth(rules, terms, &mut uses, &mut growth_rules);
    let rate = rules.rate(Rate::VoluntaryContributionPercent, terms.paid_on);
    let past = months.as_ref().map_or(Ok(()), |months| check_past(terms, *months));
    let (months, growth, rate) = match (income, months, past, growth, rate) {
        (Ok(()), Ok(months), Ok(()), Ok(growth), Ok(rate)) => (months, growth, rate),
        (income, months, past, growth, rate) => {
            let refusals = [income.err(), months.err(), past.err(), growth.err(), rate.err()];
            return Err(once_each(refusals.into_iter().flatten()));
        }
    };
    if months_late(rules, terms).is_some_and(|late| late > 0) {
        warnings.push(Flag::PastDeadline);
    }
    let mut whole = Line::new(Item::Contribution, terms.income, vec![rate.value], months);
    whole.rules.push(uses.note(&rate.used));
    whole.rules.append(&mut growth_rules);
    whole.growth = growth;
    let mut lines = vec![whole];
    let supported_months = support(rules, areas, terms, months, &mut uses, &mut lines)
        .map_err(|refusal| vec![refusal])?;
    Ok(VoluntaryQuote {
        amounts: settle(&mut lines),
        months,
        supported_months,
        lines,
        rules: uses.into_rows(),
        warnings,
    })
}

/// A table that ends before the day is missed by several questions, and told once.
fn once_each(refusals: impl Iterator<Item = Refusal>) -> Vec<Refusal> {
    let mut told = Vec::new();
    for refusal in refusals {
        if !told.contains(&refusal) {
            told.push(refusal);
        }
    }
    told
}

/// Missing months lie in the past; that of the payment may be the last of them.
fn check_past(terms: &VoluntaryTerms<'_>, months: u32) -> Result<(), Refusal> {
    let (Method::Missing, Some(from)) = (terms.method, terms.from_month) else { return Ok(()) };
    let last = from.plus(i32::try_from(months).unwrap_or(i32::MAX) - 1);
    if last > Month::of(terms.paid_on) {
        return Err(Refusal::new(Code::OutOfRange, "from_month"));
    }
    Ok(())
}

/// The supports, as percents of the contribution on the poverty line. Returns the months the State
/// supports.
fn support(
    rules: &Rules,
    areas: &Areas,
    terms: &VoluntaryTerms<'_>,
    months: u32,
    uses: &mut Uses,
    lines: &mut Vec<Line>,
) -> Result<u32, Refusal> {
    let day = terms.paid_on;
    let Some(group) = terms.support_group else { return Ok(0) };
    let line = rules.poverty_line(day)?;
    let rate = rules.rate(Rate::VoluntaryContributionPercent, day)?;
    let mut share = Line::new(Item::StateSupport, line.value, vec![rate.value], months);
    share.rules.extend([uses.note(&line.used), uses.note(&rate.used)]);

    let row = rules.state_support(group, day);
    let mut supported_months = 0;
    if let Some((_, row)) = row {
        let mut state = share.clone();
        state.percents.push(row.value);
        state.rules.push(uses.note(&row.used));
        supported_months = still_supported(rules, terms, months, uses, &mut state.rules)?;
        state.months = supported_months;
        // The State's part of missing months grows as they do.
        let whole = lines.first().and_then(|whole| whole.growth.clone());
        state.growth = whole.filter(|growth| growth.interest == Interest::Missing);
        lines.push(state);
    }
    // A group the law of that day does not name is `other` to the province too.
    let group = LocalGroup::Voluntary(row.map_or(group, |(group, _)| group));
    lines.extend(local::lines((rules, areas), terms.area, group, day, uses, &share)?);
    Ok(supported_months)
}

/// Between the poverty line and so many base salaries, both included; off the grid: a warning.
fn check_income(
    rules: &Rules,
    terms: &VoluntaryTerms<'_>,
    uses: &mut Uses,
    warnings: &mut Vec<Flag>,
) -> Result<(), Refusal> {
    let day = terms.paid_on;
    let line = rules.poverty_line(day)?;
    let base = rules.base_salary(day)?;
    let factor = rules.rate(Rate::VoluntaryIncomeMaxFactor, day)?;
    let most = round(Decimal::from(base.value.0) * factor.value);
    if terms.income < line.value {
        return Err(Refusal::new(Code::IncomeTooLow, "income").expecting(line.value.0));
    }
    if terms.income > most {
        return Err(Refusal::new(Code::IncomeTooHigh, "income").expecting(most.0));
    }
    for row in [&line.used, &base.used, &factor.used] {
        uses.note(row);
    }
    let step = rules.rate(Rate::VoluntaryIncomeStep, day)?;
    let over = Decimal::from((terms.income - line.value).0);
    if !(over % step.value).is_zero() {
        warnings.push(Flag::IncomeOffGrid);
        uses.note(&step.used);
    }
    Ok(())
}

/// The months bought: the method's own, or the choice it leaves.
fn months(rules: &Rules, terms: &VoluntaryTerms<'_>, uses: &mut Uses) -> Result<u32, Refusal> {
    let rule = rules.method(terms.method, terms.paid_on)?;
    let allowed = &rule.value.months;
    let refusal = || Refusal {
        expected: allowed.only().map(i64::from),
        ..Refusal::new(Code::MonthsNotAllowed, "months").by(&rule.used)
    };
    uses.note(&rule.used);
    terms.months.or(allowed.only()).filter(|months| allowed.allows(*months)).ok_or_else(refusal)
}

/// The interest on what is not paid in its time: years ahead, missing months, late months.
fn growth(
    rules: &Rules,
    terms: &VoluntaryTerms<'_>,
    uses: &mut Uses,
    line_rules: &mut Vec<usize>,
) -> Result<Option<Growth>, Refusal> {
    let late = || Refusal::new(Code::MonthsNotAllowed, "months_late");
    let interest = match (terms.method, terms.months_late) {
        (Method::Ahead, 0) => Interest::Ahead,
        (Method::Missing, 0) => Interest::Missing,
        (_, 0) => return Ok(None),
        (Method::Ahead | Method::Missing, _) => return Err(late().expecting(0)),
        (_, months) => {
            let most = rules.catch_up(terms.paid_on).ok_or_else(|| late().expecting(0))?;
            let late_by = months_late(rules, terms).unwrap_or(months);
            if months > most.value {
                return Err(late().expecting(i64::from(most.value)).by(&most.used));
            }
            if months != late_by {
                return Err(late().expecting(i64::from(late_by)));
            }
            line_rules.push(uses.note(&most.used));
            Interest::Late
        }
    };
    let percent = match terms.monthly_rate_percent {
        Some(rate) if (Decimal::ZERO..=MOST_RATE_PERCENT).contains(&rate) => rate,
        Some(_) => return Err(Refusal::new(Code::OutOfRange, "monthly_rate_percent")),
        None => {
            let (rate, row) = rules.invest_rate(terms.paid_on)?;
            line_rules.push(uses.note(&row.used));
            rate
        }
    };
    Ok(Some(Growth { interest, percent, months_late: terms.months_late }))
}

/// What the limit in a life leaves of these months.
fn still_supported(
    rules: &Rules,
    terms: &VoluntaryTerms<'_>,
    months: u32,
    uses: &mut Uses,
    line_rules: &mut Vec<usize>,
) -> Result<u32, Refusal> {
    let limit = rules.rate(Rate::VoluntarySupportedMonthsMax, terms.paid_on)?;
    let most = limit.value.to_u32().unwrap_or(u32::MAX);
    let left = most.saturating_sub(terms.supported_months_before);
    if left < months {
        line_rules.push(uses.note(&limit.used));
    }
    Ok(months.min(left))
}

/// How many months after the deadline of the method it is paid, 0 in time; `None` where the months bought
/// are not known or the method has no deadline.
fn months_late(rules: &Rules, terms: &VoluntaryTerms<'_>) -> Option<u32> {
    let deadline = pay_deadline(rules, terms.method, terms.from_month?)?;
    let late = Month::of(terms.paid_on).since(Month::of(deadline));
    Some(u32::try_from(late).unwrap_or(0))
}

/// The last day on which a payment for a period that begins with `from` is in
/// time; `None` for methods paid at registration, and for days without a rule.
#[must_use]
pub fn pay_deadline(rules: &Rules, method: Method, from: Month) -> Option<NaiveDate> {
    let rule = rules.method(method, from.first_day()).ok()?;
    let months = i32::try_from(rule.value.deadline_months?).ok()?;
    Some(from.plus(months - 1).last_day())
}

#[cfg(test)]
#[path = "voluntary_test.rs"]
mod tests;
