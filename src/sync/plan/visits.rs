//! Visits as they are kept, and items of worklists: whoever is enrolled need not be visited.

use super::Planner;
use crate::domain::{ChangeEntity, Id, ItemState, Person, RecordState};
use crate::store::worklists::ItemRow;
use crate::store::worklists::likeness::Likeness;
use crate::sync::body::Body;
use crate::sync::identity;
use crate::sync::judge::{Case, Enrolling, Visiting};
use crate::sync::outcome::Outcome;

impl Planner<'_> {
    /// Keeps a visit; an item hears of it.
    pub(super) fn visit(&mut self, case: Case<'_>, visiting: Visiting) -> Outcome {
        let Visiting { row, flags } = visiting;
        self.touch(row.item_id);
        if row.vssid {
            self.writes.installed.insert(row.who);
        }
        self.writes.visits.push(row);
        let outcome = Outcome::accepted(flags, vec![]);
        self.store(case, &outcome, Some((RecordState::Accepted, None)));
        outcome
    }

    /// The last visit of an item is another one.
    fn touch(&mut self, item_id: Option<Id>) {
        let Some(item) = item_id.and_then(|id| self.facts.items.get(&id)) else { return };
        self.writes.visited.insert(item.id);
        if let Some(group_id) = item.group_id {
            self.writes.tell(group_id, ChangeEntity::WorklistItem, item.id);
        }
    }

    /// A visit that is taken back, stored or of this batch.
    pub(super) fn take_visit_back(&mut self, record_id: Id) {
        let now = self.ctx.received.naive_utc();
        let new = self.writes.visits.iter_mut().find(|row| row.record_id == record_id);
        let row = match new {
            Some(row) => {
                row.voided_at = Some(now);
                row.clone()
            }
            None => match self.facts.visits.remove(&record_id) {
                Some(row) => {
                    self.writes.voided_visits.push(record_id);
                    row
                }
                None => return,
            },
        };
        self.touch(row.item_id);
        if row.vssid {
            self.writes.installed.insert(row.who);
        }
    }

    /// The open items of those who are enrolled are closed.
    pub(super) fn close_items(&mut self, case: Case<'_>, enrolling: &Enrolling) {
        if self.facts.items.is_empty() {
            return;
        }
        let stated = stated(case);
        for (i, (row, person)) in enrolling.enrollments.iter().zip(&enrolling.persons).enumerate() {
            let she = stated.get(i).map(|it| self.likeness(case, it));
            let meant = |item: &&ItemRow| {
                item.state == ItemState::Open
                    && item.scheme == row.scheme
                    && match item.person_id {
                        Some(id) => id == person.id,
                        None => she.as_ref().is_some_and(|it| it.is_of(item)),
                    }
            };
            let items: Vec<ItemRow> = self.facts.items.values().filter(meant).cloned().collect();
            for item in items {
                if item.person_id.is_none() {
                    self.writes.known_as.push((item.id, person.id));
                }
                self.settle_item(ItemRow {
                    state: ItemState::Enrolled,
                    person_id: Some(person.id),
                    enrollment_id: Some(row.id),
                    ..item
                });
            }
        }
    }

    /// What this enrollment had closed is open again, unless the person stands on another list by now.
    pub(super) fn reopen_items(&mut self, enrollment_id: Id) {
        let closed = |item: &&ItemRow| {
            item.enrollment_id == Some(enrollment_id) && item.state == ItemState::Enrolled
        };
        let items: Vec<ItemRow> = self.facts.items.values().filter(closed).cloned().collect();
        for item in items {
            let who = Likeness::of_item(&item);
            let elsewhere = self.facts.items.values().any(|it| {
                let same = match it.person_id {
                    Some(id) => item.person_id == Some(id),
                    None => who.is_of(it),
                };
                it.state == ItemState::Open && it.scheme == item.scheme && same
            });
            let state = if elsewhere { ItemState::Withdrawn } else { ItemState::Open };
            self.settle_item(ItemRow { state, enrollment_id: None, ..item });
        }
    }

    fn settle_item(&mut self, item: ItemRow) {
        if let Some(group_id) = item.group_id {
            self.writes.tell(group_id, ChangeEntity::WorklistItem, item.id);
        }
        self.facts.items.insert(item.id, item.clone());
        self.writes.items.insert(item.id, item);
    }

    fn likeness(&self, case: Case<'_>, person: &Person) -> Likeness {
        let areas = self.ctx.areas;
        let commune = areas.resolve(&person.area_code, case.paid_on);
        let now = commune.map_or("", |it| areas.current(it.area).code.as_str());
        let codes = person.codes().map(|(kind, _, code)| (kind, code));
        Likeness::new(&identity::key(person, now), Some(person.birth), codes)
    }
}

/// The persons as the record states them, in order.
fn stated(case: Case<'_>) -> Vec<&Person> {
    match &case.record.body {
        Ok(Body::Voluntary(body)) => vec![&body.person],
        Ok(Body::Household(body)) => body.members.iter().map(|member| &member.person).collect(),
        Ok(Body::Void(_) | Body::Visit(_)) | Err(_) => vec![],
    }
}
