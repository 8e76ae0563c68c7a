//! When the law grows, records that waited for it are judged once more, by the rules of their own day
//! of payment. Their first outcome stays, for replays; what they are now changes, and the group is told.

use chrono::{DateTime, Utc};

use super::body;
use super::decide::{Batch, decide};
use super::entry::{Entry, Taken};
use super::envelope::Record;
use super::judge::Sender;
use super::outcome::{Decision, Outcome};
use crate::domain::{Areas, Flag, Id, RecordStatus};
use crate::rulebook::Rulebook;
use crate::store::waiting::{self, WaitingRecord};
use crate::store::{Result, Store, rule_rows, users};

/// Records read at once; neighbours of one agent are decided in one transaction.
const PAGE: usize = 200;

/// What became of the records that waited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Report {
    /// Enrolled now.
    pub accepted: u64,
    /// Covered meanwhile, by somebody else's record.
    pub duplicate: u64,
    /// Wait for a person now.
    pub review: u64,
    /// Wrong, now that the right amount is known; the agent may correct them.
    pub rejected: u64,
    /// Wait still: the law says nothing of their day.
    pub waiting: u64,
    /// Could not be judged through a fault of our own, which is logged; they are tried again.
    pub failed: u64,
}

impl Report {
    fn count(&mut self, Decision { replayed, outcome, .. }: &Decision) {
        let counter = match outcome.status {
            _ if outcome.waits_for_a_rule() => &mut self.waiting,
            // Rejected before, and so it stays; or somebody was faster.
            _ if *replayed => return,
            RecordStatus::Accepted => &mut self.accepted,
            RecordStatus::Duplicate => &mut self.duplicate,
            RecordStatus::Review => &mut self.review,
            RecordStatus::Rejected => &mut self.rejected,
            RecordStatus::Deferred => &mut self.failed,
        };
        *counter += 1;
    }

    /// All that something became of, or that wait still.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.accepted + self.duplicate + self.review + self.rejected + self.waiting + self.failed
    }
}

/// Judges everything that waits for the law, unless these very tables did so already; a new release may
/// bring others. It may be broken off at any moment and begun anew: each record is decided once.
///
/// # Errors
/// What the store says; whatever was decided before stays.
pub fn catch_up(
    store: &Store,
    book: &Rulebook,
    areas: &Areas,
    now: DateTime<Utc>,
    mut progress: impl FnMut(&Report),
) -> Result<Report> {
    let mut report = Report::default();
    let (edition, judged) =
        store.read(|conn| -> Result<_> { Ok((book.in_force(conn)?, rule_rows::judged(conn)?)) })?;
    // The edition never comes again, and the version tells a release that brings other tables.
    let law = format!("{}/{}", edition.number, edition.rules().version());
    if judged.as_ref() == Some(&law) {
        return Ok(report);
    }
    for page in store.read(waiting::all)?.chunks(PAGE) {
        let rows = store.read(|conn| waiting::records(conn, page))?;
        for rows in rows.chunk_by(|a, b| owner(a) == owner(b)) {
            let Some(first) = rows.first() else { continue };
            let sender = sender(store, first)?;
            let batch_id = first.id.derive(&format!("judged again/{law}"));
            let batch =
                Batch { book, areas, sender, installation_id: None, batch_id, received: now };
            judge(store, &batch, rows, &mut report)?;
            progress(&report);
        }
    }
    if report.failed == 0 {
        store.write(|tx| rule_rows::set_judged(tx, &law))?;
    }
    Ok(report)
}

fn owner(row: &WaitingRecord) -> (Id, Id, Option<Id>) {
    (row.group_id, row.agent_id, row.organisation_id)
}

/// The agent whose record it is, in the group it belongs to.
fn sender(store: &Store, row: &WaitingRecord) -> Result<Sender> {
    let agent = store.read(|conn| users::by_id(conn, row.agent_id))?;
    Ok(Sender {
        agent_id: row.agent_id,
        group_id: row.group_id,
        organisation_id: row.organisation_id,
        is_leader: false,
        certificate_expires_on: agent.and_then(|agent| agent.certificate_expires_on),
    })
}

fn judge(
    store: &Store,
    batch: &Batch<'_>,
    rows: &[WaitingRecord],
    report: &mut Report,
) -> Result<()> {
    let mut readable = Vec::with_capacity(rows.len());
    for row in rows {
        match read(row, batch.areas) {
            Some((record, flags)) => readable.push((row, record, flags)),
            None => report.failed += 1,
        }
    }
    let entries: Vec<_> = readable
        .iter()
        .map(|(row, record, flags)| Entry::Readable(Taken::stored(record, row, flags)))
        .collect();
    let (decisions, ()) = decide(store, batch, &entries, |_| Ok(()), |_, (), _| Ok(()))?;
    decisions.iter().for_each(|decision| report.count(decision));
    Ok(())
}

/// A stored record as it was read when it came, with the flags it got. One that cannot be read back is
/// left as it is, and logged.
fn read(row: &WaitingRecord, areas: &Areas) -> Option<(Record, Vec<Flag>)> {
    let outcome: Outcome = serde_json::from_str(&row.outcome)
        .inspect_err(|error| tracing::error!(%error, record_id = %row.id, "a stored outcome"))
        .ok()?;
    let record = Record {
        id: row.id,
        rev: row.rev,
        seq: 1,
        kind: row.kind,
        captured_at: row.captured_at.and_utc(),
        boot_id: None,
        uptime_ms: None,
        body: body::read(row.kind, &row.payload, areas),
        payload: row.payload.clone(),
    };
    Some((record, outcome.flags))
}
