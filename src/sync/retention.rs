//! What the law lets us keep only so long: after its time the body of a record goes. Its outcome stays, and a
//! fingerprint by which a phone that sends it again is answered as before.

use chrono::{DateTime, Months, TimeDelta, Utc};

use super::content;
use crate::domain::{Id, RecordState};
use crate::store::retention::{self, Before};
use crate::store::{Result, Store};

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
    fn before(self, now: DateTime<Utc>, new_id: Id) -> Before {
        let ago = |months| {
            now.checked_sub_months(Months::new(months)).unwrap_or(DateTime::<Utc>::MIN_UTC)
        };
        let (used, unused) = (ago(self.used), ago(self.unused));
        Before {
            used: used.naive_utc(),
            unused: unused.naive_utc(),
            sessions: (now - SESSIONS).naive_utc(),
            now: new_id,
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
pub fn due(store: &Store, keep: Keep, now: DateTime<Utc>, new_id: Id) -> Result<Due> {
    let before = keep.before(now, new_id);
    store.read(|conn| {
        Ok(Due {
            bodies: retention::count(conn, &before)?,
            sessions: retention::count_sessions(conn, &before)?,
        })
    })
}

/// What went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gone {
    pub bodies: usize,
    pub sessions: usize,
}

/// Lets go what has been kept long enough, little by little. It may be broken off and begun again.
///
/// # Errors
/// What the store says; whatever went before is gone.
pub fn let_go(
    store: &Store,
    keep: Keep,
    now: DateTime<Utc>,
    new_id: Id,
    mut progress: impl FnMut(&Gone),
) -> Result<Gone> {
    let before = keep.before(now, new_id);
    let mut gone = Gone::default();
    let mut since = Id::NIL;
    loop {
        let page = store.read(|conn| retention::page(conn, &before, since, PAGE))?;
        let Some(last) = page.last() else { break };
        since = last.0;
        let went = store.write(|tx| -> Result<usize> {
            let mut went = 0;
            for (id, rev, body) in &page {
                let print = content::fingerprint(body);
                went += usize::from(retention::forget(tx, &before, (*id, *rev), &print)?);
            }
            Ok(went)
        })?;
        // Others decided on every one of them meanwhile; the next run looks again.
        if went == 0 {
            break;
        }
        gone.bodies += went;
        progress(&gone);
    }
    if store.read(|conn| retention::count_sessions(conn, &before))? > 0 {
        gone.sessions = store.write(|tx| retention::forget_sessions(tx, &before))?;
    }
    progress(&gone);
    Ok(gone)
}
