//! The number of a health card: two letters, benefit digit, province and the
//! ten digits of the holder (QĐ 1351/QĐ-BHXH). Cards since 1/4/2021 print the
//! ten digits only; the long number stands in the QR.

use super::refusal::Refusal;
use super::tables::Rules;
use super::timeline::Dated;
use crate::domain::{BhxhCode, MemberGroup};
use chrono::NaiveDate;
use std::sync::Arc;

/// The letters of a group's card, and the row of its benefit digit, both on the
/// card's first day; letters not known for that day are those of the day of payment.
pub(super) fn of_group(
    rules: &Rules,
    group: MemberGroup,
    paid_on: NaiveDate,
    valid_from: NaiveDate,
) -> Result<(Arc<str>, &Dated<u8>), Refusal> {
    let row = rules.group(group, valid_from).or_else(|_| rules.group(group, paid_on))?;
    let prefix = Arc::clone(&row.value.prefix);
    let digit = rules.benefit(&prefix, valid_from)?;
    Ok((prefix, digit))
}

/// The benefit digit of cards with these letters whose first day is `valid_from`.
///
/// # Errors
/// `rule_missing` for letters without a row on that day.
pub fn benefit_digit(rules: &Rules, prefix: &str, valid_from: NaiveDate) -> Result<u8, Refusal> {
    rules.benefit(prefix, valid_from).map(|row| row.value)
}

/// What stands before the holder's ten digits: `GD444`.
#[must_use]
pub fn long_prefix(prefix: &str, digit: u8, province_code: &str) -> String {
    format!("{prefix}{digit}{province_code}")
}

/// The parts of a long number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongNumber {
    /// Two letters of the group.
    pub prefix: String,
    /// Benefit digit, 1 to 5.
    pub digit: u8,
    /// Province that issued it, 2 digits.
    pub province_code: String,
    /// The holder.
    pub bhxh_code: BhxhCode,
}

impl LongNumber {
    /// Reads the 15 characters of a long number; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, rest) = text.split_at_checked(2)?;
        let (digit, rest) = rest.split_at_checked(1)?;
        let (province, code) = rest.split_at_checked(2)?;
        let letters = prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        let digits = province.bytes().all(|byte| byte.is_ascii_digit());
        let digit = digit.parse().ok().filter(|digit| (1..=5).contains(digit))?;
        (letters && digits).then_some(())?;
        Some(Self {
            prefix: prefix.to_owned(),
            digit,
            province_code: province.to_owned(),
            bhxh_code: BhxhCode::parse(code).ok()?,
        })
    }
}
