//! The items of worklists: who is to be visited, by whom, and what came of it.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Date, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;

use super::Worklist;
use crate::domain::{CodeKind, Id, ItemState, Scheme, Sex, VisitResult, WorklistKind, text};
use crate::store::bulk::{Bulk, between, bulk_row};
use crate::store::conn::{Conn, MultiBackend};
use crate::store::error::Result;
use crate::store::page::{Page, Window};
use crate::store::reach::Reach;
use crate::store::rows::PersonRow;
use crate::store::schema::{restrictions, villages, visits, worklist_items, worklists};
use crate::store::types::Key;
use crate::store::visits::VisitRow;

bulk_row! {
    /// Somebody to visit; who stands on another open list for the scheme already is left out.
    ItemRow of worklist_items, "ON CONFLICT DO NOTHING" => {
        id: Id as Key, "uuid";
        worklist_id: Id as Key, "uuid";
        scheme: Scheme as Text, "text";
        kind: WorklistKind as Text, "text";
        person_id: Option<Id> as Nullable<Key>, "uuid";
        full_name: String as Text, "text";
        birth: String as Text, "text";
        sex: Sex as Text, "text";
        area_code: String as Text, "text";
        village_id: Option<Id> as Nullable<Key>, "uuid";
        address: String as Text, "text";
        phone: Option<String> as Nullable<Text>, "text";
        bhxh_code: Option<String> as Nullable<Text>, "text";
        personal_id: Option<String> as Nullable<Text>, "text";
        identity_key: String as Text, "text";
        resident_key: String as Text, "text";
        place_key: String as Text, "text";
        due_on: Option<NaiveDate> as Nullable<Date>, "date";
        group_id: Option<Id> as Nullable<Key>, "uuid";
        agent_id: Option<Id> as Nullable<Key>, "uuid";
        state: ItemState as Text, "text";
        enrollment_id: Option<Id> as Nullable<Key>, "uuid";
        last_visit_id: Option<Id> as Nullable<Key>, "uuid";
        created_at: NaiveDateTime as Timestamp, "timestamp";
        changed_at: NaiveDateTime as Timestamp, "timestamp";
    }
}

/// Who is to be visited.
#[derive(Debug, Clone)]
pub struct Who {
    pub person_id: Option<Id>,
    pub full_name: String,
    pub birth: String,
    pub sex: Sex,
    pub phone: Option<String>,
    pub bhxh_code: Option<String>,
    pub personal_id: Option<String>,
    pub identity_key: String,
}

/// Where somebody is to be visited.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// Today's commune.
    pub area_code: String,
    pub village_id: Option<Id>,
    /// The name of the village.
    pub village: &'a str,
    pub address: String,
}

impl ItemRow {
    /// An open item of a list; of a group's list it is the group's.
    #[must_use]
    pub fn new(list: &Worklist, who: Who, place: Place<'_>, due_on: Option<NaiveDate>) -> Self {
        let (bhxh, personal) = (who.bhxh_code.as_deref(), who.personal_id.as_deref());
        let resident_key = format!(
            "{}|{}|{}|{}|{}|{}",
            text::folded(&who.full_name),
            who.birth,
            place.area_code,
            who.sex,
            bhxh.unwrap_or_default(),
            personal.unwrap_or_default()
        );
        let id = match who.person_id {
            Some(person_id) => list.id.derive(&person_id.to_string()),
            None => list.id.derive(&resident_key),
        };
        Self {
            id,
            worklist_id: list.id,
            scheme: list.scheme,
            kind: list.kind,
            person_id: who.person_id,
            place_key: place_key(
                &place.area_code,
                place.village,
                &place.address,
                &who.full_name,
                id,
            ),
            full_name: who.full_name,
            birth: who.birth,
            sex: who.sex,
            area_code: place.area_code,
            village_id: place.village_id,
            address: place.address,
            phone: who.phone,
            bhxh_code: who.bhxh_code,
            personal_id: who.personal_id,
            identity_key: who.identity_key,
            resident_key,
            due_on,
            group_id: list.group_id,
            agent_id: None,
            state: ItemState::Open,
            enrollment_id: None,
            last_visit_id: None,
            created_at: list.created_at,
            changed_at: list.created_at,
        }
    }

    /// The item, of a person we know.
    #[must_use]
    pub fn of_person(self, person_id: Id) -> Self {
        let id = self.worklist_id.derive(&person_id.to_string());
        let place = self.place_key.rsplit_once('\t').map_or("", |(place, _)| place);
        Self { id, place_key: format!("{place}\t{id}"), person_id: Some(person_id), ..self }
    }

    /// The codes that were brought, the mã số BHXH first.
    pub fn codes(&self) -> impl Iterator<Item = (CodeKind, &str)> {
        super::likeness::codes(self.bhxh_code.as_deref(), self.personal_id.as_deref())
    }
}

