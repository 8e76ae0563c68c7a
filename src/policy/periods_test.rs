//! First and last days of cards: ends of months, leap days, gaps to the day.

use super::samples::day;
use super::tables::Rules;
use super::validity::period;
use chrono::{Days, NaiveDate};

fn card(paid_on: NaiveDate, previous: Option<NaiveDate>, months: u32) -> (NaiveDate, NaiveDate) {
    let period = period(Rules::embedded(), paid_on, previous, months).unwrap();
    (period.from, period.to)
}

#[test]
fn the_last_day_where_months_differ_in_length() {
    for (from, months, to) in [
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 3, "2024-05-28"),
        ("2028-02-28", 12, "2029-02-27"),
        ("2027-03-01", 12, "2028-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-08-29", 6, "2027-02-28"),
        ("2027-08-29", 6, "2028-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2027-01-31", 3, "2027-04-30"),
        ("2027-01-31", 12, "2028-01-30"),
        ("2027-01-01", 12, "2027-12-31"),
        ("2027-10-01", 3, "2027-12-31"),
    ] {
        let eve = day(from) - Days::new(1);
        assert_eq!(card(eve, Some(eve), months), (day(from), day(to)), "{from} + {months}");
    }
}

#[test]
fn a_renewal_joins_the_old_card_however_early_it_is_paid() {
    let end = day("2026-11-30");
    for paid_on in ["2026-06-01", "2026-11-29", "2026-11-30", "2026-12-01"] {
        let days = card(day(paid_on), Some(end), 12);
        assert_eq!(days, (day("2026-12-01"), day("2027-11-30")), "{paid_on}");
    }
    assert_eq!(card(day("2026-12-02"), Some(end), 12), (day("2026-12-02"), day("2027-12-01")));
}

#[test]
fn a_first_card_waits_thirty_days() {
    for (paid_on, from, to) in [
        ("2020-03-01", "2020-03-31", "2021-03-30"),
        ("2026-11-22", "2026-12-22", "2027-12-21"),
        ("2026-12-01", "2026-12-31", "2027-12-30"),
        ("2026-12-02", "2027-01-01", "2027-12-31"),
        ("2026-12-30", "2027-01-29", "2028-01-28"),
        ("2027-01-30", "2027-03-01", "2028-02-29"),
        ("2028-01-30", "2028-02-29", "2029-02-28"),
    ] {
        assert_eq!(card(day(paid_on), None, 12), (day(from), day(to)), "{paid_on}");
    }
}

/// Paid so many days after the first day without cover: whether the gap was bridged.
fn bridged(uncovered_from: &str, gap: u64) -> bool {
    let uncovered_from = day(uncovered_from);
    let paid_on = uncovered_from + Days::new(gap);
    let (from, _) = card(paid_on, Some(uncovered_from - Days::new(1)), 12);
    assert!(from == paid_on || from == paid_on + Days::new(30), "{from}");
    from == paid_on
}

#[test]
fn since_july_2025_a_gap_under_ninety_days_is_bridged() {
    for uncovered_from in ["2025-06-01", "2026-01-11", "2026-11-30", "2027-12-01", "2028-02-29"] {
        let bridged = [0, 1, 89, 90, 91].map(|gap| bridged(uncovered_from, gap));
        assert_eq!(bridged, [true, true, true, false, false], "{uncovered_from}");
    }
}

#[test]
fn before_a_gap_under_three_months_was_bridged() {
    // 91, 92, 89, 90 (leap year), 92 days; from 30/11 three months end with February.
    for (uncovered_from, limit) in [
        ("2020-09-11", 91),
        ("2021-07-01", 92),
        ("2019-02-01", 89),
        ("2020-02-01", 90),
        ("2018-06-01", 92),
        ("2018-11-30", 90),
        ("2019-11-30", 91),
    ] {
        let bridged = [0, limit - 1, limit, limit + 1].map(|gap| bridged(uncovered_from, gap));
        assert_eq!(bridged, [true, true, false, false], "{uncovered_from}");
    }
}

#[test]
fn the_day_of_payment_says_which_limit_counts() {
    // Uncovered from 1/4/2025: on 30/6 90 days, yet under three months.
    let end = Some(day("2025-03-31"));
    assert_eq!(card(day("2025-06-30"), end, 12).0, day("2025-06-30"));
    assert_eq!(card(day("2025-07-01"), end, 12).0, day("2025-07-31"));
    // Uncovered from 3/4/2025: 89 days on 1/7, 90 on 2/7.
    let end = Some(day("2025-04-02"));
    assert_eq!(card(day("2025-07-01"), end, 12).0, day("2025-07-01"));
    assert_eq!(card(day("2025-07-02"), end, 12).0, day("2025-08-01"));
}

#[test]
fn before_the_tables_begin_nothing_is_guessed() {
    let refusal = period(Rules::embedded(), day("2014-12-31"), None, 12).unwrap_err();
    assert!(refusal.waits_for_a_rule());
    assert_eq!(refusal.rule.as_deref(), Some("bhyt_card_validity 2014-12-31"));
}
