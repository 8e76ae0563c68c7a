//! What a decision does to items: whoever is enrolled need not be visited, and must be again when that is taken
//! back. Two persons who become one stand on one list.

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::giving;
use super::items::ItemRow;
use crate::domain::{Id, ItemState};
use crate::store::conn::Conn;
use crate::store::error::Result;
use crate::store::locks;
use crate::store::schema::{enrollments, visits, worklist_items};

/// As many values as one `IN (…)` carries.
pub(super) const IN_LIST: usize = 10_000;

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

/// These items.
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

/// The items of the first person are the second's; where both stand open for a scheme, the first's is withdrawn.
/// Whom to tell, each with the item. Both persons must be locked.
pub fn follow(tx: &mut Conn, from: Id, into: Id, now: NaiveDateTime) -> Result<Vec<(Id, Id)>> {
    let of =
        |id: Id| worklist_items::table.filter(worklist_items::person_id.assume_not_null().eq(id));
    let mut ids: Vec<Id> = of(from).select(worklist_items::id).load(tx)?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    ids.extend(of(into).select(worklist_items::id).load::<Id>(tx)?);
    locks::worklist_items(tx, &ids)?;
    let rows = rows(tx, &ids)?;
    let is_open = |row: &ItemRow, id: Id| row.state == ItemState::Open && row.person_id == Some(id);
    let mut told = Vec::new();
    for row in rows.iter().filter(|row| row.person_id == Some(from)) {
        let stands = rows.iter().any(|it| is_open(it, into) && it.scheme == row.scheme);
        let state = if is_open(row, from) && stands { ItemState::Withdrawn } else { row.state };
        let row = ItemRow { person_id: Some(into), state, ..row.clone() };
        settle(tx, std::slice::from_ref(&row), now)?;
        told.extend(row.group_id.map(|group_id| (group_id, row.id)));
    }
    Ok(told)
}

/// Two who were one are two again: the items that these enrollments closed are the first's, whose they are. Whom to
/// tell, each with the item. Both persons must be locked.
pub fn part(
    tx: &mut Conn,
    (from, into): (Id, Id),
    enrollment_ids: &[Id],
    now: NaiveDateTime,
) -> Result<Vec<(Id, Id)>> {
    let mut ids: Vec<Id> = Vec::new();
    for some in enrollment_ids.chunks(IN_LIST) {
        let closed = worklist_items::table
            .filter(worklist_items::enrollment_id.assume_not_null().eq_any(some))
            .filter(worklist_items::person_id.assume_not_null().eq(into));
        ids.extend(closed.select(worklist_items::id).load::<Id>(tx)?);
    }
    locks::worklist_items(tx, &ids)?;
    let rows: Vec<ItemRow> =
        rows(tx, &ids)?.into_iter().map(|row| ItemRow { person_id: Some(from), ..row }).collect();
    settle(tx, &rows, now)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.group_id?, row.id))).collect())
}
