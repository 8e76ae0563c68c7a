//! What goes back of months that are not used.

use super::household;
use super::line::{Amounts, Growth, Interest, Item, Line};
use super::refund::{self, months_left};
use super::samples::{day, member, one_month, voluntary};
use super::tables::Rules;
use super::voluntary::{VoluntaryQuote, VoluntaryTerms};
use crate::domain::{Areas, Dong, MemberGroup, Method, SupportGroup};
use rust_decimal::Decimal;

fn amounts([gross, state, local, payable]: [i64; 4]) -> Amounts {
    Amounts {
        gross: Dong(gross),
        state_support: Dong(state),
        local_support: Dong(local),
        payable: Dong(payable),
    }
}

fn of(lines: &[Line], left: u32) -> Amounts {
    refund::of(lines, left).unwrap().1
}

fn bought(method: Method, months: Option<u32>) -> VoluntaryQuote {
    let terms = VoluntaryTerms {
        method,
        months,
        support_group: Some(SupportGroup::Other),
        ..one_month("2026-11-22")
    };
    voluntary(&terms).unwrap()
}

fn everything_and_nothing(lines: &[Line], whole: Amounts, months: u32) {
    assert_eq!(of(lines, months), whole);
    assert_eq!(of(lines, months + 1), whole);
    assert_eq!(of(lines, u32::MAX), whole);
    assert_eq!(of(lines, 0), amounts([0; 4]));
}

#[test]
fn a_month_that_has_begun_is_used() {
    let from = day("2026-12-01");
    let left = |on| months_left(from, 12, day(on));
    for (on, months) in [
        ("2026-01-01", 12),
        ("2026-11-30", 12),
        ("2026-12-01", 12),
        ("2026-12-02", 11),
        ("2026-12-31", 11),
        ("2027-01-01", 11),
        ("2027-01-02", 10),
        ("2027-11-01", 1),
        ("2027-11-02", 0),
        ("2027-11-30", 0),
        ("2031-01-01", 0),
    ] {
        assert_eq!(left(on), months, "{on}");
    }
    assert_eq!(months_left(from, 0, day("2026-01-01")), 0);
}

#[test]
fn months_of_a_card_begin_on_its_day_number() {
    let of_card = |from, on| months_left(day(from), 3, day(on));
    assert_eq!(of_card("2026-12-22", "2027-01-22"), 2);
    assert_eq!(of_card("2026-12-22", "2027-01-23"), 1);
    // From 31/1 the months begin on 31/1, 28/2 and 31/3.
    let end_of_january = ["2027-02-28", "2027-03-01", "2027-03-31", "2027-04-01"];
    assert_eq!(end_of_january.map(|on| of_card("2027-01-31", on)), [2, 1, 1, 0]);
}

#[test]
fn of_a_year_whole_months_go_back_to_each_who_paid() {
    let quote = bought(Method::Yearly, None);
    // A month: 330 000, of which the State gives 66 000.
    assert_eq!(quote.amounts, amounts([3_960_000, 792_000, 0, 3_168_000]));
    assert_eq!(of(&quote.lines, 5), amounts([1_650_000, 330_000, 0, 1_320_000]));
    everything_and_nothing(&quote.lines, quote.amounts, 12);
}

#[test]
fn the_months_the_state_did_not_support_go_back_first() {
    let terms = VoluntaryTerms {
        method: Method::Yearly,
        support_group: Some(SupportGroup::Other),
        supported_months_before: 112,
        ..one_month("2026-11-22")
    };
    let quote = voluntary(&terms).unwrap();
    assert_eq!(of(&quote.lines, 4), amounts([1_320_000, 0, 0, 1_320_000]));
    assert_eq!(of(&quote.lines, 5), amounts([1_650_000, 66_000, 0, 1_584_000]));
    everything_and_nothing(&quote.lines, quote.amounts, 12);
}

