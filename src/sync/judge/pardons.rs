//! Doubts that somebody has overruled. The law and standing cover are never among them: what is wrong
//! stays wrong, and nobody is covered twice.

use crate::domain::{Code, ReviewState};
use crate::store::rows::ReviewRow;
use crate::sync::entry::Ruled;

/// What is not asked any more of a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pardons {
    /// The codes name the right person, whatever name and birth say.
    pub identity: bool,
    /// Whether the person is the one he is so like.
    pub alike: Option<Alike>,
    pub paid_on: bool,
    /// Money was taken for another rank, or another number of supported months; it will be settled.
    pub amount: bool,
    pub revocation: bool,
}

/// What was decided of persons who are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alike {
    Same,
    Different,
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
            let same = match state {
                ReviewState::Merged => true,
                ReviewState::Accepted => false,
                _ => continue,
            };
            match review.code.parse() {
                Ok(Code::IdentityConflict) => pardons.identity = true,
                Ok(Code::PossibleDuplicate) => {
                    pardons.alike = Some(if same { Alike::Same } else { Alike::Different });
                }
                Ok(Code::PaidOnImplausible) => pardons.paid_on = true,
                Ok(Code::RankChanged) => pardons.amount = true,
                Ok(Code::CapturedAfterRevocation) => pardons.revocation = true,
                _ => {}
            }
        }
        pardons
    }
}