/// The order in which people are visited; no two are equal.
fn place_key(area_code: &str, village: &str, address: &str, name: &str, id: Id) -> String {
    let (village, address, name) =
        (text::folded(village), text::folded(address), text::folded(name));
    format!("{area_code}\t{village}\t{address}\t{name}\t{id}")
}

/// The names of these villages.
pub fn village_names(
    conn: &mut Conn,
    ids: impl Iterator<Item = Id>,
) -> Result<HashMap<Id, String>> {
    let mut ids: Vec<Id> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = villages::table.filter(villages::id.eq_any(ids));
    let rows: Vec<(Id, String)> = rows.select((villages::id, villages::name)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// All items of persons whose data does not rest.
fn awake<'a>() -> worklist_items::BoxedQuery<'a, MultiBackend> {
    let resting = restrictions::table.select(restrictions::person_id);
    worklist_items::table
        .filter(
            worklist_items::person_id
                .is_null()
                .or(worklist_items::person_id.assume_not_null().ne_all(resting)),
        )
        .into_boxed()
}

/// The items within reach, of persons whose data does not rest: of one's own lists, and what was given to one's groups;
/// of an agent his own and what of his group's is nobody's.
pub(super) fn within(reach: &Reach) -> worklist_items::BoxedQuery<'_, MultiBackend> {
    let (Some(offices), Some(groups)) = (reach.offices(), reach.groups()) else { return awake() };
    let given = || {
        worklist_items::group_id
            .is_not_null()
            .and(worklist_items::group_id.assume_not_null().eq_any(groups))
    };
    if let Some(agent_id) = reach.agent() {
        let agent = worklist_items::agent_id;
        let his = agent.is_null().or(agent.assume_not_null().eq(agent_id));
        return awake().filter(given()).filter(his);
    }
    let (office, group) = (worklists::office_id, worklists::group_id);
    let own = worklists::table
        .filter(
            office
                .is_not_null()
                .and(office.assume_not_null().eq_any(offices))
                .or(group.is_not_null().and(group.assume_not_null().eq_any(groups))),
        )
        .select(worklists::id);
    awake().filter(given().or(worklist_items::worklist_id.eq_any(own)))
}

/// An item with the visit that counts as its last.
pub type Visible = (ItemRow, Option<VisitRow>);

/// Which items are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Open ones, or closed ones.
    pub open: Option<bool>,
    pub group_id: Option<Id>,
    pub agent_id: Option<Id>,
    pub area_code: Option<String>,
    pub village_id: Option<Id>,
    pub result: Option<VisitResult>,
}

/// Items of a list within reach, in the order in which people are visited, a page at a time.
pub fn list(
    conn: &mut Conn,
    reach: &Reach,
    worklist_id: Id,
    wanted: &Wanted,
    window: Window,
) -> Result<Page<Visible>> {
    super::get(conn, reach, worklist_id)?;
    let mut query = within(reach)
        .filter(worklist_items::worklist_id.eq(worklist_id))
        .order(worklist_items::place_key)
        .limit(window.fetch())
        .select(ItemRow::as_select());
    if let Some(after) = window.after {
        let key: String = worklist_items::table
            .find(after)
            .filter(worklist_items::worklist_id.eq(worklist_id))
            .select(worklist_items::place_key)
            .first(conn)?;
        query = query.filter(worklist_items::place_key.gt(key));
    }
    match wanted.open {
        Some(true) => query = query.filter(worklist_items::state.eq(ItemState::Open)),
        Some(false) => query = query.filter(worklist_items::state.ne(ItemState::Open)),
        None => {}
    }
    if let Some(id) = wanted.group_id {
        query = query.filter(worklist_items::group_id.assume_not_null().eq(id));
    }
    if let Some(id) = wanted.agent_id {
        query = query.filter(worklist_items::agent_id.assume_not_null().eq(id));
    }
    if let Some(code) = &wanted.area_code {
        query = query.filter(worklist_items::area_code.eq(code.clone()));
    }
    if let Some(id) = wanted.village_id {
        query = query.filter(worklist_items::village_id.assume_not_null().eq(id));
    }
    if let Some(result) = wanted.result {
        let so = visits::table.filter(visits::result.eq(result)).select(visits::record_id);
        query = query.filter(worklist_items::last_visit_id.assume_not_null().eq_any(so));
    }
    let page = window.page(query.load(conn)?, |row: &ItemRow| row.id);
    let last = last_visits(conn, &page.items)?;
    Ok(page.map(|row| with_visit(row, &last)))
}

