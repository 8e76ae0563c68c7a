//! The cases of voluntary insurance that no printed example covers.

use super::*;
use crate::domain::parse_day;
use crate::policy::samples::{one_month as terms, voluntary as ask};

fn in_area(code: &str, paid_on: &str, group: SupportGroup) -> VoluntaryTerms<'static> {
    let terms = terms(paid_on);
    VoluntaryTerms {
        area: Areas::embedded().find(code, terms.paid_on),
        support_group: Some(group),
        ..terms
    }
}

#[test]
fn the_poverty_line_rises_by_itself_in_2027() {
    assert!(ask(&terms("2026-12-31")).is_ok());
    let refusal = ask(&terms("2027-01-01")).unwrap_err();
    assert_eq!(refusal.code, Code::IncomeTooLow);
    assert_eq!(refusal.expected, Some(2_200_000));
}

#[test]
fn the_highest_income_follows_the_base_salary() {
    let rich = |paid_on| VoluntaryTerms { income: Dong(46_800_001), ..terms(paid_on) };
    let refusal = ask(&rich("2026-06-30")).unwrap_err();
    assert_eq!(refusal.code, Code::IncomeTooHigh);
    assert_eq!(refusal.expected, Some(46_800_000));
    assert_eq!(ask(&rich("2026-07-01")).unwrap().warnings, [Flag::IncomeOffGrid]);
}

#[test]
fn a_method_with_its_own_months_allows_no_others() {
    let with = |method, months| {
        let terms = VoluntaryTerms { method, months, ..terms("2026-11-22") };
        ask(&terms).map(|quote| quote.months).map_err(|refusal| refusal.code)
    };
    assert_eq!(with(Method::Quarterly, None), Ok(3));
    assert_eq!(with(Method::Quarterly, Some(3)), Ok(3));
    assert_eq!(with(Method::Quarterly, Some(4)), Err(Code::MonthsNotAllowed));
    assert_eq!(with(Method::Ahead, None), Err(Code::MonthsNotAllowed));
    assert_eq!(with(Method::Ahead, Some(30)), Err(Code::MonthsNotAllowed));
    assert_eq!(with(Method::Ahead, Some(48)), Ok(48));
    assert_eq!(with(Method::Missing, Some(60)), Ok(60));
    assert_eq!(with(Method::Missing, Some(0)), Err(Code::MonthsNotAllowed));
}

#[test]
fn the_state_supports_so_many_months_in_a_life() {
    let after = |before| {
        let terms = VoluntaryTerms {
            method: Method::Yearly,
            support_group: Some(SupportGroup::Other),
            supported_months_before: before,
            ..terms("2026-11-22")
        };
        let quote = ask(&terms).unwrap();
        (quote.supported_months, quote.amounts.state_support)
    };
    assert_eq!(after(0), (12, Dong(792_000)));
    assert_eq!(after(108), (12, Dong(792_000)));
    assert_eq!(after(113), (7, Dong(462_000)));
    assert_eq!(after(120), (0, Dong::ZERO));
    assert_eq!(after(u32::MAX), (0, Dong::ZERO));
}

#[test]
fn before_2018_there_was_no_support_and_a_strange_group_is_other() {
    let with = |paid_on, group| {
        let terms =
            VoluntaryTerms { support_group: Some(group), income: Dong(700_000), ..terms(paid_on) };
        ask(&terms).unwrap().amounts.state_support
    };
    assert_eq!(with("2017-12-31", SupportGroup::Poor), Dong::ZERO);
    assert_eq!(with("2019-01-01", SupportGroup::Island), Dong(15_400));
}

#[test]
fn support_for_missing_months_grows_with_them() {
    let terms = VoluntaryTerms {
        method: Method::Missing,
        months: Some(2),
        support_group: Some(SupportGroup::Other),
        monthly_rate_percent: Some(Decimal::ONE),
        ..terms("2026-11-22")
    };
    let quote = ask(&terms).unwrap();
    // 330 000 and 66 000, each × (1.01 + 1.0201).
    assert_eq!(quote.amounts.gross, Dong(669_933));
    assert_eq!(quote.amounts.state_support, Dong(133_987));
}

