//! Visits as they are told to whom they were paid.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::domain::{Id, VisitResult};
use crate::store::visits::VisitRow;

/// A visit to her.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VisitOfPerson {
    /// The record that said it.
    record_id: Id,
    /// The item of a list that it was for; null when it was for none.
    #[schema(required)]
    item_id: Option<Id>,
    visited_on: NaiveDate,
    result: VisitResult,
    /// By when she wanted to join.
    #[schema(required)]
    until: Option<NaiveDate>,
    /// Why she did not want to, as it was written then.
    #[schema(required)]
    reason: Option<String>,
    /// Whether VssID was installed on her phone.
    vssid: bool,
    group_id: Id,
    agent_id: Id,
    area_code: String,
    #[schema(required)]
    village_id: Option<Id>,
    captured_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    /// When it was taken back.
    #[schema(required)]
    voided_at: Option<DateTime<Utc>>,
}

impl From<VisitRow> for VisitOfPerson {
    fn from(row: VisitRow) -> Self {
        Self {
            record_id: row.record_id,
            item_id: row.item_id,
            visited_on: row.visited_on,
            result: row.result,
            until: row.promised_for,
            reason: row.reason,
            vssid: row.vssid,
            group_id: row.group_id,
            agent_id: row.agent_id,
            area_code: row.area_code,
            village_id: row.village_id,
            captured_at: row.captured_at.and_utc(),
            received_at: row.recorded_at.and_utc(),
            voided_at: row.voided_at.map(|at| at.and_utc()),
        }
    }
}
