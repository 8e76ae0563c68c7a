//! Items are given to groups and agents, and are a group's again when its agent goes.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::{ChangeEntity, Id, ItemState};
use crate::store::conn::Conn;
use crate::store::error::{Result, StoreError};
use crate::store::facts::IN_LIST;
use crate::store::feed::News;
use crate::store::reach::Reach;
use crate::store::schema::{users as people, worklist_items};
use crate::store::{groups, locks, news, users};

/// All items of a list that are given to a group, each with it.
pub fn given(conn: &mut Conn, worklist_id: Id) -> Result<Vec<(Id, Id)>> {
    let group_id = worklist_items::group_id;
    Ok(worklist_items::table
        .filter(worklist_items::worklist_id.eq(worklist_id))
        .filter(group_id.is_not_null())
        .order(worklist_items::place_key)
        .select((group_id.assume_not_null(), worklist_items::id))
        .load(conn)?)
}

/// To whom items are given; the agent must be of the group and in use, and stays so: he is locked, before any item.
///
/// # Errors
/// [`StoreError::NotFound`] for a group outside reach, or an agent of another one.
pub fn check_holder(
    tx: &mut Conn,
    reach: &Reach,
    group_id: Option<Id>,
    agent_id: Option<Id>,
) -> Result<()> {
    if let Some(group_id) = group_id {
        groups::get(tx, reach, group_id)?;
    }
    let Some(agent_id) = agent_id else { return Ok(()) };
    let group_id = group_id.ok_or(StoreError::NotFound)?;
    locks::user(tx, agent_id)?;
    let agent = users::get(tx, &Reach::Groups(vec![group_id]), agent_id)?;
    if agent.disabled_at.is_some() { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Gives an item to a group and an agent of it, and puts it into a state. The item must be locked.
///
/// # Errors
/// [`StoreError::Unique`] when the person stands open on another list.
pub fn change(
    tx: &mut Conn,
    id: Id,
    (group_id, agent_id): (Option<Id>, Option<Id>),
    state: ItemState,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(worklist_items::table.find(id))
        .set((
            worklist_items::group_id.eq(group_id),
            worklist_items::agent_id.eq(agent_id),
            worklist_items::state.eq(state),
            worklist_items::changed_at.eq(now),
        ))
        .execute(tx)?;
    leave_to_groups(tx, &[id])
}

/// Gives items to a group and an agent of it; those whom they were given to before, each with the item.
pub fn assign(
    tx: &mut Conn,
    ids: &[Id],
    (group_id, agent_id): (Id, Option<Id>),
    now: NaiveDateTime,
) -> Result<Vec<(Id, Id)>> {
    let mut before: Vec<(Option<Id>, Id)> = Vec::with_capacity(ids.len());
    for some in ids.chunks(IN_LIST) {
        let rows = || worklist_items::table.filter(worklist_items::id.eq_any(some));
        before.extend(rows().select((worklist_items::group_id, worklist_items::id)).load::<(
            Option<Id>,
            Id,
        )>(
            tx
        )?);
        diesel::update(rows())
            .set((
                worklist_items::group_id.eq(group_id),
                worklist_items::agent_id.eq(agent_id),
                worklist_items::changed_at.eq(now),
            ))
            .execute(tx)?;
    }
    Ok(before.into_iter().filter_map(|(group, id)| Some((group?, id))).collect())
}

/// Those of these items that are open and an agent's who is not there any more are nobody's of the group.
pub(super) fn leave_to_groups(tx: &mut Conn, ids: &[Id]) -> Result<()> {
    let there = people::table
        .filter(people::disabled_at.is_null())
        .filter(people::group_id.eq(worklist_items::group_id))
        .select(people::id);
    let absent = worklist_items::table
        .filter(worklist_items::id.eq_any(ids))
        .filter(worklist_items::state.eq(ItemState::Open))
        .filter(worklist_items::agent_id.is_not_null())
        .filter(worklist_items::agent_id.assume_not_null().ne_all(there));
    diesel::update(absent).set(worklist_items::agent_id.eq(None::<Id>)).execute(tx)?;
    Ok(())
}

/// The open items of an agent are his group's again, because he went to another one or comes no more; news is left for
/// those groups, which are returned.
pub fn release(tx: &mut Conn, agent_id: Id, now: NaiveDateTime) -> Result<BTreeSet<Id>> {
    let his = || {
        worklist_items::table
            .filter(worklist_items::agent_id.assume_not_null().eq(agent_id))
            .filter(worklist_items::state.eq(ItemState::Open))
    };
    let ids: Vec<Id> = his().order(worklist_items::id).select(worklist_items::id).load(tx)?;
    locks::worklist_items(tx, &ids)?;
    // Some may have been closed until they were locked.
    let freed: Vec<(Option<Id>, Id)> = diesel::update(his())
        .set((worklist_items::agent_id.eq(None::<Id>), worklist_items::changed_at.eq(now)))
        .returning((worklist_items::group_id, worklist_items::id))
        .get_results(tx)?;
    let put = |(group_id, id): (Option<Id>, Id)| {
        let news_id = agent_id.derive(&format!("released/{now}/{id}"));
        Some((news_id, group_id?, News::put(ChangeEntity::WorklistItem, id)))
    };
    let told: Vec<(Id, Id, News)> = freed.into_iter().filter_map(put).collect();
    news::leave(tx, &told, now)?;
    Ok(told.into_iter().map(|(_, group_id, _)| group_id).collect())
}
