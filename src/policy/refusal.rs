//! Why the law refuses, or why we cannot say.

use super::rule_use::RuleUse;
use crate::domain::{Code, FieldError};
use chrono::NaiveDate;

/// One reason, with the field it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub code: Code,
    /// The field, as a path inside the body: `income`.
    pub field: &'static str,
    /// The nearest right value (đồng, months, years), where there is one.
    pub expected: Option<i64>,
    /// The row of the law that says so (see [`RuleUse`]), or that is missing: its table, key and day.
    pub rule: Option<String>,
}

impl Refusal {
    /// A refusal without an expected value.
    #[must_use]
    pub const fn new(code: Code, field: &'static str) -> Self {
        Self { code, field, expected: None, rule: None }
    }

    /// With the value that would have been right.
    #[must_use]
    pub fn expecting(mut self, expected: i64) -> Self {
        self.expected = Some(expected);
        self
    }

    /// With the row that says so.
    #[must_use]
    pub(super) fn by(mut self, row: &RuleUse) -> Self {
        self.rule = Some(row.to_string());
        self
    }

    /// A table that has no row for that day: never the fault of the record.
    pub(super) fn no_row(table: &str, key: &str, day: NaiveDate) -> Self {
        Self {
            rule: Some(format!("{table} {key} {day}").replace("  ", " ")),
            ..Self::new(Code::RuleMissing, "paid_on")
        }
    }

    /// Whether a rule is missing rather than broken: the record waits for the row.
    #[must_use]
    pub fn waits_for_a_rule(&self) -> bool {
        matches!(self.code, Code::RuleMissing | Code::RateUnknown)
    }
}

/// What several reasons come to: the one code told first, and each with the path of its field. What is wrong
/// whatever a missing rule may say comes first; a field that is no matter of the law is merely `invalid`.
#[must_use]
pub fn told(refusals: Vec<(String, Refusal)>) -> (Code, Vec<FieldError>) {
    let certain = refusals.iter().find(|(_, refusal)| !refusal.waits_for_a_rule());
    let code = match certain.or(refusals.first()).map(|(_, refusal)| refusal.code) {
        None | Some(Code::OutOfRange) => Code::Invalid,
        Some(code) => code,
    };
    let field =
        |(path, Refusal { code, expected, rule, .. })| FieldError { path, code, expected, rule };
    (code, refusals.into_iter().map(field).collect())
}

/// A refusal inside a household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRefusal {
    /// The member, counted from 0; `None` when it concerns the household.
    pub member: Option<usize>,
    /// Why.
    pub refusal: Refusal,
}

impl MemberRefusal {
    /// The field as a path inside the body: `members/2/months`. The day of payment
    /// and the area are the household's, whichever member they fail.
    #[must_use]
    pub fn path(&self) -> String {
        match self.member {
            Some(at) if !matches!(self.refusal.field, "paid_on" | "area_code") => {
                format!("members/{at}/{}", self.refusal.field)
            }
            _ => self.refusal.field.to_owned(),
        }
    }
}
