//! What the demo prints: lines of at most 80 columns on standard output, beside a bar on standard
//! error. Vietnamese is written composed, so a character is a column.

use std::io::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::texts;
use crate::cli::Failure;

/// Columns of a line.
pub(super) const COLUMNS: usize = 80;
/// How much further a line that goes on is indented.
const GOES_ON: usize = 2;

/// Where the story is written.
pub(super) struct Paper {
    bar: ProgressBar,
}

impl Paper {
    pub fn new() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// Shows a bar of so many steps; where there is no terminal it stays invisible.
    pub fn begin(&mut self, steps: u64) {
        let style = ProgressStyle::with_template(texts::BAR)
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let target = ProgressDrawTarget::stderr();
        self.bar = ProgressBar::with_draw_target(Some(steps), target).with_style(style);
    }

    pub fn step(&self, by: i64) {
        self.bar.inc(u64::try_from(by).unwrap_or(0));
    }

    pub fn end(&mut self) {
        self.bar.finish_and_clear();
        self.bar = ProgressBar::hidden();
    }

    /// Writes a line, broken between words where it is too long.
    pub fn say(&self, text: &str) -> Result<(), Failure> {
        self.bar.suspend(|| {
            let mut out = std::io::stdout().lock();
            for line in wrap(text, COLUMNS) {
                writeln!(out, "{line}").map_err(Failure::io("standard output"))?;
            }
            out.flush().map_err(Failure::io("standard output"))
        })
    }

    /// A heading with air above.
    pub fn head(&self, text: &str) -> Result<(), Failure> {
        self.say("")?;
        self.say(text)
    }
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

fn wrap(text: &str, columns: usize) -> Vec<String> {
    if width(text) <= columns {
        return vec![text.to_owned()];
    }
    let indent = text.chars().take_while(|c| *c == ' ').count();
    let mut lines = Vec::new();
    let mut line = " ".repeat(indent);
    let mut empty = true;
    for word in text.trim().split(' ') {
        if !empty && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent + GOES_ON)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines
}

/// A table: the first column stands left, all others right.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines, as narrow as their cells and the gap between columns allow.
    pub fn lines(&self, gap: usize) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter(|row| row.len() > 1);
            cells.filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        self.rows.iter().map(|row| line(row, &widths, gap)).collect()
    }
}

fn line(row: &[String], widths: &[usize], gap: usize) -> String {
    let mut line = String::new();
    for (at, (cell, widest)) in row.iter().zip(widths).enumerate() {
        let short = widest.saturating_sub(width(cell));
        match at {
            0 => line.extend([cell.as_str(), &" ".repeat(short)]),
            _ => line.extend([&" ".repeat(gap + short), cell.as_str()]),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_further_in() {
        let text = format!("  {}", "chữ ".repeat(40));
        let lines = wrap(&text, COLUMNS);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line) <= COLUMNS));
        assert!(lines[0].starts_with("  chữ") && lines[1].starts_with("    chữ"));
        assert_eq!(wrap("ngắn", COLUMNS), ["ngắn"]);
    }

    #[test]
    fn columns_of_a_table_stand_under_each_other() {
        let mut table = Table::default();
        for row in [&["", "tiền"][..], &["Nhóm 1: một dòng không có cột nào"], &["a", "1.000"]]
        {
            table.row(row.iter().map(|cell| (*cell).to_owned()).collect());
        }
        let lines = table.lines(2);
        assert_eq!(lines[0], "    tiền");
        assert_eq!(lines[2], "a  1.000");
    }
}
