//! Birth dates as the papers give them: many older people know only the year.

use super::code::Code;
use super::day::{Month, parse_day};
use super::text_enum::text_schema;
use chrono::{Datelike, Months, NaiveDate};
use std::fmt;

/// Born earlier than this is a slip of the pen.
const EARLIEST_YEAR: i32 = 1900;

/// A birth date of which the day, or day and month, may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum BirthDate {
    /// `1988-03-05`.
    Day(NaiveDate),
    /// `1988-03`.
    Month(Month),
    /// `1988`.
    Year(i32),
}

impl BirthDate {
    /// Reads `1988-03-05`, `1988-03` or `1988`.
    ///
    /// # Errors
    /// `bad_format`, or `out_of_range` for a day that does not exist or a year before 1900.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let birth = match text.len() {
            10 => Self::Day(parse_day(text)?),
            7 => Self::Month(Month::parse(text)?),
            4 if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Self::Year(text.parse().map_err(|_| Code::BadFormat)?)
            }
            _ => return Err(Code::BadFormat),
        };
        if birth.year() < EARLIEST_YEAR {
            return Err(Code::OutOfRange);
        }
        Ok(birth)
    }

    /// The year of birth.
    #[must_use]
    pub fn year(&self) -> i32 {
        match self {
            Self::Day(day) => day.year(),
            Self::Month(month) => month.year(),
            Self::Year(year) => *year,
        }
    }

    /// The earliest day it can mean.
    #[must_use]
    pub fn earliest(&self) -> NaiveDate {
        match self {
            Self::Day(day) => *day,
            Self::Month(month) => month.first_day(),
            Self::Year(year) => NaiveDate::from_ymd_opt(*year, 1, 1).unwrap_or(NaiveDate::MAX),
        }
    }

    /// Whether both can mean the same birth. 1 January stands for an unknown
    /// day of its year, as papers were filled in.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        if self.year() != other.year() {
            return false;
        }
        match (self.as_far_as_known(), other.as_far_as_known()) {
            (Self::Year(_), _) | (_, Self::Year(_)) => true,
            (Self::Day(a), Self::Day(b)) => a == b,
            (a, b) => a.month() == b.month(),
        }
    }

    fn as_far_as_known(self) -> Self {
        match self {
            Self::Day(day) if day.ordinal() == 1 => Self::Year(day.year()),
            other => other,
        }
    }

    fn month(self) -> Month {
        Month::of(self.earliest())
    }

    /// Whether the person is surely younger than `years` on that day.
    #[must_use]
    pub fn surely_under(&self, years: u32, on: NaiveDate) -> bool {
        self.earliest()
            .checked_add_months(Months::new(years.saturating_mul(12)))
            .is_none_or(|grown_up| grown_up > on)
    }

    /// Whether the birth surely lies after that day.
    #[must_use]
    pub fn after(&self, on: NaiveDate) -> bool {
        self.earliest() > on
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Month(month) => write!(f, "{month}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

impl std::str::FromStr for BirthDate {
    type Err = Code;

    fn from_str(text: &str) -> Result<Self, Code> {
        Self::parse(text)
    }
}

impl TryFrom<String> for BirthDate {
    type Error = Code;

    fn try_from(text: String) -> Result<Self, Code> {
        Self::parse(&text)
    }
}

impl From<BirthDate> for String {
    fn from(birth: BirthDate) -> Self {
        birth.to_string()
    }
}

text_schema!(BirthDate);

#[cfg(test)]
mod tests {
    use super::*;

    fn birth(text: &str) -> BirthDate {
        BirthDate::parse(text).unwrap()
    }

    #[test]
    fn the_text_stays() {
        for text in ["1988-03-05", "1988-03", "1988"] {
            assert_eq!(birth(text).to_string(), text);
        }
        for (wrong, code) in [
            ("1899", Code::OutOfRange),
            ("1988-13", Code::OutOfRange),
            ("1988-02-30", Code::OutOfRange),
            ("88", Code::BadFormat),
            ("05/03/1988", Code::BadFormat),
            ("198x", Code::BadFormat),
        ] {
            assert_eq!(BirthDate::parse(wrong), Err(code), "{wrong}");
        }
    }

    #[test]
    fn agreement_reaches_as_far_as_both_know() {
        for (a, b, agree) in [
            ("1988-03-05", "1988-03-05", true),
            ("1988-03-05", "1988-03-06", false),
            ("1988-03-05", "1988-03", true),
            ("1988-03-05", "1988", true),
            ("1988-03-05", "1988-01-01", true),
            ("1988-01", "1988-03-05", false),
            ("1988-01-01", "1988-07", true),
            ("1988", "1989", false),
        ] {
            assert_eq!(birth(a).agrees(&birth(b)), agree, "{a} {b}");
            assert_eq!(birth(b).agrees(&birth(a)), agree, "{b} {a}");
        }
    }

    #[test]
    fn only_what_is_sure_refuses() {
        let on = parse_day("2026-11-22").unwrap();
        assert!(!birth("2011").surely_under(15, on));
        assert!(birth("2012").surely_under(15, on));
        assert!(!birth("2011-11-22").surely_under(15, on));
        assert!(birth("2011-11-23").surely_under(15, on));
        assert!(birth("2026-12").after(on));
        assert!(!birth("2026").after(on));
    }
}
