//! What a person pays for voluntary insurance (Luật 41/2024/QH15 Điều 31, 36;
//! NĐ 159/2025; before 1/7/2025: Luật 58/2014/QH13, NĐ 134/2015).

use super::decimal::{discounted, grown, percent_of, round};
use super::local::{self, LocalGroup};
use super::refusal::Refusal;
use super::rows::Rate;
use super::rule_use::{RuleUse, note};
use super::tables::Rules;
use crate::domain::{Area, Areas, Code, Dong, Flag, Method, Month, SupportGroup};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The highest monthly rate one may ask "what if" with, in percent.
const MOST_RATE_PERCENT: Decimal = Decimal::TEN;

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
}

/// What it costs; `payable` + `state_support` + `local_support` = `gross`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct VoluntaryQuote {
    /// The whole contribution.
    pub gross: Dong,
    /// The State's part.
    pub state_support: Dong,
    /// The part of province and district.
    pub local_support: Dong,
    /// What the person pays.
    pub payable: Dong,
    /// Months bought.
    pub months: u32,
    /// Months of these the State supports.
    pub supported_months: u32,
    /// The rows of the law used.
    pub rules: Vec<RuleUse>,
    /// Remarks that do not hinder.
    pub warnings: Vec<Flag>,
}

/// How a monthly amount becomes that of the whole payment.
enum Series {
    Plain,
    /// Discounted at this percent a month.
    Ahead(Decimal),
    /// Grown at this percent a month.
    Missing(Decimal),
}

/// The amounts for these terms.
///
/// # Errors
/// `income_too_low`, `income_too_high`, `months_not_allowed`, `rate_unknown`, `rule_missing`, or
/// `out_of_range` for a rate nobody publishes.
pub fn quote(
    rules: &Rules,
    areas: &Areas,
    terms: &VoluntaryTerms<'_>,
) -> Result<VoluntaryQuote, Refusal> {
    let day = terms.paid_on;
    let mut uses = Vec::with_capacity(8);
    let mut warnings = Vec::new();
    let line = rules.poverty_line(day)?;
    let contribution = rules.rate(Rate::VoluntaryContributionPercent, day)?;
    note(&mut uses, &contribution.used);
    note(&mut uses, &line.used);
    check_income(rules, terms, &mut uses, &mut warnings)?;
    let months = months(rules, terms, &mut uses)?;
    let series = series(rules, terms, &mut uses)?;
    let line = Decimal::from(line.value.0);
    let monthly = percent_of(contribution.value, Decimal::from(terms.income.0));
    let supportable = percent_of(contribution.value, line);

    let gross = round(match series {
        Series::Plain => monthly * Decimal::from(months),
        Series::Ahead(rate) => monthly * discounted(rate, months),
        Series::Missing(rate) => monthly * grown(rate, months),
    });
    let mut state = Decimal::ZERO;
    let mut local = Decimal::ZERO;
    let mut supported_months = 0;
    if let Some(group) = terms.support_group {
        let row = rules.state_support(group, day);
        if let Some((_, row)) = row {
            note(&mut uses, &row.used);
            supported_months = still_supported(rules, terms, months, &mut uses)?;
            let times = match series {
                Series::Missing(rate) => grown(rate, supported_months),
                Series::Plain | Series::Ahead(_) => Decimal::from(supported_months),
            };
            state = percent_of(row.value, supportable) * times;
        }
        // A group the law of that day does not name is `other` to the province too.
        let group = LocalGroup::Voluntary(row.map_or(group, |(group, _)| group));
        let percent = local::percent((rules, areas), terms.area, group, day, &mut uses)?;
        local = percent_of(percent, supportable) * Decimal::from(months);
    }
    let state_support = round(state).min(gross);
    let local_support = round(local).min(gross - state_support);
    Ok(VoluntaryQuote {
        gross,
        state_support,
        local_support,
        payable: gross - state_support - local_support,
        months,
        supported_months,
        rules: uses,
        warnings,
    })
}

/// Between the poverty line and so many base salaries, both included; off the grid: a warning.
fn check_income(
    rules: &Rules,
    terms: &VoluntaryTerms<'_>,
    uses: &mut Vec<RuleUse>,
    warnings: &mut Vec<Flag>,
) -> Result<(), Refusal> {
    let day = terms.paid_on;
    let line = rules.poverty_line(day)?.value;
    let base = rules.base_salary(day)?;
    let factor = rules.rate(Rate::VoluntaryIncomeMaxFactor, day)?;
    let most = round(Decimal::from(base.value.0) * factor.value);
    if terms.income < line {
        return Err(Refusal::new(Code::IncomeTooLow, "income").expecting(line.0));
    }
    if terms.income > most {
        return Err(Refusal::new(Code::IncomeTooHigh, "income").expecting(most.0));
    }
    note(uses, &base.used);
    note(uses, &factor.used);
    let step = rules.rate(Rate::VoluntaryIncomeStep, day)?;
    let over = Decimal::from((terms.income - line).0);
    if !(over % step.value).is_zero() {
        warnings.push(Flag::IncomeOffGrid);
        note(uses, &step.used);
    }
    Ok(())
}

/// The months bought: the method's own, or the choice it leaves.
fn months(
    rules: &Rules,
    terms: &VoluntaryTerms<'_>,
    uses: &mut Vec<RuleUse>,
) -> Result<u32, Refusal> {
    let rule = rules.method(terms.method, terms.paid_on)?;
    let allowed = &rule.value.months;
    let refusal = || Refusal {
        expected: allowed.only().map(i64::from),
        ..Refusal::new(Code::MonthsNotAllowed, "months")
    };
    note(uses, &rule.used);
    terms.months.or(allowed.only()).filter(|months| allowed.allows(*months)).ok_or_else(refusal)
}

fn series(
    rules: &Rules,
    terms: &VoluntaryTerms<'_>,
    uses: &mut Vec<RuleUse>,
) -> Result<Series, Refusal> {
    let make = match terms.method {
        Method::Ahead => Series::Ahead,
        Method::Missing => Series::Missing,
        Method::Monthly | Method::Quarterly | Method::HalfYearly | Method::Yearly => {
            return Ok(Series::Plain);
        }
    };
    if let Some(rate) = terms.monthly_rate_percent {
        if !(Decimal::ZERO..=MOST_RATE_PERCENT).contains(&rate) {
            return Err(Refusal::new(Code::OutOfRange, "monthly_rate_percent"));
        }
        return Ok(make(rate));
    }
    let (rate, row) = rules.invest_rate(terms.paid_on)?;
    note(uses, &row.used);
    Ok(make(rate))
}

/// What the limit in a life leaves of these months.
fn still_supported(
    rules: &Rules,
    terms: &VoluntaryTerms<'_>,
    months: u32,
    uses: &mut Vec<RuleUse>,
) -> Result<u32, Refusal> {
    let limit = rules.rate(Rate::VoluntarySupportedMonthsMax, terms.paid_on)?;
    let most = limit.value.to_u32().unwrap_or(u32::MAX);
    let left = most.saturating_sub(terms.supported_months_before);
    if left < months {
        note(uses, &limit.used);
    }
    Ok(months.min(left))
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
