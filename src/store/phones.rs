//! What an installation has sent and says it still holds.

use chrono::NaiveDateTime;
use diesel::dsl::max;
use diesel::prelude::*;

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

/// Notes the report, unless a newer one came before; holds the installation's row, so that the
/// batches of one phone are decided in turn.
pub fn report(
    tx: &mut Conn,
    id: Id,
    report: Report,
    now: NaiveDateTime,
) -> Result<Option<InstallationMode>> {
    let row = installations::table.find(id);
    let mode: Option<InstallationMode> = diesel::update(row)
        .set(installations::last_seen_at.eq(now))
        .returning(installations::revoked_mode)
        .get_result(tx)?;
    diesel::update(
        row.filter(
            installations::pending_sent_at
                .is_null()
                .or(installations::pending_sent_at.le(report.sent_at)),
        ),
    )
    .set((
        installations::pending_total.eq(report.pending_total),
        installations::oldest_pending_at.eq(report.oldest_pending_at),
        installations::pending_sent_at.eq(report.sent_at),
    ))
    .execute(tx)?;
    Ok(mode)
}

/// When the newest batch came, by the clock of the server that took it.
pub fn newest(conn: &mut Conn) -> Result<Option<NaiveDateTime>> {
    let newest = installations::table.select(installations::last_seen_at);
    Ok(newest.order(installations::last_seen_at.desc()).first(conn).optional()?)
}

/// Takes what this batch delivered from the report it came with, unless a newer report came.
pub fn delivered(tx: &mut Conn, id: Id, report: Report, records: i64) -> Result<()> {
    let remaining = report.pending_total.saturating_sub(records).max(0);
    let oldest = report.oldest_pending_at.filter(|_| remaining > 0);
    diesel::update(
        installations::table.find(id).filter(installations::pending_sent_at.eq(report.sent_at)),
    )
    .set((installations::pending_total.eq(remaining), installations::oldest_pending_at.eq(oldest)))
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

/// The last number up to which everything came.
pub fn contiguous(tx: &mut Conn, id: Id) -> Result<i64> {
    Ok(installations::table.find(id).select(installations::contiguous_seq).first(tx)?)
}

/// Moves it on.
pub fn set_contiguous(tx: &mut Conn, id: Id, seq: i64) -> Result<()> {
    diesel::update(installations::table.find(id))
        .set(installations::contiguous_seq.eq(seq))
        .execute(tx)?;
    Ok(())
}

/// Numbers given up before.
pub fn skipped(tx: &mut Conn, id: Id, among: &[i64]) -> Result<Vec<i64>> {
    Ok(skipped_seqs::table
        .filter(skipped_seqs::installation_id.eq(id))
        .filter(skipped_seqs::seq.eq_any(among))
        .select(skipped_seqs::seq)
        .load(tx)?)
}
