//! A batch as it is sent: the envelope and its records.

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::bodies::{HouseholdBody, VisitBody, VoidBody, VoluntaryBody};
use crate::domain::{Id, RecordKind};

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
    /// [`VoluntaryBody`], [`HouseholdBody`], [`VoidBody`] or [`VisitBody`], by `kind`.
    #[schema(value_type = RecordBody)]
    pub body: Box<RawValue>,
}

/// The body of a record, by its kind.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "names the shapes for the specification")]
pub enum RecordBody {
    Voluntary(Box<VoluntaryBody>),
    Household(Box<HouseholdBody>),
    Void(VoidBody),
    Visit(VisitBody),
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
    /// Seconds to wait before the next batch; 0 unless many phones wait to be heard.
    pub backoff_s: u32,
}

/// The limits in force, while few phones wait.
pub const LIMITS: Limits =
    Limits { records: 500, bytes: 4 * 1024 * 1024, retain_days: 45, backoff_s: 0 };

/// Seconds a phone is asked to wait: in `limits.backoff_s` while many wait, and in `Retry-After` of every
/// 503.
pub const BACKOFF_S: u32 = 5;

/// The protocol version spoken here.
pub const PROTOCOL: i64 = 1;

/// What a phone should know before it sends.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConfigAnswer {
    pub limits: Limits,
    pub protocols: Vec<i64>,
    pub server_time: DateTime<Utc>,
    pub epoch: Id,
    pub rules_version: String,
    /// Another table of areas has another.
    pub areas_version: String,
}
