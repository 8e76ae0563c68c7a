//! What is known of residents who are brought: who they are, whether they are insured, and on which lists they stand.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::items::{self, ItemRow};
use super::likeness::{self, Crowd, Likeness, Resident};
use crate::domain::{Code, CodeKind, Id, ItemState, Scheme};
use crate::store::conn::Conn;
use crate::store::error::{Result, StoreError};
use crate::store::facts::IN_LIST;
use crate::store::reach::Reach;
use crate::store::schema::worklist_items;
use crate::store::{facts, locks, restrictions};

/// What is stored of those who may be the residents of a file, and what stands against visiting them.
#[derive(Debug, Default)]
pub struct Known {
    owners: HashMap<(CodeKind, String), Id>,
    persons: HashMap<Id, Likeness>,
    alike: Crowd<Id>,
    /// The last day somebody is insured.
    insured: HashMap<(Id, Scheme), NaiveDate>,
    resting: HashSet<Id>,
    /// Who stands open, as a person or as a resident alone.
    listed: HashSet<(Id, Scheme)>,
    residents: Crowd<Scheme>,
    /// All items of the lists.
    items: HashSet<Id>,
    here: Crowd<Id>,
}

/// Looks up who these rows are about; those persons are locked. Nobody else may be enrolled by one of the names: they
/// are locked before.
///
/// # Errors
/// [`StoreError::Race`] when somebody became another one before she was locked.
pub fn known<'a>(
    tx: &mut Conn,
    rows: impl Iterator<Item = &'a ItemRow> + Clone,
    lists: impl Iterator<Item = Id>,
) -> Result<Known> {
    let keys: Vec<&str> = rows.clone().map(|row| row.identity_key.as_str()).collect();
    let codes: Vec<&str> = rows.clone().flat_map(ItemRow::codes).map(|(_, code)| code).collect();
    let candidates = facts::candidates(tx, &keys)?;
    let owners = facts::codes(tx, &codes)?;
    let mut ids: Vec<Id> = rows.clone().filter_map(|row| row.person_id).collect();
    ids.extend(candidates.into_iter().map(|(_, id)| id));
    ids.extend(owners.iter().map(|row| row.person_id));
    ids.sort_unstable();
    ids.dedup();
    locks::persons(tx, &ids)?;
    if facts::persons(tx, &ids)?.iter().any(|row| row.merged_into.is_some()) {
        return Err(StoreError::Race);
    }
    let mut known = Known { persons: likeness::of_persons(tx, &ids)?, ..Known::default() };
    known.owners = owners.into_iter().map(|row| ((row.kind, row.code), row.person_id)).collect();
    for (id, who) in &known.persons {
        known.alike.add(who.clone(), *id);
    }
    for cover in facts::covers(tx, &ids)? {
        let last = known.insured.entry((cover.person_id, cover.scheme)).or_insert(cover.covers_to);
        *last = cover.covers_to.max(*last);
    }
    for ids in ids.chunks(IN_LIST) {
        known.resting.extend(restrictions::among(tx, ids)?);
        let open: Vec<(Id, Scheme)> = worklist_items::table
            .filter(worklist_items::person_id.assume_not_null().eq_any(ids))
            .filter(worklist_items::state.eq(ItemState::Open))
            .select((worklist_items::person_id.assume_not_null(), worklist_items::scheme))
            .load(tx)?;
        known.listed.extend(open);
    }
    let stated: Vec<Likeness> = rows.map(Likeness::of_item).collect();
    let open = likeness::open_residents(tx, stated.iter().chain(known.persons.values()))?;
    known.residents = likeness::crowd(&open);
    for list in lists {
        let own = worklist_items::table.filter(worklist_items::worklist_id.eq(list));
        let own: Vec<Resident> = own.select(Resident::as_select()).load(tx)?;
        for row in own {
            known.items.insert(row.id);
            known.here.add(row.likeness(), list);
        }
    }
    Ok(known)
}

/// An item may be open again unless whom it is about stands open elsewhere. Nobody is put on a list meanwhile. The item
/// is locked.
///
/// # Errors
/// [`StoreError::Conflict`] when she does; [`StoreError::Race`] when the item has become another one meanwhile.
pub fn check_opens(tx: &mut Conn, reach: &Reach, worklist_id: Id, id: Id) -> Result<()> {
    let (row, _) = items::get(tx, reach, worklist_id, id)?;
    if row.state != ItemState::Open {
        locks::identity_keys(tx, &[&row.identity_key])?;
        if known(tx, std::iter::once(&row), std::iter::empty())?.is_listed(&row) {
            return Err(StoreError::Conflict("worklist_items"));
        }
    }
    locks::worklist_items(tx, &[id])?;
    let (locked, _) = items::get(tx, reach, worklist_id, id)?;
    let is_same = (locked.state, &locked.identity_key) == (row.state, &row.identity_key);
    if is_same { Ok(()) } else { Err(StoreError::Race) }
}

impl Known {
    /// Whose the first of these codes is that is somebody's.
    pub fn owner<'a>(&self, mut codes: impl Iterator<Item = (CodeKind, &'a str)>) -> Option<Id> {
        codes.find_map(|(kind, code)| self.owners.get(&(kind, code.to_owned())).copied())
    }

    /// All that is said of whom the row is about.
    #[must_use]
    pub fn likeness(&self, row: &ItemRow) -> Likeness {
        let stated = Likeness::of_item(row);
        match row.person_id.and_then(|id| self.persons.get(&id)) {
            Some(person) => stated.with(person),
            None => stated,
        }
    }

    /// Whether the resident was put on this very list before.
    #[must_use]
    pub fn stands(&self, row: &ItemRow) -> bool {
        self.items.contains(&row.id)
            || self.here.who_are(&self.likeness(row)).any(|list| *list == row.worklist_id)
    }

    /// Why somebody need not be visited.
    #[must_use]
    pub fn skips(&self, row: &ItemRow, today: NaiveDate) -> Option<Code> {
        let insured = |id: &Id| self.insured.get(&(*id, row.scheme)).is_some_and(|to| *to >= today);
        let meant = self.meant(row);
        if meant.iter().any(insured) {
            return Some(Code::InsuredAlready);
        }
        if self.is_listed(row) {
            return Some(Code::ListedAlready);
        }
        meant.iter().any(|id| self.resting.contains(id)).then_some(Code::NotToBeListed)
    }

    /// Whether whom the row is about stands open for the scheme.
    #[must_use]
    pub fn is_listed(&self, row: &ItemRow) -> bool {
        self.meant(row).iter().any(|id| self.listed.contains(&(*id, row.scheme)))
            || self.residents.who_are(&self.likeness(row)).any(|scheme| *scheme == row.scheme)
    }

    fn meant(&self, row: &ItemRow) -> Vec<Id> {
        match row.person_id {
            Some(id) => vec![id],
            None => self.alike.who_are(&Likeness::of_item(row)).copied().collect(),
        }
    }
}
