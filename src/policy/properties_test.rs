//! What must hold for all terms, not only for the printed examples.

use super::household::{self, MemberTerms};
use super::line::{Amounts, Item, Line};
use super::rule_use::RuleUse;
use super::tables::Rules;
use super::voluntary::{self, VoluntaryTerms};
use super::{Refusal, refund};
use crate::domain::{Areas, Code, Dong, MemberGroup, Method, SupportGroup, parse_day};
use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn any_day() -> impl Strategy<Value = NaiveDate> {
    let first = parse_day("2016-05-01").unwrap();
    (0_u64..4500).prop_map(move |days| first + Days::new(days))
}

fn any_area() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        Just(None),
        Just(Some("31")),
        Just(Some("66")),
        Just(Some("40")),
        Just(Some("42")),
        Just(Some("19141")),
        Just(Some("004")),
    ]
}

fn any_terms() -> impl Strategy<Value = VoluntaryTerms<'static>> {
    (
        any_day(),
        any_area(),
        700_000_i64..55_000_000,
        proptest::sample::select(Method::ALL),
        proptest::option::of(1_u32..130),
        proptest::option::of(proptest::sample::select(SupportGroup::ALL)),
        0_u32..140,
        proptest::option::of(0_i64..2000),
        prop_oneof![4 => Just(0_u32), 1 => 1_u32..125],
    )
        .prop_map(
            |(paid_on, area, income, method, months, group, before, rate, months_late)| {
                let months = match method {
                    Method::Ahead => Some(months.unwrap_or(1) % 4 * 12 + 24),
                    Method::Missing => months.or(Some(1)),
                    _ => None,
                };
                VoluntaryTerms {
                    paid_on,
                    area: area.and_then(|code| Areas::embedded().find(code, paid_on)),
                    income: Dong(income),
                    method,
                    months,
                    support_group: group,
                    supported_months_before: before,
                    monthly_rate_percent: rate.map(|rate| Decimal::new(rate, 3)),
                    from_month: None,
                    months_late,
                }
            },
        )
}

fn any_member() -> impl Strategy<Value = MemberTerms> {
    (
        proptest::sample::select(MemberGroup::ALL),
        proptest::sample::select(&[3_u32, 6, 12][..]),
        proptest::option::of(any_day()),
    )
        .prop_map(|(group, months, previous_valid_to)| MemberTerms {
            group,
            months,
            previous_valid_to,
            rank_held: None,
        })
}

/// Lines make their parts and the parts the whole; each line that no other limits is what it says;
/// each row is named in `rules` and found by its name.
fn explained(lines: &[Line], amounts: Amounts, rules: &[RuleUse]) -> Result<(), TestCaseError> {
    let of = |item| lines.iter().filter(move |line| line.item == item);
    let sum = |item| of(item).map(|line| line.amount).sum::<Dong>();
    prop_assert_eq!(sum(Item::Contribution), amounts.gross);
    prop_assert_eq!(sum(Item::StateSupport), amounts.state_support);
    prop_assert_eq!(sum(Item::LocalSupport), amounts.local_support);
    prop_assert!(of(Item::Contribution).count() == 1 && of(Item::StateSupport).count() <= 1);
    let parts = [amounts.payable, amounts.state_support, amounts.local_support];
    prop_assert_eq!(parts.iter().sum::<Dong>(), amounts.gross);
    prop_assert!(parts.iter().all(|part| part.is_payable()), "{:?}", amounts);
    for line in lines {
        let limited = line.item != Item::Contribution && amounts.payable == Dong::ZERO;
        if line.growth.is_none() && !limited {
            let start = Decimal::from(line.base.0) * Decimal::from(line.months);
            let exact =
                line.percents.iter().fold(start, |it, percent| it * percent / Decimal::from(100));
            let off = exact
                .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
                - Decimal::from(line.amount.0);
            prop_assert!(off.abs() <= Decimal::ONE, "{:?} is not {}", line, exact);
        }
        prop_assert!(!line.rules.is_empty() && line.rules.iter().all(|at| *at < rules.len()));
    }
    for used in rules {
        prop_assert_eq!(Rules::embedded().row_named(&used.to_string()), Some(used.clone()));
    }
    Ok(())
}

