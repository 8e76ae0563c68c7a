//! How an amount came about, line by line, so that whoever disputes it can follow: a base, percents of
//! it one after the other, and months.

use super::decimal::{discounted, grown, percent_of, round};
use crate::domain::Dong;
use crate::domain::text_enum::text_enum;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

text_enum! {
    /// What a line of a computation stands for.
    pub enum Item {
        /// The whole contribution.
        Contribution = "contribution",
        /// The State's part of it.
        StateSupport = "state_support",
        /// The part of a province or district.
        LocalSupport = "local_support",
    }
}

text_enum! {
    /// What compound interest does to the months.
    pub enum Interest {
        /// Months to come cost less: Σ 1/(1+r)^(i−1).
        Ahead = "ahead",
        /// Missing months cost more: Σ (1+r)^i.
        Missing = "missing",
        /// Months paid late cost more: months × (1+r)^late.
        Late = "late",
    }
}

/// What a month counts in the course of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Growth {
    /// In which way.
    pub interest: Interest,
    /// r, in percent a month.
    #[schema(value_type = String)]
    pub percent: Decimal,
    /// Months after the deadline, for those paid late.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub months_late: u32,
}

impl Growth {
    /// What so many months come to.
    fn times(&self, months: u32) -> Decimal {
        match self.interest {
            Interest::Ahead => discounted(self.percent, months),
            Interest::Missing => grown(self.percent, months),
            Interest::Late => {
                let factor = Decimal::ONE + self.percent / Decimal::ONE_HUNDRED;
                (0..self.months_late)
                    .fold(Decimal::from(months), |times, _| times.saturating_mul(factor))
            }
        }
    }
}

/// One line: base × percents × months (grown or discounted where there is interest) = amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Line {
    /// What the line is for.
    pub item: Item,
    /// The amount of a month it starts from, đồng: the income, the poverty line, the base salary.
    pub base: Dong,
    /// Percents taken one after the other: 22 % of the base, 30 % of that.
    #[schema(value_type = Vec<String>)]
    pub percents: Vec<Decimal>,
    /// How many months.
    pub months: u32,
    /// The interest, when paid years ahead, for missing months, or late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub growth: Option<Growth>,
    /// What comes of it, đồng, rounded half up; for a support never more than what is left to pay.
    pub amount: Dong,
    /// Rows of the law it rests on: places in the list `rules` beside it, counted from 0.
    pub rules: Vec<usize>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over the field by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Line {
    /// A line whose amount is not yet known.
    pub(super) fn new(item: Item, base: Dong, percents: Vec<Decimal>, months: u32) -> Self {
        Self {
            item,
            base,
            percents,
            months,
            growth: None,
            amount: Dong::ZERO,
            rules: Vec::with_capacity(4),
        }
    }

    /// What it comes to before it is rounded.
    fn exact(&self) -> Decimal {
        let base = Decimal::from(self.base.0);
        let monthly =
            self.percents.iter().fold(base, |amount, percent| percent_of(*percent, amount));
        let times =
            self.growth.as_ref().map_or(Decimal::from(self.months), |it| it.times(self.months));
        monthly.saturating_mul(times)
    }
}

/// What lines come to; `payable` + `state_support` + `local_support` = `gross`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Amounts {
    /// The whole contribution, đồng.
    pub gross: Dong,
    /// The State's part.
    pub state_support: Dong,
    /// The part of province and district.
    pub local_support: Dong,
    /// What the person pays.
    pub payable: Dong,
}

/// Fills in the amounts: the contribution, then the State's part of it, then local ones of what is
/// left. Each of the three is rounded once, so that several local lines share one rounding.
pub(super) fn settle(lines: &mut [Line]) -> Amounts {
    let [mut gross, mut state_support, mut local_support] = [Dong::ZERO; 3];
    let mut local = Decimal::ZERO;
    for line in lines {
        let exact = line.exact();
        line.amount = match line.item {
            Item::Contribution => {
                gross = round(exact);
                gross
            }
            Item::StateSupport => {
                state_support = round(exact).min(gross);
                state_support
            }
            Item::LocalSupport => {
                local = local.saturating_add(exact);
                let before = local_support;
                local_support = round(local).min(gross - state_support);
                local_support - before
            }
        };
    }
    let payable = gross - state_support - local_support;
    Amounts { gross, state_support, local_support, payable }
}
