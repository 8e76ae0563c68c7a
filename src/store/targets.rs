//! Targets: people to enroll, per scheme and period, for one group.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
use super::schema::targets;
use crate::domain::{Id, Scheme};

/// A target; both days are inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = targets, treat_none_as_default_value = false)]
pub struct Target {
    pub id: Id,
    pub group_id: Id,
    pub scheme: Scheme,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub people: i64,
    pub created_at: NaiveDateTime,
}

/// Adds a target, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for a group outside reach, [`StoreError::Unique`] when the id has other content.
pub fn create(tx: &mut Conn, reach: &Reach, new: &Target) -> Result<Target> {
    super::groups::get(tx, reach, new.group_id)?;
    let known = targets::table.find(new.id).select(Target::as_select()).first(tx).optional()?;
    if let Some(known) = known {
        let same = Target { created_at: known.created_at, ..new.clone() } == known;
        return if same { Ok(known) } else { Err(StoreError::Unique("targets.id".to_owned())) };
    }
    diesel::insert_into(targets::table).values(new).execute(tx)?;
    Ok(new.clone())
}

/// Puts another number and another period in the place of a target's own.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown target, [`StoreError::Unique`] when it would end before it begins.
pub fn change(tx: &mut Conn, target: &Target) -> Result<()> {
    if target.ends_on < target.starts_on {
        return Err(StoreError::Unique("targets.ends_on".to_owned()));
    }
    let changed = diesel::update(targets::table.find(target.id))
        .set((
            targets::people.eq(target.people),
            targets::starts_on.eq(target.starts_on),
            targets::ends_on.eq(target.ends_on),
        ))
        .execute(tx)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// One target within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Target> {
    let target: Target = targets::table.find(id).select(Target::as_select()).first(conn)?;
    reach.check_group(target.group_id)?;
    Ok(target)
}

/// Targets of the groups within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<Target>> {
    let mut query = targets::table
        .filter(targets::id.gt(window.start()))
        .order(targets::id)
        .limit(window.fetch())
        .select(Target::as_select())
        .into_boxed();
    if let Some(groups) = reach.groups() {
        query = query.filter(targets::group_id.eq_any(groups));
    }
    Ok(window.page(query.load(conn)?, |target| target.id))
}
