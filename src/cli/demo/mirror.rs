//! What a phone's copy of its group's records holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::Failure;
use crate::client::Client;
use crate::domain::{CardState, CardType, ChangeEntity, EnrollmentStatus, Id};
use crate::sync::wire::Entity;

/// What the phone has been told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mirror {
    pub enrollments: BTreeMap<Id, EnrollmentStatus>,
    /// Enrollment, kind and state of each card.
    pub cards: BTreeMap<Id, (Id, CardType, CardState)>,
    others: BTreeSet<Id>,
}

impl Mirror {
    pub fn of(client: &mut Client) -> Result<Self, Failure> {
        let mut mirror = Self::default();
        for of in ChangeEntity::ALL {
            for entity in client.entities(*of)? {
                mirror.put(entity);
            }
        }
        Ok(mirror)
    }

    fn put(&mut self, entity: Entity) {
        match entity {
            Entity::Enrollment(it) => {
                self.enrollments.insert(it.id, it.status);
            }
            Entity::Card(it) => {
                self.cards.insert(it.id, (it.enrollment_id, it.card_type, it.state));
            }
            Entity::Review(it) => {
                self.others.insert(it.id);
            }
            Entity::Person(it) => {
                self.others.insert(it.id);
            }
            Entity::Household(it) => {
                self.others.insert(it.id);
            }
            Entity::Target(it) => {
                self.others.insert(it.id);
            }
        }
    }

    /// How many things it knows.
    pub fn len(&self) -> usize {
        self.enrollments.len() + self.cards.len() + self.others.len()
    }
}
