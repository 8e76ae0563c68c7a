use csv::{ReaderBuilder, StringRecord};

use super::line::{Line, LineError};
use super::xlsx;
use crate::domain::Code;
use crate::domain::text::without_marks;

/// Most lines of a file.
pub const LINES: usize = 200_000;

/// A column that a kind of import knows.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading, in English.
    pub key: &'static str,
    /// Other headings for it; marks and capitals do not matter.
    pub also: &'static [&'static str],
    /// Whether the file must have it.
    pub required: bool,
    /// What stands in it.
    pub about: &'static str,
}

/// A file as lines of named cells.
#[derive(Debug)]
pub struct Table {
    columns: &'static [Column],
    /// Where each column stands.
    places: Vec<Option<usize>>,
    width: usize,
    lines: Vec<(u64, StringRecord)>,
}

impl Table {
    /// Reads CSV in UTF-8, parted by commas, semicolons or tabs, or XLSX, its first sheet.
    ///
    /// # Errors
    /// What is wrong with the file or its headings.
    pub fn read(file: &[u8], columns: &'static [Column]) -> Result<Self, Vec<LineError>> {
        if file.starts_with(b"PK") { xlsx::read(file, columns) } else { csv(file, columns) }
    }

    /// How many lines stand below the headings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines below the headings.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.lines.iter().map(|(number, cells)| Line::new(self, *number, cells))
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn place(&self, column: &str) -> Option<usize> {
        let at = self.columns.iter().position(|it| it.key == column)?;
        *self.places.get(at)?
    }

    /// A table of these headings, still without lines.
    pub(super) fn headed(
        line: u64,
        headings: &StringRecord,
        columns: &'static [Column],
    ) -> Result<Self, Vec<LineError>> {
        let mut places = vec![None; columns.len()];
        let mut errors = Vec::new();
        let mut width = 0;
        for (place, heading) in headings.iter().enumerate() {
            let heading = heading.trim();
            if heading.is_empty() {
                continue;
            }
            width = place + 1;
            match columns.iter().position(|column| column.is_called(heading)) {
                None => errors.push(unknown(line, heading, columns)),
                Some(at) if places[at].is_some() => {
                    errors.push(LineError::new(line, columns[at].key, Code::Repeated));
                }
                Some(at) => places[at] = Some(place),
            }
            if errors.len() >= super::TOLD {
                return Err(errors);
            }
        }
        let lacking =
            columns.iter().zip(&places).filter(|(it, place)| it.required && place.is_none());
        errors.extend(lacking.map(|(it, _)| LineError::new(line, it.key, Code::Required)));
        if errors.is_empty() {
            Ok(Self { columns, places, width, lines: Vec::new() })
        } else {
            Err(errors)
        }
    }

    /// Adds a line, when something stands in it.
    pub(super) fn push(&mut self, number: u64, cells: StringRecord) -> Result<(), Vec<LineError>> {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        if self.lines.len() == LINES {
            return Err(vec![LineError::new(number, "", Code::TooLarge)]);
        }
        self.lines.push((number, cells));
        Ok(())
    }

    /// The table, when there are lines in it.
    pub(super) fn filled(self) -> Result<Self, Vec<LineError>> {
        if self.is_empty() { Err(vec![LineError::new(1, "", Code::Required)]) } else { Ok(self) }
    }
}

impl Column {
    fn is_called(&self, heading: &str) -> bool {
        let heading = plain(heading);
        std::iter::once(&self.key).chain(self.also).any(|name| plain(name) == heading)
    }
}

/// A heading without marks, capitals and what stands between words.
fn plain(heading: &str) -> String {
    without_marks(heading).split([' ', '_', '-', '\n', '\r']).filter(|it| !it.is_empty()).collect()
}

/// Longest heading that is told, in characters.
const HEADING: usize = 60;

fn unknown(line: u64, heading: &str, columns: &[Column]) -> LineError {
    let known: Vec<&str> = columns.iter().map(|column| column.key).collect();
    let heading: String = heading.chars().filter(|it| !it.is_control()).take(HEADING).collect();
    LineError { hint: Some(known.join(", ")), ..LineError::new(line, heading, Code::ColumnUnknown) }
}

/// A file that cannot be read from this line on.
pub(super) fn unreadable(line: u64) -> Vec<LineError> {
    vec![LineError::new(line, "", Code::FileUnreadable)]
}

