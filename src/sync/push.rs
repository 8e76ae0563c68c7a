//! A push: what one phone hands in, with what it says about itself.

use std::collections::HashSet;

use chrono::{DateTime, SubsecRound, Utc};

use super::decide::{Batch, decide};
use super::entry::entries;
use super::envelope::Envelope;
use super::gaps::{self, Gaps};
use super::outcome::Decision;
use super::wire::InstallationAnswer;
use crate::domain::{Id, InstallationMode, RecordStatus};
use crate::store::bulk::Bulk;
use crate::store::phones::Before;
use crate::store::rows::SkippedSeqRow;
use crate::store::{Conn, Result, Store, StoreError, migrate, phones};

/// What a push comes to, committed.
#[derive(Debug)]
pub struct Pushed {
    pub epoch: Id,
    pub decisions: Vec<Decision>,
    pub installation: InstallationAnswer,
}

/// Decides and stores a batch.
///
/// # Errors
/// [`StoreError::NotFound`] for a phone that was blocked meanwhile; [`StoreError::Busy`] when the database is away or the races do not end; nothing is
/// stored then.
pub fn push(store: &Store, batch: &Batch<'_>, envelope: &Envelope) -> Result<Pushed> {
    let installation_id = envelope.head.installation_id;
    let report = report(envelope, batch.received);
    let at = batch.received.naive_utc();
    let sent = i64::try_from(envelope.records.len()).unwrap_or(i64::MAX);
    let (decisions, (epoch, installation)) = decide(
        store,
        batch,
        &entries(envelope, batch.received),
        |tx| match phones::report(tx, installation_id, report, at)? {
            // It was let in before it was blocked.
            Before { mode: Some(InstallationMode::Block), .. } => Err(StoreError::NotFound),
            before => Ok(before),
        },
        |tx, Before { mode, contiguous }, decisions| {
            let delivered = delivered(decisions);
            let skipped = &envelope.head.skipped_seq;
            let gaps = note_gaps(tx, installation_id, contiguous, skipped)?;
            phones::delivered(tx, installation_id, report, delivered, gaps.contiguous)?;
            // What was deferred is still on the phone, whatever it says of itself.
            let empty = report.pending_total == 0 && delivered == sent;
            let emptied = mode == Some(InstallationMode::Deliver) && empty;
            let installation = InstallationAnswer {
                contiguous_seq: gaps.contiguous,
                missing_seq: gaps.missing,
                order: emptied.then(|| "wipe".to_owned()),
            };
            Ok((migrate::epoch(tx)?, installation))
        },
    )?;
    Ok(Pushed { epoch, decisions, installation })
}

/// Records that the phone need not send again.
fn delivered(decisions: &[Decision]) -> i64 {
    let done = decisions.iter().filter(|it| it.outcome.status != RecordStatus::Deferred).count();
    i64::try_from(done).unwrap_or(i64::MAX)
}

fn report(envelope: &Envelope, received: DateTime<Utc>) -> phones::Report {
    phones::Report {
        pending_total: envelope.head.pending_total,
        oldest_pending_at: envelope.head.oldest_pending_at.map(|at| at.naive_utc()),
        // A clock that runs ahead must not silence the reports that come after; and both databases
        // keep microseconds.
        sent_at: envelope.head.sent_at.to_utc().min(received).trunc_subsecs(6).naive_utc(),
    }
}

fn note_gaps(tx: &mut Conn, installation_id: Id, before: i64, skipped: &[i64]) -> Result<Gaps> {
    let mut known: HashSet<i64> =
        phones::skipped(tx, installation_id, skipped)?.into_iter().collect();
    let new = skipped.iter().copied().filter(|seq| known.insert(*seq));
    let rows: Vec<_> = new.map(|seq| SkippedSeqRow { installation_id, seq }).collect();
    SkippedSeqRow::insert_all(tx, &rows)?;
    Ok(gaps::find(before, &phones::seen_beyond(tx, installation_id, before)?))
}
