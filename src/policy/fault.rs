//! What is wrong with a rule table, in words for whoever adds a row or starts the program.

use crate::domain::Code;
use std::fmt;

/// One fault, with the rows it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The table.
    pub table: String,
    /// The column that is wrong; of an overlap or a hole a day of the row.
    pub column: String,
    /// `required`, `bad_format`, `out_of_range`, `not_found` (no such table or column), or `conflict`
    /// for an overlap.
    pub code: Code,
    /// The row or rows, as the table has them.
    pub rows: Vec<String>,
    what: &'static str,
}

impl Fault {
    pub(super) fn new(
        table: &str,
        column: &str,
        code: Code,
        what: &'static str,
        rows: &[&dyn fmt::Display],
    ) -> Self {
        Self {
            table: table.to_owned(),
            column: column.to_owned(),
            code,
            rows: rows.iter().map(ToString::to_string).collect(),
            what,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table)?;
        for part in [self.column.as_str(), self.what].into_iter().filter(|part| !part.is_empty()) {
            write!(f, ": {part}")?;
        }
        for (i, row) in self.rows.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { " and " })?;
            f.write_str(row)?;
        }
        Ok(())
    }
}
