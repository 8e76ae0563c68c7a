//! What waits for a person: reviews as they open.

use super::Planner;
use crate::domain::{ChangeEntity, Code, Id, RecordState, ReviewState};
use crate::store::rows::ReviewRow;
use crate::sync::facts::NamedBy;
use crate::sync::judge::{Between, Case, Enrolling};

impl Planner<'_> {
    /// The record waits for a decision.
    pub(super) fn open_review(&mut self, case: Case<'_>, code: Code, between: Between) {
        let record = case.record;
        let mut name = format!("review/{}/{code}", record.rev);
        for id in [between.person_id, between.other_id].into_iter().flatten() {
            name.push_str(&format!("/{id}"));
        }
        let id = record.id.derive(&name);
        self.open(id, (record.id, record.rev, case.group_id), code, between);
    }

    /// The record counts, but a new person may be somebody we know.
    pub(super) fn open_beside(&mut self, case: Case<'_>, enrolling: &Enrolling) {
        let (record, code) = (case.record, Code::PossibleDuplicate);
        for (member, other_id) in &enrolling.alike {
            let id = record.id.derive(&format!("review/{}/{code}/{member}", record.rev));
            let person_id = enrolling.persons.get(*member).map(|person| person.id);
            let between = Between { person_id, other_id: Some(*other_id) };
            self.open(id, (record.id, record.rev, case.group_id), code, between);
        }
    }

    /// A duplicate whose standing enrollment is gone waits for a person.
    pub(super) fn reopen(&mut self, by: NamedBy, voided: Id) {
        let current = self.facts.records.get(&by.record_id).and_then(|it| it.current.as_ref());
        // A record of another group is not among the facts: its duplicates are loaded only if current.
        let stands =
            current.is_none_or(|it| it.rev == by.rev && it.state == RecordState::Duplicate);
        if stands {
            let code = Code::OriginalVoided;
            let id = by.record_id.derive(&format!("review/{}/{code}/{voided}", by.rev));
            self.open(id, (by.record_id, by.rev, by.group_id), code, Between::default());
        }
    }

    /// Opens a review once: several members of a duplicate may name one record that was taken back. A
    /// question that comes again is the same review, open again.
    fn open(&mut self, id: Id, of: (Id, i64, Id), code: Code, between: Between) {
        if self.writes.reviews.iter().any(|row| row.id == id) {
            return;
        }
        let (record_id, record_rev, group_id) = of;
        let stored = self.facts.reviews.get(&record_id);
        if stored.is_some_and(|rows| rows.iter().any(|row| row.id == id)) {
            self.writes.settle_review(group_id, id, ReviewState::Open, Some(code));
            return;
        }
        self.writes.tell(group_id, ChangeEntity::Review, id);
        self.writes.reviews.push(ReviewRow {
            id,
            record_id,
            record_rev,
            group_id,
            code: code.as_str().to_owned(),
            state: ReviewState::Open,
            opened_at: self.ctx.received.naive_utc(),
            closed_at: None,
            person_id: between.person_id,
            other_id: between.other_id,
            decided_by: None,
            note: None,
        });
    }
}
