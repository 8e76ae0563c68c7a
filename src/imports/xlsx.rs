//! XLSX as lines of cells: the first sheet, read cell by cell within bounds.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use chrono::NaiveDate;
use csv::StringRecord;

use super::line::LineError;
use super::table::{Column, Table, unreadable};
use crate::domain::Code;

/// What a file may unpack to, bytes: a few may claim to hold very many.
const UNPACKED: u64 = 192 * 1024 * 1024;
/// What may stand outside of sheets, bytes: all of it is held at once.
const HELD: u64 = 64 * 1024 * 1024;
/// Texts that a file may say it has: room is made for so many.
const TEXTS: usize = 4_000_000;
/// What all cells together may say, bytes: one text may stand in many.
const SAID: usize = 64 * 1024 * 1024;
/// Columns that are looked at.
const WIDTH: usize = 100;

pub(super) fn read(file: &[u8], columns: &'static [Column]) -> Result<Table, Vec<LineError>> {
    bounded(file)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).map_err(|_| unreadable(1))?;
    let name = book.sheet_names().first().cloned().ok_or_else(|| unreadable(1))?;
    let mut sheet = book.worksheet_cells_reader(&name).map_err(|_| unreadable(1))?;
    let mut lines = Lines { columns, table: None, number: 0, cells: Vec::new() };
    let mut said = 0;
    loop {
        let cell = sheet.next_cell().map_err(|_| unreadable(u64::from(lines.number) + 1))?;
        let Some(cell) = cell else { break };
        let (row, column) = cell.get_position();
        if row != lines.number {
            lines.end()?;
            lines.number = row;
        }
        let text = text(cell.get_value());
        said += text.len();
        if said > SAID {
            return Err(too_large());
        }
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

/// Refuses what unpacks to more than a table of so many lines needs: first by what its directory says, then by
/// what is there.
fn bounded(file: &[u8]) -> Result<(), Vec<LineError>> {
    let mut parts = zip::ZipArchive::new(Cursor::new(file)).map_err(|_| unreadable(1))?;
    if parts.decompressed_size().is_some_and(|stated| stated > u128::from(UNPACKED)) {
        return Err(too_large());
    }
    let (mut left, mut held) = (UNPACKED, HELD);
    for at in 0..parts.len() {
        let part = parts.by_index(at).map_err(|_| unreadable(1))?;
        let name = part.name().map_err(|_| unreadable(1))?.to_lowercase();
        let is_texts = name.ends_with("sharedstrings.xml");
        let is_sheet = name.contains("worksheets") && !is_texts;
        let room = if is_sheet { left } else { left.min(held) };
        let mut part = part.take(room + 1);
        let mut texts = Vec::new();
        let read = if is_texts {
            part.read_to_end(&mut texts).map(|read| u64::try_from(read).unwrap_or(u64::MAX))
        } else {
            std::io::copy(&mut part, &mut std::io::sink())
        };
        let read = read.map_err(|_| unreadable(1))?;
        if read > room || claimed(&texts) > TEXTS {
            return Err(too_large());
        }
        left -= read;
        held -= if is_sheet { 0 } else { read };
    }
    Ok(())
}

/// How many texts a part says it has, whether or not they are there.
fn claimed(texts: &[u8]) -> usize {
    // UTF-16, in which the word below would not be found; nobody writes it so.
    if texts.contains(&0) {
        return usize::MAX;
    }
    let texts = String::from_utf8_lossy(texts);
    let claims = texts.split("uniqueCount").skip(1).map(|after| {
        let after = after.trim_start_matches(|c: char| c.is_whitespace() || "='\"".contains(c));
        let number = after.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        if number.is_empty() { 0 } else { number.parse().unwrap_or(usize::MAX) }
    });
    claims.max().unwrap_or_default()
}

fn too_large() -> Vec<LineError> {
    vec![LineError::new(1, "", Code::FileTooLarge)]
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
