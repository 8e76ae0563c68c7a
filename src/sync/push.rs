//! A push: one transaction a batch, made again as a whole when it lost a race.

use chrono::{DateTime, Utc};

use super::apply::apply;
use super::envelope::Envelope;
use super::gaps;
use super::judge::{Context, Sender};
use super::load::load;
use super::outcome::Decision;
use super::plan::plan;
use super::wire::InstallationAnswer;
use crate::domain::{Areas, Id, InstallationMode};
use crate::policy::Rules;
use crate::store::bulk::Bulk;
use crate::store::rows::SkippedSeqRow;
use crate::store::{Conn, Result, Store, StoreError, feed, migrate, phones, records};

/// How often a batch is planned again because others were faster.
const ATTEMPTS: usize = 20;

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
/// [`StoreError::Busy`] when the database is away or the races do not end; nothing is stored then.
pub fn push(
    store: &Store,
    rules: &Rules,
    areas: &Areas,
    sender: Sender,
    batch_id: Id,
    envelope: &Envelope,
    received: DateTime<Utc>,
) -> Result<Pushed> {
    let installation_id = envelope.head.installation_id;
    let ctx = Context { rules, areas, sender, installation_id, batch_id, received };
    for _ in 0..ATTEMPTS {
        match store.write(|tx| attempt(tx, &ctx, envelope)) {
            Ok((pushed, news_for_others)) => {
                if news_for_others {
                    deliver_news(store)?;
                }
                return Ok(pushed);
            }
            Err(error) if error.is_race() => tracing::debug!(%error, "planned again"),
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Busy("too many races for one batch".into()))
}

fn attempt(tx: &mut Conn, ctx: &Context<'_>, envelope: &Envelope) -> Result<(Pushed, bool)> {
    let head = &envelope.head;
    let report = phones::Report {
        pending_total: head.pending_total,
        oldest_pending_at: head.oldest_pending_at.map(|at| at.naive_utc()),
        sent_at: head.sent_at.naive_utc(),
    };
    let mode = phones::report(tx, ctx.installation_id, report, ctx.received.naive_utc())?;
    let facts = load(tx, ctx, envelope)?;
    let closed_through = facts.closed_through;
    let plan = plan(ctx, facts, envelope);
    let news_for_others = !plan.writes.news_for_others.is_empty();
    let news = apply(tx, ctx, plan.writes)?;
    let gaps = note_gaps(tx, ctx.installation_id, &head.skipped_seq)?;
    let delivered = mode == Some(InstallationMode::Deliver) && head.pending_total == 0;
    let installation = InstallationAnswer {
        contiguous_seq: gaps.contiguous,
        missing_seq: gaps.missing,
        order: delivered.then(|| "wipe".to_owned()),
    };
    let epoch = migrate::epoch(tx)?;
    feed::publish(tx, ctx.sender.group_id, closed_through, &news)?;
    Ok((Pushed { epoch, decisions: plan.decisions, installation }, news_for_others))
}

fn note_gaps(tx: &mut Conn, installation_id: Id, skipped: &[i64]) -> Result<gaps::Gaps> {
    let known = phones::skipped(tx, installation_id, skipped)?;
    let mut new: Vec<i64> = skipped.iter().copied().filter(|seq| !known.contains(seq)).collect();
    new.sort_unstable();
    new.dedup();
    let rows: Vec<_> = new.into_iter().map(|seq| SkippedSeqRow { installation_id, seq }).collect();
    SkippedSeqRow::insert_all(tx, &rows)?;
    let before = phones::contiguous(tx, installation_id)?;
    let gaps = gaps::find(before, &phones::seen_beyond(tx, installation_id, before)?);
    if gaps.contiguous > before {
        phones::set_contiguous(tx, installation_id, gaps.contiguous)?;
    }
    Ok(gaps)
}

/// Applies news that waits to the feeds of its groups, each in a short transaction of its own.
///
/// # Errors
/// The database's; what was not applied waits on.
pub fn deliver_news(store: &Store) -> Result<()> {
    for group_id in store.read(records::groups_with_news)? {
        store.write(|tx| {
            let mut told = std::collections::HashSet::new();
            let mut news = records::take_news(tx, group_id)?;
            news.retain(|entity| told.insert(*entity));
            let closed_through = feed::closed_through(tx, group_id)?;
            feed::publish(tx, group_id, closed_through, &news)
        })?;
    }
    Ok(())
}
