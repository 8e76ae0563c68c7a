//! The shapes of the protocol as they stand on the wire (`docs/SYNC.md`). Words of closed
//! vocabularies stay text here, so that one wrong word is an error of its field and not of the
//! whole record.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::domain::{
    CardState, CardType, ChangeEntity, ChangeOp, Code, EnrollmentKind, EnrollmentStatus, Flag, Id,
    MemberGroup, Method, RecordKind, RecordState, RecordStatus, Relation, ResultForm, ReviewState,
    Scheme, Sex, SupportGroup,
};

/// Records sent together; only a wrapper.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BatchRequest {
    /// The app's installation, the one the token was made for.
    pub installation_id: Id,
    /// Protocol version; 1.
    pub protocol: i64,
    /// The phone's time at this attempt.
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: DateTime<FixedOffset>,
    /// API clients only: an agent of their organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<Id>,
    /// Records not yet delivered at sending, this batch included.
    pub pending_total: i64,
    /// When the oldest of them was captured.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_pending_at: Option<DateTime<FixedOffset>>,
    /// Numbers that will never come: a revision replaced before it was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped_seq: Vec<i64>,
    /// Which start of the phone `uptime_ms` counts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
    /// Milliseconds since that start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_ms: Option<i64>,
    /// Where the phone's copy of the feed stands; a pull rides on the answer.
    #[serde(default)]
    pub cursor: Option<String>,
    /// At most `limits.records` records ([`RecordRequest`]), judged in this order.
    #[schema(value_type = Vec<RecordRequest>)]
    pub records: Vec<Box<RawValue>>,
}

/// What the phone made at one kitchen table.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecordRequest {
    /// Made by the phone.
    pub id: Id,
    /// 1 when captured, one more for each correction.
    pub rev: i64,
    /// The next number of the installation for each (id, rev).
    pub seq: i64,
    #[schema(value_type = RecordKind)]
    pub kind: String,
    /// The phone's time at capture.
    #[schema(value_type = String, format = DateTime)]
    pub captured_at: DateTime<FixedOffset>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_ms: Option<i64>,
    /// [`VoluntaryBody`], [`HouseholdBody`] or [`VoidBody`], by `kind`.
    #[schema(value_type = RecordBody)]
    pub body: Box<RawValue>,
}

/// The body of a record, by its kind.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "names the three shapes for the specification")]
pub enum RecordBody {
    Voluntary(Box<VoluntaryBody>),
    Household(Box<HouseholdBody>),
    Void(VoidBody),
}

/// A person as the papers at the table describe him or her.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PersonBody {
    /// Mã số BHXH, 10 digits.
    #[serde(default)]
    pub bhxh_code: Option<String>,
    /// Số định danh cá nhân, 12 digits.
    #[serde(default)]
    pub personal_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passport: Option<String>,
    pub full_name: String,
    /// `1988-03-05`, `1988-03` or `1988`.
    pub birth_date: String,
    #[schema(value_type = Sex)]
    pub sex: String,
    #[serde(default)]
    pub ethnicity: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    /// Commune on the day of payment.
    pub area_code: String,
    pub address: String,
}

/// One voluntary enrollment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VoluntaryBody {
    pub person: PersonBody,
    #[schema(value_type = Method)]
    pub method: String,
    /// For `ahead` and `missing` only.
    #[serde(default)]
    pub months: Option<i64>,
    /// First month paid for, `2026-12`.
    pub from_month: String,
    /// Chosen monthly income, đồng.
    pub income: i64,
    #[serde(default)]
    #[schema(value_type = Option<SupportGroup>)]
    pub support_group: Option<String>,
    /// Months of State support already used elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported_months_before: Option<i64>,
    /// Money taken, đồng.
    pub amount_collected: i64,
    /// Day of payment, `2026-11-22`: the law of this day holds.
    pub paid_on: String,
    #[serde(default)]
    pub receipt: Option<ReceiptBody>,
    #[schema(value_type = ResultForm)]
    pub result_form: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentBody>,
}

/// One household with all the members who join together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HouseholdBody {
    pub household: HouseholdHead,
    pub paid_on: String,
    /// Money taken for all members, đồng.
    pub amount_collected: i64,
    #[serde(default)]
    pub receipt: Option<ReceiptBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive_id: Option<Id>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentBody>,
    pub members: Vec<MemberBody>,
}

/// The household itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HouseholdHead {
    /// Made by the phone, or pulled.
    pub id: Id,
    /// Official household code, when known.
    #[serde(default)]
    pub code: Option<String>,
    pub head_name: String,
    pub area_code: String,
    pub address: String,
    #[serde(default)]
    pub phone: Option<String>,
}

