//! What the law lets us keep only so long: after its time the body of a record goes. Its outcome stays, and a
//! fingerprint by which a phone that sends it again is answered as before.

use chrono::{DateTime, Months, TimeDelta, Utc};

use super::body::consent_in;
use super::content;
use crate::domain::{Id, RecordState};
use crate::store::retention::{self, Before};
use crate::store::{Conn, Result, Store, facts, locks};

/// Bodies forgotten in one transaction: few, so that phones hardly wait.
const PAGE: i64 = 200;
/// How long the end of a session is remembered.
const SESSIONS: TimeDelta = TimeDelta::days(90);

/// How long bodies are kept, in months after the record was decided.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Of records by which somebody was enrolled, or was already.
    pub used: u32,
    /// Of records by which nobody was: rejected ones, and what a correction replaced.
    pub unused: u32,
}

impl Keep {
    fn before(self, now: DateTime<Utc>) -> Before {
        let ago = |months| {
            now.checked_sub_months(Months::new(months)).unwrap_or(DateTime::<Utc>::MIN_UTC)
        };
        let (used, unused) = (ago(self.used), ago(self.unused));
        Before {
            used: used.naive_utc(),
            unused: unused.naive_utc(),
            captured: Id::lowest_at(used.max(unused)),
            unborn: Id::lowest_at(now + TimeDelta::days(1)),
        }
    }
}

/// What has been kept long enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Bodies, by what became of their records.
    pub bodies: Vec<(RecordState, i64)>,
    /// Sessions that ended.
    pub sessions: i64,
}

/// Tells what would go, and changes nothing.
///
/// # Errors
/// What the store says.
pub fn due(store: &Store, keep: Keep, now: DateTime<Utc>) -> Result<Due> {
    let before = keep.before(now);
    store.read(|conn| {
        Ok(Due {
            bodies: retention::count(conn, &before)?,
            sessions: retention::count_sessions(conn, (now - SESSIONS).naive_utc())?,
        })
    })
}

/// Lets the bodies go that have been kept long enough, little by little, and tells how many. It may be broken off
/// and begun again.
///
/// # Errors
/// What the store says; whatever went before is gone.
pub fn let_bodies_go(
    store: &Store,
    keep: Keep,
    now: DateTime<Utc>,
    mut progress: impl FnMut(usize),
) -> Result<usize> {
    let before = keep.before(now);
    let mut gone = 0;
    let mut since = Id::NIL;
    loop {
        let page = store.read(|conn| retention::page(conn, &before, since, PAGE))?;
        let Some((last, ..)) = page.last() else { break };
        since = *last;
        let went = store.write(|tx| -> Result<usize> {
            // In the one order of locks: a void that opens one of them again waits, or is waited for.
            let ids: Vec<Id> = page.iter().map(|(id, ..)| *id).collect();
            locks::records(tx, &ids)?;
            let persons = facts::named_persons(tx, &ids)?;
            locks::persons(tx, &persons)?;
            let mut went = 0;
            for (id, rev, body) in &page {
                let print = content::fingerprint(body);
                if retention::forget(tx, &before, (*id, *rev), &print)? {
                    went += 1;
                    keep_consent(tx, (*id, *rev), body)?;
                }
            }
            Ok(went)
        })?;
        // Somebody asks about each of them meanwhile; the next run looks again.
        if went == 0 {
            break;
        }
        gone += went;
        progress(gone);
    }
    Ok(gone)
}

/// Keeps what a body that goes says of the consent, where nothing else does: older versions left it there.
fn keep_consent(tx: &mut Conn, record: (Id, i64), body: &str) -> Result<()> {
    let read = serde_json::from_str(body).ok();
    match read.as_ref().and_then(consent_in) {
        None => Ok(()),
        Some(consent) => {
            retention::keep_consent(tx, record, &consent.version, consent.at.naive_utc())
        }
    }
}

/// Forgets sessions that ended long ago, and tells how many.
///
/// # Errors
/// What the store says.
pub fn let_sessions_go(store: &Store, now: DateTime<Utc>) -> Result<usize> {
    let before = (now - SESSIONS).naive_utc();
    if store.read(|conn| retention::count_sessions(conn, before))? == 0 {
        return Ok(0);
    }
    store.write(|tx| retention::forget_sessions(tx, before))
}
