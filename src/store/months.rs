//! Closed months: what a group has counted up to a day moves no more.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::sync_scopes;
use crate::domain::Id;

/// Closes everything up to the day for these groups; whatever is closed stays so. Takes the groups' rows
/// in order of id, as those do who count, and so waits for them.
pub fn close(tx: &mut Conn, group_ids: &[Id], through: NaiveDate) -> Result<()> {
    let mut ids = group_ids.to_vec();
    ids.sort_unstable();
    for id in ids {
        let open = sync_scopes::closed_through
            .is_null()
            .or(sync_scopes::closed_through.assume_not_null().lt(through));
        diesel::update(sync_scopes::table.find(id).filter(open))
            .set(sync_scopes::closed_through.eq(through))
            .execute(tx)?;
    }
    Ok(())
}
