//! What an installation has sent and says it still holds.

use chrono::NaiveDateTime;
use diesel::dsl::{case_when, max};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::conn::Conn;
use super::error::Result;
use super::schema::{installations, records, skipped_seqs};
use crate::domain::{Id, InstallationMode};

/// As many numbers as are read to find gaps; a phone far behind learns of its gaps step by step.
const WINDOW: i64 = 20_000;

/// What a phone says about itself at sending.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// Not delivered at sending, the batch it came with included.
    pub pending_total: i64,
    pub oldest_pending_at: Option<NaiveDateTime>,
    pub sent_at: NaiveDateTime,
}

/// What was known of an installation when its batch began.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Before {
    pub mode: Option<InstallationMode>,
    /// The last number up to which everything came.
    pub contiguous: i64,
}

/// Notes the report, unless a newer one came before; holds the installation's row, so that the
/// batches of one phone are decided in turn.
pub fn report(tx: &mut Conn, id: Id, report: Report, now: NaiveDateTime) -> Result<Before> {
    use installations::{oldest_pending_at, pending_sent_at, pending_total};

    let newest = || pending_sent_at.is_null().or(pending_sent_at.le(report.sent_at));
    Ok(diesel::update(installations::table.find(id))
        .set((
            installations::last_seen_at.eq(now),
            pending_total.eq(case_when(
                newest().assume_not_null(),
                report.pending_total.into_sql::<BigInt>(),
            )
            .otherwise(pending_total)),
            oldest_pending_at.eq(case_when(newest().assume_not_null(), report.oldest_pending_at)
                .otherwise(oldest_pending_at)),
            pending_sent_at.eq(case_when(newest().assume_not_null(), Some(report.sent_at))
                .otherwise(pending_sent_at)),
        ))
        .returning((installations::revoked_mode, installations::contiguous_seq))
        .get_result(tx)?)
}

/// When the newest batch came, by the clock of the server that took it.
pub fn newest(conn: &mut Conn) -> Result<Option<NaiveDateTime>> {
    let newest = installations::table.select(installations::last_seen_at);
    Ok(newest.order(installations::last_seen_at.desc()).first(conn).optional()?)
}

/// Takes what this batch delivered from the report it came with, unless a newer report came, and notes how
/// far everything has come.
pub fn delivered(
    tx: &mut Conn,
    id: Id,
    report: Report,
    records: i64,
    contiguous: i64,
) -> Result<()> {
    use installations::{oldest_pending_at, pending_sent_at, pending_total};

    let remaining = report.pending_total.saturating_sub(records).max(0);
    let oldest = report.oldest_pending_at.filter(|_| remaining > 0);
    let same = || pending_sent_at.assume_not_null().eq(report.sent_at);
    diesel::update(installations::table.find(id))
        .set((
            pending_total
                .eq(case_when(same(), remaining.into_sql::<BigInt>()).otherwise(pending_total)),
            oldest_pending_at.eq(case_when(same(), oldest).otherwise(oldest_pending_at)),
            installations::contiguous_seq.eq(contiguous),
        ))
        .execute(tx)?;
    Ok(())
}

/// The numbers beyond the contiguous ones that came or will never come, in order.
pub fn seen_beyond(conn: &mut Conn, id: Id, contiguous: i64) -> Result<Vec<i64>> {
    let mut seen: Vec<i64> = records::table
        .filter(records::installation_id.assume_not_null().eq(id))
        .filter(records::seq.assume_not_null().gt(contiguous))
        .order(records::seq)
        .limit(WINDOW)
        .select(records::seq.assume_not_null())
        .load(conn)?;
    let mut skipped: Vec<i64> = skipped_seqs::table
        .filter(skipped_seqs::installation_id.eq(id))
        .filter(skipped_seqs::seq.gt(contiguous))
        .order(skipped_seqs::seq)
        .limit(WINDOW)
        .select(skipped_seqs::seq)
        .load(conn)?;
    seen.append(&mut skipped);
    seen.sort_unstable();
    seen.dedup();
    Ok(seen)
}

/// The highest number that came or will never come; 0 of a phone that sent nothing.
pub fn last_seq(tx: &mut Conn, id: Id) -> Result<i64> {
    let sent: Option<i64> = records::table
        .filter(records::installation_id.assume_not_null().eq(id))
        .select(max(records::seq))
        .first(tx)?;
    let skipped: Option<i64> = skipped_seqs::table
        .filter(skipped_seqs::installation_id.eq(id))
        .select(max(skipped_seqs::seq))
        .first(tx)?;
    Ok(sent.max(skipped).unwrap_or(0))
}

/// The last number each of these installations can have given out before it was revoked.
pub fn revoked(tx: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, i64)>> {
    Ok(installations::table
        .filter(installations::id.eq_any(ids))
        .filter(installations::revoked_seq.is_not_null())
        .select((installations::id, installations::revoked_seq.assume_not_null()))
        .load(tx)?)
}

/// Numbers given up before.
pub fn skipped(tx: &mut Conn, id: Id, among: &[i64]) -> Result<Vec<i64>> {
    if among.is_empty() {
        return Ok(vec![]);
    }
    Ok(skipped_seqs::table
        .filter(skipped_seqs::installation_id.eq(id))
        .filter(skipped_seqs::seq.eq_any(among))
        .select(skipped_seqs::seq)
        .load(tx)?)
}
