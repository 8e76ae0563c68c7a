//! The only place that asks for the time or makes an id; everything below takes them as arguments.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use crate::domain::Id;

/// The time now, UTC.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn now() -> DateTime<Utc> {
    // Microseconds: what both databases keep, so that an answer is the same when it is read again.
    Utc::now().trunc_subsecs(6)
}

/// A new id that sorts by time (UUID version 7).
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the one place that may")]
pub fn new_id() -> Id {
    Id(Uuid::now_v7())
}
