//! Tables that people take away: as CSV, and as XLSX with its totals in formulas. They are written row by row into
//! a file without a name, which is gone when nobody reads it any more.

/// As CSV.
mod csv;
/// Lists in the official layouts.
pub mod forms;
/// What tables and columns are called.
mod heading;
/// What columns come to.
mod sums;
/// As XLSX.
mod xlsx;

use std::fs::File;
use std::io;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::domain::text_enum::text_enum;

pub use self::csv::CsvSheet;
pub use heading::{Heading, Title};
pub use xlsx::XlsxSheet;

/// A table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error("CSV: {0}")]
    Csv(#[from] ::csv::Error),
    #[error("XLSX: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("a file without a name: {0}")]
    File(#[from] io::Error),
}

type Result<T, E = SheetError> = std::result::Result<T, E>;

text_enum! {
    /// How a table is written, by the ending of its file.
    pub enum Ending {
        Csv = "csv",
        Xlsx = "xlsx",
    }
}

impl Ending {
    /// What the file is, for whoever receives it.
    #[must_use]
    pub const fn content(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// What stands above and below the rows, in somebody's language.
#[derive(Debug, Clone)]
pub struct Head {
    /// What it is called.
    pub title: String,
    /// What it is about: the period, the moment.
    pub about: String,
    pub columns: Vec<Column>,
    /// The word before the totals.
    pub total: String,
    /// The place of a column, by whose words there are totals of their own: what stands and what was taken back is
    /// not one sum. Its words are ours.
    pub by: Option<u16>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    pub heading: String,
    pub kind: Kind,
}

/// How the cells of a column are written, and what stands below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A number whose sum says nothing.
    Number,
    /// Persons or records; summed.
    Count,
    /// Đồng; summed.
    Money,
    /// One column's share of another's, by their places from the left. In the total, too: of the rows that
    /// have both.
    Share {
        of: u16,
        part: u16,
    },
    /// What one column lacks to another; in the total as for a share.
    Rest {
        of: u16,
        part: u16,
    },
}

impl Kind {
    /// Whether something stands below it.
    const fn is_summed(self) -> bool {
        !matches!(self, Self::Text | Self::Number)
    }
}

/// A cell. What follows from other columns is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(i64),
    Decimal(Decimal),
    Day(NaiveDate),
    /// Written as it was in Việt Nam.
    Time(DateTime<Utc>),
    Empty,
}

impl Cell {
    /// Text that may be missing.
    #[must_use]
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// A number that may be missing.
    #[must_use]
    pub fn number(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// A day that may be missing.
    #[must_use]
    pub fn day(day: Option<NaiveDate>) -> Self {
        day.map_or(Self::Empty, Self::Day)
    }

    /// A time that may be missing.
    #[must_use]
    pub fn time(time: Option<DateTime<Utc>>) -> Self {
        time.map_or(Self::Empty, Self::Time)
    }

    /// A mark where something is so.
    #[must_use]
    pub fn mark(is_so: bool) -> Self {
        if is_so { Self::Text("x".to_owned()) } else { Self::Empty }
    }
}

/// The time of day in Việt Nam, with its offset.
fn local(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    const OFFSET_S: i32 = 7 * 60 * 60;
    FixedOffset::east_opt(OFFSET_S).map_or(at.fixed_offset(), |offset| at.with_timezone(&offset))
}

/// The number in a cell.
fn number(row: &[Cell], column: u16) -> Option<i64> {
    match row.get(usize::from(column)) {
        Some(Cell::Number(number)) => Some(*number),
        _ => None,
    }
}

/// The numbers in two cells, when both have one.
fn numbers(row: &[Cell], part: u16, of: u16) -> Option<(i64, i64)> {
    number(row, part).zip(number(row, of))
}

/// A table that is being written.
pub enum Sheet {
    Csv(Box<CsvSheet>),
    Xlsx(Box<XlsxSheet>),
}

impl Sheet {
    /// Begins a table: what stands above its rows.
    ///
    /// # Errors
    /// What the format or the disk refuses.
    pub fn begin(ending: Ending, head: Head) -> Result<Self> {
        Ok(match ending {
            Ending::Csv => Self::Csv(Box::new(CsvSheet::begin(&head)?)),
            Ending::Xlsx => Self::Xlsx(Box::new(XlsxSheet::begin(head)?)),
        })
    }

    /// Adds a row, a cell for each column.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        match self {
            Self::Csv(sheet) => sheet.row(cells),
            Self::Xlsx(sheet) => sheet.row(cells),
        }
    }

    /// Ends the table; the file, to be read from its beginning.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(self) -> Result<File> {
        match self {
            Self::Csv(sheet) => sheet.end(),
            Self::Xlsx(sheet) => sheet.end(),
        }
    }
}

/// Part of a whole in percent, one decimal, half up.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts of people are far below 2^52")]
pub fn percent(part: i64, whole: i64) -> f64 {
    let tenths = (part.saturating_mul(2_000) + whole) / (2 * whole.max(1));
    tenths as f64 / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_has_one_decimal_half_up() {
        assert!((percent(74_632, 88_082) - 84.7).abs() < 1e-9);
        assert!((percent(1, 8) - 12.5).abs() < 1e-9);
        assert!((percent(0, 8) - 0.0).abs() < 1e-9);
        assert!((percent(1, 2_000) - 0.1).abs() < 1e-9);
    }

    #[test]
    fn times_are_those_of_the_field() {
        let at: DateTime<Utc> = "2026-11-22T20:30:05Z".parse().unwrap();
        assert_eq!(local(at).to_rfc3339(), "2026-11-23T03:30:05+07:00");
    }
}
