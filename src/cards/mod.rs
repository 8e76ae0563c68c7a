//! Cards and books: the record of what was handed over for an accepted enrollment.

use chrono::NaiveDateTime;

use crate::domain::{BhxhCode, CardState, CardType, FacilityCode, Id, ResultForm};
use crate::policy::MemberQuote;
use crate::policy::card_number::long_prefix;
use crate::store::rows::CardRow;

/// What a card or book is issued for.
#[derive(Debug, Clone, Copy)]
pub struct Issue<'a> {
    pub card_id: Id,
    pub enrollment_id: Id,
    pub person_id: Id,
    /// The holder's mã số BHXH; without it the card waits.
    pub bhxh_code: Option<&'a BhxhCode>,
    pub form: ResultForm,
    pub at: NaiveDateTime,
}

/// A book (sổ BHXH). It has no validity days.
#[must_use]
pub fn book(issue: Issue<'_>) -> CardRow {
    CardRow {
        id: issue.card_id,
        enrollment_id: issue.enrollment_id,
        person_id: issue.person_id,
        card_type: CardType::Book,
        state: state(issue.bhxh_code),
        number: issue.bhxh_code.map(|code| code.as_str().to_owned()),
        long_number: None,
        long_prefix: None,
        valid_from: None,
        valid_to: None,
        facility_code: None,
        form: issue.form,
        recorded_at: issue.at,
    }
}

/// A health card (thẻ BHYT) of a member of a household, numbered in `province_code`.
#[must_use]
pub fn card(
    issue: Issue<'_>,
    quote: &MemberQuote,
    province_code: &str,
    facility: &FacilityCode,
) -> CardRow {
    let prefix = long_prefix(&quote.card_prefix, quote.benefit_digit, province_code);
    CardRow {
        card_type: CardType::Card,
        long_number: issue.bhxh_code.map(|code| format!("{prefix}{code}")),
        long_prefix: Some(prefix),
        valid_from: Some(quote.valid_from),
        valid_to: Some(quote.valid_to),
        facility_code: Some(facility.as_str().to_owned()),
        ..book(issue)
    }
}

fn state(bhxh_code: Option<&BhxhCode>) -> CardState {
    if bhxh_code.is_some() { CardState::Issued } else { CardState::PendingCode }
}
