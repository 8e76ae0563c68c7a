//! Tables that people take away: as CSV, and as XLSX with its totals in formulas.

/// As CSV.
pub mod csv;
/// Lists in the official layouts.
pub mod forms;
/// As XLSX.
pub mod xlsx;

use chrono::NaiveDate;

use crate::domain::text_enum::text_enum;

text_enum! {
    /// What stands in a column.
    pub enum Heading {
        Name = "name",
        Scheme = "scheme",
        Accepted = "accepted",
        New = "new",
        Renewal = "renewal",
        Duplicate = "duplicate",
        Review = "review",
        Rejected = "rejected",
        Voided = "voided",
        AmountEnrolled = "amount_enrolled",
        AmountHeld = "amount_held",
        StateSupport = "state_support",
        Target = "target",
        Percent = "percent",
        ToGo = "to_go",
        OnPhones = "on_phones",
        TargetFrom = "target_from",
        TargetTo = "target_to",
    }
}

/// A table with its headings in somebody's language.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What it is called.
    pub title: String,
    /// What it is about: the period, the office.
    pub about: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// The word before the totals.
    pub total: String,
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

/// A cell. What follows from other columns is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(i64),
    Day(NaiveDate),
    Empty,
}

impl Sheet {
    /// The number in a cell.
    fn number(row: &[Cell], column: u16) -> Option<i64> {
        match row.get(usize::from(column)) {
            Some(Cell::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The sum of a column.
    fn sum(&self, column: u16) -> i64 {
        self.rows.iter().filter_map(|row| Self::number(row, column)).sum()
    }

    /// The sums of two columns over the rows that have both.
    fn sums(&self, part: u16, of: u16) -> (i64, i64) {
        let both = |row: &Vec<Cell>| Self::number(row, part).zip(Self::number(row, of));
        self.rows.iter().filter_map(both).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
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
    use super::percent;

    #[test]
    fn percent_has_one_decimal_half_up() {
        assert!((percent(74_632, 88_082) - 84.7).abs() < 1e-9);
        assert!((percent(1, 8) - 12.5).abs() < 1e-9);
        assert!((percent(0, 8) - 0.0).abs() < 1e-9);
        assert!((percent(1, 2_000) - 0.1).abs() < 1e-9);
    }
}
