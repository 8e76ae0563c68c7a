//! Decides a batch: each record in turn, every one seeing what the ones before it did. Pure: the
//! result is what to answer and what to write.

/// What was stored before is judged once more.
mod again;
/// What becomes of a record.
mod keep;
/// What waits for a person.
mod reviews;
/// Visits, and whom to visit.
mod visits;

use std::collections::HashMap;

use chrono::NaiveDate;

use super::body::Body;
use super::content;
use super::entry::{Entry, Taken};
use super::envelope::Record;
use super::facts::{Facts, StoredRev, Text};
use super::judge::{self, Case, Context, Verdict};
use super::outcome::{Decision, Outcome};
use super::writes::Writes;
use crate::domain::{Code, Id, RecordState};
use crate::store::StoreError;

/// What a batch comes to.
#[derive(Debug)]
pub struct Plan {
    pub decisions: Vec<Decision>,
    pub writes: Writes,
    /// The groups whose records are decided here, and how far each is closed.
    pub groups: HashMap<Id, Option<NaiveDate>>,
}

/// Decides records in their order.
pub fn plan(ctx: &Context<'_>, facts: Facts, entries: &[Entry<'_>]) -> Plan {
    let mut planner = Planner { ctx, facts, writes: Writes::default() };
    let decisions = entries.iter().map(|entry| planner.decide(entry)).collect();
    let closed = planner.facts.groups.into_iter().map(|(id, group)| (id, group.closed_through));
    Plan { decisions, writes: planner.writes, groups: closed.collect() }
}

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
        let pardons = taken.pardons(&self.facts);
        let case = taken.case(self.ctx, &self.facts, &pardons);
        if let Some(stored) = taken.stored {
            return self.again(case, stored.why);
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
                let error = StoreError::unreadable("an outcome", &error);
                tracing::error!(%error, record_id = %record.id, "a stored outcome cannot be read");
                (false, Outcome::deferred(Code::Internal))
            }
        }
    }

    fn judge(&mut self, case: Case<'_>) -> Outcome {
        match self.verdict(case) {
            Verdict::Enrol(enrolling) => self.enrol(case, *enrolling),
            Verdict::Hold(holding) => self.hold(case, holding),
            Verdict::Void(voiding) => self.void(case, voiding),
            Verdict::Visit(visiting) => self.visit(case, *visiting),
        }
    }

    fn verdict(&self, case: Case<'_>) -> Verdict {
        match &case.record.body {
            Err(invalid) => Verdict::Hold(Outcome::from(invalid.clone()).into()),
            Ok(Body::Voluntary(body)) => judge::voluntary(self.ctx, &self.facts, case, body),
            Ok(Body::Household(body)) => judge::household(self.ctx, &self.facts, case, body),
            Ok(Body::Void(body)) => judge::void(self.ctx, &self.facts, case, body),
            Ok(Body::Visit(body)) => judge::visit(self.ctx, &self.facts, case, body),
        }
    }
}
