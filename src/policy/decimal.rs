//! Exact decimals: nothing is rounded but once, half up, at the end.

use crate::domain::Dong;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// `percent` of an amount, exactly. Like all here it stops at the end of decimals, which no lawful
/// amount comes near.
pub(super) fn percent_of(percent: Decimal, amount: Decimal) -> Decimal {
    percent.saturating_mul(amount) / Decimal::ONE_HUNDRED
}

/// To the đồng, half up.
pub(super) fn round(amount: Decimal) -> Dong {
    Dong(
        amount
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
            .to_i64()
            .unwrap_or(i64::MAX),
    )
}

/// Σ (1+r)^i for i = 1 … `months`, r in percent a month.
pub(super) fn grown(percent: Decimal, months: u32) -> Decimal {
    let factor = Decimal::ONE + percent / Decimal::ONE_HUNDRED;
    (0..months)
        .fold(Decimal::ZERO, |sum, _| sum.saturating_add(Decimal::ONE).saturating_mul(factor))
}

/// Σ 1/(1+r)^(i−1) for i = 1 … `months`, r in percent a month.
pub(super) fn discounted(percent: Decimal, months: u32) -> Decimal {
    let factor = Decimal::ONE / (Decimal::ONE + percent / Decimal::ONE_HUNDRED);
    (0..months).fold(Decimal::ZERO, |sum, _| sum * factor + Decimal::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_goes_up() {
        assert_eq!(round(Decimal::new(5, 1)), Dong(1));
        assert_eq!(round(Decimal::new(15, 1)), Dong(2));
        assert_eq!(round(Decimal::new(25, 1)), Dong(3));
        assert_eq!(round(Decimal::new(2499, 3)), Dong(2));
    }

    #[test]
    fn without_interest_the_sums_are_the_months() {
        assert_eq!(grown(Decimal::ZERO, 60), Decimal::from(60));
        assert_eq!(discounted(Decimal::ZERO, 60), Decimal::from(60));
        assert_eq!(grown(Decimal::ONE_HUNDRED, 3), Decimal::from(14));
        assert_eq!(discounted(Decimal::ONE_HUNDRED, 2), Decimal::new(15, 1));
    }
}
