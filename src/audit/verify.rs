//! Whether the chain holds.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::domain::Id;
use crate::store::audit::{self, Seal};
use crate::store::{Result, Store};

use super::{BEGINNING, hash};

/// Seals read at once.
const PAGE: i64 = 1000;

/// How long an entry may wait for its seal while a server runs, and how far the times of neighbours may
/// run against their order: longer than any transaction lives.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// Something is wrong with the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {entry_id}, sealed as number {seq}, was changed")]
    Changed { seq: i64, entry_id: Id },
    #[error("entry {entry_id}, sealed as number {seq}, is missing")]
    Missing { seq: i64, entry_id: Id },
    #[error("the seals from number {from} to {to} are missing")]
    NoSeals { from: i64, to: i64 },
    #[error(
        "entry {entry_id}, sealed as number {seq}, says it is older than those before: put in afterwards"
    )]
    Late { seq: i64, entry_id: Id },
    #[error(
        "entry {entry_id} of {at} has no seal: put in afterwards, or no server ran since to seal it"
    )]
    Unsealed { entry_id: Id, at: NaiveDateTime },
    #[error("the chain ends at number {found}, before the number {known} that was told")]
    CutOff { known: i64, found: i64 },
    #[error("number {seq} has another hash than the one told: the chain was made anew")]
    Anew { seq: i64 },
}

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// Entries in the chain.
    pub sealed: i64,
    /// The last seal: keep it elsewhere, and a chain that is cut off or made anew is found, too.
    pub head: Option<Seal>,
    pub broken: Vec<Broken>,
}

/// Reads the whole chain. `known` is a seal that was told before, kept where nobody can change it;
/// `progress` is told how many seals were read.
///
/// # Errors
/// What the store says.
pub fn verify(
    store: &Store,
    known: Option<(i64, &str)>,
    now: DateTime<Utc>,
    mut progress: impl FnMut(i64),
) -> Result<Report> {
    let mut broken = Vec::new();
    let (mut next, mut before) = (1, BEGINNING.to_owned());
    let mut newest = NaiveDateTime::MIN;
    let mut head = None;
    loop {
        let page = store.read(|conn| audit::chain(conn, next, PAGE))?;
        let Some((last, _)) = page.last() else { break };
        head = Some(last.clone());
        for (seal, entry) in page {
            if next < seal.seq {
                broken.push(Broken::NoSeals { from: next, to: seal.seq - 1 });
            }
            next = seal.seq + 1;
            let (seq, entry_id) = (seal.seq, seal.entry_id);
            match entry {
                None => broken.push(Broken::Missing { seq, entry_id }),
                Some(entry) => {
                    if hash(&before, &entry) != seal.hash {
                        broken.push(Broken::Changed { seq, entry_id });
                    }
                    if entry.at + LATE < newest {
                        broken.push(Broken::Late { seq, entry_id });
                    }
                    newest = newest.max(entry.at);
                }
            }
            if known.is_some_and(|(known, hash)| known == seq && hash != seal.hash) {
                broken.push(Broken::Anew { seq });
            }
            // What follows is held against what the chain says, so that one break is told once.
            before = seal.hash;
        }
        progress(next - 1);
    }
    let found = next - 1;
    if let Some((known, _)) = known.filter(|(known, _)| *known > found) {
        broken.push(Broken::CutOff { known, found });
    }
    let waiting = store.read(|conn| audit::unsealed(conn, Id::NIL, PAGE))?;
    let late = |at: NaiveDateTime| at + LATE < now.naive_utc();
    broken.extend(
        waiting
            .iter()
            .filter(|entry| late(entry.at))
            .map(|entry| Broken::Unsealed { entry_id: entry.id, at: entry.at }),
    );
    Ok(Report { sealed: found, head, broken })
}
