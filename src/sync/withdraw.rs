//! A supervisor takes a record back from his desk: the same void that a phone would send, judged by
//! the same rules.

use chrono::{DateTime, Utc};

use super::body::{Body, VoidOf};
use super::decide::{Batch, decide};
use super::entry::entries;
use super::envelope::{Envelope, Received, Record};
use super::judge::Sender;
use super::outcome::Decision;
use super::wire::{BatchRequest, PROTOCOL, VoidBody};
use crate::domain::{Id, RecordKind};
use crate::rulebook::Rulebook;
use crate::store::{Conn, Reach, Result, Store, StoreError, lookup};

/// Takes a record within reach back, by a void of the id `void_id`, which nobody could know before.
///
/// # Errors
/// [`StoreError::NotFound`] for a record outside reach.
pub fn withdraw(
    store: &Store,
    book: &Rulebook,
    reach: &Reach,
    user_id: Id,
    what: (Id, Id, String),
    now: DateTime<Utc>,
) -> Result<Decision> {
    after(store, book, reach, user_id, what, now, |_| Ok(()))
}

/// As [`withdraw`], after `first` has done what else belongs into the transaction.
pub(super) fn after(
    store: &Store,
    book: &Rulebook,
    reach: &Reach,
    user_id: Id,
    (void_id, record_id, reason): (Id, Id, String),
    now: DateTime<Utc>,
    first: impl Fn(&mut Conn) -> Result<()>,
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
    let batch = Batch { book, sender, installation_id: None, batch_id: void_id, received: now };
    let envelope = envelope(void_id, VoidBody { record_id, reason }, now)?;
    let entries = entries(&envelope, now);
    let (mut decisions, ()) = decide(store, &batch, &entries, &first, |_, (), _| Ok(()))?;
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