/// One member who joins.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MemberBody {
    pub person: PersonBody,
    #[schema(value_type = Relation)]
    pub relation: String,
    #[schema(value_type = MemberGroup)]
    pub group: String,
    pub months: i64,
    /// Where first care is given, `44001`.
    pub facility_code: String,
    /// Last day of the card held before.
    #[serde(default)]
    pub previous_valid_to: Option<String>,
    #[schema(value_type = ResultForm)]
    pub result_form: String,
}

/// Takes back an earlier record.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VoidBody {
    pub record_id: Id,
    pub reason: String,
}

/// The receipt handed over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReceiptBody {
    pub book: String,
    pub number: String,
}

/// The person's consent to the processing of her data.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConsentBody {
    pub version: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: DateTime<FixedOffset>,
}

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

/// What a batch may be, and how long a phone keeps what it sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Records in a batch.
    pub records: usize,
    /// Bytes of a body after decompression.
    pub bytes: usize,
    /// Days a phone keeps what was accepted.
    pub retain_days: u32,
    /// Seconds to wait before the next batch.
    pub backoff_s: u32,
}

/// The limits in force.
pub const LIMITS: Limits =
    Limits { records: 500, bytes: 4 * 1024 * 1024, retain_days: 45, backoff_s: 0 };

/// The protocol version spoken here.
pub const PROTOCOL: i64 = 1;

/// What changed in the group since a cursor.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangesAnswer {
    pub epoch: Id,
    pub changes: Vec<ChangeAnswer>,
    /// Ask with this next time.
    pub cursor: String,
    pub has_more: bool,
}

/// One entity in its newest state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeAnswer {
    /// `enrollment`, `card`, `person`, `household`, `review`.
    pub entity: ChangeEntity,
    pub id: Id,
    pub op: ChangeOp,
    /// Of a `delete`: `merged_into`, `access_lost`.
    pub reason: Option<String>,
    /// The entity, for `put`.
    pub data: Option<Entity>,
}

/// An entity of the feed, by the `entity` of its change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Entity {
    Enrollment(Box<EnrollmentEntity>),
    Card(CardEntity),
    Review(ReviewEntity),
    Person(PersonEntity),
    Household(HouseholdEntity),
}

/// An enrollment; amounts in đồng.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnrollmentEntity {
    pub id: Id,
    pub record_id: Id,
    pub record_rev: i64,
    pub person_id: Id,
    pub household_id: Option<Id>,
    pub scheme: Scheme,
    pub kind: EnrollmentKind,
    pub status: EnrollmentStatus,
    pub group_id: Id,
    pub agent_id: Id,
    pub area_code: String,
    pub village_id: Option<Id>,
    pub drive_id: Option<Id>,
    pub paid_on: NaiveDate,
    pub counted_on: NaiveDate,
    pub covers_from: NaiveDate,
    pub covers_to: NaiveDate,
    pub months: i64,
    pub gross: i64,
    pub state_support: i64,
    pub local_support: i64,
    pub payable: i64,
    pub accepted_at: DateTime<Utc>,
    pub voided_on: Option<NaiveDate>,
}

/// A card or book.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CardEntity {
    pub id: Id,
    pub enrollment_id: Id,
    pub person_id: Id,
    #[serde(rename = "type")]
    pub card_type: CardType,
    pub state: CardState,
    pub number: Option<String>,
    pub long_number: Option<String>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub facility_code: Option<String>,
    pub result_form: ResultForm,
}

/// Something a supervisor must decide.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReviewEntity {
    pub id: Id,
    pub record_id: Id,
    pub record_rev: i64,
    pub code: String,
    pub state: ReviewState,
    pub opened_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
}

/// A person of one of the group's records.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PersonEntity {
    pub id: Id,
    pub bhxh_code: Option<String>,
    pub personal_id: Option<String>,
    pub full_name: String,
    pub birth_date: String,
    pub sex: Sex,
    pub phone: Option<String>,
    pub area_code: String,
    pub address: String,
}

/// A household, with the ranks its members took.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HouseholdEntity {
    pub id: Id,
    pub code: Option<String>,
    pub area_code: String,
    pub ranks: Vec<RankEntity>,
}

/// A member's rank in a calendar year.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RankEntity {
    pub year: i32,
    pub person_id: Id,
    pub rank: i32,
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
    pub at: DateTime<Utc>,
    pub enrollment_ids: Vec<Id>,
}

/// What a phone should know before it sends.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConfigAnswer {
    pub limits: Limits,
    pub protocols: Vec<i64>,
    pub server_time: DateTime<Utc>,
    pub epoch: Id,
    pub rules_version: String,
}
