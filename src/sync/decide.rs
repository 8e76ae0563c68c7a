//! One transaction for a batch, made again as a whole when it lost a race: locks and facts, the pure
//! plan, its writes. Whoever decides publishes the news last.

use chrono::NaiveDate;

use super::apply::apply;
use super::envelope::Envelope;
use super::judge::Context;
use super::load::load;
use super::outcome::Decision;
use super::plan::plan;
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
/// before the first lock and after the last write.
///
/// # Errors
/// [`StoreError::Busy`] when the database is away or the races do not end; nothing is stored then.
pub fn decide<B, A>(
    store: &Store,
    ctx: &Context<'_>,
    envelope: &Envelope,
    before: impl Fn(&mut Conn) -> Result<B>,
    after: impl Fn(&mut Conn, B) -> Result<A>,
) -> Result<(Vec<Decision>, A)> {
    for _ in 0..ATTEMPTS {
        let attempt = store.write(|tx| {
            let begun = before(tx)?;
            let decided = judge(tx, ctx, envelope)?;
            let more = after(tx, begun)?;
            decided.publish(tx)?;
            Ok((decided, more))
        });
        match attempt {
            Ok((decided, more)) => {
                if decided.news_for_others {
                    deliver_news(store)?;
                }
                return Ok((decided.decisions, more));
            }
            Err(error @ (StoreError::Race | StoreError::Unique(_))) => {
                tracing::debug!(%error, "planned again");
            }
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Busy("too many races for one batch".into()))
}

fn judge(tx: &mut Conn, ctx: &Context<'_>, envelope: &Envelope) -> Result<Decided> {
    let facts = load(tx, ctx, envelope)?;
    let closed_through = facts.closed_through;
    let plan = plan(ctx, facts, envelope);
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
