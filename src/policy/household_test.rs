//! The cases of households that no printed example covers.

use super::*;
use crate::domain::parse_day;

fn member(group: MemberGroup, rank_held: Option<u32>) -> MemberTerms {
    MemberTerms { group, months: 12, previous_valid_to: None, rank_held }
}

fn ask(
    paid_on: &str,
    before: u32,
    members: &[MemberTerms],
) -> Result<HouseholdQuote, Vec<MemberRefusal>> {
    let day = parse_day(paid_on).unwrap();
    quote(Rules::embedded(), Areas::embedded(), day, None, before, members)
}

fn ranks(paid_on: &str, before: u32, members: &[MemberTerms]) -> Vec<Option<u32>> {
    let quote = ask(paid_on, before, members).unwrap();
    quote.members.iter().map(|member| member.rank).collect()
}

#[test]
fn only_household_members_take_ranks_and_a_held_one_takes_no_new_number() {
    let members = [
        member(MemberGroup::Household, None),
        member(MemberGroup::Student, None),
        member(MemberGroup::Household, Some(1)),
        member(MemberGroup::Household, None),
    ];
    assert_eq!(ranks("2026-11-22", 1, &members), [Some(2), None, Some(1), Some(3)]);
}

#[test]
fn until_november_2018_ranks_count_in_one_record_only() {
    let members = [member(MemberGroup::Household, None)];
    assert_eq!(ranks("2018-11-30", 3, &members), [Some(1)]);
    assert_eq!(ranks("2018-12-01", 3, &members), [Some(4)]);
}

#[test]
fn from_the_fifth_on_all_pay_the_same() {
    let members = [member(MemberGroup::Household, None)];
    for before in [4, 5, 90, u32::MAX] {
        let quote = ask("2026-11-22", before, &members).unwrap();
        assert_eq!(quote.members[0].percent, 40);
    }
}

#[test]
fn all_refusals_at_once_with_their_member() {
    let months = |group, months| MemberTerms { months, ..member(group, None) };
    let refusals = ask(
        "2020-01-01",
        0,
        &[
            months(MemberGroup::Household, 5),
            months(MemberGroup::NearPoor, 5),
            months(MemberGroup::NearPoor, 13),
            member(MemberGroup::LeftDifficultCommune, None),
            member(MemberGroup::Household, Some(0)),
        ],
    )
    .unwrap_err();
    let found: Vec<_> =
        refusals.iter().map(|refusal| (refusal.path(), refusal.refusal.code)).collect();
    assert_eq!(
        found,
        [
            ("members/0/months".to_owned(), Code::MonthsNotAllowed),
            ("members/2/months".to_owned(), Code::MonthsNotAllowed),
            ("paid_on".to_owned(), Code::RuleMissing),
            ("members/4/rank_held".to_owned(), Code::OutOfRange),
        ]
    );
}

#[test]
fn the_benefit_digit_is_that_of_the_first_day_of_the_card() {
    let members = [member(MemberGroup::NearPoor, None)];
    let quote = ask("2025-12-15", 0, &members).unwrap();
    assert_eq!(quote.members[0].valid_from, parse_day("2026-01-14").unwrap());
    assert_eq!(&*quote.members[0].card_prefix, "CN");
    assert_eq!(quote.members[0].benefit_digit, 2);
}

#[test]
fn nobody_costs_nothing() {
    assert_eq!(ask("2026-11-22", 0, &[]).unwrap().total, Dong::ZERO);
}
