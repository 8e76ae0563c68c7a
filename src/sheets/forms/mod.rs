//! The lists that an office sends in the official layout: one heading for each official column, with the
//! column's own number below it, the lines above and the places to sign. They are written row by row.

/// As CSV.
mod csv;
/// As XLSX.
mod xlsx;

use std::collections::HashMap;
use std::fs::File;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Ending, Result};
use crate::domain::text_enum::text_enum;
use crate::domain::{EnrollmentKind, Relation, ResultForm};

pub use csv::CsvForm;
pub use xlsx::XlsxForm;

text_enum! {
    /// An official layout.
    pub enum Form {
        /// Who takes part in voluntary insurance.
        D05 = "d05-ts",
        /// Members of households who take part in health insurance.
        Mau4 = "mau-4",
        /// Who left and is not back.
        C21 = "c21",
        /// What organisations and those who collect for them reached of their targets.
        B15 = "b15-uq",
    }
}

/// A layout, in the words of the official form.
#[derive(Debug, Deserialize)]
pub struct Layout {
    sheet: String,
    head: Vec<String>,
    title: String,
    about: String,
    columns: Vec<Column>,
    total: String,
    /// Only rows whose first cell is a word are summed: the others are parts of them.
    #[serde(default)]
    heads: bool,
    /// Below the table: what stands left and right.
    signs: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
struct Column {
    number: String,
    heading: String,
    width: f64,
    /// Its numbers are summed below.
    #[serde(default)]
    sum: bool,
    /// Its marks are counted below.
    #[serde(default)]
    count: bool,
    /// It follows from two others.
    share: Option<Share>,
}

/// One column's share of another's, in percent with one decimal; by their places from the left.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Share {
    part: u16,
    of: u16,
}

impl Share {
    /// The numbers of a row, when it has both.
    fn of(self, row: &[Value]) -> Option<(i64, i64)> {
        let number = |at: u16| row.get(usize::from(at)).and_then(Value::number);
        number(self.part).zip(number(self.of).filter(|of| *of > 0))
    }
}

/// Words within the lists.
#[derive(Debug, Deserialize)]
pub struct Words {
    pub forms: HashMap<ResultForm, String>,
    pub kinds: HashMap<EnrollmentKind, String>,
    pub relations: HashMap<Relation, String>,
    pub household: String,
    pub months: String,
    /// Above those who collect for no organisation.
    pub nobodys: String,
}

#[derive(Debug, Deserialize)]
struct Texts {
    words: Words,
    #[serde(flatten)]
    layouts: HashMap<Form, Layout>,
}

static TEXTS: LazyLock<Texts> = LazyLock::new(read);

#[allow(clippy::expect_used, reason = "start-up: a damaged embedded file must stop the program")]
fn read() -> Texts {
    serde_json::from_str(include_str!("../../../texts/forms.json"))
        .expect("the embedded layouts are sound")
}

/// Words within the lists.
#[must_use]
pub fn words() -> &'static Words {
    &TEXTS.words
}

impl Form {
    fn layout(self) -> &'static Layout {
        &TEXTS.layouts[&self]
    }
}

/// What stands above the table.
#[derive(Debug, Clone)]
pub struct About {
    pub organisation: String,
    pub office: String,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl About {
    fn fill(&self, text: &str) -> String {
        let day = |day: NaiveDate| day.format("%d/%m/%Y").to_string();
        text.replace("{organisation}", &self.organisation)
            .replace("{office}", &self.office)
            .replace("{from}", &day(self.from))
            .replace("{to}", &day(self.to))
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
    Day(NaiveDate),
    /// A formula in which `{r}` is the row, and what it comes to.
    Formula(String, i64),
    Empty,
}

impl Value {
    /// Text that may be missing.
    #[must_use]
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) | Self::Formula(_, number) => Some(*number),
            Self::Text(_) | Self::Day(_) | Self::Empty => None,
        }
    }
}

/// A list that is being written.
pub enum List {
    Csv(Box<CsvForm>),
    Xlsx(Box<XlsxForm>),
}

impl List {
    /// Begins a list.
    ///
    /// # Errors
    /// What the format or the disk refuses.
    pub fn begin(ending: Ending, form: Form, about: &About) -> Result<Self> {
        Ok(match ending {
            Ending::Csv => Self::Csv(Box::new(CsvForm::begin(form)?)),
            Ending::Xlsx => Self::Xlsx(Box::new(XlsxForm::begin(form, about)?)),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn row(&mut self, cells: &[Value]) -> Result<()> {
        match self {
            Self::Csv(list) => list.row(cells),
            Self::Xlsx(list) => list.row(cells),
        }
    }

    /// Adds a line that stands over the rows after it.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn line(&mut self, line: &str) -> Result<()> {
        match self {
            Self::Csv(list) => list.line(line),
            Self::Xlsx(list) => list.line(line),
        }
    }

    /// Ends the list; the file, to be read from its beginning.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(self) -> Result<File> {
        match self {
            Self::Csv(list) => list.end(),
            Self::Xlsx(list) => list.end(),
        }
    }
}
