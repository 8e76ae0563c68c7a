//! What is known of residents who are brought: who they are, whether they are insured, and on which lists they stand.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::closing::IN_LIST;
use super::items::ItemRow;
use crate::domain::{BirthDate, Code, CodeKind, Id, ItemState, Scheme};
use crate::store::conn::Conn;
use crate::store::error::{Result, StoreError};
use crate::store::schema::worklist_items;
use crate::store::{facts, locks, restrictions};

/// What is known.
#[derive(Debug, Default)]
pub struct Known {
    owners: HashMap<(CodeKind, String), Id>,
    /// Persons of the same name, sex, year of birth and commune, with their births.
    alike: HashMap<String, Vec<(Id, BirthDate)>>,
    /// The last day somebody is insured.
    insured: HashMap<(Id, Scheme), NaiveDate>,
    resting: HashSet<Id>,
    /// Open items.
    persons: HashSet<(Id, Scheme)>,
    residents: HashSet<(String, Scheme)>,
    /// All items of the lists.
    items: HashSet<Id>,
}

/// Looks them up; the persons are locked, and nobody else may be enrolled by a name: the names are locked.
pub fn known(
    tx: &mut Conn,
    keys: &[String],
    codes: &[String],
    lists: impl Iterator<Item = Id>,
) -> Result<Known> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let mut known = Known::default();
    let candidates = facts::candidates(tx, &keys)?;
    let owners = facts::codes(tx, &codes)?;
    let mut ids: Vec<Id> = candidates.iter().map(|(_, id)| *id).collect();
    ids.extend(owners.iter().map(|row| row.person_id));
    ids.sort_unstable();
    ids.dedup();
    locks::persons(tx, &ids)?;
    known.owners = owners.into_iter().map(|row| ((row.kind, row.code), row.person_id)).collect();
    let persons = facts::persons(tx, &ids)?;
    // Somebody became another one before she was locked.
    if persons.iter().any(|row| row.merged_into.is_some()) {
        return Err(StoreError::Race);
    }
    let births: HashMap<Id, BirthDate> = persons
        .into_iter()
        .filter_map(|row| Some((row.id, BirthDate::parse(&row.birth).ok()?)))
        .collect();
    for (key, id) in candidates {
        if let Some(birth) = births.get(&id) {
            known.alike.entry(key).or_default().push((id, *birth));
        }
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
        known.persons.extend(open);
    }
    for keys in keys.chunks(IN_LIST) {
        let open: Vec<(String, Scheme)> = worklist_items::table
            .filter(worklist_items::identity_key.eq_any(keys))
            .filter(super::closing::open_resident())
            .select((worklist_items::resident_key, worklist_items::scheme))
            .load(tx)?;
        known.residents.extend(open);
    }
    let lists: Vec<Id> = lists.collect();
    let items = worklist_items::table.filter(worklist_items::worklist_id.eq_any(lists));
    known.items = items.select(worklist_items::id).load::<Id>(tx)?.into_iter().collect();
    Ok(known)
}

impl Known {
    /// Whose the first of these codes is that is somebody's.
    pub fn owner<'a>(&self, mut codes: impl Iterator<Item = (CodeKind, &'a str)>) -> Option<Id> {
        codes.find_map(|(kind, code)| self.owners.get(&(kind, code.to_owned())).copied())
    }

    /// Whether the resident was put on this very list before.
    #[must_use]
    pub fn stands(&self, row: &ItemRow) -> bool {
        self.items.contains(&row.id)
    }

    /// Why somebody need not be visited.
    #[must_use]
    pub fn skips(&self, row: &ItemRow, today: NaiveDate) -> Option<Code> {
        let meant: Vec<Id> = match row.person_id {
            Some(id) => vec![id],
            None => {
                let birth = BirthDate::parse(&row.birth).ok()?;
                let alike = self.alike.get(&row.identity_key).into_iter().flatten();
                alike.filter(|(_, known)| known.agrees(&birth)).map(|(id, _)| *id).collect()
            }
        };
        let insured = |id: &Id| self.insured.get(&(*id, row.scheme)).is_some_and(|to| *to >= today);
        if meant.iter().any(insured) {
            return Some(Code::InsuredAlready);
        }
        let listed = meant.iter().any(|id| self.persons.contains(&(*id, row.scheme)));
        let same = row.person_id.is_none()
            && self.residents.contains(&(row.resident_key.clone(), row.scheme));
        if listed || same {
            return Some(Code::ListedAlready);
        }
        meant.iter().any(|id| self.resting.contains(id)).then_some(Code::NotToBeListed)
    }
}