#[test]
fn what_we_do_not_know_we_do_not_guess() {
    let hanoi = ask(&in_area("01", "2025-08-01", SupportGroup::Poor)).unwrap_err();
    assert_eq!(hanoi.code, Code::RuleMissing);
    assert_eq!(hanoi.rule.as_deref(), Some("local_support 01 poor 2025-08-01"));
    let ahead = VoluntaryTerms { method: Method::Ahead, months: Some(24), ..terms("2025-08-01") };
    let refusal = ask(&ahead).unwrap_err();
    assert_eq!(refusal.code, Code::RateUnknown);
    assert!(refusal.waits_for_a_rule());
    assert_eq!(ask(&terms("2014-01-01")).unwrap_err().code, Code::RuleMissing);
    let absurd = VoluntaryTerms { monthly_rate_percent: Some(Decimal::NEGATIVE_ONE), ..ahead };
    assert_eq!(ask(&absurd).unwrap_err().code, Code::OutOfRange);
}

#[test]
fn each_used_row_is_named_once() {
    let quote = ask(&in_area("31", "2026-02-01", SupportGroup::Poor)).unwrap();
    let tables: Vec<_> = quote.rules.iter().map(|used| used.table).collect();
    assert_eq!(
        tables,
        [
            "poverty_line_rural",
            "base_salary",
            "rates",
            "vsi_methods",
            "rates",
            "vsi_state_support",
            "local_support",
        ]
    );
}

#[test]
fn deadlines() {
    let from = Month::parse("2026-11").unwrap();
    let last = |method| pay_deadline(Rules::embedded(), method, from);
    assert_eq!(last(Method::Monthly), parse_day("2026-11-30").ok());
    assert_eq!(last(Method::HalfYearly), parse_day("2027-02-28").ok());
    assert_eq!(last(Method::Ahead), None);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let wrong = VoluntaryTerms {
        income: Dong(1),
        method: Method::Ahead,
        months: Some(25),
        ..terms("2025-11-22")
    };
    let refusals = quote(Rules::embedded(), Areas::embedded(), &wrong).unwrap_err();
    let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
    assert_eq!(codes, [Code::IncomeTooLow, Code::MonthsNotAllowed, Code::RateUnknown]);
    let before_all = quote(Rules::embedded(), Areas::embedded(), &terms("2007-01-01")).unwrap_err();
    assert!(before_all.iter().all(Refusal::waits_for_a_rule));
}

#[test]
fn missing_months_do_not_lie_ahead() {
    let from = |month| {
        let terms = VoluntaryTerms {
            method: Method::Missing,
            months: Some(3),
            from_month: Month::parse(month).ok(),
            ..terms("2026-11-22")
        };
        ask(&terms).map(|quote| quote.months).map_err(|refusal| (refusal.code, refusal.field))
    };
    assert_eq!(from("2026-09"), Ok(3));
    assert_eq!(from("2026-10"), Err((Code::OutOfRange, "from_month")));
    let unknown_rate = VoluntaryTerms {
        method: Method::Missing,
        months: Some(3),
        from_month: Month::parse("2025-10").ok(),
        ..terms("2025-11-22")
    };
    let refusals = quote(Rules::embedded(), Areas::embedded(), &unknown_rate).unwrap_err();
    let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
    assert_eq!(codes, [Code::OutOfRange, Code::RateUnknown]);
}

#[test]
fn how_late_it_is_follows_from_the_months_bought() {
    let late = |paid_on, months_late| {
        let terms = VoluntaryTerms {
            method: Method::Quarterly,
            from_month: Month::parse("2024-01").ok(),
            months_late,
            ..terms(paid_on)
        };
        let quote = ask(&terms).map_err(|refusal| (refusal.field, refusal.expected));
        quote.map(|quote| (quote.amounts.gross, quote.warnings))
    };
    let remarked = vec![Flag::PastDeadline];
    assert_eq!(late("2024-03-31", 0), Ok((Dong(990_000), vec![])));
    assert_eq!(late("2024-04-01", 0), Ok((Dong(990_000), remarked.clone())));
    // 990 000 × 1.003633².
    assert_eq!(late("2024-05-31", 2), Ok((Dong(997_206), remarked)));
    assert_eq!(late("2024-05-31", 3), Err(("months_late", Some(2))));
    assert_eq!(late("2024-03-31", 1), Err(("months_late", Some(0))));
}