#[test]
fn of_years_ahead_what_stays_is_the_price_of_the_shorter_time() {
    let long = bought(Method::Ahead, Some(60));
    for months in [24, 36, 48] {
        let short = bought(Method::Ahead, Some(months)).amounts;
        let back = of(&long.lines, 60 - months);
        assert_eq!(back.gross, long.amounts.gross - short.gross, "{months}");
        assert_eq!(back.state_support, Dong(66_000 * (60 - i64::from(months))), "{months}");
        assert_eq!(back.payable, long.amounts.payable - short.payable, "{months}");
    }
    everything_and_nothing(&long.lines, long.amounts, 60);
}

#[test]
fn the_last_months_ahead_are_the_cheapest() {
    let growth =
        Growth { interest: Interest::Ahead, percent: Decimal::ONE_HUNDRED, months_late: 0 };
    let mut line = Line::new(Item::Contribution, Dong(8_000), vec![], 4);
    line.growth = Some(growth);
    // 8 000 + 4 000 + 2 000 + 1 000.
    let back = [0, 1, 2, 3, 4].map(|left| of(&[line.clone()], left).payable.0);
    assert_eq!(back, [0, 1_000, 3_000, 7_000, 15_000]);
}

#[test]
fn nobody_owes_anything_for_months_given_back() {
    // In Long Biên the near-poor get 25 + 25 + 50 % of 330 000 for each month, the last of which cost
    // less than that: 24 months cost her 185 485, the first 19 alone more than 204 000.
    let terms = VoluntaryTerms {
        method: Method::Ahead,
        months: Some(24),
        income: Dong(1_600_000),
        support_group: Some(SupportGroup::NearPoor),
        ..one_month("2024-11-22")
    };
    let area = Areas::embedded().find("004", terms.paid_on);
    let quote = voluntary(&VoluntaryTerms { area, ..terms }).unwrap();
    assert_eq!(quote.amounts, amounts([8_105_485, 1_980_000, 5_940_000, 185_485]));
    // 8 105 485 − 7 781 653: the State's 25 % first, the rest to district and city.
    assert_eq!(of(&quote.lines, 1), amounts([323_832, 82_500, 241_332, 0]));
    assert_eq!(of(&quote.lines, 5).payable, Dong::ZERO);
    assert_eq!(of(&quote.lines, 12), amounts([3_964_575, 990_000, 2_970_000, 4_575]));
    everything_and_nothing(&quote.lines, quote.amounts, 24);
}

#[test]
fn of_missing_months_nothing_goes_back() {
    let quote = bought(Method::Missing, Some(24));
    for left in [0, 1, 12, 24, u32::MAX] {
        assert_eq!(refund::of(&quote.lines, left), Some((0, amounts([0; 4]))));
    }
}

#[test]
fn of_a_card_state_and_province_get_their_parts() {
    let (rules, areas, paid_on) = (Rules::embedded(), Areas::embedded(), day("2026-03-01"));
    let dak_lak = areas.find("66", paid_on);
    let quote = |group| {
        let members = [member(group, 12)];
        household::quote(rules, areas, paid_on, dak_lak, 0, &members).unwrap().members.remove(0)
    };
    // 4.5 % × 2 340 000 = 105 300 a month; student 50 + 5 %, near-poor 70 + 30 %.
    let student = quote(MemberGroup::Student);
    assert_eq!(student.amounts, amounts([1_263_600, 631_800, 63_180, 568_620]));
    assert_eq!(of(&student.lines, 4), amounts([421_200, 210_600, 21_060, 189_540]));
    everything_and_nothing(&student.lines, student.amounts, 12);
    let near_poor = quote(MemberGroup::NearPoor);
    assert_eq!(of(&near_poor.lines, 4), amounts([421_200, 294_840, 126_360, 0]));
    everything_and_nothing(&near_poor.lines, near_poor.amounts, 12);
}

#[test]
fn no_lines_no_refund() {
    assert_eq!(refund::of(&[], 12), None);
}
