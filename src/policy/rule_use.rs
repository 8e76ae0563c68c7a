//! The rows of the law an answer used, so that it can be checked years later.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
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

/// Notes a row once.
pub(super) fn note(noted: &mut Vec<RuleUse>, row: &RuleUse) {
    let same = |known: &RuleUse| {
        known.table == row.table
            && known.effective_from == row.effective_from
            && known.key == row.key
    };
    if !noted.iter().any(same) {
        noted.push(row.clone());
    }
}
