use super::{About, Form, Value};
use crate::sheets::csv::{BOM, harmless};

/// A list as CSV: its headings and its rows; formulas as what they come to.
#[derive(Debug)]
pub struct CsvForm {
    out: csv::Writer<Vec<u8>>,
    columns: usize,
}

impl CsvForm {
    /// Begins a list.
    ///
    /// # Errors
    /// None in practice: it is written into memory.
    pub fn begin(form: Form, _: &About) -> Result<Self, csv::Error> {
        let mut out = csv::Writer::from_writer(BOM.to_vec());
        let columns = &form.layout().columns;
        out.write_record(columns.iter().map(|column| column.heading.as_str()))?;
        Ok(Self { out, columns: columns.len() })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn row(&mut self, cells: &[Value]) -> Result<(), csv::Error> {
        self.out.write_record(cells.iter().map(text))
    }

    /// Adds a line that stands over the rows after it.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn line(&mut self, line: &str) -> Result<(), csv::Error> {
        let mut cells = vec![Value::Empty; self.columns];
        if let Some(cell) = cells.get_mut(1) {
            *cell = Value::Text(line.to_owned());
        }
        self.row(&cells)
    }

    /// Ends the list.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(self) -> Result<Vec<u8>, csv::Error> {
        self.out.into_inner().map_err(|error| error.into_error().into())
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
