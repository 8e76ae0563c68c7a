//! Where groups go: villages, which an office lists itself, and the drives to them.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::Reach;
pub use super::rows::Village;
use super::schema::{drives, villages};
use crate::domain::Id;

/// One outing of a group to a village on a day.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = drives, treat_none_as_default_value = false)]
pub struct Drive {
    pub id: Id,
    pub group_id: Id,
    pub village_id: Id,
    pub held_on: NaiveDate,
    pub leader_id: Option<Id>,
    pub created_at: NaiveDateTime,
}

/// Adds a village, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::Unique`] when the id has other content.
pub fn create_village(tx: &mut Conn, new: &Village) -> Result<Village> {
    let known = villages::table.find(new.id).select(Village::as_select()).first(tx).optional()?;
    if let Some(known) = known {
        let same = Village { created_at: known.created_at, ..new.clone() } == known;
        return if same { Ok(known) } else { Err(StoreError::Unique("villages.id".to_owned())) };
    }
    diesel::insert_into(villages::table).values(new).execute(tx)?;
    Ok(new.clone())
}

/// One village.
pub fn village(conn: &mut Conn, id: Id) -> Result<Village> {
    Ok(villages::table.find(id).select(Village::as_select()).first(conn)?)
}

/// All villages.
pub fn all_villages(conn: &mut Conn) -> Result<Vec<Village>> {
    Ok(villages::table.select(Village::as_select()).load(conn)?)
}

/// Villages, of one commune or of all, a page at a time.
pub fn villages(conn: &mut Conn, area_code: Option<&str>, window: Window) -> Result<Page<Village>> {
    let mut query = villages::table
        .filter(villages::id.gt(window.start()))
        .order(villages::id)
        .limit(window.fetch())
        .select(Village::as_select())
        .into_boxed();
    if let Some(code) = area_code {
        query = query.filter(villages::area_code.eq(code));
    }
    Ok(window.page(query.load(conn)?, |village| village.id))
}

/// Adds a drive, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for a group outside reach, an unknown village or a leader of another
/// group; [`StoreError::Unique`] when the id has other content.
pub fn create_drive(tx: &mut Conn, reach: &Reach, new: &Drive) -> Result<Drive> {
    super::groups::get(tx, reach, new.group_id)?;
    let known = drives::table.find(new.id).select(Drive::as_select()).first(tx).optional()?;
    if let Some(known) = known {
        let same = Drive { created_at: known.created_at, ..new.clone() } == known;
        return if same { Ok(known) } else { Err(StoreError::Unique("drives.id".to_owned())) };
    }
    village(tx, new.village_id)?;
    if let Some(leader_id) = new.leader_id {
        super::users::get(tx, &Reach::Groups(vec![new.group_id]), leader_id)?;
    }
    diesel::insert_into(drives::table).values(new).execute(tx)?;
    Ok(new.clone())
}

/// One drive within reach.
pub fn drive(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Drive> {
    let drive: Drive = drives::table.find(id).select(Drive::as_select()).first(conn)?;
    reach.check_group(drive.group_id)?;
    Ok(drive)
}

/// Drives of the groups within reach, a page at a time.
pub fn drives(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<Drive>> {
    let mut query = drives::table
        .filter(drives::id.gt(window.start()))
        .order(drives::id)
        .limit(window.fetch())
        .select(Drive::as_select())
        .into_boxed();
    if let Some(groups) = reach.groups() {
        query = query.filter(drives::group_id.eq_any(groups));
    }
    Ok(window.page(query.load(conn)?, |drive| drive.id))
}