fn csv(file: &[u8], columns: &'static [Column]) -> Result<Table, Vec<LineError>> {
    let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|error| {
        let before = file[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        unreadable(u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1))
    })?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut table: Option<Table> = None;
    let mut cells = StringRecord::new();
    let mut lines = Lines { text, at: 0, number: 1 };
    loop {
        let begins = reader.position().byte();
        match reader.read_record(&mut cells) {
            Ok(false) => break,
            Err(_) => return Err(unreadable(lines.number_at(begins))),
            Ok(true) => {}
        }
        let line = lines.number_at(cells.position().map_or(begins, csv::Position::byte));
        let cells = std::mem::take(&mut cells);
        match &mut table {
            Some(table) => table.push(line, cells)?,
            None if cells.iter().all(|cell| cell.trim().is_empty()) => {}
            None => table = Some(Table::headed(line, &cells, columns)?),
        }
    }
    table.ok_or_else(|| unreadable(1))?.filled()
}

/// Counts the lines of a text on the way through it. The reader of CSV counts by itself, but with `\r\n` one too few.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: u64,
}

impl Lines<'_> {
    /// The number of the line in which the first cell at or after a byte begins; no earlier byte is asked for.
    fn number_at(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let from = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        let ends = bytes[from..].iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
        let passed = bytes.get(self.at..from + ends).unwrap_or_default();
        let ended = passed.iter().filter(|it| **it == b'\n').count();
        self.number = self.number.saturating_add(u64::try_from(ended).unwrap_or(u64::MAX));
        self.at = self.at.max(from + ends);
        self.number
    }
}

/// What parts the cells: whatever of the three stands most often among the headings.
fn delimiter(text: &str) -> u8 {
    let headings = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let often = |delimiter: u8| headings.bytes().filter(|byte| *byte == delimiter).count();
    let mut best = b',';
    for other in [b';', b'\t'] {
        if often(other) > often(best) {
            best = other;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column { key: "name", also: &["Tên thôn"], required: true, about: "" },
        Column { key: "area_code", also: &["Mã xã"], required: true, about: "" },
        Column { key: "note", also: &[], required: false, about: "" },
    ];

    fn cells(file: &[u8]) -> Vec<(u64, String, String)> {
        let table = Table::read(file, COLUMNS).unwrap();
        let cell = |line: &Line, column| line.cell(column).unwrap_or_default().to_owned();
        table
            .lines()
            .map(|line| (cell(&line, "name"), cell(&line, "area_code"), line.end().0))
            .map(|(name, area, number)| (number, name, area))
            .collect()
    }

    #[test]
    fn all_that_programs_for_tables_write() {
        let expected = vec![
            (2, "Thôn 1, Bắc".to_owned(), "19141".to_owned()),
            (4, "B".to_owned(), "2".into()),
        ];
        for file in [
            "name,area_code\n\"Thôn 1, Bắc\",19141\n,\nB,2\n",
            "\u{feff}Tên thôn;Mã xã\r\nThôn 1, Bắc;19141\r\n;\r\n B ; 2 \r\n",
            "MA XA\tTEN  THON\n19141\tThôn 1, Bắc\n\t\n2\tB",
        ] {
            assert_eq!(cells(file.as_bytes()), expected, "{file}");
        }
    }

    fn errors(file: &[u8]) -> Vec<(u64, String, Code)> {
        let errors = Table::read(file, COLUMNS).unwrap_err();
        errors.into_iter().map(|it| (it.line, it.column, it.code)).collect()
    }

    #[test]
    fn headings_are_checked_before_all_else() {
        let told = errors("name,Name,colour\n1,2,3".as_bytes());
        assert_eq!(
            told,
            [
                (1, "name".to_owned(), Code::Repeated),
                (1, "colour".to_owned(), Code::ColumnUnknown),
                (1, "area_code".to_owned(), Code::Required),
            ]
        );
        let hint = Table::read(b"colour\n1", COLUMNS).unwrap_err().remove(0).hint;
        assert_eq!(hint.as_deref(), Some("name, area_code, note"));
    }

    #[test]
    fn what_is_no_table_is_told() {
        assert_eq!(errors(b""), [(1, String::new(), Code::FileUnreadable)]);
        assert_eq!(errors(b"name,area_code\n\n"), [(1, String::new(), Code::Required)]);
        let legacy = b"name,area_code\nTh\xf4n,1\n";
        assert_eq!(errors(legacy), [(2, String::new(), Code::FileUnreadable)]);
        assert_eq!(errors(b"PK\x03\x04 no workbook"), [(1, String::new(), Code::FileUnreadable)]);
        let many = format!("name,area_code\n{}", "a,1\n".repeat(LINES + 1));
        assert_eq!(errors(many.as_bytes())[0].2, Code::TooLarge);
    }

    #[test]
    fn a_cell_beyond_the_headings_is_wrong() {
        let table = Table::read(b"name,area_code\na,1,,\nb,2,3\n", COLUMNS).unwrap();
        let good: Vec<bool> = table.lines().map(|line| line.is_good()).collect();
        assert_eq!(good, [true, false]);
    }
}
