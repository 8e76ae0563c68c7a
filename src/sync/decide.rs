//! One transaction for a batch, made again as a whole when it lost a race: locks and facts, the pure
//! plan, its writes. Whoever decides publishes the news last.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};

use super::apply::{Telling, apply};
use super::entry::Entry;
use super::judge::{Context, Sender};
use super::load::load;
use super::outcome::Decision;
use super::plan::plan;
use super::unite;
use crate::domain::{Id, RecordStatus};
use crate::rulebook::{Edition, Rulebook};
use crate::store::{Conn, Rehearsal, Result, Store, StoreError, feed, locks, news};

/// How often a batch is planned again because others were faster.
const ATTEMPTS: usize = 20;

/// What was decided and written, but not yet published.
struct Decided {
    decisions: Vec<Decision>,
    telling: Telling,
}

impl Decided {
    /// What an auditor may hold against the records.
    fn told(&self) -> Vec<(Option<Id>, Option<i64>, RecordStatus)> {
        self.decisions.iter().map(|it| (it.id, it.rev, it.outcome.status)).collect()
    }

    /// Tells the groups, in order of id. The rows of their feeds are held to the commit, so this is the
    /// last step.
    fn publish(&self, tx: &mut Conn) -> Result<()> {
        let mut own = self.telling.own.iter();
        own.try_for_each(|(id, closed_through, news)| feed::publish(tx, *id, *closed_through, news))
    }
}

/// Whose records are decided, by which law, and when.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    pub book: &'a Rulebook,
    pub sender: Sender,
    /// The phone they came from; none for what is decided at a desk.
    pub installation_id: Option<Id>,
    pub batch_id: Id,
    pub received: DateTime<Utc>,
}

impl<'a> Batch<'a> {
    fn under(&self, law: &'a Edition) -> Context<'a> {
        let Self { sender, installation_id, batch_id, received, .. } = *self;
        let (rules, areas) = (law.rules(), law.areas());
        Context { rules, areas, sender, installation_id, batch_id, received }
    }
}

/// Decides records in a transaction of its own; `before` and `after` do what else belongs into it,
/// before the first lock and after the last write. When that fails through our own fault, each record
/// is decided for itself, so that the one at fault is deferred and its neighbours are not.
///
/// # Errors
/// [`StoreError::Busy`] when the database is away; nothing is answered then, and whatever was
/// decided is replayed when the batch comes again.
pub fn decide<B, A>(
    store: &Store,
    batch: &Batch<'_>,
    entries: &[Entry<'_>],
    before: impl Fn(&mut Conn) -> Result<B>,
    after: impl Fn(&mut Conn, B, &[Decision]) -> Result<A>,
) -> Result<(Vec<Decision>, A)> {
    let whole = settle(store, batch, entries, &before, &after);
    let fault = match whole {
        Err(StoreError::Busy(_) | StoreError::NotFound | StoreError::Changed) => return whole,
        Err(error) => error,
        done => return done,
    };
    tracing::error!(error = %fault, batch_id = %batch.batch_id, "a batch is decided record by record");
    let mut decisions = Vec::with_capacity(entries.len());
    for entry in entries {
        match settle(store, batch, std::slice::from_ref(entry), &before, &after) {
            Ok((decided, _)) => decisions.extend(decided),
            Err(error @ StoreError::Busy(_)) => return Err(error),
            Err(error) => decisions.push(Decision::deferred(entry, &error)),
        }
    }
    let (_, more) = settle(store, batch, &[], &before, &after)?;
    Ok((decisions, more))
}

/// One transaction, begun anew while it loses races.
fn settle<B, A>(
    store: &Store,
    batch: &Batch<'_>,
    entries: &[Entry<'_>],
    before: &impl Fn(&mut Conn) -> Result<B>,
    after: &impl Fn(&mut Conn, B, &[Decision]) -> Result<A>,
) -> Result<(Vec<Decision>, A)> {
    let mut lost = StoreError::Race;
    for _ in 0..ATTEMPTS {
        let attempt = store.write(|tx| -> Result<(Decided, A)> {
            let begun = before(tx)?;
            let edition = batch.book.hold(tx)?;
            let decided = judge(tx, &batch.under(&edition), entries, store.rehearsal())?;
            let more = after(tx, begun, &decided.decisions)?;
            store.author().after(&decided.told());
            decided.publish(tx)?;
            Ok((decided, more))
        });
        match attempt {
            Ok((decided, more)) => {
                decided.telling.united.iter().for_each(|both| unite::tell(store, *both));
                decided.telling.others.iter().for_each(|group_id| deliver_news(store, *group_id));
                return Ok((decided.decisions, more));
            }
            Err(error) if error.is_race() => {
                tracing::debug!(%error, "planned again");
                lost = error;
            }
            Err(error) => return Err(error),
        }
    }
    match lost {
        StoreError::Race => Err(StoreError::Busy("races do not end".to_owned())),
        lost => Err(lost),
    }
}

fn judge(
    tx: &mut Conn,
    ctx: &Context<'_>,
    entries: &[Entry<'_>],
    rehearsal: Option<&Rehearsal>,
) -> Result<Decided> {
    let facts = load(tx, ctx, entries)?;
    let judged = catch_unwind(AssertUnwindSafe(|| plan(ctx, facts, entries)));
    let plan = judged.map_err(|_| StoreError::Damaged("judging a record failed".into()))?;
    if let Some(rehearsal) = rehearsal {
        rehearsal.moves(&plan.writes.tallies);
    }
    let telling = apply(tx, ctx, plan.writes, &plan.groups)?;
    Ok(Decided { decisions: plan.decisions, telling })
}

/// Applies the news that waits for a group to its feed, in a short transaction of its own. What
/// cannot be applied now, because somebody holds the feed, waits for the next who pulls. On trial there is none.
pub fn deliver_news(store: &Store, group_id: Id) {
    if store.rehearsal().is_some() {
        return;
    }
    let store = store.housekeeping();
    let delivered = store.read(|conn| news::waits(conn, group_id)).and_then(|waits| {
        let mut more = waits;
        while more {
            more = store.write(|tx| deliver_part(tx, group_id))?;
        }
        Ok(())
    });
    if let Err(error) = delivered {
        tracing::warn!(%error, %group_id, "news for a group waits");
    }
}

/// Applies as much as one transaction takes. Whether more may wait.
fn deliver_part(tx: &mut Conn, group_id: Id) -> Result<bool> {
    locks::be_brief(tx)?;
    locks::feed(tx, group_id)?;
    let closed_through = feed::closed_through(tx, group_id)?;
    let (mut news, more) = news::take(tx, group_id)?;
    for it in &mut news {
        *it = unite::still_true(tx, group_id, *it)?;
    }
    feed::publish(tx, group_id, closed_through, &news)?;
    Ok(more)
}
