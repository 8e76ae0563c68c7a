//! The decision on a record, as it is stored for ever: codes, ids, numbers and days, no sentences.

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::envelope::Invalid;
use super::wire::{DuplicateOf, EnrollmentAnswer};
use crate::domain::{Code, FieldError, Flag, Id, RecordState, RecordStatus};
use crate::store::StoreError;

/// The first decision on (record id, revision).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: RecordStatus,
    pub code: Option<Code>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enrollments: Vec<EnrollmentAnswer>,
}

impl Outcome {
    fn with(status: RecordStatus, code: Option<Code>) -> Self {
        Self { status, code, fields: vec![], flags: vec![], enrollments: vec![] }
    }

    pub fn accepted(flags: Vec<Flag>, enrollments: Vec<EnrollmentAnswer>) -> Self {
        Self { flags, enrollments, ..Self::with(RecordStatus::Accepted, None) }
    }

    /// Kept, not counted, a person will decide. `covered` has one place for each person.
    pub fn review(code: Code, flags: Vec<Flag>, covered: Vec<Option<DuplicateOf>>) -> Self {
        let enrollments = nobody(covered);
        Self { flags, enrollments, ..Self::with(RecordStatus::Review, Some(code)) }
    }

    /// Every person of the record is covered already.
    pub fn duplicate(flags: Vec<Flag>, covered: Vec<Option<DuplicateOf>>) -> Self {
        let enrollments = nobody(covered);
        Self { flags, enrollments, ..Self::with(RecordStatus::Duplicate, None) }
    }

    pub fn rejected(code: Code, fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::with(RecordStatus::Rejected, Some(code)) }
    }

    pub fn deferred(code: Code) -> Self {
        Self::with(RecordStatus::Deferred, Some(code))
    }

    /// Whether it waits for a row of the law, and not for a person.
    pub fn waits_for_a_rule(&self) -> bool {
        self.status == RecordStatus::Review
            && matches!(self.code, Some(Code::RateUnknown | Code::RuleMissing))
    }

    /// The state a record is in right after this decision; `None` when nothing is stored.
    pub fn state(&self) -> Option<RecordState> {
        match self.status {
            RecordStatus::Accepted => Some(RecordState::Accepted),
            RecordStatus::Duplicate => Some(RecordState::Duplicate),
            RecordStatus::Review => Some(RecordState::Review),
            RecordStatus::Rejected => Some(RecordState::Rejected),
            RecordStatus::Deferred => None,
        }
    }
}

impl From<Invalid> for Outcome {
    fn from(invalid: Invalid) -> Self {
        Self::rejected(invalid.code, invalid.fields)
    }
}

fn nobody(covered: Vec<Option<DuplicateOf>>) -> Vec<EnrollmentAnswer> {
    let entry = |duplicate_of| EnrollmentAnswer { duplicate_of, ..EnrollmentAnswer::default() };
    covered.into_iter().map(entry).collect()
}

/// What is answered for one record of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub id: Option<Id>,
    pub rev: Option<i64>,
    pub replayed: bool,
    pub outcome: Outcome,
}

impl Decision {
    /// Not decided through our own fault: the phone sends it again.
    pub fn deferred(entry: &Entry<'_>, cause: &StoreError) -> Self {
        let (id, rev) = match entry {
            Entry::Readable(taken) => (Some(taken.record.id), Some(taken.record.rev)),
            Entry::Unreadable { id, rev, .. } => (*id, *rev),
        };
        tracing::error!(error = %cause, record_id = ?id, "a record was deferred");
        Self { id, rev, replayed: false, outcome: Outcome::deferred(Code::Internal) }
    }
}
