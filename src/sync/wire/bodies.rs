//! What records say: people, money and days as the agent wrote them down.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{
    Id, MemberGroup, Method, Relation, ResultForm, Sex, SupportGroup, VisitResult,
};

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
    /// Months after the deadline of the method, for a late payment of before 1/7/2025.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months_late: Option<i64>,
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

/// What came of a visit.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct VisitBody {
    /// Whom the worklist says.
    #[serde(default)]
    pub item_id: Option<Id>,
    /// Somebody we know.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// The day of the visit, not after that of the record.
    pub visited_on: String,
    #[schema(value_type = VisitResult)]
    pub result: String,
    /// By when he wants to join, of `promised` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why not, of `refused` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The VssID app was installed at this visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vssid: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub village_id: Option<Id>,
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
