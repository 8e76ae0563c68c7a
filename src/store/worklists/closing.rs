//! What a decision does to items: whoever is enrolled need not be visited, and must be again when that is taken
//! back. Two persons who become one stand on one list.

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::giving;
use super::items::ItemRow;
use super::likeness::{self, Resident};
use crate::domain::{Id, ItemState, Scheme};
use crate::store::conn::Conn;
use crate::store::error::Result;
use crate::store::facts::IN_LIST;
use crate::store::locks;
use crate::store::persons::Moved;
use crate::store::schema::{enrollments, visits, worklist_items};

/// Of nobody we know; in words that the database knows its indexes by.
pub(super) fn open_resident() -> SqlLiteral<Bool> {
    sql("state = 'open' AND person_id IS NULL")
}

/// The items that these persons, names and codes may close, and those that these enrollments did.
pub fn concerned(
    tx: &mut Conn,
    person_ids: &[Id],
    identity_keys: &[&str],
    codes: &[&str],
    enrollment_ids: &[Id],
) -> Result<Vec<Id>> {
    let mut ids: Vec<Id> = Vec::new();
    for some in person_ids.chunks(IN_LIST) {
        let own = worklist_items::table
            .filter(worklist_items::person_id.assume_not_null().eq_any(some))
            .filter(worklist_items::state.eq(ItemState::Open));
        ids.extend(own.select(worklist_items::id).load::<Id>(tx)?);
    }
    for some in identity_keys.chunks(IN_LIST) {
        let alike = worklist_items::table
            .filter(worklist_items::identity_key.eq_any(some))
            .filter(open_resident());
        ids.extend(alike.select(worklist_items::id).load::<Id>(tx)?);
    }
    for some in codes.chunks(IN_LIST) {
        let coded = worklist_items::table
            .filter(worklist_items::bhxh_code.assume_not_null().eq_any(some))
            .filter(open_resident());
        ids.extend(coded.select(worklist_items::id).load::<Id>(tx)?);
        let coded = worklist_items::table
            .filter(worklist_items::personal_id.assume_not_null().eq_any(some))
            .filter(open_resident());
        ids.extend(coded.select(worklist_items::id).load::<Id>(tx)?);
    }
    for some in enrollment_ids.chunks(IN_LIST) {
        let closed = worklist_items::table
            .filter(worklist_items::enrollment_id.assume_not_null().eq_any(some));
        ids.extend(closed.select(worklist_items::id).load::<Id>(tx)?);
    }
    Ok(ids)
}

/// The items that were closed by what these records enrolled.
pub fn closed_by(tx: &mut Conn, record_ids: &[Id]) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    for some in record_ids.chunks(IN_LIST) {
        let closed = worklist_items::table
            .inner_join(
                enrollments::table
                    .on(enrollments::id.eq(worklist_items::enrollment_id.assume_not_null())),
            )
            .filter(enrollments::record_id.eq_any(some));
        ids.extend(closed.select(worklist_items::id).load::<Id>(tx)?);
    }
    Ok(ids)
}

/// Items by their ids, in no order; however many.
pub fn rows(tx: &mut Conn, ids: &[Id]) -> Result<Vec<ItemRow>> {
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(IN_LIST) {
        let own = worklist_items::table.filter(worklist_items::id.eq_any(some));
        rows.append(&mut own.select(ItemRow::as_select()).load(tx)?);
    }
    Ok(rows)
}

/// Writes what became of items: their state, who it is, and by which enrollment.
pub fn settle(tx: &mut Conn, rows: &[ItemRow], now: NaiveDateTime) -> Result<()> {
    for row in rows {
        diesel::update(worklist_items::table.find(row.id))
            .set((
                worklist_items::state.eq(row.state),
                worklist_items::person_id.eq(row.person_id),
                worklist_items::enrollment_id.eq(row.enrollment_id),
                worklist_items::changed_at.eq(now),
            ))
            .execute(tx)?;
    }
    let open = rows.iter().filter(|row| row.state == ItemState::Open && row.agent_id.is_some());
    let open: Vec<Id> = open.map(|row| row.id).collect();
    open.chunks(IN_LIST).try_for_each(|some| giving::leave_to_groups(tx, some))
}

/// The last visit of these items is the newest that stands: by the day, then by when it was written.
pub fn visited(tx: &mut Conn, ids: &[Id], now: NaiveDateTime) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let newest = visits::table
        .filter(visits::item_id.assume_not_null().eq(worklist_items::id))
        .filter(visits::voided_at.is_null())
        .order((visits::visited_on.desc(), visits::captured_at.desc(), visits::record_id.desc()))
        .select(visits::record_id)
        .limit(1)
        .single_value();
    diesel::update(worklist_items::table.filter(worklist_items::id.eq_any(ids)))
        .set((worklist_items::last_visit_id.eq(newest), worklist_items::changed_at.eq(now)))
        .execute(tx)?;
    Ok(())
}

