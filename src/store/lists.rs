//! Lists that an office sends: enrollments record by record, a part at a time.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::conn::{Conn, MultiBackend};
use super::desk;
use super::error::Result;
use super::reach::Reach;
use super::rows::{CardRow, EnrollmentRow};
use super::schema::{cards, enrollments, restrictions};
use crate::domain::{EnrollmentStatus, Id, Scheme};

/// Which enrollments a list is of.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub group_id: Option<Id>,
    pub organisation_id: Option<Id>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// Also of persons whose data rests.
    pub resting: bool,
}

/// Where a part begins: after this member of this record.
pub type Place = (Id, i32);

impl Wanted {
    fn within<'a>(&self, reach: &'a Reach) -> enrollments::BoxedQuery<'a, MultiBackend> {
        let mut query =
            desk::within(reach).filter(enrollments::status.eq(EnrollmentStatus::Accepted));
        if let Some(id) = self.group_id {
            query = query.filter(enrollments::group_id.eq(id));
        }
        if let Some(id) = self.organisation_id {
            query = query.filter(enrollments::organisation_id.assume_not_null().eq(id));
        }
        if !self.resting {
            let resting = restrictions::table.select(restrictions::person_id);
            query = query.filter(enrollments::person_id.ne_all(resting));
        }
        query
    }
}

/// What was taken in these days and stands, of one scheme.
pub fn taken(
    conn: &mut Conn,
    reach: &Reach,
    scheme: Scheme,
    wanted: &Wanted,
    after: Option<Place>,
    most: i64,
) -> Result<Vec<EnrollmentRow>> {
    let query = wanted
        .within(reach)
        .filter(enrollments::scheme.eq(scheme))
        .filter(enrollments::counted_on.between(wanted.from, wanted.to));
    part(conn, query, after, most)
}

/// Whose cover ended in these days, and who has none that lasts longer.
pub fn lapsed(
    conn: &mut Conn,
    reach: &Reach,
    wanted: &Wanted,
    after: Option<Place>,
    most: i64,
) -> Result<Vec<EnrollmentRow>> {
    let later = diesel::alias!(enrollments as later);
    let again = later
        .filter(later.field(enrollments::person_id).eq(enrollments::person_id))
        .filter(later.field(enrollments::scheme).eq(enrollments::scheme))
        .filter(later.field(enrollments::status).eq(EnrollmentStatus::Accepted))
        .filter(later.field(enrollments::covers_to).gt(enrollments::covers_to));
    let query = wanted
        .within(reach)
        .filter(enrollments::covers_to.between(wanted.from, wanted.to))
        .filter(diesel::dsl::not(diesel::dsl::exists(again)));
    part(conn, query, after, most)
}

fn part(
    conn: &mut Conn,
    query: enrollments::BoxedQuery<'_, MultiBackend>,
    after: Option<Place>,
    most: i64,
) -> Result<Vec<EnrollmentRow>> {
    let mut query = query;
    if let Some((record_id, member)) = after {
        query =
            query.filter(enrollments::record_id.gt(record_id).or(
                enrollments::record_id.eq(record_id).and(enrollments::member_index.gt(member)),
            ));
    }
    Ok(query
        .order((enrollments::record_id, enrollments::member_index))
        .limit(most)
        .select(EnrollmentRow::as_select())
        .load(conn)?)
}

/// The cards and books of these enrollments.
pub fn cards_of(conn: &mut Conn, enrollment_ids: &[Id]) -> Result<Vec<CardRow>> {
    let own = cards::table.filter(cards::enrollment_id.eq_any(enrollment_ids));
    Ok(own.order(cards::id).select(CardRow::as_select()).load(conn)?)
}
