//! Money in whole đồng; there is nothing smaller.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount in đồng. Sums saturate: no amount of this field comes near the end of `i64`.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Dong(pub i64);

impl Dong {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest integer the wire carries exactly (2^53).
    pub const MAX_WIRE: Self = Self(1 << 53);

    /// Whether the amount is neither negative nor larger than the wire carries.
    #[must_use]
    pub const fn is_payable(self) -> bool {
        self.0 >= 0 && self.0 <= Self::MAX_WIRE.0
    }
}

impl Add for Dong {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Dong {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Dong {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Dong {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Dong {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Dong {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Dong> for Dong {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

impl fmt::Display for Dong {
    /// As people write it: `1.584.000 đ`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} đ", grouped(self.0))
    }
}

/// A number in groups of three as people write it: `1.584.000`.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_in_groups_of_three() {
        assert_eq!(Dong(1_584_000).to_string(), "1.584.000 đ");
        assert_eq!(Dong(0).to_string(), "0 đ");
        assert_eq!(Dong(-50_000).to_string(), "-50.000 đ");
        assert_eq!(Dong(999).to_string(), "999 đ");
    }

    #[test]
    fn sums() {
        assert_eq!([Dong(1), Dong(2)].iter().sum::<Dong>(), Dong(3));
        assert_eq!(Dong(5) - Dong(7), Dong(-2));
        assert!(!Dong(-1).is_payable());
        assert!(!(Dong::MAX_WIRE + Dong(1)).is_payable());
    }
}
