//! A phone's copy of its group's records, kept by the feed.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Client;
use crate::cli::Failure;
use crate::domain::{CardState, CardType, ChangeEntity, ChangeOp, EnrollmentStatus, Id};
use crate::sync::wire::{ChangesAnswer, Entity};

const PAGE: usize = 1000;

/// What the phone has been told.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    pub cursor: Option<String>,
    pub enrollments: BTreeMap<Id, EnrollmentStatus>,
    /// Enrollment, kind and state of each card.
    pub cards: BTreeMap<Id, (Id, CardType, CardState)>,
    /// Other entities.
    others: BTreeSet<(ChangeEntity, Id)>,
    /// How many enrollments and cards were told of, each as often as it came.
    pub told: usize,
}

impl Mirror {
    /// Whether two copies hold the same.
    pub fn same(&self, other: &Self) -> bool {
        (&self.enrollments, &self.cards, &self.others)
            == (&other.enrollments, &other.cards, &other.others)
    }

    /// Pulls until there is no more.
    pub fn pull(&mut self, client: &mut Client) -> Result<(), Failure> {
        loop {
            let cursor = self.cursor.as_ref().map_or(String::new(), |it| format!("&cursor={it}"));
            let path = format!("/api/v1/sync/changes?limit={PAGE}{cursor}");
            let answer: ChangesAnswer = client.get(&path)?;
            let more = answer.has_more;
            self.apply(answer);
            if !more {
                return Ok(());
            }
        }
    }

    pub fn apply(&mut self, answer: ChangesAnswer) {
        self.cursor = Some(answer.cursor);
        for change in answer.changes {
            let key = (change.entity, change.id);
            match (change.op, change.data) {
                (ChangeOp::Put, Some(Entity::Enrollment(it))) => {
                    self.enrollments.insert(it.id, it.status);
                    self.told += 1;
                }
                (ChangeOp::Put, Some(Entity::Card(it))) => {
                    self.cards.insert(it.id, (it.enrollment_id, it.card_type, it.state));
                    self.told += 1;
                }
                (ChangeOp::Put, _) => {
                    self.others.insert(key);
                }
                (ChangeOp::Delete, _) => {
                    self.enrollments.remove(&change.id);
                    self.cards.remove(&change.id);
                    self.others.remove(&key);
                }
            }
        }
    }
}
