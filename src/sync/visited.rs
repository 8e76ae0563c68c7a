//! What a batch must know of worklists: the items it visits or may close. They are locked after households, so
//! that those whom they are about are looked up first, and locked before.

use std::collections::{HashMap, HashSet};

use super::facts::Facts;
use crate::domain::Id;
use crate::store::visits::{self, VisitRow};
use crate::store::worklists::{ItemRow, closing};
use crate::store::{Conn, Result, StoreError, facts as known, locks};

/// What is known before anything of it is locked.
#[derive(Debug, Default)]
pub struct Visited {
    items: Vec<Id>,
    visits: Vec<VisitRow>,
    /// Whoever may be opened again; residents who are the same stand in the way.
    closed: Vec<ItemRow>,
    /// Who the persons they are about are today.
    pub survivors: HashMap<Id, Id>,
}

/// Looks up these items and persons, and the visits that may be taken back.
pub fn look(tx: &mut Conn, items: &[Id], persons: &[Id], void_targets: &[Id]) -> Result<Visited> {
    let mut found = Visited { items: items.to_vec(), ..Visited::default() };
    if !void_targets.is_empty() {
        found.visits = visits::standing(tx, void_targets)?;
        found.items.extend(found.visits.iter().filter_map(|row| row.item_id));
        // Whom an item names now need not be whose enrollment closed it.
        let closed = closing::closed_by(tx, void_targets)?;
        found.closed = closing::rows(tx, &closed)?;
        found.items.extend(closed);
    }
    let mut persons = persons.to_vec();
    persons.extend(found.visits.iter().map(|row| row.who));
    let rows = closing::rows(tx, &found.items)?;
    persons.extend(rows.iter().filter_map(|row| row.person_id));
    let rows = known::persons(tx, &persons)?;
    found.survivors =
        rows.into_iter().map(|row| (row.id, row.merged_into.unwrap_or(row.id))).collect();
    Ok(found)
}

impl Visited {
    /// Locks these items and all that may be closed or opened, and loads them. `names` are identity keys and
    /// codes of all who are mentioned, `enrollments` those that may be taken back; the persons are locked.
    ///
    /// # Errors
    /// [`StoreError::Race`] when an item is another person's by now.
    pub fn load(
        self,
        tx: &mut Conn,
        facts: &mut Facts,
        person_ids: &[Id],
        (keys, codes): (&[&str], &[&str]),
        enrollments: &[Id],
    ) -> Result<()> {
        let closed = || self.closed.iter();
        let keys = keys.iter().copied().chain(closed().map(|row| row.identity_key.as_str()));
        let own = closed().flat_map(ItemRow::codes).map(|(_, code)| code);
        let codes: Vec<&str> = codes.iter().copied().chain(own).collect();
        let keys: Vec<&str> = keys.collect();
        let mut ids = closing::concerned(tx, person_ids, &keys, &codes, enrollments)?;
        ids.extend(self.items);
        ids.sort_unstable();
        ids.dedup();
        locks::worklist_items(tx, &ids)?;
        let locked: HashSet<&Id> = person_ids.iter().collect();
        for mut row in closing::rows(tx, &ids)? {
            row.person_id = row.person_id.map(|id| *self.survivors.get(&id).unwrap_or(&id));
            if row.person_id.is_some_and(|id| !locked.contains(&id)) {
                return Err(StoreError::Race);
            }
            facts.items.insert(row.id, row);
        }
        facts.visits = self.visits.into_iter().map(|row| (row.record_id, row)).collect();
        facts.survivors = self.survivors;
        Ok(())
    }
}
