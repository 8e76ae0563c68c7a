//! What an enrollment was computed from, kept with it as it was: whatever becomes of the law, the
//! amount can be followed line by line.

use serde::{Deserialize, Serialize};

use crate::domain::{Dong, MemberGroup, Method, Receipt, Relation, SupportGroup};
use crate::policy::{Line, MemberQuote, RuleUse};
use crate::store::{Result, StoreError};

/// The terms of one enrollment; those of the other scheme are absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Terms {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub income: Option<Dong>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_month: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_group: Option<SupportGroup>,
    /// Months of State support used before, where it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported_months_before: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<MemberGroup>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Money taken for the whole record, where it is not what the law asks: somebody accepted it, and the
    /// difference is to be settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<Dong>,
    #[serde(default)]
    pub lines: Vec<Line>,
    /// Rows of the law, each in one word with its value.
    #[serde(default)]
    pub rules: Vec<String>,
}

impl Terms {
    /// Reads the terms of a stored enrollment.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn parse(document: &str) -> Result<Self> {
        serde_json::from_str(document)
            .map_err(|error| StoreError::unreadable("enrollments.terms", &error))
    }
}

/// The rows used, as they are kept.
pub fn names(rules: &[RuleUse]) -> Vec<String> {
    rules.iter().map(ToString::to_string).collect()
}

/// The rows behind one member of a household, as they are kept, and his lines with their places in that list.
pub fn of_member(rules: &[RuleUse], member: &MemberQuote) -> (Vec<String>, Vec<Line>) {
    let names = member.rules.iter().filter_map(|at| rules.get(*at)).map(ToString::to_string);
    let place = |at: &usize| member.rules.iter().position(|known| known == at);
    let kept =
        |line: &Line| Line { rules: line.rules.iter().filter_map(place).collect(), ..line.clone() };
    (names.collect(), member.lines.iter().map(kept).collect())
}
