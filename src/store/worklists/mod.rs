//! Worklists: whom to visit, made from what is known of persons, or brought in as lists of residents.

mod candidates;
/// Items by what a batch decides.
pub mod closing;
/// Who has items.
pub mod giving;
/// The items of a list.
pub mod items;
/// Who is whom.
pub mod likeness;
/// Residents who are brought.
pub mod residents;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

pub use items::{ItemRow, Visible};

use super::bulk::Bulk;
use super::conn::{Conn, MultiBackend};
use super::error::{Result, StoreError};
use super::page::{Page, Window};
use super::reach::{self, Reach};
use super::schema::{restrictions, worklist_items, worklists};
use super::{groups, locks, places};
use crate::domain::{Id, ItemState, Scheme, WorklistKind};

/// A list, with what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = worklists, treat_none_as_default_value = false)]
pub struct Worklist {
    pub id: Id,
    pub name: String,
    pub kind: WorklistKind,
    pub scheme: Scheme,
    /// Whose it is: an office's, or a group's.
    pub office_id: Option<Id>,
    pub group_id: Option<Id>,
    /// Communes, with spaces between; none for all.
    pub area_codes: String,
    pub village_id: Option<Id>,
    /// The day by which it was made.
    pub made_on: NaiveDate,
    /// How many were left out because they stand on another list.
    pub elsewhere: i64,
    pub created_at: NaiveDateTime,
}

impl Worklist {
    /// Whether somebody who lives there may stand on it.
    fn takes(&self, area_code: &str, village_id: Option<Id>) -> bool {
        let area =
            self.area_codes.is_empty() || self.area_codes.split(' ').any(|code| code == area_code);
        area && (self.village_id.is_none() || self.village_id == village_id)
    }
}

/// Makes a list and its items, or gives the one that the same request made before, on another day when it was not
/// dated. A list of a group is given to it at once. Returns also whether it is new.
///
/// # Errors
/// [`StoreError::NotFound`] for a group, an office or a village outside reach; [`StoreError::Conflict`] when the id
/// has other content.
pub fn create(
    tx: &mut Conn,
    reach: &Reach,
    (new, is_dated): (&Worklist, bool),
) -> Result<(Worklist, bool)> {
    let groups = match (new.office_id, new.group_id) {
        (Some(office_id), _) => reach::groups_under(tx, reach, office_id)?,
        (None, Some(group_id)) => vec![groups::get(tx, reach, group_id)?.id],
        (None, None) => return Err(StoreError::NotFound),
    };
    if let Some(village_id) = new.village_id {
        places::village(tx, village_id)?;
    }
    if let Some(known) = find(tx, new.id)? {
        let Worklist { elsewhere, created_at, .. } = known;
        let made_on = if is_dated { new.made_on } else { known.made_on };
        let same = Worklist { elsewhere, created_at, made_on, ..new.clone() } == known;
        return if same { Ok((known, false)) } else { Err(StoreError::Conflict("worklists.id")) };
    }
    diesel::insert_into(worklists::table).values(new).execute(tx)?;
    let found = candidates::find(tx, new, &groups)?;
    // Whoever enrolls one of them at this moment has done so, or finds the item.
    let mut ids: Vec<Id> = found.iter().map(|it| it.person_id).collect();
    ids.sort_unstable();
    locks::persons(tx, &ids)?;
    let found = candidates::find(tx, new, &groups)?;
    let rows = candidates::rows(tx, new, found, &ids)?;
    let wanted = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let rows = not_as_residents(tx, rows)?;
    ItemRow::insert_all(tx, &rows)?;
    let elsewhere = wanted - count(tx, new.id)?;
    diesel::update(worklists::table.find(new.id))
        .set(worklists::elsewhere.eq(elsewhere))
        .execute(tx)?;
    Ok((Worklist { elsewhere, ..new.clone() }, true))
}

