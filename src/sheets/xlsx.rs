use rust_xlsxwriter::{
    Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError, utility,
};

use super::{Cell, Kind, Sheet, percent};

/// Rows above the table: its title, what it is about, one left free.
const HEAD: u32 = 3;
/// Longest name of a sheet, in characters.
const NAME: usize = 31;
/// Green of the headings.
const GREEN: u32 = 0x1D_6B_4F;

/// The sheet as a workbook. Totals, shares and rests are formulas, with what they come to beside them for
/// programs that compute nothing.
///
/// # Errors
/// More rows or longer texts than the format has.
pub fn write(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name(sheet.title.chars().take(NAME).collect::<String>())?;
    page.write_with_format(0, 0, &sheet.title, &Format::new().set_bold().set_font_size(14))?;
    page.write(1, 0, &sheet.about)?;
    headings(page, sheet)?;
    let first = HEAD + 1;
    let mut at = first;
    for row in &sheet.rows {
        for (column, cell) in (0..).zip(row) {
            write_cell(page, sheet, at, column, cell, row)?;
        }
        at += 1;
    }
    if at > first {
        totals(page, sheet, first, at)?;
        page.autofilter(HEAD, 0, at - 1, last_column(sheet))?;
    }
    page.set_freeze_panes(first, 1)?;
    page.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(HEAD, HEAD)?;
    page.autofit();
    book.save_to_buffer()
}

fn last_column(sheet: &Sheet) -> u16 {
    u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX)
}

fn headings(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let format = Format::new()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(GREEN))
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    for (column, it) in (0..).zip(&sheet.columns) {
        page.write_with_format(HEAD, column, &it.heading, &format)?;
    }
    Ok(())
}

fn format(kind: Kind) -> Format {
    match kind {
        Kind::Text => Format::new(),
        Kind::Count | Kind::Money | Kind::Rest { .. } => Format::new().set_num_format("#,##0"),
        Kind::Share { .. } => Format::new().set_num_format("0.0"),
    }
}

fn write_cell(
    page: &mut Worksheet,
    sheet: &Sheet,
    at: u32,
    column: u16,
    cell: &Cell,
    row: &[Cell],
) -> Result<(), XlsxError> {
    let Some(kind) = sheet.columns.get(usize::from(column)).map(|it| it.kind) else {
        return Ok(());
    };
    let format = format(kind);
    let two = |part, of| Sheet::number(row, part).zip(Sheet::number(row, of));
    match (kind, cell) {
        (Kind::Share { part, of } | Kind::Rest { part, of }, _) => {
            if let Some((done, whole)) = two(part, of) {
                let cell = |column| utility::row_col_to_cell(at, column);
                let formula = formula(kind, &cell(part), &cell(of), (done, whole));
                page.write_with_format(at, column, formula, &format)?;
            }
        }
        (_, Cell::Text(text)) => {
            page.write_string_with_format(at, column, text, &format)?;
        }
        (_, Cell::Number(number)) => {
            page.write_with_format(at, column, *number, &format)?;
        }
        (_, Cell::Day(day)) => {
            let format = Format::new().set_num_format("dd/mm/yyyy");
            let day = ExcelDateTime::parse_from_str(&day.to_string())?;
            page.write_with_format(at, column, &day, &format)?;
        }
        (_, Cell::Empty) => {}
    }
    Ok(())
}

/// The formula of what follows from two expressions, and what it comes to.
fn formula(kind: Kind, part: &str, of: &str, (done, whole): (i64, i64)) -> Formula {
    match kind {
        Kind::Share { .. } => {
            let result = if whole > 0 { percent(done, whole).to_string() } else { String::new() };
            Formula::new(format!("=IF({of}>0,ROUND({part}*100/{of},1),\"\")")).set_result(result)
        }
        Kind::Text | Kind::Count | Kind::Money | Kind::Rest { .. } => {
            Formula::new(format!("=MAX({of}-{part},0)"))
                .set_result((whole - done).max(0).to_string())
        }
    }
}

/// The line below the rows from `first` to before `at`.
fn totals(page: &mut Worksheet, sheet: &Sheet, first: u32, at: u32) -> Result<(), XlsxError> {
    let bold = |kind| format(kind).set_bold().set_border_top(FormatBorder::Thin);
    let cells = |column| utility::cell_range(first, column, at - 1, column);
    page.write_string_with_format(at, 0, &sheet.total, &bold(Kind::Text))?;
    for (column, it) in (0..).zip(&sheet.columns) {
        let total = match it.kind {
            Kind::Text => continue,
            Kind::Count | Kind::Money => Formula::new(format!("=SUM({})", cells(column)))
                .set_result(sheet.sum(column).to_string()),
            kind @ (Kind::Share { part, of } | Kind::Rest { part, of }) => {
                let (part_cells, of_cells) = (cells(part), cells(of));
                let of_sum = format!("SUM({of_cells})");
                let part_sum = format!("SUMIF({of_cells},\">0\",{part_cells})");
                formula(kind, &part_sum, &of_sum, sheet.sums(part, of))
            }
        };
        page.write_with_format(at, column, total, &bold(it.kind))?;
    }
    Ok(())
}
