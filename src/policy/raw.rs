//! A table as rows of text: read, added to, and checked for overlaps and
//! holes before anything is made of it.

use super::fault::Fault;
use super::rule_use::RuleUse;
use super::spec::{Cover, DATED, SPECS, Spec, UNKNOWN};
use super::timeline::{Dated, Timeline};
use crate::domain::{Code, parse_day};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A new dated row of a rule table, as an administrator enters it: column → text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AddedRow {
    /// The table, `base_salary`.
    pub table: String,
    /// The cells; `effective_to` and `confidence` may be absent.
    pub values: BTreeMap<String, String>,
}

impl AddedRow {
    /// The row under its name, when this is its name, whether or not it still stands.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<RuleUse> {
        let spec = SPECS.iter().find(|spec| spec.name == self.table)?;
        let row = RawRow::read(spec, &self.values).ok()?;
        Some(row.used(spec)).filter(|row| row.to_string() == name)
    }
}

/// A rule table as people and phones read it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RuleTable {
    /// Its name.
    pub table: &'static str,
    /// Names of the columns.
    pub columns: Vec<&'static str>,
    /// Rows, with one text for each column.
    pub rows: Vec<Vec<String>>,
}

/// A row: cells of keys and values in the order of the spec, then its days.
#[derive(Debug, Clone)]
pub(super) struct RawRow {
    cells: Vec<String>,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    document: String,
    confidence: String,
}

#[derive(Debug, Clone)]
pub(super) struct RawTable {
    pub spec: &'static Spec,
    /// Sorted by key and first day.
    pub rows: Vec<RawRow>,
}

impl RawTable {
    /// Reads the rows of a CSV text.
    pub fn read(spec: &'static Spec, csv: &str) -> Result<Self, Vec<Fault>> {
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let mut rows = Vec::new();
        let mut faults = Vec::new();
        for record in reader.deserialize::<BTreeMap<String, String>>() {
            let row = record
                .map_err(|error| {
                    vec![Fault::new(spec.name, "", Code::Malformed, "no row of CSV:", &[&error])]
                })
                .and_then(|values| RawRow::read(spec, &values));
            match row {
                Ok(row) => rows.push(row),
                Err(mut more) => faults.append(&mut more),
            }
        }
        if rows.is_empty() && faults.is_empty() {
            faults.push(Fault::new(spec.name, "", Code::Required, "no rows", &[]));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut table = Self { spec, rows };
        table.sort();
        Ok(table)
    }

    fn sort(&mut self) {
        let keys = self.spec.keys.len();
        self.rows.sort_by(|a, b| (&a.cells[..keys], a.from).cmp(&(&b.cells[..keys], b.from)));
    }

    /// Adds a row. An open-ended row of the same key ends the day before; a row `unknown` gives way on
    /// the days now known. A row that stands already, word for word, changes nothing: a later release
    /// may bring what an office has added.
    pub fn add(&mut self, values: &BTreeMap<String, String>) -> Result<(), Vec<Fault>> {
        let added = RawRow::read(self.spec, values)?;
        if self.rows.iter().any(|row| row.says_the_same(&added)) {
            return Ok(());
        }
        let keys = self.spec.keys.len();
        let mut rows = Vec::with_capacity(self.rows.len() + 2);
        for row in self.rows.drain(..) {
            let gives_way = row.cells[..keys] == added.cells[..keys]
                && row.shares_a_day(&added)
                && (row.is_unknown(keys) || (row.to.is_none() && row.from < added.from));
            if gives_way {
                rows.extend(row.around(&added, keys));
            } else {
                rows.push(row);
            }
        }
        rows.push(added);
        self.rows = rows;
        self.sort();
        Ok(())
    }

    /// Every overlap and every hole that must not be.
    pub fn check(&self, faults: &mut Vec<Fault>) {
        let keys = self.spec.keys.len();
        for group in self.rows.chunk_by(|a, b| a.cells[..keys] == b.cells[..keys]) {
            for pair in group.windows(2) {
                self.check_pair(&pair[0], &pair[1], faults);
            }
            for row in group.iter().filter(|row| !row.is_within_a_year()) {
                if self.spec.cover == Cover::YearByYear {
                    let what = "a row must end in the year in which it begins:";
                    faults.push(self.fault("effective_to", Code::OutOfRange, what, &[row]));
                }
            }
            if let Some(last) = group.last().filter(|row| row.to.is_some())
                && self.spec.cover == Cover::Always
            {
                let what = "the law has no end here, but nothing follows";
                faults.push(self.fault("effective_to", Code::OutOfRange, what, &[last]));
            }
        }
    }

    /// Whether a row of this table gives a known value for a day.
    pub fn tells(&self, row: &RawRow, day: NaiveDate) -> bool {
        let holds = row.from <= day && row.to.is_none_or(|to| day <= to);
        holds && !row.is_unknown(self.spec.keys.len())
    }

    fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.spec.keys.iter().chain(self.spec.values).copied()
    }