/// Residents who prove to be a person who stands open for the scheme are withdrawn: she is on one list. Whom to tell,
/// each with the item. The person must be locked.
pub fn give_way(tx: &mut Conn, person_id: Id, now: NaiveDateTime) -> Result<Vec<(Id, Id)>> {
    let own = || {
        worklist_items::table
            .filter(worklist_items::person_id.assume_not_null().eq(person_id))
            .filter(worklist_items::state.eq(ItemState::Open))
    };
    let mut ids: Vec<Id> = own().select(worklist_items::id).load(tx)?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let Some(who) = likeness::of_persons(tx, &[person_id])?.remove(&person_id) else {
        return Ok(vec![]);
    };
    let alike = |tx: &mut Conn| -> Result<Vec<Resident>> {
        let mut rows = likeness::open_residents(tx, std::iter::once(&who))?;
        rows.retain(|row| row.likeness().is(&who));
        Ok(rows)
    };
    let residents: Vec<Id> = alike(tx)?.iter().map(|row| row.id).collect();
    ids.extend(&residents);
    locks::worklist_items(tx, &ids)?;
    let schemes: Vec<Scheme> = own().select(worklist_items::scheme).load(tx)?;
    // Some may have been closed until they were locked.
    let twice = |row: &Resident| residents.contains(&row.id) && schemes.contains(&row.scheme);
    let twice: Vec<Id> = alike(tx)?.into_iter().filter(twice).map(|row| row.id).collect();
    let mut rows = rows(tx, &twice)?;
    rows.iter_mut().for_each(|row| row.state = ItemState::Withdrawn);
    settle(tx, &rows, now)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.group_id?, row.id))).collect())
}

/// What a merge did to items.
#[derive(Debug, Default)]
pub struct Followed {
    /// Those that were the first's.
    pub items: Vec<Id>,
    /// Those of them that were withdrawn, because the second stands open.
    pub withdrawn: Vec<Id>,
    /// Whom to tell, each with the item.
    pub told: Vec<(Id, Id)>,
}

/// The items of the first person are the second's; where both stand open for a scheme, the first's is withdrawn.
/// Both persons must be locked.
pub fn follow(tx: &mut Conn, from: Id, into: Id, now: NaiveDateTime) -> Result<Followed> {
    let of =
        |id: Id| worklist_items::table.filter(worklist_items::person_id.assume_not_null().eq(id));
    let mut done = Followed::default();
    let mut ids: Vec<Id> = of(from).select(worklist_items::id).load(tx)?;
    if ids.is_empty() {
        return Ok(done);
    }
    ids.extend(of(into).select(worklist_items::id).load::<Id>(tx)?);
    locks::worklist_items(tx, &ids)?;
    let rows = rows(tx, &ids)?;
    let is_open = |row: &ItemRow, id: Id| row.state == ItemState::Open && row.person_id == Some(id);
    for row in rows.iter().filter(|row| row.person_id == Some(from)) {
        let stands = rows.iter().any(|it| is_open(it, into) && it.scheme == row.scheme);
        let withdrawn = is_open(row, from) && stands;
        let state = if withdrawn { ItemState::Withdrawn } else { row.state };
        let row = ItemRow { person_id: Some(into), state, ..row.clone() };
        settle(tx, std::slice::from_ref(&row), now)?;
        done.items.push(row.id);
        done.withdrawn.extend(withdrawn.then_some(row.id));
        done.told.extend(row.group_id.map(|group_id| (group_id, row.id)));
    }
    Ok(done)
}

/// Two who were one are two again: the items that were about the first are hers, and those that her enrollments
/// closed; what was withdrawn for the second's sake is open again. What an enrollment closed that stays with the
/// second stays, too. Whom to tell, each with the item. Both persons must be locked.
pub fn part(
    tx: &mut Conn,
    (from, into): (Id, Id),
    moved: &Moved,
    now: NaiveDateTime,
) -> Result<Vec<(Id, Id)>> {
    let mut ids = moved.items.clone();
    for some in moved.enrollments.chunks(IN_LIST) {
        let closed = worklist_items::table
            .filter(worklist_items::enrollment_id.assume_not_null().eq_any(some));
        ids.extend(closed.select(worklist_items::id).load::<Id>(tx)?);
    }
    ids.sort_unstable();
    ids.dedup();
    locks::worklist_items(tx, &ids)?;
    let hers = |row: &ItemRow| {
        let stays = |id: Id| !moved.enrollments.contains(&id);
        row.person_id == Some(into) && !row.enrollment_id.is_some_and(stays)
    };
    let mut rows = rows(tx, &ids)?;
    rows.retain(hers);
    let open = |rows: &[ItemRow], of: Scheme| {
        rows.iter().any(|row| row.state == ItemState::Open && row.scheme == of)
    };
    for at in 0..rows.len() {
        let (id, scheme, state) = (rows[at].id, rows[at].scheme, rows[at].state);
        if state == ItemState::Withdrawn && moved.withdrawn.contains(&id) && !open(&rows, scheme) {
            rows[at].state = ItemState::Open;
        }
        rows[at].person_id = Some(from);
    }
    settle(tx, &rows, now)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.group_id?, row.id))).collect())
}
