//! The days on which the law changed, with amounts worked out by hand.

use super::samples::{day, household, member, one_month, voluntary};
use super::voluntary::VoluntaryTerms;
use crate::domain::{Code, Dong, MemberGroup, Method, SupportGroup};
use rust_decimal::Decimal;

/// State support and what the person pays for one month.
fn month(paid_on: &str, income: i64, group: SupportGroup) -> (i64, i64) {
    let terms =
        VoluntaryTerms { income: Dong(income), support_group: Some(group), ..one_month(paid_on) };
    let amounts = voluntary(&terms).unwrap().amounts;
    (amounts.state_support.0, amounts.payable.0)
}

/// What one member pays for a year, after so many others of the same calendar year.
fn year(paid_on: &str, group: MemberGroup, joined_before: u32) -> i64 {
    household(paid_on, joined_before, &[member(group, 12)]).total.0
}

/// The refusal of these terms: code, field, what would have been right.
fn refused(terms: &VoluntaryTerms<'_>) -> (Code, &'static str, Option<i64>) {
    let refusal = voluntary(terms).unwrap_err();
    (refusal.code, refusal.field, refusal.expected)
}

#[test]
fn state_support_begins_in_2018() {
    // 22 % × 1 000 000 = 220 000; 30 % × 22 % × 700 000 = 46 200.
    assert_eq!(month("2017-12-31", 1_000_000, SupportGroup::Poor), (0, 220_000));
    assert_eq!(month("2018-01-01", 1_000_000, SupportGroup::Poor), (46_200, 220_000 - 46_200));
}

#[test]
fn from_december_2018_ranks_count_over_records() {
    // 4.5 % × 1 390 000 × 12 = 750 600; 70 % of it 525 420.
    assert_eq!(year("2018-11-30", MemberGroup::Household, 1), 750_600);
    assert_eq!(year("2018-12-01", MemberGroup::Household, 1), 525_420);
    let hold = |paid_on| household(paid_on, 0, &[]).ranks_hold;
    assert_eq!((hold("2018-11-30"), hold("2018-12-01")), (false, true));
}

#[test]
fn each_base_salary_counts_from_its_first_of_july() {
    for (paid_on, base) in [
        ("2017-06-30", 1_210_000),
        ("2017-07-01", 1_300_000),
        ("2018-06-30", 1_300_000),
        ("2018-07-01", 1_390_000),
        ("2019-06-30", 1_390_000),
        ("2019-07-01", 1_490_000),
        ("2023-06-30", 1_490_000),
        ("2023-07-01", 1_800_000),
        ("2024-06-30", 1_800_000),
        ("2024-07-01", 2_340_000),
        ("2026-06-30", 2_340_000),
        ("2026-07-01", 2_530_000),
    ] {
        // 4.5 % × 12 = 54 %.
        assert_eq!(year(paid_on, MemberGroup::Household, 0), base / 100 * 54, "{paid_on}");
        let rich = |income| VoluntaryTerms { income: Dong(income), ..one_month(paid_on) };
        assert!(voluntary(&rich(base * 20)).is_ok(), "{paid_on}");
        let refusal = (Code::IncomeTooHigh, "income", Some(base * 20));
        assert_eq!(refused(&rich(base * 20 + 1)), refusal, "{paid_on}");
    }
}

#[test]
fn the_years_of_the_last_two_rises_in_dong() {
    // 1 800 000, 2 340 000, 2 530 000 × 4.5 % = 81 000, 105 300, 113 850 a month.
    let paid = |paid_on| year(paid_on, MemberGroup::Household, 0);
    assert_eq!((paid("2024-06-30"), paid("2024-07-01")), (972_000, 1_263_600));
    assert_eq!((paid("2026-06-30"), paid("2026-07-01")), (1_263_600, 1_366_200));
}

#[test]
fn the_poverty_line_rises_in_2022_and_in_2027() {
    // Other: 10 % × 22 % × 700 000 = 15 400, then of 1 500 000 = 33 000.
    assert_eq!(month("2021-12-31", 1_500_000, SupportGroup::Other), (15_400, 314_600));
    assert_eq!(month("2022-01-01", 1_500_000, SupportGroup::Other), (33_000, 297_000));
    // 20 % × 22 % × 1 500 000 = 66 000, then of 2 200 000 = 96 800; 22 % × 2 200 000 = 484 000.
    assert_eq!(month("2026-12-31", 2_200_000, SupportGroup::Other), (66_000, 418_000));
    assert_eq!(month("2027-01-01", 2_200_000, SupportGroup::Other), (96_800, 387_200));
    let with = |paid_on, income| VoluntaryTerms { income: Dong(income), ..one_month(paid_on) };
    for (eve, day, before, line) in [
        ("2021-12-31", "2022-01-01", 700_000, 1_500_000),
        ("2026-12-31", "2027-01-01", 1_500_000, 2_200_000),
    ] {
        assert!(voluntary(&with(eve, before)).is_ok());
        assert_eq!(refused(&with(eve, before - 1)), (Code::IncomeTooLow, "income", Some(before)));
        assert_eq!(refused(&with(day, line - 1)), (Code::IncomeTooLow, "income", Some(line)));
        assert!(voluntary(&with(day, line)).is_ok());
    }
}

