use std::fs::File;
use std::io::{Seek, Write};

use chrono::SecondsFormat;

use super::{Cell, Head, Kind, Result, local, numbers, percent};

/// What Excel needs to take a file for UTF-8.
pub(super) const BOM: &[u8] = "\u{feff}".as_bytes();

/// A table as CSV: its headings and its rows without totals, for programs and for Excel.
#[derive(Debug)]
pub struct CsvSheet {
    out: csv::Writer<File>,
    kinds: Vec<Kind>,
}

impl CsvSheet {
    /// Begins a table.
    ///
    /// # Errors
    /// What the disk refuses.
    pub fn begin(head: &Head) -> Result<Self> {
        let mut out = begin()?;
        out.write_record(head.columns.iter().map(|column| column.heading.as_str()))?;
        Ok(Self { out, kinds: head.columns.iter().map(|column| column.kind).collect() })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn row(&mut self, row: &[Cell]) -> Result<()> {
        let cells = row.iter().zip(&self.kinds).map(|(cell, kind)| text(row, cell, *kind));
        Ok(self.out.write_record(cells)?)
    }

    /// Ends the table.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(self) -> Result<File> {
        end(self.out)
    }
}

/// A file that Excel reads as UTF-8.
pub(super) fn begin() -> Result<csv::Writer<File>> {
    let mut file = tempfile::tempfile()?;
    file.write_all(BOM)?;
    Ok(csv::Writer::from_writer(file))
}

/// The file, to be read from its beginning.
pub(super) fn end(out: csv::Writer<File>) -> Result<File> {
    let mut file = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

fn text(row: &[Cell], cell: &Cell, kind: Kind) -> String {
    match (kind, cell) {
        (Kind::Share { of, part }, _) => numbers(row, part, of)
            .map(|(part, of)| percent(part, of).to_string())
            .unwrap_or_default(),
        (Kind::Rest { of, part }, _) => numbers(row, part, of)
            .map(|(part, of)| (of - part).max(0).to_string())
            .unwrap_or_default(),
        (_, Cell::Text(text)) => harmless(text),
        (_, Cell::Number(number)) => number.to_string(),
        (_, Cell::Decimal(number)) => number.to_string(),
        (_, Cell::Day(day)) => day.to_string(),
        (_, Cell::Time(at)) => local(*at).to_rfc3339_opts(SecondsFormat::Secs, false),
        (_, Cell::Empty) => String::new(),
    }
}

/// A name that begins like a formula would be computed by whoever opens the file.
pub(super) fn harmless(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::super::Column;
    use super::*;

    #[test]
    fn excel_reads_vietnamese_and_computes_nothing() {
        let column = |heading: &str, kind| Column { heading: heading.to_owned(), kind };
        let head = Head {
            title: String::new(),
            about: String::new(),
            total: String::new(),
            by: None,
            columns: vec![
                column("Tên", Kind::Text),
                column("Đã thu", Kind::Count),
                column("Chỉ tiêu", Kind::Count),
                column("%", Kind::Share { part: 1, of: 2 }),
                column("Còn lại", Kind::Rest { part: 1, of: 2 }),
                column("Lúc", Kind::Text),
            ],
        };
        let mut sheet = CsvSheet::begin(&head).unwrap();
        let at = Cell::Time("2026-11-22T20:30:05.123Z".parse().unwrap());
        for (name, done, target) in [
            ("Nhóm \"Một\", Cự Nẫm", 74_632, Cell::Number(88_082)),
            ("=HYPERLINK(1)", 5, Cell::Empty),
            ("-2", 9, Cell::Number(8)),
        ] {
            let name = Cell::Text(name.to_owned());
            let row = [name, Cell::Number(done), target, Cell::Empty, Cell::Empty, at.clone()];
            sheet.row(&row).unwrap();
        }
        let mut text = String::new();
        sheet.end().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(
            text,
            "\u{feff}Tên,Đã thu,Chỉ tiêu,%,Còn lại,Lúc\n\
             \"Nhóm \"\"Một\"\", Cự Nẫm\",74632,88082,84.7,13450,2026-11-23T03:30:05+07:00\n\
             '=HYPERLINK(1),5,,,,2026-11-23T03:30:05+07:00\n\
             '-2,9,8,112.5,0,2026-11-23T03:30:05+07:00\n"
        );
    }
}
