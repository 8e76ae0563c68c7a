//! One transaction for a batch, made again as a whole when it lost a race: locks and facts, the pure
//! plan, its writes. Whoever decides publishes the news last.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::NaiveDate;

use super::apply::apply;
use super::envelope::{Envelope, Received};
use super::judge::Context;
use super::load::load;
use super::outcome::Decision;
use super::plan::plan;
use super::wire::BatchRequest;
use crate::domain::{ChangeEntity, Id};
use crate::store::{Conn, Result, Store, StoreError, feed, records};

/// How often a batch is planned again because others were faster.
const ATTEMPTS: usize = 20;

/// What was decided and written, but not yet published.
struct Decided {
    decisions: Vec<Decision>,
    group_id: Id,
    news: Vec<(ChangeEntity, Id)>,
    closed_through: Option<NaiveDate>,
    news_for_others: bool,
}

impl Decided {
    /// Tells the group. The row of its feed is held to the commit, so this is the last step.
    fn publish(&self, tx: &mut Conn) -> Result<()> {
        feed::publish(tx, self.group_id, self.closed_through, &self.news)
    }
}

/// Decides a batch in a transaction of its own; `before` and `after` do what else belongs into it,
/// before the first lock and after the last write. When that fails through our own fault, each record
/// is decided for itself, so that the one at fault is deferred and its neighbours are not.
///
/// # Errors
/// [`StoreError::Busy`] when the database is away; nothing is answered then, and whatever was
/// decided is replayed when the batch comes again.
pub fn decide<B, A>(
    store: &Store,
    ctx: &Context<'_>,
    envelope: &Envelope,
    before: impl Fn(&mut Conn) -> Result<B>,
    after: impl Fn(&mut Conn, B, &[Decision]) -> Result<A>,
) -> Result<(Vec<Decision>, A)> {
    let Envelope { head, records } = envelope;
    let whole = settle(store, ctx, head, records, &before, &after);
    let fault = match whole {
        Err(error) if !matches!(error, StoreError::Busy(_) | StoreError::NotFound) => error,
        done => return done,
    };
    tracing::error!(error = %fault, batch_id = %ctx.batch_id, "a batch is decided record by record");
    let mut decisions = Vec::with_capacity(records.len());
    for received in records {
        match settle(store, ctx, head, std::slice::from_ref(received), &before, &after) {
            Ok((decided, _)) => decisions.extend(decided),
            Err(error @ StoreError::Busy(_)) => return Err(error),
            Err(error) => decisions.push(Decision::deferred(received, &error)),
        }
    }
    let (_, more) = settle(store, ctx, head, &[], &before, &after)?;
    Ok((decisions, more))
}

/// One transaction, begun anew while it loses races.
fn settle<B, A>(
    store: &Store,
    ctx: &Context<'_>,
    head: &BatchRequest,
    received: &[Received],
    before: &impl Fn(&mut Conn) -> Result<B>,
    after: &impl Fn(&mut Conn, B, &[Decision]) -> Result<A>,
) -> Result<(Vec<Decision>, A)> {
    let mut lost = StoreError::Race;
    for _ in 0..ATTEMPTS {
        let attempt = store.write(|tx| -> Result<(Decided, A)> {
            let begun = before(tx)?;
            let decided = judge(tx, ctx, head, received)?;
            let more = after(tx, begun, &decided.decisions)?;
            decided.publish(tx)?;
            Ok((decided, more))
        });
        match attempt {
            Ok((decided, more)) => {
                if decided.news_for_others
                    && let Err(error) = deliver_news(store)
                {
                    // What was decided stands; the news waits for the next who pulls.
                    tracing::warn!(%error, "news for other groups waits");
                }
                return Ok((decided.decisions, more));
            }
            Err(error) if error.is_race() => {
                tracing::debug!(%error, "planned again");
                lost = error;
            }
            Err(error) => return Err(error),
        }
    }
    Err(lost)
}

fn judge(
    tx: &mut Conn,
    ctx: &Context<'_>,
    head: &BatchRequest,
    received: &[Received],
) -> Result<Decided> {
    let facts = load(tx, ctx, head, received)?;
    let closed_through = facts.closed_through;
    let judged = catch_unwind(AssertUnwindSafe(|| plan(ctx, facts, head, received)));
    let plan = judged.map_err(|_| StoreError::Damaged("judging a record failed".into()))?;
    let news_for_others = !plan.writes.news_for_others.is_empty();
    let news = apply(tx, ctx, plan.writes)?;
    let group_id = ctx.sender.group_id;
    Ok(Decided { decisions: plan.decisions, group_id, news, closed_through, news_for_others })
}

/// Applies news that waits to the feeds of its groups, each in a short transaction of its own.
///
/// # Errors
/// The database's; what was not applied waits on.
pub fn deliver_news(store: &Store) -> Result<()> {
    for group_id in store.read(records::groups_with_news)? {
        store.write(|tx| {
            let closed_through = feed::closed_through(tx, group_id)?;
            let mut told = std::collections::HashSet::new();
            let mut news = records::take_news(tx, group_id)?;
            news.retain(|entity| told.insert(*entity));
            feed::publish(tx, group_id, closed_through, &news)
        })?;
    }
    Ok(())
}