fn last_visits(conn: &mut Conn, rows: &[ItemRow]) -> Result<HashMap<Id, VisitRow>> {
    let ids: Vec<Id> = rows.iter().filter_map(|row| row.last_visit_id).collect();
    let rows: Vec<VisitRow> = visits::table
        .filter(visits::record_id.eq_any(ids))
        .select(VisitRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.record_id, row)).collect())
}

fn with_visit(row: ItemRow, last: &HashMap<Id, VisitRow>) -> Visible {
    let visit = row.last_visit_id.and_then(|id| last.get(&id)).cloned();
    (row, visit)
}

/// These items, with their last visits.
pub fn by_ids(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Visible>> {
    let rows: Vec<ItemRow> = worklist_items::table
        .filter(worklist_items::id.eq_any(ids))
        .select(ItemRow::as_select())
        .load(conn)?;
    let last = last_visits(conn, &rows)?;
    Ok(rows.into_iter().map(|row| with_visit(row, &last)).collect())
}

/// One item of a list within reach.
pub fn get(conn: &mut Conn, reach: &Reach, worklist_id: Id, id: Id) -> Result<Visible> {
    let own = within(reach)
        .filter(worklist_items::worklist_id.eq(worklist_id))
        .filter(worklist_items::id.eq(id));
    let row: ItemRow = own.select(ItemRow::as_select()).first(conn)?;
    let last = last_visits(conn, std::slice::from_ref(&row))?;
    Ok(with_visit(row, &last))
}

/// The group an item is given to.
pub fn group_of(conn: &mut Conn, id: Id) -> Result<Option<Id>> {
    let row = worklist_items::table.find(id).select(worklist_items::group_id);
    Ok(row.first::<Option<Id>>(conn).optional()?.flatten())
}

/// Which open items of a list are to be given to somebody.
#[derive(Debug, Clone)]
pub enum Chosen {
    Items(Vec<Id>),
    Areas(Vec<String>),
    Village(Id),
}

/// Open items of a list within reach, in order of id.
pub fn chosen(conn: &mut Conn, reach: &Reach, worklist_id: Id, of: &Chosen) -> Result<Vec<Id>> {
    let query = within(reach)
        .filter(worklist_items::worklist_id.eq(worklist_id))
        .filter(worklist_items::state.eq(ItemState::Open))
        .order(worklist_items::id)
        .select(worklist_items::id);
    Ok(match of {
        Chosen::Items(ids) => query.filter(worklist_items::id.eq_any(ids.clone())).load(conn)?,
        Chosen::Areas(codes) => {
            query.filter(worklist_items::area_code.eq_any(codes.clone())).load(conn)?
        }
        Chosen::Village(id) => {
            query.filter(worklist_items::village_id.assume_not_null().eq(*id)).load(conn)?
        }
    })
}

/// The items of a person that groups were given, each with its group.
pub fn of_person(conn: &mut Conn, person_id: Id) -> Result<Vec<(Id, Id)>> {
    let group_id = worklist_items::group_id;
    Ok(worklist_items::table
        .filter(worklist_items::person_id.assume_not_null().eq(person_id))
        .filter(group_id.is_not_null())
        .order(worklist_items::id)
        .select((group_id.assume_not_null(), worklist_items::id))
        .load(conn)?)
}

/// What is written of a person changes: so does what her open items say. Whom to tell, each with the item.
pub fn rewrite(tx: &mut Conn, person: &PersonRow, now: NaiveDateTime) -> Result<Vec<(Id, Id)>> {
    let open = || {
        worklist_items::table
            .filter(worklist_items::person_id.assume_not_null().eq(person.id))
            .filter(worklist_items::state.eq(ItemState::Open))
            .order(worklist_items::id)
    };
    let ids: Vec<Id> = open().select(worklist_items::id).load(tx)?;
    crate::store::locks::worklist_items(tx, &ids)?;
    // What was given to somebody or ended meanwhile is read once it is held.
    let open: Vec<ItemRow> = open().select(ItemRow::as_select()).load(tx)?;
    let names = village_names(tx, open.iter().filter_map(|row| row.village_id))?;
    for row in &open {
        let village = row.village_id.and_then(|id| names.get(&id)).map_or("", String::as_str);
        let key = place_key(&row.area_code, village, &person.address, &person.full_name, row.id);
        diesel::update(worklist_items::table.find(row.id))
            .set((
                worklist_items::full_name.eq(&person.full_name),
                worklist_items::birth.eq(&person.birth),
                worklist_items::sex.eq(person.sex),
                worklist_items::address.eq(&person.address),
                worklist_items::phone.eq(&person.phone),
                worklist_items::identity_key.eq(&person.identity_key),
                worklist_items::place_key.eq(key),
                worklist_items::changed_at.eq(now),
            ))
            .execute(tx)?;
    }
    Ok(open.into_iter().filter_map(|row| Some((row.group_id?, row.id))).collect())
}
