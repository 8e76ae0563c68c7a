//! A table as rows of text: read, added to, and checked for overlaps and
//! holes before anything is made of it.

use super::rule_use::RuleUse;
use super::spec::{Cover, DATED, Spec, UNKNOWN};
use super::timeline::{Dated, Timeline};
use crate::domain::parse_day;
use chrono::NaiveDate;
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
    pub fn read(spec: &'static Spec, csv: &str) -> Result<Self, Vec<String>> {
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let mut rows = Vec::new();
        let mut errors = Vec::new();
        for record in reader.deserialize::<BTreeMap<String, String>>() {
            match record
                .map_err(|error| format!("{}: {error}", spec.name))
                .and_then(|values| RawRow::read(spec, &values))
            {
                Ok(row) => rows.push(row),
                Err(error) => errors.push(error),
            }
        }
        if rows.is_empty() && errors.is_empty() {
            errors.push(format!("{}: no rows", spec.name));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut table = Self { spec, rows };
        table.sort();
        Ok(table)
    }

    fn sort(&mut self) {
        let keys = self.spec.keys.len();
        self.rows.sort_by(|a, b| (&a.cells[..keys], a.from).cmp(&(&b.cells[..keys], b.from)));
    }

    /// Adds a row. An open-ended row of the same key ends the day before; a row
    /// `unknown` gives way on the days now known.
    pub fn add(&mut self, values: &BTreeMap<String, String>) -> Result<(), String> {
        let added = RawRow::read(self.spec, values)?;
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
    pub fn check(&self, errors: &mut Vec<String>) {
        let keys = self.spec.keys.len();
        for group in self.rows.chunk_by(|a, b| a.cells[..keys] == b.cells[..keys]) {
            for pair in group.windows(2) {
                self.check_pair(&pair[0], &pair[1], errors);
            }
            if let Some(last) = group.last().filter(|row| row.to.is_some())
                && self.spec.cover == Cover::Always
            {
                errors.push(format!("{}: nothing follows {last}", self.spec.name));
            }
        }
    }

    fn check_pair(&self, row: &RawRow, next: &RawRow, errors: &mut Vec<String>) {
        if row.to.is_none_or(|to| next.from <= to) {
            errors.push(format!("{}: {row} overlaps {next}", self.spec.name));
        } else if self.spec.cover != Cover::Loose
            && row.to.and_then(|to| to.succ_opt()) != Some(next.from)
        {
            errors.push(format!("{}: hole between {row} and {next}", self.spec.name));
        }
    }

    /// One timeline for each key; what cannot be read is an error that names the row.
    pub fn keyed<K, V>(
        &self,
        key: impl Fn(&[String]) -> Option<K>,
        value: impl Fn(&[String]) -> Option<V>,
        errors: &mut Vec<String>,
    ) -> Vec<(K, Timeline<V>)> {
        let keys = self.spec.keys.len();
        let mut timelines = Vec::new();
        for group in self.rows.chunk_by(|a, b| a.cells[..keys] == b.cells[..keys]) {
            let mut dated = Vec::with_capacity(group.len());
            for row in group {
                match value(&row.cells[keys..]) {
                    Some(value) => dated.push(Dated { value, to: row.to, used: self.used(row) }),
                    None => errors.push(format!("{}: bad value in {row}", self.spec.name)),
                }
            }
            match key(&group[0].cells[..keys]) {
                Some(key) => timelines.push((key, Timeline::new(dated))),
                None => errors.push(format!("{}: bad key in {}", self.spec.name, group[0])),
            }
        }
        timelines
    }

    fn used(&self, row: &RawRow) -> RuleUse {
        let keys = self.spec.keys.len();
        RuleUse {
            table: self.spec.name,
            key: (keys > 0).then(|| row.cells[..keys].join("/").into()),
            value: row.cells[keys].as_str().into(),
            effective_from: row.from,
            document: row.document.as_str().into(),
        }
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
    fn read(spec: &Spec, values: &BTreeMap<String, String>) -> Result<Self, String> {
        let wrong = |what: &str| format!("{}: {what} in {values:?}", spec.name);
        let cell = |column: &str| values.get(column).map(|cell| cell.trim()).unwrap_or_default();
        let day = |column: &str| match cell(column) {
            "" => Ok(None),
            text => parse_day(text).map(Some).map_err(|_| wrong(column)),
        };
        let columns = || spec.keys.iter().chain(spec.values);
        if let Some(column) =
            values.keys().find(|name| !columns().chain(&DATED).any(|known| known == name))
        {
            return Err(wrong(&format!("unknown column {column}")));
        }
        if let Some(column) = columns().find(|column| !values.contains_key(**column)) {
            return Err(wrong(&format!("no column {column}")));
        }
        let from = day("effective_from")?.ok_or_else(|| wrong("no effective_from"))?;
        let to = day("effective_to")?;
        if to.is_some_and(|to| to < from) {
            return Err(wrong("effective_to before effective_from"));
        }
        if cell("document").is_empty() {
            return Err(wrong("no document"));
        }
        let confidence = Some(cell("confidence")).filter(|cell| !cell.is_empty()).unwrap_or("M");
        if !["H", "M", "L"].contains(&confidence) {
            return Err(wrong("confidence is not H, M or L"));
        }
        Ok(Self {
            cells: columns().map(|column| cell(column).to_owned()).collect(),
            from,
            to,
            document: cell("document").to_owned(),
            confidence: confidence.to_owned(),
        })
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
