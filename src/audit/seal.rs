//! Sealing what is committed.

use chrono::TimeDelta;

use crate::domain::Id;
use crate::store::audit::{self, Seal};
use crate::store::{Conn, Result, Store};

use super::{BEGINNING, hash};

/// Entries sealed in one transaction.
const AT_ONCE: i64 = 500;

/// How much later than its neighbours an entry may be committed: longer than any transaction lives.
const OVERTAKEN: TimeDelta = TimeDelta::hours(1);

/// Seals every entry that is committed. Two servers may both try: the slower one finds the work done.
/// Returns how many were sealed.
///
/// # Errors
/// What the store says.
pub fn seal(store: &Store) -> Result<u64> {
    let mut sealed = 0;
    loop {
        let done = match store.write(some) {
            Err(error) if error.is_race() => return Ok(sealed),
            done => done?,
        };
        sealed += done;
        if done == 0 {
            return Ok(sealed);
        }
    }
}

fn some(tx: &mut Conn) -> Result<u64> {
    let last = audit::head(tx)?;
    let since = last.as_ref().map_or(Id::NIL, |last| last.entry_id.earlier(OVERTAKEN));
    let (mut seq, mut before) = match last {
        Some(last) => (last.seq, last.hash),
        None => (0, BEGINNING.to_owned()),
    };
    let entries = audit::unsealed(tx, since, AT_ONCE)?;
    let mut seals = Vec::with_capacity(entries.len());
    for entry in &entries {
        seq += 1;
        before = hash(&before, entry);
        seals.push(Seal { seq, entry_id: entry.id, hash: before.clone() });
    }
    audit::seal(tx, &seals)?;
    Ok(seals.len() as u64)
}
