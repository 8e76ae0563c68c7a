//! What counts where: one member is one, money is đồng.

use crate::domain::{Areas, EnrollmentKind, EnrollmentStatus, Id, RecordKind, RecordState, Scheme};
use crate::store::participation::{self, PartKey};
use crate::store::rows::EnrollmentRow;
use crate::store::tallies::{Counts, TallyKey};

/// What one standing enrollment adds.
#[must_use]
pub fn accepted(kind: EnrollmentKind, payable: i64, state_support: i64) -> Counts {
    Counts {
        accepted: 1,
        renewals: i64::from(kind == EnrollmentKind::Renewal),
        amount_enrolled: payable,
        state_support,
        ..Counts::default()
    }
}

/// What a void of one enrollment changes: it stands no more.
#[must_use]
pub fn voided(row: &EnrollmentRow) -> Counts {
    debug_assert_eq!(row.status, EnrollmentStatus::Accepted);
    let mut counts = -accepted(row.kind, row.payable, row.state_support);
    counts.voided = 1;
    counts
}

/// What a record adds by which nobody is enrolled: its persons, and the money taken for them.
#[must_use]
pub fn held(state: RecordState, persons: i64, amount: i64) -> Option<Counts> {
    let mut counts = Counts { amount_held: amount, ..Counts::default() };
    match state {
        RecordState::Duplicate => counts.duplicate = persons,
        RecordState::Review => counts.review = persons,
        RecordState::Rejected => counts.rejected = persons,
        RecordState::Accepted | RecordState::Voided | RecordState::Superseded => return None,
    }
    Some(counts)
}

/// The scheme a kind of record belongs to; a void or a visit belongs to none.
#[must_use]
pub fn scheme_of(kind: RecordKind) -> Option<Scheme> {
    match kind {
        RecordKind::Voluntary => Some(Scheme::Voluntary),
        RecordKind::Household => Some(Scheme::Household),
        RecordKind::Void | RecordKind::Visit => None,
    }
}

/// The row an enrollment counts in: its day, who took it, and what its commune is today.
#[must_use]
pub fn key_of(areas: &Areas, row: &EnrollmentRow) -> TallyKey {
    // Written before this table knew of a reform, the code may be that of an area that had ended.
    let area = areas.resolve(&row.area_code, row.paid_on).map(|it| it.area);
    TallyKey {
        starts_on: row.counted_on,
        group_id: row.group_id,
        agent_id: row.agent_id,
        organisation_id: row.organisation_id.unwrap_or(Id::NIL),
        area_code: area.map_or_else(String::new, |area| areas.current(area).code.clone()),
        village_id: row.village_id.unwrap_or(Id::NIL),
        drive_id: row.drive_id.unwrap_or(Id::NIL),
        scheme: row.scheme,
    }
}

/// The rows of participation in which an enrollment counts: one for each month at whose end it covers.
pub fn parts_of(row: &EnrollmentRow, key: &TallyKey) -> impl Iterator<Item = PartKey> {
    participation::months(row.covers_from, row.covers_to).map(|month| PartKey {
        group_id: key.group_id,
        month,
        area_code: key.area_code.clone(),
        scheme: key.scheme,
    })
}
