use std::fs::File;
use std::io::Seek;

use rust_xlsxwriter::{
    ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
    utility,
};

use super::{About, Form, Layout, Share, Value};
use crate::sheets::{Result, percent};

/// A4.
const PAPER: u8 = 9;

/// A list as a workbook, to be printed on A4 across. Its rows go to a file without a name as they come, and not
/// into memory.
pub struct XlsxForm {
    book: Workbook,
    layout: &'static Layout,
    /// The first row of the table.
    first: u32,
    /// The row to write.
    at: u32,
    /// Of the columns; of what follows from two others, theirs.
    sums: Vec<(i64, i64)>,
}

impl XlsxForm {
    /// Begins a list: the lines above it, its headings, and their numbers.
    ///
    /// # Errors
    /// What the format or the disk refuses.
    pub fn begin(form: Form, about: &About) -> Result<Self> {
        let layout = form.layout();
        let mut book = Workbook::new();
        let page = book.add_worksheet_with_constant_memory()?;
        page.set_name(&layout.sheet)?;
        for (at, column) in (0..).zip(&layout.columns) {
            page.set_column_width(at, column.width)?;
        }
        page.set_landscape().set_paper_size(PAPER).set_print_fit_to_pages(1, 0);
        let mut at = 0;
        for line in &layout.head {
            page.write_string(at, 0, about.fill(line))?;
            at += 1;
        }
        let title = Format::new().set_bold().set_font_size(14);
        page.write_string_with_format(at + 1, 0, &layout.title, &title)?;
        page.write_string(at + 2, 0, about.fill(&layout.about))?;
        at += 4;
        let heading = framed().set_bold().set_text_wrap().set_align(FormatAlign::Center);
        for (column, it) in (0..).zip(&layout.columns) {
            page.write_string_with_format(at, column, &it.heading, &heading)?;
        }
        let number = framed().set_italic().set_align(FormatAlign::Center);
        for (column, it) in (0..).zip(&layout.columns) {
            page.write_string_with_format(at + 1, column, &it.number, &number)?;
        }
        page.set_repeat_rows(at, at + 1)?.set_freeze_panes(at + 2, 2)?;
        let sums = vec![(0, 0); layout.columns.len()];
        Ok(Self { book, layout, first: at + 2, at: at + 2, sums })
    }

    fn page(&mut self) -> Result<&mut Worksheet, XlsxError> {
        self.book.worksheet_from_index(0)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn row(&mut self, cells: &[Value]) -> Result<()> {
        let (at, layout) = (self.at, self.layout);
        let page = self.page()?;
        for ((column, cell), it) in (0..).zip(cells).zip(&layout.columns) {
            match it.share.and_then(|share| Some((share, share.of(cells)?))) {
                Some((Share { part, of }, both)) => {
                    let cell = |column| utility::row_col_to_cell(at, column);
                    let format = framed().set_num_format("0.0");
                    let formula = share_of(&cell(part), &cell(of), both);
                    page.write_formula_with_format(at, column, formula, &format)?;
                }
                None => write(page, at, column, cell)?,
            }
        }
        let counts = !layout.heads || matches!(cells.first(), Some(Value::Text(_)));
        let sums = self.sums.iter_mut().zip(&layout.columns).zip(cells);
        for ((sum, column), cell) in sums.filter(|_| counts) {
            let (own, of) = match (column.share, cell) {
                (Some(share), _) => share.of(cells).unwrap_or_default(),
                (_, Value::Text(_)) if column.count => (1, 0),
                (_, cell) if column.sum => (cell.number().unwrap_or_default(), 0),
                _ => (0, 0),
            };
            *sum = (sum.0 + own, sum.1 + of);
        }
        self.at += 1;
        Ok(())
    }

    /// Adds a line that stands over the rows after it.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn line(&mut self, line: &str) -> Result<()> {
        let at = self.at;
        self.page()?.write_string_with_format(at, 1, line, &Format::new().set_bold())?;
        self.at += 1;
        Ok(())
    }

    /// Ends the list: its totals, and the places to sign.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(mut self) -> Result<File> {
        let (first, at, layout) = (self.first, self.at, self.layout);
        let sums = std::mem::take(&mut self.sums);
        let page = self.page()?;
        let bold = framed().set_bold();
        page.write_string_with_format(at, 1, &layout.total, &bold.clone().set_text_wrap())?;
        let cells = |column| utility::cell_range(first, column, at.saturating_sub(1), column);
        // A star is any word.
        let heads = format!("{},\"*\"", cells(0));
        for ((column, it), sum) in (0..).zip(&layout.columns).zip(sums).filter(|_| at > first) {
            let own = cells(column);
            let (formula, places) = match it.share {
                Some(Share { part, of }) => {
                    let with = format!("{},\">0\"", cells(of));
                    let with = if layout.heads { format!("{with},{heads}") } else { with };
                    let sum_of = |column| format!("SUMIFS({},{with})", cells(column));
                    (share_of(&sum_of(part), &sum_of(of), sum), "0.0")
                }
                None => {
                    let formula = match (it.sum, it.count) {
                        (true, _) if layout.heads => format!("=SUMIF({heads},{own})"),
                        (true, _) => format!("=SUM({own})"),
                        (false, true) => format!("=COUNTA({own})"),
                        (false, false) => continue,
                    };
                    (Formula::new(formula).set_result(sum.0.to_string()), "#,##0")
                }
            };
            let format = bold.clone().set_num_format(places);
            page.write_formula_with_format(at, column, formula, &format)?;
        }
        let right = u16::try_from(layout.columns.len() * 2 / 3).unwrap_or(2);
        for (at, (left_text, right_text)) in (at + 2..).zip(&layout.signs) {
            page.write_string(at, 1, left_text)?;
            page.write_string(at, right, right_text)?;
        }
        let mut file = tempfile::tempfile()?;
        self.book.save_to_writer(&mut file)?;
        file.rewind()?;
        Ok(file)
    }
}

/// The share of two expressions, and what it comes to.
fn share_of(part: &str, of: &str, (done, whole): (i64, i64)) -> Formula {
    let result = if whole > 0 { percent(done, whole).to_string() } else { String::new() };
    Formula::new(format!("=IF({of}>0,ROUND({part}*100/{of},1),\"\")")).set_result(result)
}

fn framed() -> Format {
    Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter)
}

fn write(page: &mut Worksheet, at: u32, column: u16, cell: &Value) -> Result<(), XlsxError> {
    let number = framed().set_num_format("#,##0");
    match cell {
        // As text, so that a code keeps its zeros and a name computes nothing.
        Value::Text(text) => {
            page.write_string_with_format(at, column, text, &framed().set_num_format("@"))?;
        }
        Value::Number(value) => {
            page.write_with_format(at, column, *value, &number)?;
        }
        Value::Day(day) => {
            let day = ExcelDateTime::parse_from_str(&day.to_string())?;
            let format = framed().set_num_format("dd/mm/yyyy");
            page.write_with_format(at, column, &day, &format)?;
        }
        Value::Formula(text, result) => {
            let text = text.replace("{r}", &(at + 1).to_string());
            let formula = Formula::new(format!("={text}")).set_result(result.to_string());
            page.write_formula_with_format(at, column, formula, &number)?;
        }
        Value::Empty => {
            page.write_blank(at, column, &framed())?;
        }
    }
    Ok(())
}
