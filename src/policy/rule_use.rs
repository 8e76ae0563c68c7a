//! The rows of the law an answer used, so that it can be checked years later.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// One row of a rule table, named. Cloning shares the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RuleUse {
    /// The table, `base_salary`.
    pub table: &'static str,
    /// Which row of the table's rows of that day (`near_poor`), null where there is but one.
    #[serde(serialize_with = "optional_text")]
    #[schema(value_type = Option<String>)]
    pub key: Option<Arc<str>>,
    /// The value as the table has it: đồng, percent or months.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String)]
    pub value: Arc<str>,
    /// First day on which the row holds.
    pub effective_from: NaiveDate,
    /// The law, decree or decision it comes from.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String)]
    pub document: Arc<str>,
}

impl fmt::Display for RuleUse {
    /// The row and its value in one word, `vsi_state_support/poor@2025-07-01=50`, as it is kept with
    /// an enrollment: the value stays known whatever becomes of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table)?;
        if let Some(key) = &self.key {
            write!(f, "/{key}")?;
        }
        write!(f, "@{}={}", self.effective_from, self.value)
    }
}

/// The parts of the one word in which an enrollment keeps a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowName {
    /// The table.
    pub table: String,
    /// Which row of the table's rows of that day.
    pub key: Option<String>,
    /// First day on which the row held.
    pub effective_from: NaiveDate,
    /// Its value, where it was kept.
    pub value: Option<String>,
}

impl RowName {
    /// Reads what [`RuleUse`] writes.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (row, rest) = name.split_once('@')?;
        let (from, value) = match rest.split_once('=') {
            Some((from, value)) => (from, Some(value.to_owned())),
            None => (rest, None),
        };
        let (table, key) = match row.split_once('/') {
            Some((table, key)) => (table, Some(key.to_owned())),
            None => (row, None),
        };
        let effective_from = from.parse().ok()?;
        Some(Self { table: table.to_owned(), key, effective_from, value })
    }
}

pub(super) fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

#[allow(clippy::ref_option, reason = "serde hands over the field by reference")]
fn optional_text<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    match text {
        Some(text) => serializer.serialize_some(&**text),
        None => serializer.serialize_none(),
    }
}

/// The rows used so far, each once.
#[derive(Debug, Default)]
pub(super) struct Uses(Vec<RuleUse>);

impl Uses {
    /// Notes a row and returns its place among those used.
    pub fn note(&mut self, row: &RuleUse) -> usize {
        let same = |known: &RuleUse| {
            known.table == row.table
                && known.effective_from == row.effective_from
                && known.key == row.key
        };
        self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(row.clone());
            self.0.len() - 1
        })
    }

    pub fn into_rows(self) -> Vec<RuleUse> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_and_without_their_value() {
        let read = |name| {
            let RowName { table, key, effective_from, value } = RowName::parse(name)?;
            Some((table, key, effective_from.to_string(), value))
        };
        let [table, key, day] =
            ["local_support", "voluntary/31/poor", "2026-01-01"].map(str::to_owned);
        let of = |value: Option<&str>| {
            Some((table.clone(), Some(key.clone()), day.clone(), value.map(str::to_owned)))
        };
        assert_eq!(read("local_support/voluntary/31/poor@2026-01-01=30"), of(Some("30")));
        assert_eq!(read("local_support/voluntary/31/poor@2026-01-01"), of(None));
        assert_eq!(read("base_salary@2026-07-01=2530000").unwrap().1, None);
        assert_eq!(read("base_salary"), None);
        assert_eq!(read("base_salary@soon=1"), None);
    }
}
