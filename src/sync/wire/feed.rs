//! The feed of a group: each entity in its newest state.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{
    CardState, CardType, ChangeEntity, ChangeOp, ChangeReason, EnrollmentKind, EnrollmentStatus,
    HolderKind, Id, Measure, ResultForm, ReviewState, Scheme, Sex,
};

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
    /// `enrollment`, `card`, `person`, `household`, `review`, `target`.
    pub entity: ChangeEntity,
    pub id: Id,
    pub op: ChangeOp,
    /// Of a `delete`.
    pub reason: Option<ChangeReason>,
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
    Target(TargetEntity),
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
    /// Whom the doubt is about, as far as he is known.
    pub person_id: Option<Id>,
    /// Who he may be.
    pub other_id: Option<Id>,
    /// What the one who decided wrote.
    pub note: Option<String>,
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

/// What somebody is to reach in a period, both days inclusive.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Target)]
pub struct TargetEntity {
    pub id: Id,
    pub holder: HolderEntity,
    /// Of a group and of its agents.
    #[schema(required)]
    pub group_id: Option<Id>,
    /// Whose plan it belongs to.
    #[schema(required)]
    pub office_id: Option<Id>,
    /// The target it was handed down from.
    #[schema(required)]
    pub part_of: Option<Id>,
    pub measure: Measure,
    /// None of the app alone.
    #[schema(required)]
    pub scheme: Option<Scheme>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub people: i64,
    pub created_at: DateTime<Utc>,
}

/// Whose a target is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Holder)]
pub struct HolderEntity {
    pub kind: HolderKind,
    /// An id, or the code of an area.
    pub id: String,
    pub name: String,
}
