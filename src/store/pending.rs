//! What phones said they still hold.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Timestamp};

use super::conn::{Conn, MultiBackend};
use super::error::Result;
use super::reach::{GroupList, Reach};
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

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = Key)]
    key: Id,
    #[diesel(sql_type = BigInt)]
    pending: i64,
    #[diesel(sql_type = Nullable<Timestamp>)]
    oldest: Option<NaiveDateTime>,
}

/// Records on phones of users who are in a group within reach now, or collect for the organisation that it is.
pub fn pending(conn: &mut Conn, reach: &Reach, holders: Holders) -> Result<HashMap<Id, Pending>> {
    let organisation = reach.organisation();
    let groups = if organisation.is_some() { GroupList::All } else { GroupList::of(reach) };
    let of_organisation = organisation.map_or("", |_| "AND users.organisation_id = $1");
    let column = match holders {
        Holders::Groups => "users.group_id",
        Holders::Agents => "users.id",
    };
    let text = format!(
        "SELECT {column} AS key, CAST(SUM(installations.pending_total) AS BIGINT) AS pending, \
             MIN(installations.oldest_pending_at) AS oldest \
         FROM users JOIN installations ON installations.user_id = users.id \
         WHERE users.group_id {} {of_organisation} AND installations.pending_total > 0 \
         GROUP BY {column}",
        groups.holds(conn, 1)
    );
    let mut query = sql_query(text).into_boxed::<MultiBackend>();
    for id in groups.binds().iter().copied().chain(organisation) {
        query = query.bind::<Key, _>(id);
    }
    let rows: Vec<Sum> = query.load(conn)?;
    Ok(rows.into_iter().map(|row| (row.key, (row.pending, row.oldest))).collect())
}
