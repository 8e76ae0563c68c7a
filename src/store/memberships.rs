//! Which group an agent belonged to, and when: what he captured before he moved belongs to the old one.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{memberships, users};
use crate::domain::Id;

/// The groups of a user who has moved, each since when, oldest first; none of one who never did.
pub fn of(conn: &mut Conn, user_id: Id) -> Result<Vec<(NaiveDateTime, Id)>> {
    Ok(memberships::table
        .filter(memberships::user_id.eq(user_id))
        .order(memberships::since)
        .select((memberships::since, memberships::group_id))
        .load(conn)?)
}

/// Moves a user, whose row is locked, to another group from now on.
pub fn change(tx: &mut Conn, user_id: Id, to: Id, now: NaiveDateTime) -> Result<()> {
    let (old, since): (Option<Id>, NaiveDateTime) =
        users::table.find(user_id).select((users::group_id, users::created_at)).first(tx)?;
    if of(tx, user_id)?.is_empty()
        && let Some(old) = old
    {
        add(tx, user_id, since, old)?;
    }
    add(tx, user_id, now, to)?;
    diesel::update(users::table.find(user_id)).set(users::group_id.eq(to)).execute(tx)?;
    Ok(())
}

fn add(tx: &mut Conn, user_id: Id, since: NaiveDateTime, group_id: Id) -> Result<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::user_id.eq(user_id),
            memberships::since.eq(since),
            memberships::group_id.eq(group_id),
        ))
        .execute(tx)?;
    Ok(())
}
