//! Groups: who goes out together, and the scope of sync.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::offices;
use super::page::{Page, Window};
use super::reach::{GroupList, Reach};
use super::schema::{group_areas, groups, sync_scopes};
use super::sql::Sql;
use crate::domain::Id;

/// A group with the areas it works in, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub id: Id,
    pub name: String,
    pub office_id: Option<Id>,
    pub area_codes: Vec<String>,
    pub created_at: NaiveDateTime,
}

type Row = (Id, String, Option<Id>, NaiveDateTime);

/// Adds a group with its areas and an empty feed, or gives the one that the same request made before.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown office, [`StoreError::Conflict`] when the id has other content.
pub fn create(tx: &mut Conn, mut new: Group) -> Result<Group> {
    new.area_codes.sort_unstable();
    new.area_codes.dedup();
    match get(tx, &Reach::Everything, new.id) {
        Ok(known) => {
            let same = Group { created_at: known.created_at, ..new } == known;
            return if same { Ok(known) } else { Err(StoreError::Conflict("groups.id")) };
        }
        Err(StoreError::NotFound) => {}
        Err(error) => return Err(error),
    }
    if let Some(office_id) = new.office_id {
        offices::get(tx, office_id)?;
    }
    diesel::insert_into(groups::table)
        .values((
            groups::id.eq(new.id),
            groups::name.eq(&new.name),
            groups::office_id.eq(new.office_id),
            groups::created_at.eq(new.created_at),
        ))
        .execute(tx)?;
    add_areas(tx, new.id, &new.area_codes)?;
    diesel::insert_into(sync_scopes::table)
        .values((
            sync_scopes::group_id.eq(new.id),
            sync_scopes::version.eq(0),
            sync_scopes::closed_through.eq(None::<NaiveDate>),
        ))
        .execute(tx)?;
    Ok(new)
}

/// Puts another name, another office and other areas in the place of a group's own.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown group or office.
pub fn change(tx: &mut Conn, mut group: Group) -> Result<()> {
    group.area_codes.sort_unstable();
    group.area_codes.dedup();
    if let Some(office_id) = group.office_id {
        offices::get(tx, office_id)?;
    }
    let changed = diesel::update(groups::table.find(group.id))
        .set((groups::name.eq(&group.name), groups::office_id.eq(group.office_id)))
        .execute(tx)?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    let areas = group_areas::table.filter(group_areas::group_id.eq(group.id));
    diesel::delete(areas).execute(tx)?;
    add_areas(tx, group.id, &group.area_codes)
}

fn add_areas(tx: &mut Conn, id: Id, codes: &[String]) -> Result<()> {
    for code in codes {
        diesel::insert_into(group_areas::table)
            .values((group_areas::group_id.eq(id), group_areas::area_code.eq(code)))
            .execute(tx)?;
    }
    Ok(())
}

/// One group within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Group> {
    reach.check_group(id)?;
    let row: Row = groups::table
        .find(id)
        .select((groups::id, groups::name, groups::office_id, groups::created_at))
        .first(conn)?;
    with_areas(conn, vec![row])?.pop().ok_or(StoreError::NotFound)
}

/// Groups within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<Group>> {
    let mut query = groups::table
        .filter(groups::id.gt(window.start()))
        .order(groups::id)
        .limit(window.fetch())
        .select((groups::id, groups::name, groups::office_id, groups::created_at))
        .into_boxed();
    if let Some(ids) = reach.groups() {
        query = query.filter(groups::id.eq_any(ids));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(window.page(with_areas(conn, rows)?, |group| group.id))
}

fn with_areas(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Group>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.0).collect();
    let areas: Vec<(Id, String)> = group_areas::table
        .filter(group_areas::group_id.eq_any(&ids))
        .order(group_areas::area_code)
        .select((group_areas::group_id, group_areas::area_code))
        .load(conn)?;
    let of = |id: Id| areas.iter().filter(|area| area.0 == id).map(|area| area.1.clone()).collect();
    Ok(rows
        .into_iter()
        .map(|(id, name, office_id, created_at)| Group {
            id,
            name,
            office_id,
            area_codes: of(id),
            created_at,
        })
        .collect())
}

/// The areas in which groups within reach work, each once.
pub fn areas_within(conn: &mut Conn, reach: &Reach) -> Result<Vec<String>> {
    let query = Sql::default().text("SELECT DISTINCT area_code FROM group_areas WHERE group_id");
    let rows = GroupList::of(reach).holds(query).load::<(Text,), (String,)>(conn)?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// The groups within reach; of offices the offices are named, which are few.
pub(super) fn within(reach: &Reach) -> groups::BoxedQuery<'_, MultiBackend> {
    let query = groups::table.into_boxed();
    match (reach, reach.groups()) {
        (Reach::Offices { offices, .. }, _) => {
            query.filter(groups::office_id.assume_not_null().eq_any(offices))
        }
        (_, Some(ids)) => query.filter(groups::id.eq_any(ids)),
        (_, None) => query,
    }
}
