//! What an office looks at: enrollments and cards within reach.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::{Conn, MultiBackend};
use super::error::Result;
use super::page::{Page, Window};
use super::reach::Reach;
use super::rows::{CardRow, EnrollmentRow};
use super::schema::{cards, enrollments, records, restrictions};
use crate::domain::{EnrollmentStatus, Id, Scheme};

/// Which enrollments are wanted; days inclusive, by the day they count on.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub group_id: Option<Id>,
    pub agent_id: Option<Id>,
    pub scheme: Option<Scheme>,
    pub status: Option<EnrollmentStatus>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub changed_since: Option<NaiveDateTime>,
    /// Also of persons whose data rests.
    pub resting: bool,
}

/// The enrollments within reach: what an organisation's agents took, or what was taken in these groups.
pub(super) fn within(reach: &Reach) -> enrollments::BoxedQuery<'_, MultiBackend> {
    let query = enrollments::table.into_boxed();
    match (reach.organisation(), reach.groups()) {
        (Some(own), _) => query.filter(enrollments::organisation_id.assume_not_null().eq(own)),
        (None, Some(groups)) => query.filter(enrollments::group_id.eq_any(groups)),
        (None, None) => query,
    }
}

/// Enrollments within reach, a page at a time.
pub fn enrollments(
    conn: &mut Conn,
    reach: &Reach,
    wanted: &Wanted,
    window: Window,
) -> Result<Page<EnrollmentRow>> {
    let mut query = within(reach)
        .filter(enrollments::id.gt(window.start()))
        .order(enrollments::id)
        .limit(window.fetch())
        .select(EnrollmentRow::as_select());
    if !wanted.resting {
        let resting = restrictions::table.select(restrictions::person_id);
        query = query.filter(enrollments::person_id.ne_all(resting));
    }
    if let Some(id) = wanted.group_id {
        query = query.filter(enrollments::group_id.eq(id));
    }
    if let Some(id) = wanted.agent_id.or(reach.agent()) {
        query = query.filter(enrollments::agent_id.eq(id));
    }
    if let Some(scheme) = wanted.scheme {
        query = query.filter(enrollments::scheme.eq(scheme));
    }
    if let Some(status) = wanted.status {
        query = query.filter(enrollments::status.eq(status));
    }
    if let Some(from) = wanted.from {
        query = query.filter(enrollments::counted_on.ge(from));
    }
    if let Some(to) = wanted.to {
        query = query.filter(enrollments::counted_on.le(to));
    }
    if let Some(since) = wanted.changed_since {
        let changed = records::table
            .filter(records::is_current)
            .filter(records::state_at.ge(since))
            .select(records::id);
        query = query.filter(enrollments::record_id.eq_any(changed));
    }
    Ok(window.page(query.load(conn)?, |row: &EnrollmentRow| row.id))
}

/// One enrollment within reach.
pub fn enrollment(conn: &mut Conn, reach: &Reach, id: Id) -> Result<EnrollmentRow> {
    let row: EnrollmentRow =
        enrollments::table.find(id).select(EnrollmentRow::as_select()).first(conn)?;
    reach.check_enrollment(row.group_id, row.organisation_id)?;
    Ok(row)
}

/// One card within reach.
pub fn card(conn: &mut Conn, reach: &Reach, id: Id) -> Result<CardRow> {
    let (row, group_id, organisation_id): (CardRow, Id, Option<Id>) = cards::table
        .inner_join(enrollments::table.on(enrollments::id.eq(cards::enrollment_id)))
        .filter(cards::id.eq(id))
        .select((CardRow::as_select(), enrollments::group_id, enrollments::organisation_id))
        .first(conn)?;
    reach.check_enrollment(group_id, organisation_id)?;
    Ok(row)
}

/// First and last days of the person's standing health insurance, of all groups.
pub fn insured(conn: &mut Conn, person_id: Id) -> Result<Vec<(NaiveDate, NaiveDate)>> {
    Ok(enrollments::table
        .filter(enrollments::person_id.eq(person_id))
        .filter(enrollments::scheme.eq(Scheme::Household))
        .filter(enrollments::status.eq(EnrollmentStatus::Accepted))
        .select((enrollments::covers_from, enrollments::covers_to))
        .load(conn)?)
}