/// Those who do not stand open as residents of whom no more is known than was brought.
fn not_as_residents(tx: &mut Conn, mut rows: Vec<ItemRow>) -> Result<Vec<ItemRow>> {
    let ids: Vec<Id> = rows.iter().filter_map(|row| row.person_id).collect();
    let who = likeness::of_persons(tx, &ids)?;
    let open = likeness::open_residents(tx, who.values())?;
    let residents = likeness::crowd(&open);
    rows.retain(|row| {
        let she = row.person_id.and_then(|id| who.get(&id));
        !she.is_some_and(|she| residents.who_are(she).any(|scheme| *scheme == row.scheme))
    });
    Ok(rows)
}

fn find(conn: &mut Conn, id: Id) -> Result<Option<Worklist>> {
    Ok(worklists::table.find(id).select(Worklist::as_select()).first(conn).optional()?)
}

fn count(conn: &mut Conn, id: Id) -> Result<i64> {
    let own = worklist_items::table.filter(worklist_items::worklist_id.eq(id));
    Ok(own.select(count_star()).first(conn)?)
}

/// The lists within reach: one's own, and those of which something was given to one that is to be seen.
fn within(reach: &Reach) -> worklists::BoxedQuery<'_, MultiBackend> {
    let query = worklists::table.into_boxed();
    let (Some(offices), Some(groups)) = (reach.offices(), reach.groups()) else { return query };
    let (person, agent) = (worklist_items::person_id, worklist_items::agent_id);
    let resting = restrictions::table.select(restrictions::person_id);
    let everybody = reach.agent().is_none().into_sql::<Bool>();
    let his = agent.is_null().or(agent.assume_not_null().eq(reach.agent().unwrap_or(Id::NIL)));
    let given = worklist_items::table
        .filter(worklist_items::worklist_id.eq(worklists::id))
        .filter(worklist_items::group_id.assume_not_null().eq_any(groups))
        .filter(everybody.or(his))
        .filter(person.is_null().or(person.assume_not_null().ne_all(resting)));
    let (office, group) = (worklists::office_id, worklists::group_id);
    query.filter(
        office
            .is_not_null()
            .and(office.assume_not_null().eq_any(offices))
            .or(group.is_not_null().and(group.assume_not_null().eq_any(groups)))
            .or(exists(given)),
    )
}

/// One list within reach.
pub fn get(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Worklist> {
    let own = within(reach).filter(worklists::id.eq(id));
    Ok(own.select(Worklist::as_select()).first(conn)?)
}

/// One list of an office or a group within reach.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn own(conn: &mut Conn, reach: &Reach, id: Id) -> Result<Worklist> {
    let list = find(conn, id)?.ok_or(StoreError::NotFound)?;
    match (list.office_id, list.group_id) {
        (Some(office_id), _) => reach.check_office(office_id)?,
        (None, Some(group_id)) => reach.check_group(group_id)?,
        (None, None) => return Err(StoreError::NotFound),
    }
    Ok(list)
}

/// Lists within reach, a page at a time.
pub fn list(conn: &mut Conn, reach: &Reach, window: Window) -> Result<Page<Worklist>> {
    let query = within(reach)
        .filter(worklists::id.gt(window.start()))
        .order(worklists::id)
        .limit(window.fetch())
        .select(Worklist::as_select());
    Ok(window.page(query.load(conn)?, |row| row.id))
}

/// How many items of these lists are in each state, as far as they are within reach.
pub fn counts(conn: &mut Conn, reach: &Reach, ids: &[Id]) -> Result<Vec<(Id, ItemState, i64)>> {
    use ItemState::{Done, Enrolled, Open, Withdrawn};
    let of = |state: ItemState| {
        sql::<BigInt>(&format!("COUNT(CASE worklist_items.state WHEN '{state}' THEN 1 END)"))
    };
    let mut found = Vec::with_capacity(ids.len() * ItemState::ALL.len());
    for id in ids {
        let own = items::within(reach).filter(worklist_items::worklist_id.eq(*id));
        let (open, done, enrolled, withdrawn): (i64, i64, i64, i64) =
            own.select((of(Open), of(Done), of(Enrolled), of(Withdrawn))).first(conn)?;
        let many = [(Open, open), (Done, done), (Enrolled, enrolled), (Withdrawn, withdrawn)];
        found.extend(many.map(|(state, many)| (*id, state, many)));
    }
    Ok(found)
}