/// What goes back grows with the months left, and is never more than was paid nor less than nothing.
fn refundable(
    lines: &[Line],
    amounts: Amounts,
    supported: Option<u32>,
) -> Result<(), TestCaseError> {
    let months = lines[0].months;
    let parts = |it: Amounts| [it.gross, it.state_support, it.local_support, it.payable];
    let steady = lines.iter().all(|line| line.growth.is_none())
        || supported.is_none_or(|it| it == 0 || it == months);
    let refund = |left| refund::of(lines, left).unwrap().1;
    let mut before = refund(0);
    for left in 1..=months {
        let back = refund(left);
        prop_assert_eq!(back.payable + back.state_support + back.local_support, back.gross);
        for (back, paid) in parts(back).iter().zip(parts(amounts)) {
            prop_assert!(*back >= Dong::ZERO && *back <= paid, "{} left: {:?}", left, back);
        }
        prop_assert!(back.gross >= before.gross);
        // Three roundings: a đồng each.
        prop_assert!(!steady || back.payable + Dong(2) >= before.payable, "{} left", left);
        before = back;
    }
    let growth = lines[0].growth.as_ref().map(|it| it.interest);
    if growth != Some(super::line::Interest::Missing) {
        prop_assert_eq!(before, amounts);
    }
    Ok(())
}

/// What may be wrong with terms of any day.
fn is_a_reason(refusal: &Refusal) -> bool {
    match refusal.code {
        Code::RuleMissing | Code::RateUnknown => refusal.rule.is_some(),
        Code::IncomeTooLow | Code::IncomeTooHigh => refusal.expected.is_some(),
        Code::MonthsNotAllowed => true,
        _ => false,
    }
}

proptest! {
    #[test]
    fn the_parts_make_the_whole(terms in any_terms()) {
        if let Ok(quote) = voluntary::quote(Rules::embedded(), Areas::embedded(), &terms) {
            explained(&quote.lines, quote.amounts, &quote.rules)?;
            refundable(&quote.lines, quote.amounts, Some(quote.supported_months))?;
            prop_assert!(quote.supported_months <= quote.months);
            prop_assert!(!quote.rules.is_empty());
        }
    }

    #[test]
    fn a_higher_income_never_costs_less(terms in any_terms(), more in 1_i64..1_000_000) {
        let higher = VoluntaryTerms { income: terms.income + Dong(more), ..terms.clone() };
        let quote = |terms| voluntary::quote(Rules::embedded(), Areas::embedded(), terms);
        if let (Ok(low), Ok(high)) = (quote(&terms), quote(&higher)) {
            prop_assert!(low.amounts.gross <= high.amounts.gross);
            prop_assert!(low.amounts.payable <= high.amounts.payable);
            prop_assert!(low.amounts.state_support <= high.amounts.state_support);
        }
    }

    #[test]
    fn members_make_the_total(
        day in any_day(), area in any_area(), before in 0_u32..9,
        members in proptest::collection::vec(any_member(), 1..7),
    ) {
        let areas = Areas::embedded();
        let area = area.and_then(|code| areas.find(code, day));
        if let Ok(quote) = household::quote(Rules::embedded(), areas, day, area, before, &members) {
            let sum: Dong = quote.members.iter().map(|member| member.amounts.payable).sum();
            prop_assert_eq!(sum, quote.total);
            for (member, asked) in quote.members.iter().zip(&members) {
                explained(&member.lines, member.amounts, &quote.rules)?;
                refundable(&member.lines, member.amounts, None)?;
                prop_assert!(member.valid_from >= day && member.valid_from < member.valid_to);
                prop_assert_eq!(member.rank.is_some(), asked.group == MemberGroup::Household);
            }
        }
    }

    #[test]
    fn every_day_has_a_price_or_a_reason(
        days in 0_u64..5844, terms in any_terms(), members in proptest::collection::vec(any_member(), 0..4),
    ) {
        let paid_on = parse_day("2015-01-01").unwrap() + Days::new(days);
        let (rules, areas) = (Rules::embedded(), Areas::embedded());
        let terms = VoluntaryTerms { paid_on, ..terms };
        for refusal in voluntary::quote(rules, areas, &terms).err().into_iter().flatten() {
            prop_assert!(is_a_reason(&refusal), "{:?}", refusal);
        }
        let quote = household::quote(rules, areas, paid_on, terms.area, 0, &members);
        for member in quote.err().into_iter().flatten() {
            prop_assert!(is_a_reason(&member.refusal), "{:?}", member);
        }
    }

    #[test]
    fn joiners_of_a_year_pay_the_same_in_any_split(
        day in any_day().prop_filter("ranks count over records", |day| *day >= parse_day("2018-12-01").unwrap()),
        months in proptest::collection::vec(proptest::sample::select(&[3_u32, 6, 12][..]), 1..8),
        cut in 0_usize..8,
    ) {
        let members: Vec<_> = months.iter().map(|months| MemberTerms {
            group: MemberGroup::Household, months: *months, previous_valid_to: None, rank_held: None,
        }).collect();
        let cut = cut.min(members.len());
        let total = |before: usize, members: &[MemberTerms]| household::quote(
            Rules::embedded(), Areas::embedded(), day, None, u32::try_from(before).unwrap(), members,
        ).unwrap().total;
        let (first, second) = members.split_at(cut);
        prop_assert_eq!(total(0, first) + total(cut, second), total(0, &members));
    }
}
