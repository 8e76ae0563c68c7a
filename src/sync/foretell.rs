//! What each decision on a review would do: it is made by the very code that makes it, and undone.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::persons;
use super::resolve::{Refused, Resolution, resolve};
use crate::domain::{Code, Id, RecordState, Ruling};
use crate::rulebook::Rulebook;
use crate::store::rehearsal::{Rehearsal, Scene, View};
use crate::store::rows::{CardRow, ReviewRow};
use crate::store::tallies::Deltas;
use crate::store::{Reach, Result, Store};

/// What a decision would change.
#[derive(Debug, Clone)]
pub struct Effects {
    /// What the record would be.
    pub becomes: Option<RecordState>,
    /// People who would be enrolled by it; negative for those who would not be any more.
    pub enrolled: i64,
    /// Whether the two persons would become one.
    pub persons_merged: bool,
    /// What the tallies of groups within reach would be moved by, day by day.
    pub tallies: Deltas,
    /// The cards within reach that would be new, or others than they are.
    pub cards: Vec<CardRow>,
}

/// A decision, and what it would do; or why it cannot be made.
#[derive(Debug, Clone)]
pub struct Foretold {
    pub ruling: Ruling,
    pub effects: std::result::Result<Effects, Code>,
}

/// What each decision on an open review would do now.
///
/// # Errors
/// What the store says.
pub fn decisions(
    store: &Store,
    book: &Rulebook,
    reach: &Reach,
    review: &ReviewRow,
    by: Id,
    now: DateTime<Utc>,
) -> Result<Vec<Foretold>> {
    let foretell = |ruling: &Ruling| {
        let ruling = *ruling;
        let resolution = Resolution { review_id: review.id, ruling, note: None, by };
        let effects = on_trial(store, reach, review, |store| {
            resolve(store, book, reach, &resolution, &|_| Ok(()), now).map(drop)
        })?;
        Ok(Foretold { ruling, effects })
    };
    Ruling::ALL.iter().map(foretell).collect()
}

/// What it would do to undo the merge of the first person of a review.
///
/// # Errors
/// What the store says.
pub fn undoing(
    store: &Store,
    reach: &Reach,
    review: &ReviewRow,
    person_id: Id,
    by: Id,
    now: DateTime<Utc>,
) -> Result<std::result::Result<Effects, Code>> {
    on_trial(store, reach, review, |store| persons::part(store, person_id, by, now))
}

fn on_trial(
    store: &Store,
    reach: &Reach,
    review: &ReviewRow,
    work: impl FnOnce(&Store) -> std::result::Result<(), Refused>,
) -> Result<std::result::Result<Effects, Code>> {
    let persons = [review.person_id, review.other_id].into_iter().flatten().collect();
    let scene = Scene { record_id: review.record_id, persons, reach: reach.clone() };
    let before = store.read(|conn| scene.view(conn))?;
    let rehearsal = Arc::new(Rehearsal::of(scene));
    match work(&store.rehearse(Arc::clone(&rehearsal))) {
        Ok(()) => {}
        Err(Refused::Because(code)) => return Ok(Err(code)),
        Err(Refused::Store(error)) => return Err(error),
    }
    let (mut tallies, after) = rehearsal.seen();
    tallies.retain(|key, _| reach.check_group(key.group_id).is_ok());
    let after = after.unwrap_or_else(|| before.clone());
    Ok(Ok(effects(before, after, tallies)))
}

fn effects(before: View, after: View, tallies: Deltas) -> Effects {
    let same = |one: &CardRow, other: &CardRow| {
        one.id == other.id
            && (one.state, &one.number) == (other.state, &other.number)
            && (one.valid_from, one.valid_to) == (other.valid_from, other.valid_to)
    };
    let mut cards = after.cards;
    cards.retain(|card| !before.cards.iter().any(|known| same(known, card)));
    Effects {
        becomes: after.state,
        enrolled: after.enrolled - before.enrolled,
        persons_merged: after.are_one && !before.are_one,
        tallies,
        cards,
    }
}
