use std::str::FromStr;

use chrono::NaiveDate;

use crate::domain::{Areas, Code, clean_text, parse_day};

/// Longest name of anything that is not a person, in characters.
const NAME: usize = 200;

/// A text of at most `max` characters.
///
/// # Errors
/// As [`clean_text`]; `required` when nothing of it can be seen.
pub fn text(max: usize) -> impl Fn(&str) -> Result<String, Code> {
    move |cell| match clean_text(cell, max)? {
        text if text.is_empty() => Err(Code::Required),
        text => Ok(text),
    }
}

/// The name of a thing.
///
/// # Errors
/// As [`text`].
pub fn name(cell: &str) -> Result<String, Code> {
    text(NAME)(cell)
}

/// A word of a closed vocabulary, in any case of letters.
///
/// # Errors
/// `bad_format`.
pub fn word<T: FromStr>(cell: &str) -> Result<T, Code> {
    cell.to_lowercase().parse().map_err(|_| Code::BadFormat)
}

/// A day, as programs write it (`2026-12-31`) or as people here do (`31/12/2026`).
///
/// # Errors
/// `bad_format`, `out_of_range`.
pub fn day(cell: &str) -> Result<NaiveDate, Code> {
    let mut parts = cell.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(day), Some(month), Some(year), None) => {
            let short = day.len() > 2 || month.len() > 2 || year.len() != 4;
            if short {
                return Err(Code::BadFormat);
            }
            parse_day(&format!("{year}-{month:0>2}-{day:0>2}"))
        }
        _ => parse_day(cell),
    }
}

/// A whole number from one on, in digits alone: a point among them means something else elsewhere.
///
/// # Errors
/// `bad_format`, `out_of_range` above `max` or below 1.
pub fn count(max: i64) -> impl Fn(&str) -> Result<i64, Code> {
    move |cell| {
        let number = whole(cell)?;
        if (1..=max).contains(&number) { Ok(number) } else { Err(Code::OutOfRange) }
    }
}

/// A whole number that is not negative.
///
/// # Errors
/// `bad_format`, `out_of_range`.
pub fn whole(cell: &str) -> Result<i64, Code> {
    if !cell.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Code::BadFormat);
    }
    cell.parse().map_err(|_| Code::OutOfRange)
}

/// The code of an area that stands on `today`; an older code becomes its successor's. Zeros that a program
/// for tables took off a commune's code are put back.
///
/// # Errors
/// `area_unknown`.
pub fn area(areas: &Areas, today: NaiveDate) -> impl Fn(&str) -> Result<String, Code> {
    move |cell| {
        let found = areas.resolve(cell, today);
        let found = found.or_else(|| areas.resolve(&format!("{cell:0>5}"), today));
        found.map(|found| found.area.code.clone()).ok_or(Code::AreaUnknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_write_them() {
        let first = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();
        for cell in ["2026-02-01", "01/02/2026", "1/2/2026"] {
            assert_eq!(day(cell), Ok(first), "{cell}");
        }
        for cell in ["1/2/26", "1.2.2026", "2026", "1/2/2026/3", "", "//2026"] {
            assert!(day(cell).is_err(), "{cell}");
        }
        assert_eq!(day("31/02/2026"), Err(Code::OutOfRange));
    }

    #[test]
    fn numbers_in_digits_alone() {
        assert_eq!(count(100)("100"), Ok(100));
        assert_eq!(count(100)("101"), Err(Code::OutOfRange));
        assert_eq!(count(100)("0"), Err(Code::OutOfRange));
        for cell in ["1.000", "1,5", "-1", "1e3", "1 0"] {
            assert_eq!(whole(cell), Err(Code::BadFormat), "{cell}");
        }
        assert_eq!(whole("99999999999999999999"), Err(Code::OutOfRange));
    }
}
