//! The 120 months of a life that the State supports, used up in the middle of a period.

use super::line::{Interest, Item};
use super::samples::{one_month, voluntary};
use super::voluntary::{VoluntaryQuote, VoluntaryTerms};
use crate::domain::{Areas, Dong, Method, SupportGroup};
use rust_decimal::Decimal;

/// One month of support in 2026: 20 % × 22 % × 1 500 000.
const MONTH: i64 = 66_000;

fn buy(method: Method, months: Option<u32>, before: u32) -> VoluntaryQuote {
    let terms = VoluntaryTerms {
        method,
        months,
        support_group: Some(SupportGroup::Other),
        supported_months_before: before,
        monthly_rate_percent: Some(Decimal::ONE),
        ..one_month("2026-11-22")
    };
    voluntary(&terms).unwrap()
}

/// The months of the State's line, and whether the limit is among its rows.
fn state_line(quote: &VoluntaryQuote) -> (u32, bool) {
    let line = quote.lines.iter().find(|line| line.item == Item::StateSupport).unwrap();
    assert_eq!(line.amount, quote.amounts.state_support);
    let limited = line
        .rules
        .iter()
        .any(|at| quote.rules[*at].key.as_deref() == Some("voluntary_supported_months_max"));
    (line.months, limited)
}

#[test]
fn every_method_stops_at_the_limit() {
    for (method, chosen, months) in [
        (Method::Monthly, None, 1),
        (Method::Quarterly, None, 3),
        (Method::HalfYearly, None, 6),
        (Method::Yearly, None, 12),
        (Method::Ahead, Some(24), 24),
        (Method::Missing, Some(24), 24),
    ] {
        for (before, left) in [(0, 120), (120 - months, months), (119, 1), (120, 0), (121, 0)] {
            let quote = buy(method, chosen, before);
            let supported = months.min(left);
            assert_eq!(quote.supported_months, supported, "{method} after {before}");
            assert_eq!(state_line(&quote), (supported, left < months), "{method} after {before}");
            assert_eq!(quote.months, months, "{method}");
            if method != Method::Missing {
                let state = MONTH * i64::from(supported);
                assert_eq!(quote.amounts.state_support, Dong(state), "{method} after {before}");
            }
        }
    }
}

#[test]
fn of_missing_months_the_supported_ones_grow() {
    // 66 000 × 1.01; × (1.01 + 1.0201); × Σ 1.01^i for i = 1 … 24 = 27.243 199 5….
    let state = |before| buy(Method::Missing, Some(24), before).amounts.state_support.0;
    assert_eq!(state(119), 66_660);
    assert_eq!(state(118), 133_987);
    assert_eq!(state(96), 1_798_051);
    assert_eq!(state(0), 1_798_051);
    assert_eq!(state(120), 0);
}

#[test]
fn the_whole_is_the_same_whatever_is_supported() {
    for (method, months) in [(Method::Ahead, 24), (Method::Missing, 24)] {
        let [none, one, all] =
            [120, 119, 0].map(|before| buy(method, Some(months), before).amounts);
        assert_eq!((none.gross, one.gross), (one.gross, all.gross));
        assert_eq!(none.payable, none.gross);
        assert!(none.payable > one.payable && one.payable > all.payable);
    }
}

#[test]
fn the_province_goes_on_where_the_state_stops() {
    let terms = VoluntaryTerms {
        method: Method::Yearly,
        support_group: Some(SupportGroup::Poor),
        supported_months_before: 115,
        ..one_month("2026-02-01")
    };
    let area = Areas::embedded().find("31", terms.paid_on);
    let quote = voluntary(&VoluntaryTerms { area, ..terms }).unwrap();
    // Of 330 000: the State 50 % × 5 months, Hải Phòng 30 % × 12 months.
    assert_eq!(quote.amounts.state_support, Dong(825_000));
    assert_eq!(quote.amounts.local_support, Dong(1_188_000));
    assert_eq!(quote.amounts.payable, Dong(3_960_000 - 825_000 - 1_188_000));
}

#[test]
fn late_months_count_as_others_and_their_support_does_not_grow() {
    let terms = VoluntaryTerms {
        method: Method::Quarterly,
        months_late: 2,
        support_group: Some(SupportGroup::Other),
        supported_months_before: 118,
        monthly_rate_percent: Some(Decimal::ONE),
        ..one_month("2024-11-22")
    };
    let quote = voluntary(&terms).unwrap();
    assert_eq!(state_line(&quote), (2, true));
    // 10 % × 330 000 × 2; 3 × 330 000 × 1.01².
    assert_eq!(quote.amounts.state_support, Dong(66_000));
    assert_eq!(quote.amounts.gross, Dong(1_009_899));
    let growth = quote.lines.iter().map(|line| line.growth.as_ref().map(|it| it.interest));
    assert_eq!(growth.collect::<Vec<_>>(), [Some(Interest::Late), None]);
}

#[test]
fn supports_together_are_never_more_than_the_contribution() {
    let terms = VoluntaryTerms {
        method: Method::Ahead,
        months: Some(24),
        support_group: Some(SupportGroup::NearPoor),
        ..one_month("2024-11-22")
    };
    let area = Areas::embedded().find("004", terms.paid_on);
    let quote = voluntary(&VoluntaryTerms { area, ..terms }).unwrap();
    // Of 24 × 330 000 = 7 920 000: 25, 50 and 25 %; discounted the whole is less.
    let amounts: Vec<_> = quote.lines.iter().map(|line| line.amount.0).collect();
    assert_eq!(amounts, [7_598_892, 1_980_000, 3_960_000, 7_598_892 - 5_940_000]);
    assert_eq!(quote.amounts.payable, Dong::ZERO);
}
