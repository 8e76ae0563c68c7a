//! What each decision on a review would change, in the words of tallies and cards.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::{CardState, CardType, Code, Id, RecordState, Ruling, Scheme};
use crate::store::tallies::{Counts, Deltas};
use crate::sync::foretell::{self, Foretold};

/// One decision.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Decision {
    decision: Ruling,
    /// Whether it can be made now.
    allowed: bool,
    /// Why not: what `resolve` would answer.
    #[schema(required)]
    why_not: Option<Code>,
    /// What it would change; null when it cannot be made.
    #[schema(required)]
    effects: Option<Effects>,
}

/// What would change. Numbers are differences: less is negative.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Effects {
    /// What the record would be.
    #[schema(required)]
    becomes: Option<RecordState>,
    /// People enrolled by it.
    enrolled: i64,
    /// Whether two persons would become one.
    persons_merged: bool,
    /// đồng.
    amount_enrolled: i64,
    /// đồng taken for nobody who is enrolled.
    amount_held: i64,
    /// đồng.
    state_support: i64,
    /// Cards and books that would be new, or others than they are.
    cards: Vec<EffectCard>,
    /// By group, scheme and day.
    tallies: Vec<EffectTally>,
}

/// A card or book as it would be.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EffectCard {
    id: Id,
    #[serde(rename = "type")]
    card_type: CardType,
    state: CardState,
    #[schema(required)]
    valid_from: Option<NaiveDate>,
    #[schema(required)]
    valid_to: Option<NaiveDate>,
}

/// What a tally would be moved by.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EffectTally {
    group_id: Id,
    group_name: String,
    scheme: Scheme,
    counted_on: NaiveDate,
    accepted: i64,
    duplicate: i64,
    review: i64,
    rejected: i64,
    voided: i64,
    amount_enrolled: i64,
    amount_held: i64,
    state_support: i64,
}

/// The merge that stands, and what it would change to undo it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Undo {
    /// Whose merge `POST /persons/{id}/unmerge` would undo.
    person_id: Id,
    allowed: bool,
    #[schema(required)]
    why_not: Option<Code>,
    /// How many enrollments would be hers again.
    enrollments: usize,
    /// How many cards and books would be hers again.
    cards: usize,
}

impl Undo {
    pub fn new(person_id: Id, why_not: Option<Code>, enrollments: usize, cards: usize) -> Self {
        Self { person_id, allowed: why_not.is_none(), why_not, enrollments, cards }
    }
}

impl Decision {
    /// One that cannot be made.
    pub const fn refused(decision: Ruling, code: Code) -> Self {
        Self { decision, allowed: false, why_not: Some(code), effects: None }
    }

    pub fn of(told: Foretold, names: &HashMap<Id, String>) -> Self {
        match told.effects {
            Err(code) => Self::refused(told.ruling, code),
            Ok(effects) => Self {
                decision: told.ruling,
                allowed: true,
                why_not: None,
                effects: Some(Effects::of(effects, names)),
            },
        }
    }
}

impl Effects {
    fn of(effects: foretell::Effects, names: &HashMap<Id, String>) -> Self {
        let mut all = Counts::default();
        effects.tallies.values().for_each(|counts| all += *counts);
        Self {
            becomes: effects.becomes,
            enrolled: effects.enrolled,
            persons_merged: effects.persons_merged,
            amount_enrolled: all.amount_enrolled,
            amount_held: all.amount_held,
            state_support: all.state_support,
            cards: effects
                .cards
                .into_iter()
                .map(|card| EffectCard {
                    id: card.id,
                    card_type: card.card_type,
                    state: card.state,
                    valid_from: card.valid_from,
                    valid_to: card.valid_to,
                })
                .collect(),
            tallies: tallies(&effects.tallies, names),
        }
    }
}

/// The sums over agents, areas, villages and drives; what comes to nothing is left out.
fn tallies(deltas: &Deltas, names: &HashMap<Id, String>) -> Vec<EffectTally> {
    let mut sums: Vec<((Id, Scheme, NaiveDate), Counts)> = Vec::new();
    for (key, counts) in deltas {
        let at = (key.group_id, key.scheme, key.starts_on);
        match sums.iter_mut().find(|(known, _)| *known == at) {
            Some((_, sum)) => *sum += *counts,
            None => sums.push((at, *counts)),
        }
    }
    sums.retain(|(_, counts)| *counts != Counts::default());
    sums.into_iter()
        .map(|((group_id, scheme, counted_on), counts)| EffectTally {
            group_id,
            group_name: names.get(&group_id).cloned().unwrap_or_default(),
            scheme,
            counted_on,
            accepted: counts.accepted,
            duplicate: counts.duplicate,
            review: counts.review,
            rejected: counts.rejected,
            voided: counts.voided,
            amount_enrolled: counts.amount_enrolled,
            amount_held: counts.amount_held,
            state_support: counts.state_support,
        })
        .collect()
}
