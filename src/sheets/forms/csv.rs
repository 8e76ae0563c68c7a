use std::fs::File;

use super::{Form, Layout, Value};
use crate::sheets::csv::{self, harmless};
use crate::sheets::{Result, percent};

/// A list as CSV: its headings and its rows; formulas as what they come to.
#[derive(Debug)]
pub struct CsvForm {
    out: ::csv::Writer<File>,
    layout: &'static Layout,
}

impl CsvForm {
    /// Begins a list.
    ///
    /// # Errors
    /// What the disk refuses.
    pub fn begin(form: Form) -> Result<Self> {
        let mut out = csv::begin()?;
        let layout = form.layout();
        out.write_record(layout.columns.iter().map(|column| column.heading.as_str()))?;
        Ok(Self { out, layout })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn row(&mut self, cells: &[Value]) -> Result<()> {
        let cells = cells.iter().zip(&self.layout.columns).map(|(cell, column)| {
            let share = column.share.and_then(|share| share.of(cells));
            share.map_or_else(|| text(cell), |(part, of)| percent(part, of).to_string())
        });
        Ok(self.out.write_record(cells)?)
    }

    /// Adds a line that stands over the rows after it.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn line(&mut self, line: &str) -> Result<()> {
        let mut cells = vec![Value::Empty; self.layout.columns.len()];
        if let Some(cell) = cells.get_mut(1) {
            *cell = Value::Text(line.to_owned());
        }
        self.row(&cells)
    }

    /// Ends the list.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(self) -> Result<File> {
        csv::end(self.out)
    }
}

fn text(cell: &Value) -> String {
    match cell {
        Value::Text(text) => harmless(text),
        Value::Number(number) | Value::Formula(_, number) => number.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Empty => String::new(),
    }
}
