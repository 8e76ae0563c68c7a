//! What was stored before is judged once more: the law has grown, or somebody decided on a review. The
//! first outcome stays for replays; where nothing new is found nothing is written, and so it is said.

use super::Planner;
use crate::domain::{Code, RecordState, RecordStatus, ReviewState, Ruling};
use crate::store::rows::ReviewRow;
use crate::sync::cover;
use crate::sync::entry::{Ruled, Why};
use crate::sync::judge::{self, Case, Verdict};
use crate::sync::outcome::Outcome;

impl Planner<'_> {
    /// Whether nothing came of it, and what was decided.
    pub(super) fn again(&mut self, case: Case<'_>, why: Why) -> (bool, Outcome) {
        match why {
            Why::Law => self.by_the_law(case),
            Why::Ruled(ruled) => match self.ruled(case, ruled) {
                Ok(outcome) => (false, outcome),
                Err(code) => (true, Outcome::rejected(code, vec![])),
            },
        }
    }

    /// A revision that waited for a row of the law. Somebody may have been faster: then it waits no more.
    fn by_the_law(&mut self, case: Case<'_>) -> (bool, Outcome) {
        let key = (case.record.id, case.record.rev);
        let Some(waits) = self.facts.waiting.remove(&key) else {
            return (true, Outcome::rejected(Code::Superseded, vec![]));
        };
        match self.verdict(case) {
            Verdict::Hold(holding) if judge::document(&holding.outcome) == waits.decided => {
                (true, holding.outcome)
            }
            Verdict::Hold(holding) => {
                let outcome = &holding.outcome;
                let review = match outcome.status {
                    _ if outcome.waits_for_a_rule() => ReviewState::Open,
                    RecordStatus::Review => ReviewState::Closed,
                    _ => ReviewState::Rejected,
                };
                let waits_for = outcome.code.filter(|_| outcome.waits_for_a_rule());
                self.writes.settle_review(case.group_id, waits.review_id, review, waits_for);
                (false, self.hold(case, holding))
            }
            Verdict::Enrol(enrolling) => {
                let state = ReviewState::Accepted;
                self.writes.settle_review(case.group_id, waits.review_id, state, None);
                (false, self.enrol(case, *enrolling))
            }
            // A void never waits for the law.
            Verdict::Void(_) => (false, Outcome::deferred(Code::Internal)),
        }
    }

    /// What becomes of a record by a decision on its review; or why that cannot be decided.
    fn ruled(&mut self, case: Case<'_>, ruled: Ruled) -> Result<Outcome, Code> {
        let record = case.record;
        let current = self.facts.records.get(&record.id).and_then(|it| it.current.as_ref());
        let waits = [RecordState::Review, RecordState::Duplicate];
        let held = current.is_some_and(|it| it.rev == record.rev && waits.contains(&it.state));
        let reviews = self.facts.reviews.get(&record.id);
        let review = reviews.and_then(|rows| rows.iter().find(|row| row.id == ruled.review_id));
        let review = review.filter(|row| held && row.state == ReviewState::Open);
        let review = review.ok_or(Code::Conflict)?.clone();
        let doubt: Code = review.code.parse().map_err(|_| Code::Internal)?;
        let outcome = match ruled.ruling {
            Ruling::Reject => self.hold(case, Outcome::rejected(doubt, vec![]).into()),
            Ruling::Merge if doubt == Code::IdentityConflict => {
                self.unite_both(&review, ruled)?;
                self.judged_without(case, doubt)?
            }
            Ruling::Accept | Ruling::Merge => self.judged_without(case, doubt)?,
        };
        if outcome.status != RecordStatus::Review {
            self.writes.close_reviews(record.id, ReviewState::Closed);
        }
        self.writes.settle_review(case.group_id, review.id, ruled.ruling.state(), None);
        Ok(outcome)
    }

    /// The record judged without this doubt. A doubt that cannot be overruled stands.
    fn judged_without(&mut self, case: Case<'_>, doubt: Code) -> Result<Outcome, Code> {
        match self.verdict(case) {
            Verdict::Hold(holding)
                if holding.outcome.status == RecordStatus::Review
                    && holding.outcome.code == Some(doubt) =>
            {
                Err(doubt)
            }
            Verdict::Hold(holding) => Ok(self.hold(case, holding)),
            Verdict::Enrol(enrolling) => Ok(self.enrol(case, *enrolling)),
            Verdict::Void(voiding) => Ok(self.void(case, voiding)),
        }
    }

    /// The two persons that the record's codes name are one.
    fn unite_both(&mut self, review: &ReviewRow, ruled: Ruled) -> Result<(), Code> {
        let place = |id| self.facts.place_of(id);
        // Contradicted by one person's name alone: there is nobody to unite.
        let Some(other_id) = review.other_id else { return Ok(()) };
        let into = review.person_id.and_then(place).ok_or(Code::Conflict)?;
        let from = place(other_id).ok_or(Code::Conflict)?;
        if cover::collide(&self.facts.persons[from].covers, &self.facts.persons[into].covers) {
            return Err(Code::Overlap);
        }
        self.writes.united.push((
            self.facts.persons[from].id,
            self.facts.persons[into].id,
            ruled.by,
        ));
        self.facts.unite(from, into);
        Ok(())
    }
}