    fn check_pair(&self, row: &RawRow, next: &RawRow, faults: &mut Vec<Fault>) {
        if row.to.is_none_or(|to| next.from <= to) {
            let what = "two rows overlap:";
            faults.push(self.fault("effective_from", Code::Conflict, what, &[row, next]));
        } else if self.spec.cover != Cover::Loose
            && row.to.and_then(|to| to.succ_opt()) != Some(next.from)
        {
            let what = "a hole between";
            faults.push(self.fault("effective_from", Code::OutOfRange, what, &[row, next]));
        }
        // The unit says how a value is read.
        let unit = self.columns().position(|column| column == "unit");
        if unit.is_some_and(|at| row.cells[at] != next.cells[at]) {
            let what = "two units of one value:";
            faults.push(self.fault("unit", Code::Conflict, what, &[row, next]));
        }
    }

    fn fault(&self, column: &str, code: Code, what: &'static str, rows: &[&RawRow]) -> Fault {
        let rows: Vec<&dyn std::fmt::Display> = rows.iter().map(|row| *row as _).collect();
        Fault::new(self.spec.name, column, code, what, &rows)
    }

    /// One timeline for each key; what cannot be read is an error that names the row.
    pub fn keyed<K, V>(
        &self,
        key: impl Fn(&[String]) -> Option<K>,
        value: impl Fn(&[String]) -> Option<V>,
        faults: &mut Vec<Fault>,
    ) -> Vec<(K, Timeline<V>)> {
        let keys = self.spec.keys.len();
        let mut timelines = Vec::new();
        for group in self.rows.chunk_by(|a, b| a.cells[..keys] == b.cells[..keys]) {
            let mut dated = Vec::with_capacity(group.len());
            for row in group {
                match value(&row.cells[keys..]) {
                    Some(value) => {
                        dated.push(Dated { value, to: row.to, used: row.used(self.spec) })
                    }
                    None => {
                        let column = self.spec.values[0];
                        faults.push(self.fault(column, Code::BadFormat, "no value of this table (digits, with a point where there are decimals):", &[row]));
                    }
                }
            }
            match key(&group[0].cells[..keys]) {
                Some(key) => timelines.push((key, Timeline::new(dated))),
                None => {
                    let column = self.spec.keys[0];
                    faults.push(self.fault(column, Code::BadFormat, "no key:", &[&group[0]]));
                }
            }
        }
        timelines
    }

    /// Each row under the name by which answers use it.
    pub fn uses(&self) -> impl Iterator<Item = RuleUse> {
        self.rows.iter().map(|row| row.used(self.spec))
    }

    /// The table for reading.
    pub fn listing(&self) -> RuleTable {
        let spec = self.spec;
        RuleTable {
            table: spec.name,
            columns: [spec.keys, spec.values, &DATED].concat(),
            rows: self.rows.iter().map(RawRow::listing).collect(),
        }
    }
}

