//! What is kept no longer than it must be: bodies of decided records, and sessions that ended.

use chrono::NaiveDateTime;
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use super::conn::{Conn, MultiBackend};
use super::error::Result;
use super::schema::{duplicates, enrollments, records, refresh_families, refresh_tokens, reviews};
use crate::domain::{Id, RecordState, ReviewState};

/// How the fingerprint begins that stands where a body was; no JSON begins so.
pub const FINGERPRINT: &str = "sha256:";
const ANY_FINGERPRINT: &str = "sha256:%";

/// States in which somebody was enrolled by a record, or was already.
pub const USED: [RecordState; 3] =
    [RecordState::Accepted, RecordState::Voided, RecordState::Duplicate];
/// States in which nobody ever was.
pub const UNUSED: [RecordState; 2] = [RecordState::Rejected, RecordState::Superseded];

/// What was decided before these moments has been kept long enough.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    pub used: NaiveDateTime,
    pub unused: NaiveDateTime,
    /// Records captured later lie behind this id; they cannot have been decided so long ago and are not looked at.
    pub captured: Id,
    /// Ids behind this one were made without a time, and are looked at. Of those between the two some may be such: theirs
    /// go at most as late again.
    pub unborn: Id,
}

/// Bodies that have been kept long enough. Whatever waits for a decision is kept.
fn bodies(before: &Before, since: Id) -> records::BoxedQuery<'static, MultiBackend> {
    let open = reviews::table
        .filter(reviews::record_id.eq(records::id))
        .filter(reviews::state.eq(ReviewState::Open));
    let used = records::state.eq_any(USED).and(records::state_at.lt(before.used));
    let unused = records::state.eq_any(UNUSED).and(records::state_at.lt(before.unused));
    records::table
        .filter(records::id.ge(since))
        .filter(records::id.lt(before.captured).or(records::id.ge(before.unborn)))
        .filter(used.or(unused))
        .filter(records::payload.not_like(ANY_FINGERPRINT))
        .filter(not(exists(open)))
        .into_boxed()
}

/// How many bodies of each state.
pub fn count(conn: &mut Conn, before: &Before) -> Result<Vec<(RecordState, i64)>> {
    let mut counts = Vec::new();
    for state in USED.into_iter().chain(UNUSED) {
        let bodies = bodies(before, Id::NIL).filter(records::state.eq(state));
        counts.push((state, bodies.select(count_star()).first(conn)?));
    }
    Ok(counts)
}

/// A body, with its record and revision.
pub type Body = (Id, i64, String);

/// Some of these bodies, from this record on.
pub fn page(conn: &mut Conn, before: &Before, since: Id, limit: i64) -> Result<Vec<Body>> {
    Ok(bodies(before, since)
        .order((records::id, records::rev))
        .limit(limit)
        .select((records::id, records::rev, records::payload))
        .load(conn)?)
}

/// Puts a fingerprint where a body was, unless that waits for a decision by now. A void of what a duplicate
/// named no longer asks about the duplicate: nobody could answer.
pub fn forget(tx: &mut Conn, before: &Before, (id, rev): (Id, i64), print: &str) -> Result<bool> {
    let state: Option<RecordState> = bodies(before, id)
        .filter(records::id.eq(id).and(records::rev.eq(rev)))
        .select(records::state)
        .first(tx)
        .optional()?;
    if state.is_none() {
        return Ok(false);
    }
    diesel::update(records::table.find((id, rev))).set(records::payload.eq(print)).execute(tx)?;
    let named = duplicates::table
        .filter(duplicates::record_id.eq(id))
        .filter(duplicates::record_rev.eq(rev));
    diesel::delete(named).execute(tx)?;
    Ok(true)
}

/// Writes the consent of a revision to the enrollments that came of it, where none stands.
pub fn keep_consent(
    tx: &mut Conn,
    (id, rev): (Id, i64),
    version: &str,
    at: NaiveDateTime,
) -> Result<()> {
    let without = enrollments::table
        .filter(enrollments::record_id.eq(id).and(enrollments::record_rev.eq(rev)))
        .filter(enrollments::consent_version.is_null());
    let consent = (enrollments::consent_version.eq(version), enrollments::consent_at.eq(at));
    diesel::update(without).set(consent).execute(tx)?;
    Ok(())
}

/// Sessions of which no token could be used after that moment.
pub fn count_sessions(conn: &mut Conn, before: NaiveDateTime) -> Result<i64> {
    let alive = refresh_tokens::table
        .filter(refresh_tokens::family_id.eq(refresh_families::id))
        .filter(refresh_tokens::expires_at.ge(before));
    Ok(refresh_families::table
        .filter(refresh_families::created_at.lt(before))
        .filter(not(exists(alive)))
        .select(count_star())
        .first(conn)?)
}

/// Forgets them. Returns how many.
pub fn forget_sessions(tx: &mut Conn, before: NaiveDateTime) -> Result<usize> {
    let over = refresh_tokens::table.filter(refresh_tokens::expires_at.lt(before));
    diesel::delete(over).execute(tx)?;
    let tokens = refresh_tokens::table.filter(refresh_tokens::family_id.eq(refresh_families::id));
    let empty = refresh_families::table
        .filter(refresh_families::created_at.lt(before))
        .filter(not(exists(tokens)));
    Ok(diesel::delete(empty).execute(tx)?)
}
