//! Doubts that somebody has overruled. The law and standing cover are never among them: what is wrong
//! stays wrong, and nobody is covered twice.

use crate::domain::{Code, Id, ReviewState};
use crate::store::rows::ReviewRow;
use crate::sync::entry::Ruled;

/// What is not asked any more of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pardons {
    /// Persons whom the codes name rightly, whatever name and birth say.
    pub named: Vec<Id>,
    /// Persons who are the ones they are so like.
    pub same: Vec<Id>,
    /// Persons who are not.
    pub different: Vec<Id>,
    /// Two of the record who are alike are two.
    pub twins: bool,
    pub paid_on: bool,
    /// Money was taken for another rank, or another number of supported months; it will be settled.
    pub amount: bool,
    pub revocation: bool,
}

impl Pardons {
    /// By the reviews of a revision, the one that is being decided among them.
    pub fn of(reviews: &[ReviewRow], now: Option<Ruled>) -> Self {
        let mut pardons = Self::default();
        for review in reviews {
            let state = match now {
                Some(ruled) if ruled.review_id == review.id => ruled.ruling.state(),
                _ => review.state,
            };
            let merged = match state {
                ReviewState::Merged => true,
                ReviewState::Accepted => false,
                _ => continue,
            };
            match review.code.parse() {
                Ok(Code::IdentityConflict) => {
                    pardons.named.extend(review.person_id.into_iter().chain(review.other_id));
                }
                Ok(Code::PossibleDuplicate) => match review.other_id {
                    Some(id) if merged => pardons.same.push(id),
                    Some(id) => pardons.different.push(id),
                    None => pardons.twins |= !merged,
                },
                Ok(Code::PaidOnImplausible) => pardons.paid_on = true,
                Ok(Code::RankChanged) => pardons.amount = true,
                Ok(Code::CapturedAfterRevocation) => pardons.revocation = true,
                _ => {}
            }
        }
        pardons
    }
}
