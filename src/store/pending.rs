//! What phones said they still hold.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::sql_types::{BigInt, Nullable, Timestamp};

use super::conn::Conn;
use super::error::Result;
use super::reach::{GroupList, Reach};
use super::sql::Sql;
use super::types::Key;
use crate::domain::Id;

/// By whom it is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    Groups,
    Agents,
}

/// How many records, and when the oldest was captured.
pub type Pending = (i64, Option<NaiveDateTime>);

/// Records on phones of users who are in a group within reach now, or in the one asked for, or collect for the
/// organisation that it is.
pub fn pending(
    conn: &mut Conn,
    reach: &Reach,
    holders: Holders,
    group_id: Option<Id>,
) -> Result<HashMap<Id, Pending>> {
    let groups = GroupList::asked(reach, group_id);
    let column = match holders {
        Holders::Groups => "users.group_id",
        Holders::Agents => "users.id",
    };
    // SQLite reads them in this order: whoever holds something first, who are few.
    let query = Sql::default().text(format!(
        "SELECT {column}, CAST(SUM(installations.pending_total) AS BIGINT), \
             MIN(installations.oldest_pending_at) \
         FROM installations CROSS JOIN users \
         WHERE users.id = installations.user_id AND installations.pending_total > 0 \
             AND users.group_id"
    ));
    let mut query = groups.holds(query);
    if let Some(id) = reach.organisation() {
        query = query.text(" AND users.organisation_id = ").id(id);
    }
    let query = query.text(format!(" GROUP BY {column}"));
    let rows = query.load::<(Key, (BigInt, Nullable<Timestamp>)), (Id, Pending)>(conn)?;
    Ok(rows.into_iter().collect())
}