impl RawRow {
    /// Reads a row, with everything that is wrong with it.
    fn read(spec: &Spec, values: &BTreeMap<String, String>) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut wrong = |column: &str, code, what| {
            faults.push(Fault::new(spec.name, column, code, what, &[&Cells(values)]));
        };
        let cell = |column: &str| values.get(column).map(|cell| cell.trim()).unwrap_or_default();
        let columns = || spec.keys.iter().chain(spec.values);
        for column in values.keys() {
            if !columns().chain(&DATED).any(|known| known == column) {
                wrong(column, Code::NotFound, "no such column in");
            }
        }
        for column in columns() {
            // A value may be empty, a key never.
            if !values.contains_key(*column)
                || (spec.keys.contains(column) && cell(column).is_empty())
            {
                wrong(column, Code::Required, "missing in");
            }
        }
        let mut day = |column: &str| match cell(column) {
            "" => None,
            text => parse_day(text).map_err(|code| wrong(column, code, "no day in")).ok(),
        };
        let (from, to) = (day("effective_from"), day("effective_to"));
        if cell("effective_from").is_empty() {
            wrong("effective_from", Code::Required, "missing in");
        }
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            wrong("effective_to", Code::OutOfRange, "before effective_from in");
        }
        if cell("document").is_empty() {
            wrong("document", Code::Required, "missing in");
        }
        let confidence = Some(cell("confidence")).filter(|cell| !cell.is_empty()).unwrap_or("M");
        if !["H", "M", "L"].contains(&confidence) {
            wrong("confidence", Code::BadFormat, "not H, M or L in");
        }
        match from {
            Some(from) if faults.is_empty() => Ok(Self {
                cells: columns().map(|column| cell(column).to_owned()).collect(),
                from,
                to,
                document: cell("document").to_owned(),
                confidence: confidence.to_owned(),
            }),
            _ => Err(faults),
        }
    }

    fn used(&self, spec: &'static Spec) -> RuleUse {
        let keys = spec.keys.len();
        RuleUse {
            table: spec.name,
            key: (keys > 0).then(|| self.cells[..keys].join("/").into()),
            value: self.cells[keys].as_str().into(),
            effective_from: self.from,
            document: self.document.as_str().into(),
        }
    }

    /// The same value on the same first day; how long it holds may have been learned since.
    fn says_the_same(&self, other: &Self) -> bool {
        self.cells == other.cells && self.from == other.from
    }

    fn is_within_a_year(&self) -> bool {
        self.to.is_some_and(|to| to.year() == self.from.year())
    }

    fn is_unknown(&self, keys: usize) -> bool {
        self.cells[keys] == UNKNOWN
    }

    fn shares_a_day(&self, other: &Self) -> bool {
        other.to.is_none_or(|to| self.from <= to) && self.to.is_none_or(|to| other.from <= to)
    }

    /// What another row leaves of this one: the days before it, and those after
    /// it only where nothing is known, for what was replaced does not come back.
    fn around(self, other: &Self, keys: usize) -> impl Iterator<Item = Self> {
        let unknown = self.is_unknown(keys);
        let before =
            (self.from < other.from).then(|| Self { to: other.from.pred_opt(), ..self.clone() });
        let after = other
            .to
            .and_then(|to| to.succ_opt())
            .filter(|next| unknown && self.to.is_none_or(|to| *next <= to))
            .map(|next| Self { from: next, ..self });
        before.into_iter().chain(after)
    }

    fn listing(&self) -> Vec<String> {
        let mut cells = self.cells.clone();
        cells.extend([
            self.from.to_string(),
            self.to.map(|to| to.to_string()).unwrap_or_default(),
            self.document.clone(),
            self.confidence.clone(),
        ]);
        cells
    }
}

impl std::fmt::Display for RawRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} {}..", self.cells.join(" "), self.from)?;
        if let Some(to) = self.to {
            write!(f, "{to}")?;
        }
        write!(f, " {}]", self.document)
    }
}

/// A row as it was entered.
struct Cells<'a>(&'a BTreeMap<String, String>);

impl std::fmt::Display for Cells<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cells = self.0.iter().filter(|(_, cell)| !cell.is_empty());
        let cells: Vec<_> = cells.map(|(column, cell)| format!("{column}={cell}")).collect();
        write!(f, "[{}]", cells.join(" "))
    }
}
