//! What a household pays for health insurance (NĐ 188/2025 Điều 6, 7; before
//! 15/8/2025: NĐ 146/2018 Điều 7, 8; before 1/12/2018: NĐ 105/2014).

use super::card_number;
use super::line::{Amounts, Item, Line, settle};
use super::local::{self, LocalGroup};
use super::refusal::{MemberRefusal, Refusal};
use super::rows::{RankScope, Rate};
use super::rule_use::{self, RuleUse, Uses};
use super::tables::Rules;
use super::timeline::Dated;
use super::validity;
use crate::domain::{Area, Areas, Code, Dong, Flag, MemberGroup};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::sync::Arc;

/// What one member buys.
#[derive(Debug, Clone)]
pub struct MemberTerms {
    /// On which ground.
    pub group: MemberGroup,
    /// For how many months.
    pub months: u32,
    /// Last day of the card held before, if any.
    pub previous_valid_to: Option<NaiveDate>,
    /// The rank this person holds already in the calendar year.
    pub rank_held: Option<u32>,
}

/// What it costs one member, and the card that comes of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct MemberQuote {
    /// The place in the order of joining; null for those with State support.
    pub rank: Option<u32>,
    /// Percent of the first member's amount.
    pub percent: u32,
    /// The parts of the amount.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// First day of the card.
    pub valid_from: NaiveDate,
    /// Last day of the card.
    pub valid_to: NaiveDate,
    /// The two letters of the card number.
    #[serde(serialize_with = "rule_use::text")]
    #[schema(value_type = String)]
    pub card_prefix: Arc<str>,
    /// The benefit digit of the card number.
    pub benefit_digit: u8,
    /// How each part was computed.
    pub lines: Vec<Line>,
    /// The rows of the law behind this member's amounts, days and card: places in the list `rules` beside
    /// the members, counted from 0.
    pub rules: Vec<usize>,
}

/// What it costs the household.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct HouseholdQuote {
    /// The base salary of the day of payment.
    pub base_salary: Dong,
    /// One for each member, in the order asked.
    pub members: Vec<MemberQuote>,
    /// What the members pay together.
    pub total: Dong,
    /// Whether the ranks hold for the calendar year, so that members who join later follow them.
    pub ranks_hold: bool,
    /// The rows of the law used.
    pub rules: Vec<RuleUse>,
    /// Remarks that do not hinder.
    pub warnings: Vec<Flag>,
}

/// The facts all members share.
struct Shared<'a> {
    rules: &'a Rules,
    areas: &'a Areas,
    paid_on: NaiveDate,
    area: Option<&'a Area>,
    base: &'a Dated<Dong>,
    contribution: &'a Dated<Decimal>,
    scope: &'a Dated<RankScope>,
}