#[test]
fn the_state_gives_more_from_july_2025() {
    // Of 22 % × 1 500 000 = 330 000: 30, 25, 10 %, then 50, 40, 50, 30, 20 %.
    for (group, until, since) in [
        (SupportGroup::Poor, 99_000, 165_000),
        (SupportGroup::NearPoor, 82_500, 132_000),
        (SupportGroup::Island, 33_000, 165_000),
        (SupportGroup::EthnicMinority, 33_000, 99_000),
        (SupportGroup::Other, 33_000, 66_000),
    ] {
        assert_eq!(month("2025-06-30", 1_500_000, group), (until, 330_000 - until), "{group}");
        assert_eq!(month("2025-07-01", 1_500_000, group), (since, 330_000 - since), "{group}");
    }
}

#[test]
fn missing_months_are_at_most_120_then_60() {
    let missing = |paid_on, months| VoluntaryTerms {
        method: Method::Missing,
        months: Some(months),
        monthly_rate_percent: Some(Decimal::ZERO),
        ..one_month(paid_on)
    };
    let gross = |paid_on, months| voluntary(&missing(paid_on, months)).unwrap().amounts.gross;
    assert_eq!(gross("2025-06-30", 120), Dong(120 * 330_000));
    assert_eq!(gross("2025-07-01", 60), Dong(60 * 330_000));
    let refusal = (Code::MonthsNotAllowed, "months", None);
    assert_eq!(refused(&missing("2025-06-30", 121)), refusal);
    assert_eq!(refused(&missing("2025-07-01", 61)), refusal);
}

#[test]
fn late_months_may_be_paid_until_june_2025() {
    let late = |paid_on, months_late, method| VoluntaryTerms {
        method,
        months_late,
        months: (method == Method::Ahead).then_some(24),
        monthly_rate_percent: Some(Decimal::ONE),
        ..one_month(paid_on)
    };
    let gross = |terms| voluntary(&terms).unwrap().amounts.gross;
    // 330 000 × 1.01; 3 × 330 000 × 1.01².
    assert_eq!(gross(late("2025-06-30", 1, Method::Monthly)), Dong(333_300));
    assert_eq!(gross(late("2025-06-30", 2, Method::Quarterly)), Dong(1_009_899));
    assert!(voluntary(&late("2025-06-30", 120, Method::Yearly)).is_ok());
    let refusal = |expected| (Code::MonthsNotAllowed, "months_late", Some(expected));
    assert_eq!(refused(&late("2025-06-30", 121, Method::Yearly)), refusal(120));
    assert_eq!(refused(&late("2025-06-30", 1, Method::Ahead)), refusal(0));
    assert_eq!(refused(&late("2025-07-01", 1, Method::Monthly)), refusal(0));
    assert!(voluntary(&late("2025-07-01", 0, Method::Monthly)).is_ok());
}

#[test]
fn students_get_half_from_july_2025() {
    // 1 263 600, of which they pay 70 %, then 50 %.
    assert_eq!(year("2025-06-30", MemberGroup::Student, 0), 884_520);
    assert_eq!(year("2025-07-01", MemberGroup::Student, 0), 631_800);
}

#[test]
fn on_15_august_2025_the_decree_changes_and_no_amount() {
    let decree = |paid_on, group| {
        let quote = household(paid_on, 0, &[member(group, 12)]);
        let of = |table| quote.rules.iter().find(|used| used.table == table).unwrap();
        let text = |table| of(table).document.split('/').next().unwrap().to_owned();
        (quote.total.0, text("rates"), text("bhyt_state_support"))
    };
    let poor = MemberGroup::NearPoorPoorCommune;
    let (before, since) = ("NĐ 146".to_owned(), "NĐ 188".to_owned());
    assert_eq!(decree("2025-08-14", poor), (0, before.clone(), before));
    assert_eq!(decree("2025-08-15", poor), (0, since.clone(), since));
    // 30 % of 1 263 600.
    assert_eq!(year("2025-08-14", MemberGroup::NearPoor, 0), 379_080);
    assert_eq!(year("2025-08-15", MemberGroup::NearPoor, 0), 379_080);
}

#[test]
fn near_poor_cards_valid_from_2026_pay_all_costs() {
    let card = |paid_on| {
        let quote = household(paid_on, 0, &[member(MemberGroup::NearPoor, 12)]);
        (quote.members[0].valid_from, quote.members[0].benefit_digit)
    };
    assert_eq!(card("2025-12-01"), (day("2025-12-31"), 3));
    assert_eq!(card("2025-12-02"), (day("2026-01-01"), 2));
    assert_eq!(card("2026-01-01"), (day("2026-01-31"), 2));
}
