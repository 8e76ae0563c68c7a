//! A supervisor takes a record back from his desk: the same void that a phone would send, judged by
//! the same rules.

use chrono::{DateTime, Utc};

use super::body::{Body, VoidOf};
use super::decide::decide;
use super::envelope::{Envelope, Received, Record};
use super::judge::{Context, Sender};
use super::outcome::Decision;
use super::wire::{BatchRequest, PROTOCOL, VoidBody};
use crate::domain::{Areas, Id, RecordKind};
use crate::policy::Rules;
use crate::store::{Reach, Result, Store, StoreError, lookup};

/// Takes a record within reach back. The same call again gives the same decision.
///
/// # Errors
/// [`StoreError::NotFound`] for a record outside reach.
pub fn withdraw(
    store: &Store,
    (rules, areas): (&Rules, &Areas),
    reach: &Reach,
    user_id: Id,
    (record_id, reason): (Id, String),
    now: DateTime<Utc>,
) -> Result<Decision> {
    let group_id = store.read(|conn| lookup::group_of(conn, record_id))?;
    reach.check_group(group_id)?;
    let sender = Sender {
        agent_id: user_id,
        group_id,
        organisation_id: None,
        is_leader: true,
        certificate_expires_on: None,
    };
    let id = record_id.derive("withdrawn");
    let ctx = Context { rules, areas, sender, installation_id: None, batch_id: id, received: now };
    let envelope = envelope(id, VoidBody { record_id, reason }, now)?;
    let (mut decisions, ()) = decide(store, &ctx, &envelope, |_| Ok(()), |_, (), _| Ok(()))?;
    decisions.pop().ok_or(StoreError::NotFound)
}

fn envelope(id: Id, body: VoidBody, now: DateTime<Utc>) -> Result<Envelope> {
    let payload = serde_json::to_string(&body)
        .map_err(|error| StoreError::Damaged(format!("a void cannot be written: {error}")))?;
    let record = Record {
        id,
        rev: 1,
        seq: 1,
        kind: RecordKind::Void,
        captured_at: now,
        boot_id: None,
        uptime_ms: None,
        payload,
        body: Ok(Body::Void(VoidOf { record_id: body.record_id, reason: body.reason })),
    };
    let head = BatchRequest {
        installation_id: Id::NIL,
        protocol: PROTOCOL,
        sent_at: now.fixed_offset(),
        agent_id: None,
        pending_total: 0,
        oldest_pending_at: None,
        skipped_seq: vec![],
        boot_id: None,
        uptime_ms: None,
        cursor: None,
        records: vec![],
    };
    Ok(Envelope { head, records: vec![Received::Readable(Box::new(record))] })
}
