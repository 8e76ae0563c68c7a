use csv::StringRecord;

use super::table::Table;
use crate::domain::Code;

/// What is wrong in a file: where, what, and what a person needs to put it right. Never what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// As an editor or Excel numbers it; the headings stand on the first line that is not empty.
    pub line: u64,
    /// The column's key, as it was written when it is unknown, empty for the line as a whole.
    pub column: String,
    pub code: Code,
    /// What the sentence leaves open: names of columns, the number of another line.
    pub hint: Option<String>,
}

impl LineError {
    /// An error without more to say.
    pub fn new(line: u64, column: impl Into<String>, code: Code) -> Self {
        Self { line, column: column.into(), code, hint: None }
    }

    /// A line that is about the same as an earlier one.
    #[must_use]
    pub fn repeated(line: u64, first: u64) -> Self {
        let hint = Some(first.to_string());
        Self { hint, ..Self::new(line, "", Code::Repeated) }
    }
}

/// A line with its named cells. All that is wrong with it is noted.
#[derive(Debug)]
pub struct Line<'a> {
    table: &'a Table,
    number: u64,
    cells: &'a StringRecord,
    errors: Vec<LineError>,
}

impl<'a> Line<'a> {
    pub(super) fn new(table: &'a Table, number: u64, cells: &'a StringRecord) -> Self {
        let mut line = Self { table, number, cells, errors: Vec::new() };
        let beyond = cells.iter().skip(table.width());
        if beyond.into_iter().any(|cell| !cell.trim().is_empty()) {
            line.wrong("", Code::ColumnUnknown);
        }
        line
    }

    /// As an editor or Excel numbers it.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What stands in a column; nothing when it is empty or the file has no such column.
    #[must_use]
    pub fn cell(&self, column: &str) -> Option<&'a str> {
        let cell = self.cells.get(self.table.place(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// Reads a cell that must say something, or notes what is wrong with it.
    pub fn take<T>(
        &mut self,
        column: &str,
        parse: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        match self.cell(column) {
            Some(_) => self.take_optional(column, parse),
            None => {
                self.wrong(column, Code::Required);
                None
            }
        }
    }

    /// Reads a cell that may be empty, or notes what is wrong with it.
    pub fn take_optional<T>(
        &mut self,
        column: &str,
        parse: impl FnOnce(&str) -> Result<T, Code>,
    ) -> Option<T> {
        parse(self.cell(column)?).map_err(|code| self.wrong(column, code)).ok()
    }

    /// Notes an error.
    pub fn wrong(&mut self, column: &str, code: Code) {
        self.note(LineError::new(self.number, column, code));
    }

    /// Notes an error with what it leaves open.
    pub fn note(&mut self, error: LineError) {
        self.errors.push(error);
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.errors.is_empty()
    }

    pub(super) fn end(self) -> (u64, Vec<LineError>) {
        (self.number, self.errors)
    }
}
