//! A trial: everything is done as ever, looked at, and undone where it would be committed.

use std::sync::{Mutex, PoisonError};

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::persons;
use super::reach::Reach;
use super::rows::CardRow;
use super::schema::{cards, enrollments, persons as people, records};
use super::tallies::Deltas;
use crate::domain::{EnrollmentStatus, Id, RecordState};

/// What a decision may change: a record, and persons who may be one; and how far is seen of it.
#[derive(Debug, Clone)]
pub struct Scene {
    pub record_id: Id,
    pub persons: Vec<Id>,
    pub reach: Reach,
}

/// How it looks at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What the record is.
    pub state: Option<RecordState>,
    /// How many of its enrollments stand.
    pub enrolled: i64,
    /// Whether the persons are one.
    pub are_one: bool,
    /// The record's cards and those of the persons, of enrollments within reach, in order of id.
    pub cards: Vec<CardRow>,
}

impl Scene {
    /// How it looks now.
    ///
    /// # Errors
    /// What the store says.
    pub fn view(&self, conn: &mut Conn) -> Result<View> {
        let current = records::table.filter(records::id.eq(self.record_id));
        let state = current.filter(records::is_current).select(records::state).first(conn);
        let own = enrollments::table.filter(enrollments::record_id.eq(self.record_id));
        let standing = own.filter(enrollments::status.eq(EnrollmentStatus::Accepted));
        let known: Vec<(Id, Option<Id>)> = people::table
            .filter(people::id.eq_any(&self.persons))
            .select((people::id, people::merged_into))
            .load(conn)?;
        let mut today: Vec<Id> = known.iter().map(|(id, into)| into.unwrap_or(*id)).collect();
        today.sort_unstable();
        today.dedup();
        let mut everybody = self.persons.clone();
        everybody.extend(&today);
        let of_record = enrollments::table
            .filter(enrollments::record_id.eq(self.record_id))
            .select(enrollments::id);
        let mut cards: Vec<CardRow> = cards::table
            .filter(cards::enrollment_id.eq_any(of_record).or(cards::person_id.eq_any(everybody)))
            .order(cards::id)
            .select(CardRow::as_select())
            .load(conn)?;
        if let Some(groups) = self.reach.groups() {
            let ids: Vec<Id> = cards.iter().map(|card| card.id).collect();
            let mut own = persons::groups_of_cards(conn, &ids)?;
            own.retain(|(group_id, _)| groups.contains(group_id));
            cards.retain(|card| own.iter().any(|(_, id)| *id == card.id));
        }
        Ok(View {
            state: state.optional()?,
            enrolled: standing.count().get_result(conn)?,
            are_one: known.len() > 1 && today.len() == 1,
            cards,
        })
    }
}

/// A trial of one transaction, with what it would have done.
#[derive(Debug)]
pub struct Rehearsal {
    scene: Scene,
    seen: Mutex<(Deltas, Option<View>)>,
}

impl Rehearsal {
    /// A trial that looks at this.
    #[must_use]
    pub fn of(scene: Scene) -> Self {
        Self { scene, seen: Mutex::default() }
    }

    /// What the tallies would be moved by.
    pub fn moves(&self, tallies: &Deltas) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).0.clone_from(tallies);
    }

    /// What would be seen after the commit.
    pub(super) fn look(&self, tx: &mut Conn) -> Result<()> {
        let view = self.scene.view(tx)?;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(view);
        Ok(())
    }

    /// What the tallies would be moved by, and what would be seen then; nothing when nothing would be written.
    #[must_use]
    pub fn seen(&self) -> (Deltas, Option<View>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
