//! Households, as those see them whose records they are part of.

use diesel::dsl::max;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::feed;
use super::reach::Reach;
use super::schema::{changes, household_aliases, household_ranks};
use crate::domain::Id;

/// How many members of a household took a rank in this year; none of a household that no group within
/// reach has ever met, as of one that is yet to be made.
pub fn joined(conn: &mut Conn, reach: &Reach, id: Id, year: i32) -> Result<u32> {
    let alias = household_aliases::table.find(id).select(household_aliases::household_id);
    let id: Id = alias.first(conn).optional()?.unwrap_or(id);
    let mut seen = changes::table
        .filter(changes::entity_id.eq(id).and(feed::is_shared()))
        .select(changes::entity_id)
        .into_boxed();
    if let Some(groups) = reach.groups() {
        seen = seen.filter(changes::group_id.eq_any(groups));
    }
    if seen.first::<Id>(conn).optional()?.is_none() {
        return Ok(0);
    }
    let last: Option<i32> = household_ranks::table
        .filter(household_ranks::household_id.eq(id))
        .filter(household_ranks::year.eq(year))
        .select(max(household_ranks::rank))
        .first(conn)?;
    Ok(last.and_then(|rank| u32::try_from(rank).ok()).unwrap_or(0))
}
