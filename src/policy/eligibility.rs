//! Who may join at all (Luật 41/2024/QH15: voluntary insurance from 15
//! years). What is not sure, as a bare birth year, does not refuse.

use super::refusal::Refusal;
use super::rows::Rate;
use super::tables::Rules;
use crate::domain::{BirthDate, Code, Scheme};
use chrono::NaiveDate;
use rust_decimal::prelude::ToPrimitive;

/// Checks the birth date of a person who joins on `paid_on`.
///
/// # Errors
/// `birth_in_future`, for voluntary insurance also `too_young` (with the least age) and `rule_missing`.
pub fn check(
    rules: &Rules,
    scheme: Scheme,
    birth: &BirthDate,
    paid_on: NaiveDate,
) -> Result<(), Refusal> {
    if birth.after(paid_on) {
        return Err(Refusal::new(Code::BirthInFuture, "birth_date"));
    }
    if scheme == Scheme::Household {
        return Ok(());
    }
    let years = rules.rate(Rate::VoluntaryMinAge, paid_on)?.value;
    let years = years.to_u32().unwrap_or(0);
    if birth.surely_under(years, paid_on) {
        return Err(Refusal::new(Code::TooYoung, "birth_date").expecting(i64::from(years)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_day;

    #[test]
    fn fifteen_years_for_voluntary_none_for_health() {
        let on = parse_day("2026-11-22").unwrap();
        let code = |scheme, birth: &str| {
            let birth = BirthDate::parse(birth).unwrap();
            check(Rules::embedded(), scheme, &birth, on).map_err(|refusal| refusal.code)
        };
        assert_eq!(code(Scheme::Voluntary, "2011"), Ok(()));
        assert_eq!(code(Scheme::Voluntary, "2011-11-22"), Ok(()));
        assert_eq!(code(Scheme::Voluntary, "2011-11-23"), Err(Code::TooYoung));
        assert_eq!(code(Scheme::Household, "2026-11-01"), Ok(()));
        assert_eq!(code(Scheme::Household, "2026-11-23"), Err(Code::BirthInFuture));
    }
}
