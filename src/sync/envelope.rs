//! Reads a batch: the envelope as a whole, then each record for itself, so that a bad record never
//! harms its neighbours.

use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;

use super::body::{self, Body};
use super::strict;
use super::wire::{BatchRequest, LIMITS, PROTOCOL, RecordRequest};
use crate::domain::{Areas, Code, FieldError, Id, RecordKind};

/// Most numbers one batch may give up.
const MAX_SKIPPED: usize = 10_000;

/// More records than any phone ever held.
const MAX_PENDING: i64 = 1_000_000;

/// The largest integer that every client can write.
const MAX_INTEGER: i64 = 1 << 53;

/// A clock may be wrong by years, but not by centuries: such times are no times.
pub(super) fn of_our_time(at: impl Datelike) -> bool {
    (2000..=2100).contains(&at.year())
}

/// Why a whole batch is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    #[error("not a batch")]
    Malformed,
    #[error("too many records or bytes")]
    TooLarge,
    #[error("a protocol not spoken here")]
    Protocol,
}

/// A batch whose envelope is right; its records may not be.
#[derive(Debug)]
pub struct Envelope {
    pub head: BatchRequest,
    pub records: Vec<Received>,
}

/// One record as it came.
#[derive(Debug)]
pub enum Received {
    /// Its head could be read, so that it can be stored whatever its body says.
    Readable(Box<Record>),
    /// Not even that; nothing is stored.
    Unreadable { id: Option<Id>, rev: Option<i64>, code: Code },
}

/// A record with a readable head.
#[derive(Debug)]
pub struct Record {
    pub id: Id,
    pub rev: i64,
    pub seq: i64,
    pub kind: RecordKind,
    pub captured_at: DateTime<Utc>,
    pub boot_id: Option<String>,
    pub uptime_ms: Option<i64>,
    /// The bytes of the body as they came.
    pub payload: String,
    pub body: Result<Body, Invalid>,
}

/// What is wrong with a record, all of it at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    pub code: Code,
    pub fields: Vec<FieldError>,
}

impl Invalid {
    /// A record of the wrong shape; `path` is the first place that is.
    pub fn malformed(path: String) -> Self {
        let fields =
            if path.is_empty() { vec![] } else { vec![FieldError::new(path, Code::Malformed)] };
        Self { code: Code::Malformed, fields }
    }
}

/// Reads a batch whole.
///
/// # Errors
/// Only what concerns the envelope.
pub fn read(bytes: &[u8], areas: &Areas) -> Result<Envelope, EnvelopeError> {
    if bytes.len() > LIMITS.bytes {
        return Err(EnvelopeError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| EnvelopeError::Malformed)?;
    let mut head: BatchRequest = serde_json::from_str(text).map_err(|_| not_ours(text))?;
    strict::check_outermost(text).map_err(|_| EnvelopeError::Malformed)?;
    if head.protocol != PROTOCOL {
        return Err(EnvelopeError::Protocol);
    }
    if head.records.len() > LIMITS.records || head.skipped_seq.len() > MAX_SKIPPED {
        return Err(EnvelopeError::TooLarge);
    }
    let times = [Some(head.sent_at), head.oldest_pending_at];
    let sane = (0..=MAX_PENDING).contains(&head.pending_total)
        && head.skipped_seq.iter().all(|seq| (1..=MAX_INTEGER).contains(seq))
        && times.into_iter().flatten().all(of_our_time);
    if !sane {
        return Err(EnvelopeError::Malformed);
    }
    let raw = std::mem::take(&mut head.records);
    let records = raw.iter().map(|json| record(json.get(), areas)).collect();
    Ok(Envelope { head, records })
}

/// A batch of another protocol may have another shape: then that is what is wrong with it.
fn not_ours(text: &str) -> EnvelopeError {
    #[derive(Deserialize)]
    struct Spoken {
        protocol: i64,
    }
    match serde_json::from_str::<Spoken>(text) {
        Ok(spoken) if spoken.protocol != PROTOCOL => EnvelopeError::Protocol,
        _ => EnvelopeError::Malformed,
    }
}

/// As much of a record's head as can be read when the whole cannot.
#[derive(Default, Deserialize)]
struct Remains {
    #[serde(default)]
    id: serde_json::Value,
    #[serde(default)]
    rev: serde_json::Value,
    #[serde(default)]
    kind: serde_json::Value,
}

fn record(json: &str, areas: &Areas) -> Received {
    let clean = strict::check(json);
    let Ok(wire) = serde_json::from_str::<RecordRequest>(json) else {
        return unreadable(json);
    };
    let Ok(kind) = wire.kind.parse::<RecordKind>() else {
        return Received::Unreadable {
            id: Some(wire.id),
            rev: Some(wire.rev),
            code: Code::UnsupportedKind,
        };
    };
    let counts = [wire.rev, wire.seq].iter().all(|it| (1..=MAX_INTEGER).contains(it));
    if !counts || !of_our_time(wire.captured_at) || wire.id == Id::NIL {
        return Received::Unreadable {
            id: Some(wire.id),
            rev: Some(wire.rev),
            code: Code::Malformed,
        };
    }
    let payload = <Box<str>>::from(wire.body).into_string();
    let body = match clean {
        Ok(()) => body::read(kind, &payload, areas),
        Err(_) => Err(Invalid::malformed(String::new())),
    };
    Received::Readable(Box::new(Record {
        id: wire.id,
        rev: wire.rev,
        seq: wire.seq,
        kind,
        captured_at: wire.captured_at.to_utc(),
        boot_id: wire.boot_id,
        uptime_ms: wire.uptime_ms,
        payload,
        body,
    }))
}

fn unreadable(json: &str) -> Received {
    let remains: Remains = serde_json::from_str(json).unwrap_or_default();
    let unknown_kind =
        remains.kind.as_str().is_some_and(|kind| kind.parse::<RecordKind>().is_err());
    Received::Unreadable {
        id: remains.id.as_str().and_then(|id| id.parse().ok()),
        rev: remains.rev.as_i64(),
        code: if unknown_kind { Code::UnsupportedKind } else { Code::Malformed },
    }
}