/// The amounts and days for all members. `joined_before`: how many members took a
/// rank in earlier records of the calendar year.
///
/// # Errors
/// Everything wrong with any member: `months_not_allowed`, `rule_missing`, `out_of_range`.
pub fn quote(
    rules: &Rules,
    areas: &Areas,
    paid_on: NaiveDate,
    area: Option<&Area>,
    joined_before: u32,
    members: &[MemberTerms],
) -> Result<HouseholdQuote, Vec<MemberRefusal>> {
    let of_household = |refusal| vec![MemberRefusal { member: None, refusal }];
    let base = rules.base_salary(paid_on).map_err(of_household)?;
    let contribution =
        rules.rate(Rate::HealthContributionPercent, paid_on).map_err(of_household)?;
    let scope = rules.rank_scope(paid_on).map_err(of_household)?;
    let mut uses = Uses::default();
    let shared = Shared { rules, areas, paid_on, area, base, contribution, scope };
    let mut ranks = Ranks::new(scope.value, joined_before);
    let mut quotes = Vec::with_capacity(members.len());
    let mut refusals = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let quote = ranks.of(member).and_then(|rank| shared.member(member, rank, &mut uses));
        match quote {
            Ok(quote) => quotes.push(quote),
            Err(refusal) => refusals.push(MemberRefusal { member: Some(at), refusal }),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(HouseholdQuote {
        base_salary: base.value,
        ranks_hold: scope.value == RankScope::CalendarYear,
        total: quotes.iter().map(|member| member.amounts.payable).sum(),
        members: quotes,
        rules: uses.into_rows(),
        warnings: Vec::new(),
    })
}

/// Gives ranks in the order of listing to those who pay as household members.
struct Ranks {
    scope: RankScope,
    given: u32,
}

impl Ranks {
    fn new(scope: RankScope, joined_before: u32) -> Self {
        let given = match scope {
            RankScope::OneRecord => 0,
            RankScope::CalendarYear => joined_before,
        };
        Self { scope, given }
    }

    fn of(&mut self, member: &MemberTerms) -> Result<Option<u32>, Refusal> {
        if member.group != MemberGroup::Household {
            return Ok(None);
        }
        match (self.scope, member.rank_held) {
            (RankScope::CalendarYear, Some(0)) => {
                Err(Refusal::new(Code::OutOfRange, "rank_held").expecting(1))
            }
            (RankScope::CalendarYear, Some(held)) => Ok(Some(held)),
            _ => {
                self.given = self.given.saturating_add(1);
                Ok(Some(self.given))
            }
        }
    }
}

impl Shared<'_> {
    fn member(
        &self,
        member: &MemberTerms,
        rank: Option<u32>,
        uses: &mut Uses,
    ) -> Result<MemberQuote, Refusal> {
        let Self { rules, paid_on, .. } = *self;
        let allowed = rules.group_months(member.group, paid_on)?;
        if !allowed.value.allows(member.months) {
            return Err(Refusal::new(Code::MonthsNotAllowed, "months").by(&allowed.used));
        }
        let (percent, mut lines) = self.lines(member, rank, uses)?;
        let period = validity::period(rules, paid_on, member.previous_valid_to, member.months)?;
        let group = rules.group(member.group, paid_on)?;
        let (card_prefix, digit) =
            card_number::of_group(rules, member.group, paid_on, period.from)?;
        let rows = [&allowed.used, &period.used, &group.used, &digit.used];
        let mut behind: Vec<usize> = rows.into_iter().map(|row| uses.note(row)).collect();
        behind.extend(rank.map(|_| uses.note(&self.scope.used)));
        behind.extend(lines.iter().flat_map(|line| &line.rules));
        behind.sort_unstable();
        behind.dedup();
        Ok(MemberQuote {
            rank,
            percent,
            amounts: settle(&mut lines),
            valid_from: period.from,
            valid_to: period.to,
            card_prefix,
            benefit_digit: digit.value,
            lines,
            rules: behind,
        })
    }

    /// Contribution percent × base salary × months × percent of the rank, which is returned too; then
    /// the State's percent of that, and the local ones.
    fn lines(
        &self,
        member: &MemberTerms,
        rank: Option<u32>,
        uses: &mut Uses,
    ) -> Result<(u32, Vec<Line>), Refusal> {
        let Self { rules, paid_on, base, contribution, .. } = *self;
        let percents = vec![contribution.value];
        let mut whole = Line::new(Item::Contribution, base.value, percents, member.months);
        whole.rules.extend([uses.note(&base.used), uses.note(&contribution.used)]);
        let percent = match rank {
            Some(rank) => {
                let row = rules.rank_percent(rank, paid_on)?;
                whole.percents.push(Decimal::from(row.value));
                whole.rules.push(uses.note(&row.used));
                row.value
            }
            None => 100,
        };
        let mut lines = vec![whole.clone()];
        let state = rules.group(member.group, paid_on)?;
        if !state.value.percent.is_zero() {
            let mut line = Line { item: Item::StateSupport, ..whole.clone() };
            line.percents.push(state.value.percent);
            line.rules.push(uses.note(&state.used));
            lines.push(line);
        }
        let group = LocalGroup::Household(member.group);
        let around = (rules, self.areas);
        lines.extend(local::lines(around, self.area, group, paid_on, uses, &whole)?);
        Ok((percent, lines))
    }
}

#[cfg(test)]
#[path = "household_test.rs"]
mod tests;
