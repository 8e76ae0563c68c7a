//! A stored record, read back to be judged once more.

use super::body;
use super::envelope::Record;
use super::judge::Sender;
use super::outcome::Outcome;
use crate::domain::{Areas, Flag, RecordKind};
use crate::store::waiting::WaitingRecord;
use crate::store::{Result, Store, StoreError, retention, users};

/// The agent whose record it is, in the group it belongs to.
pub fn sender(store: &Store, row: &WaitingRecord) -> Result<Sender> {
    let agent = store.read(|conn| users::by_id(conn, row.agent_id))?;
    Ok(Sender {
        agent_id: row.agent_id,
        group_id: row.group_id,
        organisation_id: row.organisation_id,
        // Whether he might take a record back was asked when the void came.
        is_leader: row.kind == RecordKind::Void,
        certificate_expires_on: agent.and_then(|agent| agent.certificate_expires_on),
    })
}

/// A stored record as it was read when it came, with the flags it got. One that cannot be read back is
/// left as it is, and logged.
pub fn read(row: &WaitingRecord, areas: &Areas) -> Option<(Record, Vec<Flag>)> {
    if row.payload.starts_with(retention::FINGERPRINT) {
        return None;
    }
    let outcome: Outcome = serde_json::from_str(&row.outcome)
        .map_err(|error| StoreError::unreadable("an outcome", &error))
        .inspect_err(
            |error| tracing::error!(%error, record_id = %row.id, "a record stays as it is"),
        )
        .ok()?;
    let record = Record {
        id: row.id,
        rev: row.rev,
        seq: row.seq.unwrap_or(1),
        kind: row.kind,
        captured_at: row.captured_at.and_utc(),
        boot_id: None,
        uptime_ms: None,
        body: body::read(row.kind, &row.payload, areas),
        payload: row.payload.clone(),
    };
    Some((record, outcome.flags))
}
