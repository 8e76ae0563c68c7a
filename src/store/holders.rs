//! Who may have a target, and where each belongs.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::reach::Reach;
use super::{associations, groups, names, offices, organisations, places, users};
use crate::domain::{Areas, Code, HolderKind, Id};

/// Whose a target is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Holder {
    pub kind: HolderKind,
    /// An id, or the code of an area.
    pub id: String,
}

impl Holder {
    /// Its id, which everything but an area has.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for a stored one that has none.
    pub fn uuid(&self) -> Result<Id> {
        self.id.parse().map_err(|_| StoreError::Damaged(format!("a target's {}", self.kind)))
    }
}

/// Where a holder belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Of a group, and of an agent.
    pub group_id: Option<Id>,
    /// Of an office, itself; of an association, the one that keeps it.
    pub office_id: Option<Id>,
}

/// Where a holder within reach belongs.
///
/// # Errors
/// [`StoreError::NotFound`] outside of reach, and for an agent without a group.
pub fn place(conn: &mut Conn, reach: &Reach, holder: &Holder) -> Result<Place> {
    let mut place = Place::default();
    match holder.kind {
        HolderKind::Office => {
            let id = holder.uuid()?;
            reach.check_office(id)?;
            offices::get(conn, id)?;
            place.office_id = Some(id);
        }
        HolderKind::Group => {
            place.group_id = Some(groups::get(conn, reach, holder.uuid()?)?.id);
        }
        HolderKind::Agent => {
            let user = users::get(conn, reach, holder.uuid()?)?;
            place.group_id = Some(user.group_id.ok_or(StoreError::NotFound)?);
        }
        HolderKind::Organisation => drop(organisations::get(conn, holder.uuid()?)?),
        HolderKind::Village => drop(places::village(conn, holder.uuid()?)?),
        HolderKind::Association => {
            place.office_id = associations::get(conn, reach, holder.uuid()?)?.office_id;
        }
        HolderKind::Area => {}
    }
    Ok(place)
}

/// Names of holders, areas as they are called since the last reform.
pub fn names<'a>(
    conn: &mut Conn,
    holders: impl Iterator<Item = &'a Holder>,
) -> Result<HashMap<Holder, String>> {
    let areas = Areas::in_force();
    let mut ids: HashMap<HolderKind, Vec<Id>> = HashMap::new();
    let mut found = HashMap::new();
    for holder in holders {
        if holder.kind == HolderKind::Area {
            let area = areas.find(&holder.id, NaiveDate::MAX);
            let name = area.map_or_else(|| holder.id.clone(), |area| area.name.clone());
            found.insert(holder.clone(), name);
        } else {
            ids.entry(holder.kind).or_default().push(holder.uuid()?);
        }
    }
    for (kind, mut ids) in ids {
        ids.sort_unstable();
        ids.dedup();
        for (id, name) in of_kind(conn, kind, ids)? {
            found.insert(Holder { kind, id: id.to_string() }, name);
        }
    }
    Ok(found)
}

fn of_kind(conn: &mut Conn, kind: HolderKind, ids: Vec<Id>) -> Result<HashMap<Id, String>> {
    match kind {
        HolderKind::Office => names::offices(conn, &ids),
        HolderKind::Group => Ok(names::groups(conn, &Reach::Groups(ids))?.into_iter().collect()),
        HolderKind::Agent => names::users(conn, &ids),
        HolderKind::Organisation => names::organisations(conn, &ids),
        HolderKind::Village => names::villages(conn, &ids),
        HolderKind::Association => names::associations(conn, &ids),
        HolderKind::Area => Ok(HashMap::new()),
    }
}

/// All holders within reach but areas, by id and by name: read once, for many lines of a file.
#[derive(Debug, Default)]
pub struct Known {
    places: HashMap<(HolderKind, Id), Place>,
    /// None of a name that several have.
    names: HashMap<(HolderKind, String), Option<Id>>,
}

impl Known {
    fn add(&mut self, kind: HolderKind, id: Id, place: Place) {
        self.places.insert((kind, id), place);
    }

    fn call(&mut self, kind: HolderKind, id: Id, name: String) {
        let of = self.names.entry((kind, name));
        of.and_modify(|known| *known = known.filter(|it| *it == id)).or_insert(Some(id));
    }

    /// A holder by its id or its name.
    ///
    /// # Errors
    /// `not_found`, `ambiguous`.
    pub fn find(&self, kind: HolderKind, text: &str) -> Result<(Id, Place), Code> {
        let id = match text.parse::<Id>() {
            Ok(id) => id,
            Err(_) => {
                let named = self.names.get(&(kind, text.to_owned())).ok_or(Code::NotFound)?;
                named.ok_or(Code::Ambiguous)?
            }
        };
        self.places.get(&(kind, id)).map(|place| (id, *place)).ok_or(Code::NotFound)
    }
}

/// All holders within reach but areas: agents by their logins, villages by their names alone and behind the codes of
/// their communes.
pub fn known(conn: &mut Conn, reach: &Reach) -> Result<Known> {
    let mut known = Known::default();
    for (id, name) in names::all_offices(conn, reach)? {
        known.add(HolderKind::Office, id, Place { office_id: Some(id), group_id: None });
        known.call(HolderKind::Office, id, name);
    }
    for (id, name) in names::groups(conn, reach)? {
        known.add(HolderKind::Group, id, Place { group_id: Some(id), office_id: None });
        known.call(HolderKind::Group, id, name);
    }
    for (id, login, group_id) in users::agents(conn, reach)? {
        known.add(HolderKind::Agent, id, Place { group_id: Some(group_id), office_id: None });
        known.call(HolderKind::Agent, id, login);
    }
    for (id, name) in names::all_organisations(conn)? {
        known.add(HolderKind::Organisation, id, Place::default());
        known.call(HolderKind::Organisation, id, name);
    }
    for it in places::all_villages(conn)? {
        known.add(HolderKind::Village, it.id, Place::default());
        known.call(HolderKind::Village, it.id, format!("{} {}", it.area_code, it.name));
        known.call(HolderKind::Village, it.id, it.name);
    }
    for it in associations::all(conn, reach)? {
        let place = Place { office_id: it.office_id, group_id: None };
        known.add(HolderKind::Association, it.id, place);
        known.call(HolderKind::Association, it.id, it.name);
    }
    Ok(known)
}
