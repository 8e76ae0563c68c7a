//! When the law grows, records that waited for it are judged once more, by the rules of their own day
//! of payment. Their first outcome stays, for replays; what they are now changes, and the group is told.

use chrono::{DateTime, Utc};

use super::decide::{Batch, decide};
use super::entry::{Entry, Taken, Why};
use super::outcome::Decision;
use super::stored::{read, sender};
use crate::domain::{Areas, Id, RecordStatus};
use crate::rulebook::Rulebook;
use crate::store::waiting::{self, WaitingRecord};
use crate::store::{Result, Store, rule_rows};

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
            let batch = Batch { book, sender, installation_id: None, batch_id, received: now };
            judge(store, &batch, edition.areas(), rows, &mut report)?;
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

fn judge(
    store: &Store,
    batch: &Batch<'_>,
    areas: &Areas,
    rows: &[WaitingRecord],
    report: &mut Report,
) -> Result<()> {
    let mut readable = Vec::with_capacity(rows.len());
    for row in rows {
        match read(row, areas) {
            Some((record, flags)) => readable.push((row, record, flags)),
            None => report.failed += 1,
        }
    }
    let entries: Vec<_> = readable
        .iter()
        .map(|(row, record, flags)| Entry::Readable(Taken::stored(record, row, flags, Why::Law)))
        .collect();
    let (decisions, ()) = decide(store, batch, &entries, |_| Ok(()), |_, (), _| Ok(()))?;
    decisions.iter().for_each(|decision| report.count(decision));
    Ok(())
}
