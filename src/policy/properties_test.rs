//! What must hold for all terms, not only for the printed examples.

use super::household::{self, MemberTerms};
use super::tables::Rules;
use super::voluntary::{self, VoluntaryTerms};
use crate::domain::{Areas, Dong, MemberGroup, Method, SupportGroup, parse_day};
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
    )
        .prop_map(|(paid_on, area, income, method, months, group, before, rate)| {
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
                months_late: 0,
            }
        })
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

proptest! {
    #[test]
    fn the_parts_make_the_whole(terms in any_terms()) {
        if let Ok(quote) = voluntary::quote(Rules::embedded(), Areas::embedded(), &terms) {
            prop_assert_eq!(quote.amounts.payable + quote.amounts.state_support + quote.amounts.local_support, quote.amounts.gross);
            for part in [quote.amounts.payable, quote.amounts.state_support, quote.amounts.local_support] {
                prop_assert!(part.is_payable());
            }
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
                prop_assert_eq!(member.amounts.payable + member.amounts.state_support + member.amounts.local_support, member.amounts.gross);
                prop_assert!(member.amounts.payable.is_payable());
                prop_assert!(member.valid_from >= day && member.valid_from < member.valid_to);
                prop_assert_eq!(member.rank.is_some(), asked.group == MemberGroup::Household);
            }
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
