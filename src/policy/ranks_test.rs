//! Ranks of household members: 100, 70, 60, 50, 40 … 40 %, over records of one calendar year.

use super::household::{HouseholdQuote, MemberTerms};
use super::samples::{day, household, member};
use crate::domain::MemberGroup;

const DAY: &str = "2026-11-22";

/// 4.5 % × 2 530 000.
const MONTH: i64 = 113_850;

fn joiner(months: u32) -> MemberTerms {
    member(MemberGroup::Household, months)
}

fn holder(rank: u32, months: u32) -> MemberTerms {
    MemberTerms {
        rank_held: Some(rank),
        previous_valid_to: Some(day("2026-12-31")),
        ..joiner(months)
    }
}

fn payable(quote: &HouseholdQuote) -> Vec<i64> {
    quote.members.iter().map(|member| member.amounts.payable.0).collect()
}

fn ranks(quote: &HouseholdQuote) -> Vec<Option<u32>> {
    quote.members.iter().map(|member| member.rank).collect()
}

#[test]
fn seven_join_at_once() {
    let quote = household(DAY, 0, &vec![joiner(12); 7]);
    assert_eq!(payable(&quote), [1_366_200, 956_340, 819_720, 683_100, 546_480, 546_480, 546_480]);
    // 100 + 70 + 60 + 50 + 3 × 40 = 400 %.
    assert_eq!(quote.total.0, 4 * 1_366_200);
    assert_eq!(ranks(&quote), (1..=7).map(Some).collect::<Vec<_>>());
}

#[test]
fn the_sixth_pays_forty_percent_also_in_a_record_of_its_own() {
    let quote = household(DAY, 5, &[joiner(12)]);
    assert_eq!((ranks(&quote), payable(&quote)), (vec![Some(6)], vec![546_480]));
}

#[test]
fn members_with_state_support_stand_between_and_take_no_rank() {
    let members = [
        joiner(12),
        member(MemberGroup::Student, 12),
        joiner(12),
        member(MemberGroup::NearPoor, 12),
        member(MemberGroup::AgriAverage, 12),
        joiner(12),
    ];
    let quote = household(DAY, 0, &members);
    assert_eq!(ranks(&quote), [Some(1), None, Some(2), None, None, Some(3)]);
    // 100, 50, 70, 30, 70, 60 % of 1 366 200.
    assert_eq!(payable(&quote), [1_366_200, 683_100, 956_340, 409_860, 956_340, 819_720]);
    let percents: Vec<_> = quote.members.iter().map(|member| member.percent).collect();
    assert_eq!(percents, [100, 100, 70, 100, 100, 60]);
}

#[test]
fn each_pays_for_the_months_of_his_own() {
    let quote = household(DAY, 0, &[joiner(3), joiner(12), joiner(6), joiner(3)]);
    let percents = [(3, 100), (12, 70), (6, 60), (3, 50)];
    let expected = percents.map(|(months, percent)| MONTH * months * percent / 100);
    assert_eq!(expected, [341_550, 956_340, 409_860, 170_775]);
    assert_eq!(payable(&quote), expected);
}

#[test]
fn the_order_of_joining_decides_not_the_months() {
    let dear_first = household(DAY, 0, &[joiner(12), joiner(3)]).total.0;
    let cheap_first = household(DAY, 0, &[joiner(3), joiner(12)]).total.0;
    assert_eq!(dear_first, 12 * MONTH + 3 * MONTH * 7 / 10);
    assert_eq!(cheap_first, 3 * MONTH + 12 * MONTH * 7 / 10);
}

#[test]
fn who_renews_in_the_year_keeps_the_rank_he_holds() {
    let quote = household(DAY, 3, &[holder(2, 6), joiner(6), holder(1, 6), holder(3, 6)]);
    assert_eq!(ranks(&quote), [Some(2), Some(4), Some(1), Some(3)]);
    // 6 × 113 850 = 683 100: 70, 50, 100, 60 %.
    assert_eq!(payable(&quote), [478_170, 341_550, 683_100, 409_860]);
}

#[test]
fn a_held_rank_beyond_the_fifth_stays_as_it_is() {
    let quote = household(DAY, 9, &[holder(8, 12), joiner(12)]);
    assert_eq!(ranks(&quote), [Some(8), Some(10)]);
    assert_eq!(payable(&quote), [546_480, 546_480]);
}

#[test]
fn before_december_2018_a_held_rank_counts_for_nothing() {
    let quote = household("2018-11-30", 5, &[holder(4, 12), joiner(12)]);
    assert_eq!(ranks(&quote), [Some(1), Some(2)]);
    // 4.5 % × 1 390 000 × 12, and 70 % of it.
    assert_eq!(payable(&quote), [750_600, 525_420]);
}
