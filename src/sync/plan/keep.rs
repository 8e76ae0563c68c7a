//! What becomes of a record: enrolled, held, taken back; and what it adds to the tallies meanwhile.

use std::collections::HashSet;

use super::Planner;
use crate::domain::{Id, RecordState, ReviewState};
use crate::store::rows::{EnrollmentRow, RecordRow, ReversalRow};
use crate::store::tallies::TallyKey;
use crate::sync::entry::stated_paid_on;
use crate::sync::facts::{Current, Held, NamedBy, Owner, StoredRev, Text};
use crate::sync::judge::{self, Case, Enrolling, Holding, Voiding};
use crate::sync::outcome::Outcome;
use crate::sync::rough::Rough;
use crate::sync::writes::Settled;
use crate::tallies;

/// What a record is from now on, and what it adds to the tallies meanwhile.
type Becomes = (RecordState, Option<Held>);

impl Planner<'_> {
    /// Keeps a record by which nobody is enrolled.
    pub(super) fn hold(&mut self, case: Case<'_>, holding: Holding) -> Outcome {
        if holding.outcome.state() == Some(RecordState::Review)
            && let Some(code) = holding.outcome.code
        {
            self.open_review(case, code, holding.between);
        }
        self.hold_on(case, holding)
    }

    /// The same, where it needs no review, or has one.
    pub(super) fn hold_on(&mut self, case: Case<'_>, holding: Holding) -> Outcome {
        let Holding { outcome, named, .. } = holding;
        let Some(state) = outcome.state() else { return outcome };
        let record = case.record;
        let held = self.held(case, state);
        if let Some(held) = &held {
            self.writes.tally(held.key.clone(), held.counts);
        }
        for row in &named {
            let group_id = case.group_id;
            let by = NamedBy { record_id: record.id, rev: record.rev, group_id };
            self.facts.named_by.entry(row.enrollment_id).or_default().push(by);
        }
        self.writes.name(named, case.again);
        self.store(case, &outcome, Some((state, held)));
        outcome
    }

    pub(super) fn enrol(&mut self, case: Case<'_>, enrolling: Enrolling) -> Outcome {
        let outcome = enrolling.outcome();
        for row in &enrolling.enrollments {
            let key = self.key_of(row);
            self.take_part(row, &key, 1);
            self.writes.tally(key, tallies::accepted(row.kind, row.payable, row.state_support));
        }
        self.open_beside(case, &enrolling);
        self.close_items(case, &enrolling);
        self.writes.enrol(self.ctx, &mut self.facts, case, enrolling);
        self.store(case, &outcome, Some((RecordState::Accepted, None)));
        outcome
    }

    /// Takes a record back, whatever it is: enrolled, held for a decision, or still wrong.
    pub(super) fn void(&mut self, case: Case<'_>, voiding: Voiding) -> Outcome {
        let target = voiding.record_id;
        let standing = self.writes.standing(&self.facts, target);
        for row in &standing {
            let now = self.ctx.received;
            let voided_on = self.facts.counting_day(row.group_id, row.counted_on, now);
            let key = TallyKey { starts_on: voided_on, ..self.key_of(row) };
            self.take_part(row, &key, -1);
            self.writes.tally(key, tallies::voided(row));
            self.writes.void(row, voided_on);
            self.reopen_items(row.id);
            for by in self.facts.named_by.remove(&row.id).unwrap_or_default() {
                self.reopen(by, target);
            }
        }
        self.facts.uncover(target);
        self.take_back(target);
        self.take_visit_back(target);
        self.writes.close_reviews(target, ReviewState::Closed);
        let outcome = Outcome::accepted(vec![], vec![]);
        self.store(case, &outcome, Some((RecordState::Accepted, None)));
        outcome
    }

    /// What the current revision of a record added while it was held no longer counts.
    fn take_back(&mut self, record_id: Id) {
        let Some(current) =
            self.facts.records.get_mut(&record_id).and_then(|it| it.current.as_mut())
        else {
            return;
        };
        let (rev, in_batch, held) = (current.rev, current.in_batch, current.held.take());
        current.state = RecordState::Voided;
        self.writes.restate(record_id, in_batch, RecordState::Voided, true);
        self.release(record_id, rev, held);
    }

    /// What a revision added counts no more: as if it never had, or, in a month that is closed, against
    /// from today on.
    fn release(&mut self, record_id: Id, record_rev: i64, held: Option<Held>) {
        let Some(Held { key, counts, state }) = held else { return };
        let today = self.facts.counting_day(key.group_id, key.starts_on, self.ctx.received);
        if today == key.starts_on {
            self.writes.tally(key, -counts);
            return;
        }
        self.writes.reversals.push(ReversalRow {
            record_id,
            record_rev,
            counted_on: key.starts_on,
            reversed_on: today,
            state,
            group_id: key.group_id,
            agent_id: key.agent_id,
            organisation_id: key.organisation_id.or_none(),
            area_code: key.area_code.clone(),
            village_id: key.village_id.or_none(),
            drive_id: key.drive_id.or_none(),
            scheme: key.scheme,
            persons: counts.duplicate + counts.review + counts.rejected,
            amount_held: counts.amount_held,
        });
        self.writes.tally(TallyKey { starts_on: today, ..key }, -counts);
    }

    /// Writes the revision. With a state it becomes the current one; a replaced one counts no more.
    pub(super) fn store(&mut self, case: Case<'_>, outcome: &Outcome, becomes: Option<Becomes>) {
        let document = judge::document(outcome);
        if case.again {
            self.restore(case, document, becomes);
            return;
        }
        let record = case.record;
        let facts = self.facts.records.entry(record.id).or_default();
        let (group_id, agent_id) = (case.group_id, self.ctx.sender.agent_id);
        facts.owner.get_or_insert(Owner { group_id, agent_id });
        let text = Text::InBatch(self.writes.records.len());
        facts.revs.push(StoredRev { rev: record.rev, kind: record.kind, text });
        let is_current = becomes.is_some();
        let (state, held) = becomes.unwrap_or((RecordState::Rejected, None));
        let mut replaced = None;
        if is_current {
            replaced = facts.current.replace(Current {
                rev: record.rev,
                state,
                kind: record.kind,
                held: held.clone(),
                in_batch: Some(self.writes.records.len()),
            });
        }
        if let Some(before) = replaced {
            let (rev, superseded) = (before.rev, RecordState::Superseded);
            self.writes.restate(record.id, before.in_batch, superseded, false);
            self.writes.close_reviews_before(record.id, record.rev, ReviewState::Superseded);
            self.release(record.id, rev, before.held);
        }
        let rough = Rough::of(record);
        let key = held.map(|held| held.key);
        self.writes.records.push(RecordRow {
            id: record.id,
            rev: record.rev,
            is_current,
            state,
            state_at: self.ctx.received.naive_utc(),
            kind: record.kind,
            installation_id: self.ctx.installation_id,
            seq: self.ctx.installation_id.map(|_| record.seq),
            batch_id: self.ctx.batch_id,
            group_id,
            agent_id,
            organisation_id: self.ctx.sender.organisation_id,
            captured_at: case.capture.at.naive_utc(),
            received_at: self.ctx.received.naive_utc(),
            payload: record.payload.clone(),
            outcome: document,
            persons: rough.persons,
            amount_held: rough.amount,
            counted_on: case.counted_on,
            area_code: key.as_ref().map_or_else(String::new, |key| key.area_code.clone()),
            village_id: key.as_ref().and_then(|key| key.village_id.or_none()),
            drive_id: key.as_ref().and_then(|key| key.drive_id.or_none()),
            paid_on: stated_paid_on(record).map(|_| case.paid_on),
            judged_again: None,
        });
    }

    /// What a stored revision is now; its first outcome stays.
    fn restore(&mut self, case: Case<'_>, document: String, becomes: Option<Becomes>) {
        let (id, rev) = (case.record.id, case.record.rev);
        let current = self.facts.records.get_mut(&id).and_then(|it| it.current.as_mut());
        let (Some(current), Some((state, held))) = (current, becomes) else { return };
        current.state = state;
        let before = std::mem::replace(&mut current.held, held);
        self.release(id, rev, before);
        let counted_on = case.counted_on;
        self.writes.settled.push(Settled { id, rev, state, counted_on, document });
    }

    /// Whoever is enrolled takes part at the end of each month that the period covers.
    fn take_part(&mut self, row: &EnrollmentRow, key: &TallyKey, people: i64) {
        for part in tallies::parts_of(row, key) {
            *self.writes.parts.entry(part).or_default() += people;
        }
    }

    fn key_of(&self, row: &EnrollmentRow) -> TallyKey {
        tallies::key_of(self.ctx.areas, row)
    }

    /// What it adds to the tallies while nobody is enrolled by it, and where: a stored record stays in
    /// its place, but what comes after its month was closed counts today.
    fn held(&self, case: Case<'_>, state: RecordState) -> Option<Held> {
        let record = case.record;
        let rough = Rough::of(record);
        let scheme = tallies::scheme_of(record.kind)?;
        let counts = tallies::held(state, rough.persons, rough.amount)?;
        if case.again {
            let current = self.facts.records.get(&record.id)?.current.as_ref()?;
            let key = TallyKey { starts_on: case.counted_on, ..current.held.as_ref()?.key.clone() };
            return Some(Held { key, counts, state });
        }
        let areas = self.ctx.areas;
        let area = areas.resolve(&rough.area_code, case.capture.day);
        let known = |ids: &HashSet<Id>, id: Option<Id>| id.filter(|id| ids.contains(id));
        let key = TallyKey {
            starts_on: case.counted_on,
            group_id: case.group_id,
            agent_id: self.ctx.sender.agent_id,
            organisation_id: self.ctx.sender.organisation_id.unwrap_or(Id::NIL),
            area_code: area.map_or_else(String::new, |it| areas.current(it.area).code.clone()),
            village_id: known(&self.facts.villages, rough.village_id).unwrap_or(Id::NIL),
            drive_id: known(&self.facts.drives, rough.drive_id).unwrap_or(Id::NIL),
            scheme,
        };
        Some(Held { key, counts, state })
    }
}
