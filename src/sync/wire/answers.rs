//! What was decided, as phones read it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::batch::Limits;
use super::feed::ChangesAnswer;
use crate::domain::{
    CardState, CardType, Code, EnrollmentKind, Flag, Id, RecordState, RecordStatus,
};

/// What was decided on each record, in their order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BatchAnswer {
    pub batch_id: Id,
    /// Changes when a database was restored.
    pub epoch: Id,
    pub server_time: DateTime<Utc>,
    /// Server time less the phone's `sent_at`.
    pub clock_skew_ms: i64,
    pub results: Vec<ResultAnswer>,
    pub installation: InstallationAnswer,
    pub limits: Limits,
    /// The pull that rides on the answer when the request had a `cursor`.
    pub changes: Option<ChangesAnswer>,
}

/// The first decision on a (record, revision), replayed for ever.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ResultAnswer {
    /// As sent; null when it could not be read.
    pub id: Option<Id>,
    pub rev: Option<i64>,
    pub status: RecordStatus,
    /// Whether this was decided before.
    pub replayed: bool,
    pub code: Option<Code>,
    /// A sentence in the language asked for.
    pub detail: Option<String>,
    pub fields: Vec<FieldAnswer>,
    pub flags: Vec<Flag>,
    pub enrollments: Vec<EnrollmentAnswer>,
}

/// One wrong field of a record.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FieldAnswer {
    /// JSON pointer within the record.
    pub path: String,
    pub code: Code,
    pub detail: String,
    /// The right number, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<i64>,
    /// The row of the law that says so, or is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// What became of one person of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrollmentAnswer {
    pub id: Option<Id>,
    pub person_id: Option<Id>,
    pub bhxh_code: Option<String>,
    pub kind: Option<EnrollmentKind>,
    /// The standing enrollment that covers the person already.
    pub duplicate_of: Option<DuplicateOf>,
    pub card: Option<CardAnswer>,
}

/// Which group took the standing enrollment and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DuplicateOf {
    pub enrollment_id: Id,
    pub group_name: String,
    pub accepted_on: NaiveDate,
}

/// The card or book recorded. A book has no validity days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CardAnswer {
    pub id: Id,
    #[serde(rename = "type")]
    pub card_type: CardType,
    pub state: CardState,
    pub number: Option<String>,
    pub long_number: Option<String>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
}

/// What the server has of this installation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InstallationAnswer {
    /// All numbers up to this one have come.
    pub contiguous_seq: i64,
    /// Ranges that have not come, both ends included.
    pub missing_seq: Vec<(i64, i64)>,
    /// `wipe`: nothing is pending and the installation was revoked.
    pub order: Option<String>,
}

/// Outcomes and current states of records, in the order asked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecordsAnswer {
    pub results: Vec<RecordAnswer>,
}

/// One record: what was decided first and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecordAnswer {
    pub id: Id,
    pub rev: Option<i64>,
    /// Its number of the installation that sent it.
    pub seq: Option<i64>,
    pub found: bool,
    pub outcome: Option<ResultAnswer>,
    pub current: Option<CurrentAnswer>,
}

/// Where a record stands now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CurrentAnswer {
    pub status: RecordState,
    /// Why, where it is not the reason of the first decision: a rule was added since.
    pub code: Option<Code>,
    /// What is wrong with it then.
    pub fields: Vec<FieldAnswer>,
    pub at: DateTime<Utc>,
    pub enrollment_ids: Vec<Id>,
}
