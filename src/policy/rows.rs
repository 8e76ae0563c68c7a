//! What a row of each table says, once its cells are read.

use super::months::Months;
use crate::domain::text_enum::text_enum;
use rust_decimal::Decimal;
use std::sync::Arc;

text_enum! {
    /// Single numbers of the law, rows of `rates`.
    pub enum Rate {
        /// Percent of the income paid to voluntary insurance.
        VoluntaryContributionPercent = "voluntary_contribution_percent",
        /// Highest income, in base salaries.
        VoluntaryIncomeMaxFactor = "voluntary_income_max_factor",
        /// Step of the incomes over the poverty line, đồng.
        VoluntaryIncomeStep = "voluntary_income_step",
        /// Months the State supports in a life.
        VoluntarySupportedMonthsMax = "voluntary_supported_months_max",
        /// Least age, years.
        VoluntaryMinAge = "voluntary_min_age",
        /// Percent of the base salary paid to health insurance.
        HealthContributionPercent = "health_contribution_percent",
        /// Longest gap that does not break continuity, months.
        ContinuityGapMonths = "continuity_gap_months",
        /// Years of continuity that bring the higher benefit.
        ContinuityYears = "continuity_years",
    }
}

text_enum! {
    /// How far the ranks of a household count.
    pub(super) enum RankScope {
        /// Among those who join at once.
        OneRecord = "one_record",
        /// Among those who join in the calendar year.
        CalendarYear = "calendar_year",
    }
}

/// What a method of payment allows.
#[derive(Debug)]
pub(super) struct MethodRule {
    pub months: Months,
    /// The payment is due by the end of this month of the period.
    pub deadline_months: Option<u32>,
}

/// What the State pays for a group, and the letters on its cards.
#[derive(Debug)]
pub(super) struct GroupRule {
    pub percent: Decimal,
    pub prefix: Arc<str>,
}

/// How the first day of a card follows from the gap before it.
#[derive(Debug)]
pub(super) struct ValidityRule {
    pub gap: Gap,
    pub wait_days: u32,
}

/// A gap under this is bridged.
#[derive(Debug)]
pub(super) enum Gap {
    Months(u32),
    Days(u32),
}
