//! A group's feed: one row for each entity it may see, moved to its newest version; versions are
//! given out from the group's own row as the last step of a transaction, so they are in commit order.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::upsert::excluded;

use super::conn::Conn;
use super::error::{Result, StoreError};
use super::schema::{changes, sync_scopes};
use super::types::Key;
use crate::domain::{ChangeEntity, ChangeOp, Id};

/// An entry of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = changes)]
pub struct Change {
    pub entity: ChangeEntity,
    pub entity_id: Id,
    pub version: i64,
    pub op: ChangeOp,
    pub reason: Option<String>,
}

/// Publishes these entities to the group, in this order. The row of the group is held to the commit.
///
/// # Errors
/// [`StoreError::Race`] when a month of the group was closed since `closed_through` was read.
pub fn publish(
    tx: &mut Conn,
    group_id: Id,
    closed_through: Option<NaiveDate>,
    entities: &[(ChangeEntity, Id)],
) -> Result<()> {
    let count = i64::try_from(entities.len()).unwrap_or(i64::MAX);
    let scope = sync_scopes::table.filter(sync_scopes::group_id.eq(group_id));
    let moved: Option<(i64, Option<NaiveDate>)> = diesel::update(scope)
        .set(sync_scopes::version.eq(sync_scopes::version + count))
        .returning((sync_scopes::version, sync_scopes::closed_through))
        .get_result(tx)
        .optional()?;
    let (last, closed_now) = moved.ok_or(StoreError::NotFound)?;
    if closed_now != closed_through {
        return Err(StoreError::Race);
    }
    put(tx, group_id, last - count, entities)
}

fn put(tx: &mut Conn, group_id: Id, before: i64, entities: &[(ChangeEntity, Id)]) -> Result<()> {
    match tx {
        Conn::Sqlite(c) => {
            for (version, (entity, id)) in (before + 1..).zip(entities) {
                diesel::insert_into(changes::table)
                    .values((
                        changes::group_id.eq(group_id),
                        changes::entity.eq(*entity),
                        changes::entity_id.eq(id),
                        changes::version.eq(version),
                        changes::op.eq(ChangeOp::Put),
                    ))
                    .on_conflict((changes::group_id, changes::entity, changes::entity_id))
                    .do_update()
                    .set((
                        changes::version.eq(excluded(changes::version)),
                        changes::op.eq(excluded(changes::op)),
                        changes::reason.eq(None::<String>),
                    ))
                    .execute(c)?;
            }
        }
        Conn::Pg(c) => {
            let (kinds, ids): (Vec<&str>, Vec<Id>) =
                entities.iter().map(|(entity, id)| (entity.as_str(), *id)).unzip();
            diesel::sql_query(include_str!("put_changes.sql"))
                .bind::<Key, _>(group_id)
                .bind::<BigInt, _>(before)
                .bind::<Array<Text>, _>(kinds)
                .bind::<Array<Key>, _>(ids)
                .execute(c)?;
        }
    }
    Ok(())
}

/// Other groups that hold one of these entities, with the entity each holds.
pub fn others_with(
    tx: &mut Conn,
    group_id: Id,
    entity_ids: &[Id],
) -> Result<Vec<(Id, ChangeEntity, Id)>> {
    Ok(changes::table
        .filter(changes::entity_id.eq_any(entity_ids))
        .filter(changes::group_id.ne(group_id))
        .order((changes::group_id, changes::entity_id))
        .select((changes::group_id, changes::entity, changes::entity_id))
        .load(tx)?)
}

/// What changed after `version`, oldest first, and the newest version of the group.
pub fn since(
    conn: &mut Conn,
    group_id: Id,
    version: i64,
    limit: i64,
) -> Result<(Vec<Change>, i64)> {
    let newest = sync_scopes::table
        .filter(sync_scopes::group_id.eq(group_id))
        .select(sync_scopes::version)
        .first(conn)?;
    let rows = changes::table
        .filter(changes::group_id.eq(group_id))
        .filter(changes::version.gt(version))
        .filter(changes::version.le(newest))
        .order(changes::version)
        .limit(limit)
        .select(Change::as_select())
        .load(conn)?;
    Ok((rows, newest))
}

/// The last day of the group's closed months.
pub fn closed_through(tx: &mut Conn, group_id: Id) -> Result<Option<NaiveDate>> {
    let scope = sync_scopes::table.filter(sync_scopes::group_id.eq(group_id));
    Ok(scope.select(sync_scopes::closed_through).first(tx)?)
}
