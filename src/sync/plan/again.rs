//! What was stored before is judged once more: the law has grown, or somebody decided on a review. The
//! first outcome stays for replays; where nothing new is found nothing is written, and so it is said.

use super::Planner;
use crate::domain::{Code, Id, RecordState, RecordStatus, ReviewState, Ruling};
use crate::store::rows::ReviewRow;
use crate::sync::cover;
use crate::sync::entry::{Ruled, Why};
use crate::sync::judge::{self, Between, Case, Verdict};
use crate::sync::outcome::Outcome;
use crate::sync::writes::Writes;

impl Planner<'_> {
    /// Whether nothing came of it, and what was decided.
    pub(super) fn again(&mut self, case: Case<'_>, why: Why) -> (bool, Outcome) {
        match why {
            Why::Law => self.by_the_law(case),
            Why::Ruled(ruled) => match self.ruled(case, ruled) {
                Ok(outcome) => (false, outcome),
                Err(code) => {
                    // A decision stands alone in its transaction: when it is refused, so is all it began.
                    self.writes = Writes::default();
                    (true, Outcome::rejected(code, vec![]))
                }
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
            Verdict::Hold(holding) if holding.outcome.waits_for_a_rule() => {
                let (review_id, waits_for) = (waits.review_id, holding.outcome.code);
                self.writes.settle_review(case.group_id, review_id, ReviewState::Open, waits_for);
                (false, self.hold_on(case, holding))
            }
            Verdict::Hold(holding) => {
                let review = match holding.outcome.status {
                    RecordStatus::Review => ReviewState::Closed,
                    _ => ReviewState::Rejected,
                };
                self.writes.settle_review(case.group_id, waits.review_id, review, None);
                (false, self.hold(case, holding))
            }
            Verdict::Enrol(enrolling) => {
                let state = ReviewState::Accepted;
                self.writes.settle_review(case.group_id, waits.review_id, state, None);
                (false, self.enrol(case, *enrolling))
            }
            // A void or a visit never waits for the law.
            Verdict::Void(_) | Verdict::Visit(_) => (false, Outcome::deferred(Code::Internal)),
        }
    }

    /// What becomes of a record by a decision on its review; or why that cannot be decided.
    fn ruled(&mut self, case: Case<'_>, ruled: Ruled) -> Result<Outcome, Code> {
        let record = case.record;
        let current = self.facts.records.get(&record.id).and_then(|it| it.current.as_ref());
        let waits = [RecordState::Review, RecordState::Duplicate];
        let held = current.is_some_and(|it| it.rev == record.rev && waits.contains(&it.state));
        let reviews = self.facts.reviews.get(&record.id).cloned().unwrap_or_default();
        let (decided, others): (Vec<ReviewRow>, Vec<ReviewRow>) = reviews
            .into_iter()
            .filter(|row| held && row.state == ReviewState::Open)
            .partition(|row| row.id == ruled.review_id);
        let review = decided.into_iter().next().ok_or(Code::Conflict)?;
        let doubt: Code = review.code.parse().map_err(|_| Code::Internal)?;
        // What comes next is asked anew: other questions on the record are no more.
        self.writes.settle_review(case.group_id, review.id, ruled.ruling.state(), None);
        for other in others {
            self.writes.settle_review(case.group_id, other.id, ReviewState::Closed, None);
        }
        match ruled.ruling {
            Ruling::Reject => Ok(self.hold(case, Outcome::rejected(doubt, vec![]).into())),
            Ruling::Merge if doubt == Code::IdentityConflict => {
                self.unite_both(&review, ruled.by)?;
                self.judged_without(case, doubt, &review)
            }
            Ruling::Accept | Ruling::Merge => self.judged_without(case, doubt, &review),
        }
    }

    /// The record judged without this doubt. One that stays the same cannot be overruled.
    fn judged_without(
        &mut self,
        case: Case<'_>,
        doubt: Code,
        review: &ReviewRow,
    ) -> Result<Outcome, Code> {
        let asked = Between { person_id: review.person_id, other_id: review.other_id };
        match self.verdict(case) {
            Verdict::Hold(holding)
                if holding.outcome.status == RecordStatus::Review
                    && holding.outcome.code == Some(doubt)
                    && holding.between == asked =>
            {
                Err(doubt)
            }
            Verdict::Hold(holding) => Ok(self.hold(case, holding)),
            Verdict::Enrol(enrolling) => Ok(self.enrol(case, *enrolling)),
            Verdict::Void(voiding) => Ok(self.void(case, voiding)),
            Verdict::Visit(visiting) => Ok(self.visit(case, *visiting)),
        }
    }

    /// The two persons that the record's codes name are one, unless they are that by now.
    fn unite_both(&mut self, review: &ReviewRow, by: Id) -> Result<(), Code> {
        // Contradicted by one person's name alone: there is nobody to unite.
        let Some(into) = review.other_id.filter(|id| review.person_id != Some(*id)) else {
            return Ok(());
        };
        let place = |id| self.facts.place_of(id).ok_or(Code::Conflict);
        let (from, into) = (place(review.person_id.ok_or(Code::Conflict)?)?, place(into)?);
        if cover::collide(&self.facts.persons[from].covers, &self.facts.persons[into].covers) {
            return Err(Code::Overlap);
        }
        self.writes.united.push((self.facts.persons[from].id, self.facts.persons[into].id, by));
        self.facts.unite(from, into);
        Ok(())
    }
}
