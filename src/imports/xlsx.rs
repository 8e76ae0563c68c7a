//! XLSX as lines of cells: the first sheet, read cell by cell within bounds.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use chrono::NaiveDate;
use csv::StringRecord;

use super::line::LineError;
use super::table::{Column, LINES, Table, unreadable};
use crate::domain::Code;

/// What a file may unpack to: a few bytes may claim to hold very many.
const UNPACKED: u64 = 256 * 1024 * 1024;
/// Columns that are looked at.
const WIDTH: usize = 100;

pub(super) fn read(file: &[u8], columns: &'static [Column]) -> Result<Table, Vec<LineError>> {
    bounded(file)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).map_err(|_| unreadable(1))?;
    let name = book.sheet_names().first().cloned().ok_or_else(|| unreadable(1))?;
    let mut sheet = book.worksheet_cells_reader(&name).map_err(|_| unreadable(1))?;
    let mut lines = Lines { columns, table: None, number: 0, cells: Vec::new() };
    loop {
        let cell = sheet.next_cell().map_err(|_| unreadable(u64::from(lines.number) + 1))?;
        let Some(cell) = cell else { break };
        let (row, column) = cell.get_position();
        if row != lines.number {
            lines.end()?;
            lines.number = row;
        }
        let text = text(cell.get_value());
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column < WIDTH && !text.is_empty() {
            lines.cells.resize(lines.cells.len().max(column + 1), String::new());
            lines.cells[column] = text;
        }
    }
    lines.end()?;
    lines.table.ok_or_else(|| unreadable(1))?.filled()
}

/// Lines as they become whole.
struct Lines {
    columns: &'static [Column],
    table: Option<Table>,
    /// From zero on.
    number: u32,
    cells: Vec<String>,
}

impl Lines {
    fn end(&mut self) -> Result<(), Vec<LineError>> {
        let cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return Ok(());
        }
        let (number, cells) = (u64::from(self.number) + 1, StringRecord::from(cells));
        match &mut self.table {
            Some(table) => table.push(number, cells),
            None => {
                self.table = Some(Table::headed(number, &cells, self.columns)?);
                Ok(())
            }
        }
    }
}

/// Refuses what unpacks to more than a table of so many lines needs.
fn bounded(file: &[u8]) -> Result<(), Vec<LineError>> {
    let mut parts = zip::ZipArchive::new(Cursor::new(file)).map_err(|_| unreadable(1))?;
    let mut left = UNPACKED;
    for at in 0..parts.len() {
        let part = parts.by_index(at).map_err(|_| unreadable(1))?;
        let mut part = part.take(left + 1);
        let read = std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| unreadable(1))?;
        left = left.checked_sub(read).ok_or_else(too_large)?;
    }
    Ok(())
}

fn too_large() -> Vec<LineError> {
    vec![LineError::new(u64::try_from(LINES).unwrap_or(u64::MAX), "", Code::TooLarge)]
}

/// What somebody sees in the cell; a day as programs write it.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(moment) => day(*moment).unwrap_or_default(),
        DataRef::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn day(moment: ExcelDateTime) -> Option<String> {
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    Some(NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?.to_string())
}
