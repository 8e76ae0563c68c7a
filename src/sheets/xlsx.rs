use std::fs::File;
use std::io::Seek;

use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError, utility,
};

use super::sums::{Line, Sums};
use super::{Cell, Head, Kind, Result, local, numbers, percent};

/// Rows above the table: its title, what it is about, one left free.
const HEAD: u32 = 3;
/// The first row of the table.
const FIRST: u32 = HEAD + 1;
/// Longest name of a sheet, in characters.
const NAME: usize = 31;
/// Green of the headings.
const GREEN: u32 = 0x1D_6B_4F;
/// How wide a column may be, in characters; a heading that is wider is broken.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=60;
/// What a day and a time take, in characters.
const DAY: usize = 10;
const TIME: usize = 16;

/// A table as a workbook. Its rows go to a file without a name as they come, and not into memory. Totals, shares and
/// rests are formulas, with what they come to beside them for programs that compute nothing.
pub struct XlsxSheet {
    book: Workbook,
    head: Head,
    formats: Vec<Format>,
    day: Format,
    time: Format,
    /// Of the columns, in characters.
    widths: Vec<usize>,
    sums: Sums,
    /// The row to write.
    at: u32,
}

impl XlsxSheet {
    /// Begins a table.
    ///
    /// # Errors
    /// What the format or the disk refuses.
    pub fn begin(head: Head) -> Result<Self> {
        let mut book = Workbook::new();
        let page = book.add_worksheet_with_constant_memory()?;
        page.set_name(head.title.chars().take(NAME).collect::<String>())?;
        page.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(HEAD, HEAD)?;
        page.set_freeze_panes(FIRST, 1)?;
        let title = Format::new().set_bold().set_font_size(14);
        page.write_string_with_format(0, 0, &head.title, &title)?;
        page.write_string(1, 0, &head.about)?;
        let format = Format::new()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(Color::RGB(GREEN))
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter);
        for (column, it) in (0..).zip(&head.columns) {
            page.write_string_with_format(HEAD, column, &it.heading, &format)?;
        }
        let longest = |heading: &str| heading.split(' ').map(|it| it.chars().count()).max();
        let widths = head.columns.iter().map(|it| longest(&it.heading).unwrap_or_default() + 2);
        Ok(Self {
            widths: widths.collect(),
            formats: head.columns.iter().map(|column| format_of(column.kind)).collect(),
            day: Format::new().set_num_format("dd/mm/yyyy"),
            time: Format::new().set_num_format("dd/mm/yyyy hh:mm"),
            sums: Sums::default(),
            at: FIRST,
            book,
            head,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn row(&mut self, row: &[Cell]) -> Result<()> {
        let at = self.at;
        let page = self.book.worksheet_from_index(0)?;
        let styles = self.formats.iter().zip(&self.head.columns).zip(&mut self.widths);
        for ((column, cell), ((format, it), width)) in (0..).zip(row).zip(styles) {
            let long = match (it.kind, cell) {
                (Kind::Share { part, of } | Kind::Rest { part, of }, _) => {
                    if let Some(both) = numbers(row, part, of) {
                        let cell = |column| utility::row_col_to_cell(at, column);
                        let formula = follows(it.kind, &cell(part), &cell(of), both);
                        page.write_formula_with_format(at, column, formula, format)?;
                    }
                    0
                }
                (_, cell) => write(page, (at, column), cell, (format, &self.day, &self.time))?,
            };
            *width = (*width).max(long);
        }
        self.sums.add(&self.head, row);
        self.at += 1;
        Ok(())
    }

    /// Ends the table: its totals, and how wide its columns are.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(mut self) -> Result<File> {
        let (head, last) = (&self.head, self.at);
        let page = self.book.worksheet_from_index(0)?;
        if last > FIRST {
            for (at, line) in (last..).zip(self.sums.lines(head)) {
                totals(page, head, (last, at), &line)?;
            }
            let columns = u16::try_from(head.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
            page.autofilter(HEAD, 0, last - 1, columns)?;
        }
        for (column, width) in (0..).zip(&self.widths) {
            let width = (*width).clamp(*WIDTHS.start(), *WIDTHS.end());
            page.set_column_width(column, width.to_f64().unwrap_or_default())?;
        }
        let mut file = tempfile::tempfile()?;
        self.book.save_to_writer(&mut file)?;
        file.rewind()?;
        Ok(file)
    }
}

fn format_of(kind: Kind) -> Format {
    match kind {
        // As text, so that a code keeps its zeros when it is typed anew.
        Kind::Text => Format::new().set_num_format("@"),
        Kind::Number => Format::new(),
        Kind::Count | Kind::Money | Kind::Rest { .. } => Format::new().set_num_format("#,##0"),
        Kind::Share { .. } => Format::new().set_num_format("0.0"),
    }
}

/// Writes a cell; how long it is, in characters.
fn write(
    page: &mut Worksheet,
    (at, column): (u32, u16),
    cell: &Cell,
    (format, day, time): (&Format, &Format, &Format),
) -> Result<usize, XlsxError> {
    Ok(match cell {
        Cell::Text(text) => {
            page.write_string_with_format(at, column, text, format)?;
            text.chars().count()
        }
        Cell::Number(number) => {
            page.write_with_format(at, column, *number, format)?;
            let digits = number.to_string().len();
            digits + digits / 3
        }
        Cell::Decimal(number) => {
            let value = number.to_f64().unwrap_or_default();
            page.write_number_with_format(at, column, value, format)?;
            number.to_string().len()
        }
        Cell::Day(it) => {
            let it = ExcelDateTime::parse_from_str(&it.to_string())?;
            page.write_with_format(at, column, &it, day)?;
            DAY
        }
        Cell::Time(it) => {
            let local = local(*it).format("%Y-%m-%dT%H:%M:%S").to_string();
            page.write_with_format(at, column, &ExcelDateTime::parse_from_str(&local)?, time)?;
            TIME
        }
        Cell::Empty => 0,
    })
}

/// The formula of what follows from two expressions, and what it comes to.
fn follows(kind: Kind, part: &str, of: &str, (done, whole): (i64, i64)) -> Formula {
    match kind {
        Kind::Share { .. } => {
            let result = if whole > 0 { percent(done, whole).to_string() } else { String::new() };
            Formula::new(format!("=IF({of}>0,ROUND({part}*100/{of},1),\"\")")).set_result(result)
        }
        _ => Formula::new(format!("=MAX({of}-{part},0)"))
            .set_result((whole - done).max(0).to_string()),
    }
}

/// A line of totals of the rows before `last`.
fn totals(
    page: &mut Worksheet,
    head: &Head,
    (last, at): (u32, u32),
    line: &Line,
) -> Result<(), XlsxError> {
    let bold = |kind| format_of(kind).set_bold().set_border_top(FormatBorder::Thin);
    let cells = |column| utility::cell_range(FIRST, column, last - 1, column);
    page.write_string_with_format(at, 0, &head.total, &bold(Kind::Text))?;
    // The word stands in its column, and the sums look there for it.
    let word = head.by.filter(|_| line.of.is_some());
    let word = word.map(|column| (cells(column), utility::row_col_to_cell(at, column)));
    if let Some((column, of)) = head.by.zip(line.of.as_ref()) {
        page.write_string_with_format(at, column, of, &bold(Kind::Text))?;
    }
    let sum = |column| match &word {
        Some((words, word)) => format!("SUMIF({words},{word},{})", cells(column)),
        None => format!("SUM({})", cells(column)),
    };
    // Of the rows that have both.
    let sum_with = |part, of| match &word {
        Some((words, word)) => {
            format!("SUMIFS({},{},\">0\",{words},{word})", cells(part), cells(of))
        }
        None => format!("SUMIF({},\">0\",{})", cells(of), cells(part)),
    };
    for ((column, it), sums) in (0..).zip(&head.columns).zip(&line.sums) {
        let total = match it.kind {
            Kind::Text | Kind::Number => continue,
            Kind::Count | Kind::Money => {
                Formula::new(format!("={}", sum(column))).set_result(sums.0.to_string())
            }
            kind @ (Kind::Share { part, of } | Kind::Rest { part, of }) => {
                follows(kind, &sum_with(part, of), &sum(of), *sums)
            }
        };
        page.write_formula_with_format(at, column, total, &bold(it.kind))?;
    }
    Ok(())
}
