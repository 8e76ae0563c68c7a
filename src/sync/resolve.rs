//! A person decides on a review. What the doubt was about is overruled, or the record does not count, or
//! two persons are one; the rest is judged by the same rules as ever.

use chrono::{DateTime, Utc};

use super::decide::{Batch, decide, deliver_news};
use super::entry::{Entry, Ruled, Taken, Why};
use super::outcome::{Decision, Outcome};
use super::stored::{read, sender};
use super::{persons, withdraw};
use crate::domain::{ChangeEntity, Code, Id, RecordState, RecordStatus, ReviewState, Ruling};
use crate::rulebook::Rulebook;
use crate::store::feed::News;
use crate::store::rows::ReviewRow;
use crate::store::{Conn, Reach, Store, StoreError, lookup, news, reviews, waiting};

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Somebody decided otherwise before, or it cannot be decided so; or the doubt cannot be overruled.
    #[error("refused: {0}")]
    Because(Code),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A decision on a review.
#[derive(Debug, Clone)]
pub struct Resolution {
    pub review_id: Id,
    pub ruling: Ruling,
    pub note: Option<String>,
    pub by: Id,
}

/// Says [`StoreError::Changed`] when things are not as whoever decides saw them.
pub type Seen<'a> = dyn Fn(&mut Conn) -> Result<(), StoreError> + 'a;

/// Decides on a review within reach; the same decision again finds what the first one did. What was seen is
/// compared in the transaction that decides: of two who saw the same the second one is refused.
///
/// # Errors
/// [`Refused`]; nothing is changed then.
pub fn resolve(
    store: &Store,
    book: &Rulebook,
    reach: &Reach,
    resolution: &Resolution,
    seen: &Seen<'_>,
    now: DateTime<Utc>,
) -> Result<ReviewRow, Refused> {
    let get = |conn: &mut Conn| reviews::get(conn, reach, resolution.review_id);
    let review = store.read(get)?;
    match review.state {
        ReviewState::Open => {}
        state if state == resolution.ruling.state() => {
            // Who decided it himself lost the answer; anybody else has to have seen it decided.
            if review.decided_by != Some(resolution.by) {
                store.read(seen)?;
            }
            return Ok(review);
        }
        _ => return Err(Refused::Because(Code::Conflict)),
    }
    let doubt: Code = review.code.parse().map_err(|_| damaged())?;
    let merges = matches!(doubt, Code::IdentityConflict | Code::PossibleDuplicate);
    if resolution.ruling == Ruling::Merge && !merges {
        return Err(Refused::Because(Code::Conflict));
    }
    match store.read(|conn| lookup::state(conn, review.record_id, review.record_rev))? {
        RecordState::Accepted | RecordState::Voided => {
            beside(store, book, reach, &review, (resolution, seen), now)?;
        }
        _ => held(store, book, &review, (resolution, seen), now)?,
    }
    Ok(store.read(get)?)
}

/// The record waits for this decision.
fn held(
    store: &Store,
    book: &Rulebook,
    review: &ReviewRow,
    (resolution, seen): (&Resolution, &Seen<'_>),
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let rows = store.read(|conn| waiting::records(conn, &[review.record_id]))?;
    let row = rows.into_iter().find(|row| row.rev == review.record_rev);
    let row = row.ok_or(Refused::Because(Code::Conflict))?;
    let law = store.read(|conn| book.in_force(conn))?;
    let (record, flags) = read(&row, law.areas()).ok_or_else(damaged)?;
    let ruled =
        Ruled { review_id: resolution.review_id, ruling: resolution.ruling, by: resolution.by };
    let entry = Entry::Readable(Taken::stored(&record, &row, &flags, Why::Ruled(ruled)));
    let batch = Batch {
        book,
        sender: sender(store, &row)?,
        installation_id: None,
        batch_id: review.id.derive(&format!("resolved/{now}")),
        received: now,
    };
    let note = |tx: &mut Conn, (), decisions: &[Decision]| match decisions {
        [decision] if !decision.replayed => signed(tx, resolution),
        _ => Ok(()),
    };
    let (decisions, ()) = decide(store, &batch, &[entry], seen, note)?;
    match &decisions[..] {
        [Decision { replayed: false, outcome, .. }] if is_decided(outcome) => Ok(()),
        [decision] => Err(Refused::Because(decision.outcome.code.unwrap_or(Code::Internal))),
        _ => Err(Refused::Because(Code::Internal)),
    }
}

fn is_decided(outcome: &Outcome) -> bool {
    outcome.status != RecordStatus::Deferred
}

/// The record counts already, or was taken back; the review stands beside it. One that asks of two persons
/// alone, because a code was given to both, leaves the record as it is.
fn beside(
    store: &Store,
    book: &Rulebook,
    reach: &Reach,
    review: &ReviewRow,
    (resolution, seen): (&Resolution, &Seen<'_>),
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let of_persons = review.code == Code::IdentityConflict.as_str();
    let decide = |tx: &mut Conn| {
        seen(tx)?;
        reviews::decide(tx, review.id, resolution.ruling.state(), now.naive_utc())?;
        signed(tx, resolution)?;
        let news_id = review.id.derive(&format!("news/{now}"));
        let it = News::put(ChangeEntity::Review, review.id);
        news::leave(tx, &[(news_id, review.group_id, it)], now.naive_utc())
    };
    match resolution.ruling {
        Ruling::Reject if !of_persons => {
            let reason = resolution.note.clone().unwrap_or_else(|| review.code.clone());
            let void_id = review.id.derive(&format!("void/{now}"));
            let what = (void_id, review.record_id, reason);
            let decision = withdraw::after(store, book, reach, resolution.by, what, now, decide)?;
            if decision.outcome.status != RecordStatus::Accepted {
                let code = decision.outcome.code.unwrap_or(Code::Internal);
                return Err(Refused::Because(code));
            }
        }
        Ruling::Accept | Ruling::Reject => store.write(decide)?,
        Ruling::Merge => {
            let both = review.person_id.zip(review.other_id);
            let (from, into) = both.ok_or(Refused::Because(Code::Conflict))?;
            if store.read(|conn| persons::are_one(conn, from, into))? {
                store.write(decide)?;
            } else {
                persons::merge(store, (from, into), resolution.by, now, decide)?;
            }
        }
    }
    deliver_news(store, review.group_id);
    Ok(())
}

fn signed(tx: &mut Conn, resolution: &Resolution) -> Result<(), StoreError> {
    reviews::sign(tx, resolution.review_id, resolution.by, resolution.note.as_deref())
}

fn damaged() -> StoreError {
    StoreError::Damaged("a review or its record cannot be read".to_owned())
}
