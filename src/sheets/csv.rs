use super::{Cell, Kind, Sheet, percent};

/// What Excel needs to take a file for UTF-8.
pub(super) const BOM: &[u8] = "\u{feff}".as_bytes();

/// The sheet with its headings and without totals, for programs and for Excel.
///
/// # Errors
/// None in practice: it is written into memory.
pub fn write(sheet: &Sheet) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(BOM.to_vec());
    out.write_record(sheet.columns.iter().map(|column| column.heading.as_str()))?;
    for row in &sheet.rows {
        out.write_record(
            row.iter().zip(&sheet.columns).map(|(cell, column)| text(row, cell, column.kind)),
        )?;
    }
    out.into_inner().map_err(|error| error.into_error().into())
}

fn text(row: &[Cell], cell: &Cell, kind: Kind) -> String {
    let two = |part, of| Sheet::number(row, part).zip(Sheet::number(row, of));
    match (kind, cell) {
        (Kind::Share { of, part }, _) => {
            two(part, of).map(|(part, of)| percent(part, of).to_string()).unwrap_or_default()
        }
        (Kind::Rest { of, part }, _) => {
            two(part, of).map(|(part, of)| (of - part).max(0).to_string()).unwrap_or_default()
        }
        (_, Cell::Text(text)) => harmless(text),
        (_, Cell::Number(number)) => number.to_string(),
        (_, Cell::Day(day)) => day.to_string(),
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
    use super::super::Column;
    use super::*;

    #[test]
    fn excel_reads_vietnamese_and_computes_nothing() {
        let column = |heading: &str, kind| Column { heading: heading.to_owned(), kind };
        let row = |name: &str, done, target| {
            vec![Cell::Text(name.to_owned()), Cell::Number(done), target, Cell::Empty, Cell::Empty]
        };
        let sheet = Sheet {
            title: String::new(),
            about: String::new(),
            total: String::new(),
            columns: vec![
                column("Tên", Kind::Text),
                column("Đã thu", Kind::Count),
                column("Chỉ tiêu", Kind::Count),
                column("%", Kind::Share { part: 1, of: 2 }),
                column("Còn lại", Kind::Rest { part: 1, of: 2 }),
            ],
            rows: vec![
                row("Nhóm \"Một\", Cự Nẫm", 74_632, Cell::Number(88_082)),
                row("=HYPERLINK(1)", 5, Cell::Empty),
                row("-2", 9, Cell::Number(8)),
            ],
        };
        let text = String::from_utf8(write(&sheet).unwrap()).unwrap();
        assert_eq!(
            text,
            "\u{feff}Tên,Đã thu,Chỉ tiêu,%,Còn lại\n\
             \"Nhóm \"\"Một\"\", Cự Nẫm\",74632,88082,84.7,13450\n\
             '=HYPERLINK(1),5,,,\n'-2,9,8,112.5,0\n"
        );
    }
}
