//! The calendar of the field: days and months of UTC+7, whatever offset a
//! phone sends.

use super::code::Code;
use super::text_enum::text_schema;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::fmt;

/// `Asia/Ho_Chi_Minh` is UTC+7 all year.
const OFFSET_HOURS: i64 = 7;

/// The day in Việt Nam at that moment.
#[must_use]
pub fn vn_day(at: DateTime<Utc>) -> NaiveDate {
    at.naive_utc()
        .checked_add_signed(TimeDelta::hours(OFFSET_HOURS))
        .map_or(NaiveDate::MAX, |local| local.date())
}

/// The moment at which that day begins in Việt Nam.
#[must_use]
pub fn vn_midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN)
        .checked_sub_signed(TimeDelta::hours(OFFSET_HOURS))
        .map_or(DateTime::<Utc>::MIN_UTC, |utc| utc.and_utc())
}

/// Years that anything here speaks of.
const YEARS: std::ops::RangeInclusive<i32> = 1800..=2200;

/// Reads a day of the wire, `YYYY-MM-DD` and nothing else.
///
/// # Errors
/// `bad_format` for another form, `out_of_range` for a day that does not exist, or of another age.
pub fn parse_day(text: &str) -> Result<NaiveDate, Code> {
    let (month, day) = text.split_at_checked(7).ok_or(Code::BadFormat)?;
    let (year, month) = year_and_month(month)?;
    let day = day.strip_prefix('-').ok_or(Code::BadFormat)?;
    let day = NaiveDate::from_ymd_opt(year, month, two_digits(day)?);
    day.filter(|day| YEARS.contains(&day.year())).ok_or(Code::OutOfRange)
}

fn two_digits(text: &str) -> Result<u32, Code> {
    match text.as_bytes() {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Ok(u32::from(a - b'0') * 10 + u32::from(b - b'0')),
        _ => Err(Code::BadFormat),
    }
}

fn year_and_month(text: &str) -> Result<(i32, u32), Code> {
    let (century, rest) = text.split_at_checked(2).ok_or(Code::BadFormat)?;
    let (year, month) = rest.split_once('-').ok_or(Code::BadFormat)?;
    let year = two_digits(century)? * 100 + two_digits(year)?;
    Ok((year.cast_signed(), two_digits(month)?))
}

/// Last day of a period of `months` that begins on `day`: the day before the
/// same day-number, or, where that month has no such day, its last day
/// (29/2/2024 + 12 → 28/2/2025; 31/8 + 6 → 28/2).
#[must_use]
pub fn add_months_end(day: NaiveDate, months: u32) -> NaiveDate {
    let Some(end) = day.checked_add_months(Months::new(months)) else {
        return NaiveDate::MAX;
    };
    if end.day() == day.day() { end.pred_opt().unwrap_or(end) } else { end }
}

/// The day `days` later; the end of time instead of an overflow.
#[must_use]
pub fn plus_days(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
}

/// A calendar month, `2026-11` on the wire.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    /// Months since year 0, so that adding is adding.
    index: i32,
}

impl Month {
    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// `bad_format` for another form, `out_of_range` for month 13 or year 1200.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let (year, month) = year_and_month(text)?;
        if YEARS.contains(&year) && (1..=12).contains(&month) {
            Ok(Self::new(year, month))
        } else {
            Err(Code::OutOfRange)
        }
    }

    fn new(year: i32, month: u32) -> Self {
        Self { index: year * 12 + month.cast_signed() - 1 }
    }

    /// The month that holds the day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self::new(day.year(), day.month())
    }

    /// The year it lies in.
    #[must_use]
    pub fn year(self) -> i32 {
        self.index.div_euclid(12)
    }

    /// Its number in the year, 1 to 12.
    #[must_use]
    pub fn number(self) -> u32 {
        self.index.rem_euclid(12).unsigned_abs() + 1
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.number(), 1).unwrap_or(NaiveDate::MAX)
    }

    /// The last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let next = self.plus(1).first_day();
        next.pred_opt().unwrap_or(next)
    }

    /// The month `n` months later, or earlier when negative.
    #[must_use]
    pub fn plus(self, n: i32) -> Self {
        Self { index: self.index.saturating_add(n) }
    }

    /// How many months `self` lies after `other` (negative when before).
    #[must_use]
    pub fn since(self, other: Self) -> i32 {
        self.index.saturating_sub(other.index)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl std::str::FromStr for Month {
    type Err = Code;

    fn from_str(text: &str) -> Result<Self, Code> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Month {
    type Error = Code;

    fn try_from(text: String) -> Result<Self, Code> {
        Self::parse(&text)
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

text_schema!(Month);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    #[test]
    fn the_day_changes_at_seventeen_hours_utc() {
        let before: DateTime<Utc> = "2026-11-21T16:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2026-11-21T17:00:00Z".parse().unwrap();
        assert_eq!(vn_day(before), day("2026-11-21"));
        assert_eq!(vn_day(after), day("2026-11-22"));
        assert_eq!(vn_midnight(day("2026-11-22")), after);
    }

    #[test]
    fn the_last_day_of_a_period() {
        for (from, months, to) in [
            ("2026-12-01", 12, "2027-11-30"),
            ("2026-12-22", 6, "2027-06-21"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-08-31", 6, "2027-02-28"),
            ("2026-01-01", 1, "2026-01-31"),
        ] {
            assert_eq!(add_months_end(day(from), months), day(to), "{from}");
        }
    }

    #[test]
    fn months_add_and_print() {
        let month = Month::parse("2026-11").unwrap();
        assert_eq!(month.plus(2).to_string(), "2027-01");
        assert_eq!(month.plus(-11).to_string(), "2025-12");
        assert_eq!(month.last_day(), day("2026-11-30"));
        assert_eq!(Month::of(day("2024-02-29")).last_day(), day("2024-02-29"));
        assert_eq!(Month::parse("2026-13"), Err(Code::OutOfRange));
        assert_eq!(Month::parse("2026-1"), Err(Code::BadFormat));
        assert_eq!(Month::parse("26-11"), Err(Code::BadFormat));
    }

    #[test]
    fn days_are_read_strictly() {
        assert_eq!(parse_day("2026-02-30"), Err(Code::OutOfRange));
        for wrong in ["2026-2-3", "20260203", "+2026-02-03", "2026-02-03 ", "", "ừừừừừ"] {
            assert_eq!(parse_day(wrong), Err(Code::BadFormat), "{wrong}");
        }
    }
}
