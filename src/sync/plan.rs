//! Decides a batch: each record in turn, every one seeing what the ones before it did. Pure: the
//! result is what to answer and what to write.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::body::Body;
use super::content;
use super::entry::{Entry, Taken, stated_paid_on};
use super::envelope::Record;
use super::facts::{Current, Facts, NamedBy, Owner, StoredRev, Text};
use super::judge::{self, Case, Context, Enrolling, Verdict, Voiding};
use super::outcome::{Decision, Outcome};
use super::rough::Rough;
use super::writes::{Settled, Writes};
use crate::domain::{ChangeEntity, Code, Id, RecordState, RecordStatus, ReviewState, vn_day};
use crate::store::rows::{DuplicateRow, RecordRow, ReviewRow};
use crate::store::tallies::{Counts, TallyKey};
use crate::tallies;

/// What a batch comes to.
#[derive(Debug)]
pub struct Plan {
    pub decisions: Vec<Decision>,
    pub writes: Writes,
}

/// Decides records in their order.
pub fn plan(ctx: &Context<'_>, facts: Facts, entries: &[Entry<'_>]) -> Plan {
    let mut planner = Planner { ctx, facts, writes: Writes::default() };
    let decisions = entries.iter().map(|entry| planner.decide(entry)).collect();
    Plan { decisions, writes: planner.writes }
}

/// What a record is from now on, and what it adds to the tallies meanwhile.
type Becomes = (RecordState, Option<(TallyKey, Counts)>);

struct Planner<'a> {
    ctx: &'a Context<'a>,
    facts: Facts,
    writes: Writes,
}

