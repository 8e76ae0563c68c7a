//! What goes back to a person who needs months no more that are paid already: another insurance has
//! begun, or death (QĐ 595/QĐ-BHXH; since 1/5/2026 QĐ 366/QĐ-BHXH, Mẫu C16-TS: "số tháng hoàn trả").
//! Whole months that have not begun are given back, at the price at which they were bought: a later
//! rise of the base salary changes nothing. The person gets back what she paid; the supports go back
//! to whoever gave them.

use super::line::{Amounts, Interest, Item, Line, settle};
use crate::domain::Dong;
use chrono::{Months, NaiveDate};

/// Months of a period that begins on `from` which have not begun on `day`, of `months`.
#[must_use]
pub fn months_left(from: NaiveDate, months: u32, day: NaiveDate) -> u32 {
    let begins = |month: u32| from.checked_add_months(Months::new(month));
    let begun = (0..months).take_while(|month| begins(*month).is_some_and(|begin| begin < day));
    months - u32::try_from(begun.count()).unwrap_or(months)
}

/// What goes back of these lines when the last `left` months are not used, and of how many months; `None`
/// without a line of the contribution. Months that were missing lie in the past: of them nothing goes
/// back. Where the supports of discounted months are more than their price, only the price goes back,
/// first to the State: nobody pays for giving months back.
#[must_use]
pub fn of(lines: &[Line], left: u32) -> Option<(u32, Amounts)> {
    let whole = lines.iter().find(|line| line.item == Item::Contribution)?;
    let months = whole.months;
    let past = whole.growth.as_ref().is_some_and(|it| it.interest == Interest::Missing);
    let left = if past { 0 } else { left.min(months) };
    let mut used = lines.to_vec();
    for line in &mut used {
        line.months = line.months.min(months - left);
    }
    let (paid, kept) = (settle(&mut lines.to_vec()), settle(&mut used));
    let gross = paid.gross - kept.gross;
    let state_support = (paid.state_support - kept.state_support).min(gross);
    let local_support =
        (paid.local_support - kept.local_support).clamp(Dong::ZERO, gross - state_support);
    let payable = gross - state_support - local_support;
    Some((left, Amounts { gross, state_support, local_support, payable }))
}