impl Planner<'_> {
    fn decide(&mut self, entry: &Entry<'_>) -> Decision {
        match *entry {
            Entry::Readable(taken) => {
                let (replayed, outcome) = self.record(taken);
                let Record { id, rev, .. } = taken.record;
                Decision { id: Some(*id), rev: Some(*rev), replayed, outcome }
            }
            Entry::Unreadable { id, rev, code } => {
                let outcome = match code {
                    Code::UnsupportedKind => Outcome::deferred(code),
                    _ => Outcome::rejected(code, vec![]),
                };
                Decision { id, rev, replayed: false, outcome }
            }
        }
    }

    /// The first decision on a revision, or the one made before, or the next one when it is asked for.
    fn record(&mut self, taken: Taken<'_>) -> (bool, Outcome) {
        let record = taken.record;
        let case = taken.case(self.ctx.received, self.facts.closed_through);
        if case.again {
            return self.again(case);
        }
        let Some(known) = self.facts.records.get(&record.id) else {
            return (false, self.judge(case));
        };
        if known.owner.is_some_and(|owner| !owner.is(&self.ctx.sender)) {
            return (false, Outcome::rejected(Code::Forbidden, vec![]));
        }
        if let Some(stored) = known.revs.iter().find(|stored| stored.rev == record.rev) {
            return self.replay(record, stored);
        }
        let newest = known.revs.iter().map(|stored| stored.rev).max().unwrap_or(0);
        let refusal = match known.current.as_ref().map(|current| current.state) {
            _ if newest > record.rev => Some(Code::Superseded),
            Some(RecordState::Accepted) => Some(Code::AlreadyAccepted),
            Some(RecordState::Voided) => Some(Code::AlreadyVoid),
            _ => None,
        };
        match refusal {
            Some(code) => {
                let outcome = Outcome::rejected(code, vec![]);
                self.store(case, &outcome, None);
                (false, outcome)
            }
            None => (false, self.judge(case)),
        }
    }

    /// Same content: the stored outcome, for ever. Other content: refused, and the first one stands.
    fn replay(&self, record: &Record, stored: &StoredRev) -> (bool, Outcome) {
        let (payload, outcome) = match &stored.text {
            Text::Stored { payload, outcome } => (payload, outcome),
            Text::InBatch(at) => {
                let row = &self.writes.records[*at];
                (&row.payload, &row.outcome)
            }
        };
        if stored.kind != record.kind || !content::same(&record.payload, payload) {
            return (false, Outcome::rejected(Code::ContentChanged, vec![]));
        }
        match serde_json::from_str(outcome) {
            Ok(outcome) => (true, outcome),
            Err(error) => {
                tracing::error!(%error, record_id = %record.id, "a stored outcome cannot be read");
                (false, Outcome::deferred(Code::Internal))
            }
        }
    }

    fn judge(&mut self, case: Case<'_>) -> Outcome {
        match self.verdict(case) {
            Verdict::Enrol(enrolling) => self.enrol(case, *enrolling),
            Verdict::Hold(outcome, named) => self.hold(case, outcome, named),
            Verdict::Void(voiding) => self.void(case, voiding),
        }
    }

    fn verdict(&self, case: Case<'_>) -> Verdict {
        match &case.record.body {
            Err(invalid) => Verdict::Hold(invalid.clone().into(), vec![]),
            Ok(Body::Voluntary(body)) => judge::voluntary(self.ctx, &self.facts, case, body),
            Ok(Body::Household(body)) => judge::household(self.ctx, &self.facts, case, body),
            Ok(Body::Void(body)) => judge::void(self.ctx, &self.facts, case, body),
        }
    }

    /// Judges a stored revision once more, which waited for a row of the law. Somebody may have been
    /// faster: then it waits no more. Where nothing new is found nothing is written, and so it is said.
    fn again(&mut self, case: Case<'_>) -> (bool, Outcome) {
        let key = (case.record.id, case.record.rev);
        let Some(waits) = self.facts.waiting.remove(&key) else {
            return (true, Outcome::rejected(Code::Superseded, vec![]));
        };
        match self.verdict(case) {
            Verdict::Hold(outcome, _) if judge::document(&outcome) == waits.decided => {
                (true, outcome)
            }
            Verdict::Hold(outcome, named) => {
                let review = match outcome.status {
                    _ if outcome.waits_for_a_rule() => ReviewState::Open,
                    RecordStatus::Review => ReviewState::Closed,
                    _ => ReviewState::Rejected,
                };
                let waits_for = outcome.code.filter(|_| outcome.waits_for_a_rule());
                self.writes.settle_review(waits.review_id, review, waits_for);
                (false, self.hold(case, outcome, named))
            }
            Verdict::Enrol(enrolling) => {
                self.writes.settle_review(waits.review_id, ReviewState::Accepted, None);
                (false, self.enrol(case, *enrolling))
            }
            // A void never waits for the law.
            Verdict::Void(_) => (false, Outcome::deferred(Code::Internal)),
        }
    }

    /// Keeps a record by which nobody is enrolled.
    fn hold(&mut self, case: Case<'_>, outcome: Outcome, named: Vec<DuplicateRow>) -> Outcome {
        let Some(state) = outcome.state() else { return outcome };
        let record = case.record;
        let held = self.held(case, state);
        if let Some((key, counts)) = &held {
            self.writes.tally(key.clone(), *counts);
        }
        let has_review = case.again && outcome.waits_for_a_rule();
        if state == RecordState::Review
            && !has_review
            && let Some(code) = outcome.code
        {
            self.open_review(record.id, record.rev, self.ctx.sender.group_id, code);
        }
        for row in &named {
            let group_id = self.ctx.sender.group_id;
            let by = NamedBy { record_id: record.id, rev: record.rev, group_id };
            self.facts.named_by.entry(row.enrollment_id).or_default().push(by);
        }
        self.writes.duplicates.extend(named);
        self.store(case, &outcome, Some((state, held)));
        outcome
    }

    fn enrol(&mut self, case: Case<'_>, enrolling: Enrolling) -> Outcome {
        let record = case.record;
        let outcome = enrolling.outcome();
        for row in &enrolling.enrollments {
            let key = self.key_of(row);
            self.writes.tally(key, tallies::accepted(row.kind, row.payable, row.state_support));
        }
        if let Some(code) = enrolling.beside {
            self.open_review(record.id, record.rev, self.ctx.sender.group_id, code);
        }
        self.writes.enrol(self.ctx, &mut self.facts, record, enrolling);
        self.store(case, &outcome, Some((RecordState::Accepted, None)));
        outcome
    }

    /// Takes a record back, whatever it is: enrolled, held for a decision, or still wrong.
    fn void(&mut self, case: Case<'_>, voiding: Voiding) -> Outcome {
        let target = voiding.record_id;
        let standing = self.writes.standing(&self.facts, target);
        for row in &standing {
            let open = self.facts.closed_through.is_none_or(|closed| row.counted_on > closed);
            let voided_on = if open { row.counted_on } else { case.counted_on.max(self.today()) };
            let key = TallyKey { starts_on: voided_on, ..self.key_of(row) };
            self.writes.tally(key, tallies::voided(row));
            self.writes.void(row, voided_on);
            for by in self.facts.named_by.remove(&row.id).unwrap_or_default() {
                self.reopen(by, target);
            }
        }
        self.facts.uncover(target);
        self.take_back(target);
        self.writes.close_reviews(target, ReviewState::Closed);
        let outcome = Outcome::accepted(vec![], vec![]);
        self.store(case, &outcome, Some((RecordState::Accepted, None)));
        outcome
    }

    fn today(&self) -> NaiveDate {
        vn_day(self.ctx.received)
    }

    /// What the current revision of a record added while it was held no longer counts.
    fn take_back(&mut self, record_id: Id) {
        let Some(current) =
            self.facts.records.get_mut(&record_id).and_then(|it| it.current.as_mut())
        else {
            return;
        };
        if let Some((key, counts)) = current.held.take() {
            self.writes.tally(key, -counts);
        }
        current.state = RecordState::Voided;
        self.writes.restate(record_id, current.rev, current.in_batch, RecordState::Voided, true);
    }

    /// A duplicate whose standing enrollment is gone waits for a person.
    fn reopen(&mut self, by: NamedBy, voided: Id) {
        let current = self.facts.records.get(&by.record_id).and_then(|it| it.current.as_ref());
        // A record of another group is not among the facts: its duplicates are loaded only if current.
        let stands =
            current.is_none_or(|it| it.rev == by.rev && it.state == RecordState::Duplicate);
        if stands {
            let name = format!("review/{}/{}/{voided}", by.rev, Code::OriginalVoided);
            let id = by.record_id.derive(&name);
            self.open(id, by.record_id, by.rev, by.group_id, Code::OriginalVoided);
        }
    }

    fn open_review(&mut self, record_id: Id, rev: i64, group_id: Id, code: Code) {
        let id = record_id.derive(&format!("review/{rev}/{code}"));
        self.open(id, record_id, rev, group_id, code);
    }

    /// Opens a review once: several members of a duplicate may name one record that was taken back.
    fn open(&mut self, id: Id, record_id: Id, rev: i64, group_id: Id, code: Code) {
        if self.writes.reviews.iter().any(|row| row.id == id) {
            return;
        }
        let row = ReviewRow {
            id,
            record_id,
            record_rev: rev,
            group_id,
            code: code.as_str().to_owned(),
            state: ReviewState::Open,
            opened_at: self.ctx.received.naive_utc(),
            closed_at: None,
        };
        if group_id == self.ctx.sender.group_id {
            self.writes.tell(ChangeEntity::Review, row.id);
        } else {
            self.writes.tell_others(group_id, ChangeEntity::Review, row.id);
        }
        self.writes.reviews.push(row);
    }

    /// Writes the revision. With a state it becomes the current one; a replaced one counts no more.
    fn store(&mut self, case: Case<'_>, outcome: &Outcome, becomes: Option<Becomes>) {
        let document = judge::document(outcome);
        if case.again {
            self.restore(case, document, becomes);
            return;
        }
        let record = case.record;
        let facts = self.facts.records.entry(record.id).or_default();
        let (group_id, agent_id) = (self.ctx.sender.group_id, self.ctx.sender.agent_id);
        facts.owner.get_or_insert(Owner { group_id, agent_id });
        let text = Text::InBatch(self.writes.records.len());
        facts.revs.push(StoredRev { rev: record.rev, kind: record.kind, text });
        let is_current = becomes.is_some();
        let (state, held) = becomes.unwrap_or((RecordState::Rejected, None));
        if is_current {
            let now = Current {
                rev: record.rev,
                state,
                kind: record.kind,
                held: held.clone(),
                in_batch: Some(self.writes.records.len()),
            };
            if let Some(before) = facts.current.replace(now) {
                if let Some((key, counts)) = before.held {
                    self.writes.tally(key, -counts);
                }
                self.writes.restate(
                    record.id,
                    before.rev,
                    before.in_batch,
                    RecordState::Superseded,
                    false,
                );
                self.writes.close_reviews_before(record.id, record.rev, ReviewState::Superseded);
            }
        }
        let rough = Rough::of(record);
        let counted = held.as_ref();
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
            area_code: counted.map_or_else(String::new, |(key, _)| key.area_code.clone()),
            village_id: counted.and_then(|(key, _)| key.village_id.or_none()),
            drive_id: counted.and_then(|(key, _)| key.drive_id.or_none()),
            paid_on: stated_paid_on(record).map(|_| case.paid_on),
            judged_again: None,
        });
    }

    /// What a stored revision is now; its first outcome stays.
    fn restore(&mut self, case: Case<'_>, document: String, becomes: Option<Becomes>) {
        let record = case.record;
        let current = self.facts.records.get_mut(&record.id).and_then(|it| it.current.as_mut());
        let (Some(current), Some((state, held))) = (current, becomes) else { return };
        current.state = state;
        if let Some((key, counts)) = std::mem::replace(&mut current.held, held) {
            self.writes.tally(key, -counts);
        }
        self.writes.settled.push(Settled { id: record.id, rev: record.rev, state, document });
    }

    fn key_of(&self, row: &crate::store::rows::EnrollmentRow) -> TallyKey {
        tallies::key_of(self.ctx.areas, row)
    }

    /// What it adds to the tallies while nobody is enrolled by it, and where: a stored record stays where
    /// it was counted.
    fn held(&self, case: Case<'_>, state: RecordState) -> Option<(TallyKey, Counts)> {
        let record = case.record;
        let rough = Rough::of(record);
        let scheme = tallies::scheme_of(record.kind)?;
        let counts = tallies::held(state, rough.persons, rough.amount)?;
        if case.again {
            let current = self.facts.records.get(&record.id)?.current.as_ref()?;
            return current.held.as_ref().map(|(key, _)| (key.clone(), counts));
        }
        let areas = self.ctx.areas;
        let area = areas.resolve(&rough.area_code, case.capture.day);
        let known = |ids: &HashSet<Id>, id: Option<Id>| id.filter(|id| ids.contains(id));
        let key = TallyKey {
            starts_on: case.counted_on,
            group_id: self.ctx.sender.group_id,
            agent_id: self.ctx.sender.agent_id,
            organisation_id: self.ctx.sender.organisation_id.unwrap_or(Id::NIL),
            area_code: area.map_or_else(String::new, |it| areas.current(it.area).code.clone()),
            village_id: known(&self.facts.villages, rough.village_id).unwrap_or(Id::NIL),
            drive_id: known(&self.facts.drives, rough.drive_id).unwrap_or(Id::NIL),
            scheme,
        };
        Some((key, counts))
    }
}
