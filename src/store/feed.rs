//! A group's feed: one row for each entity it may see, moved to its newest version; versions are
//! given out from the group's own row as the last step of a transaction, so they are in commit order.

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::bulk::Bulk;
use super::conn::Conn;
use super::error::{Result, StoreError};
use super::rows::ChangeRow;
use super::schema::{changes, sync_scopes};
use crate::domain::{ChangeEntity, ChangeOp, ChangeReason, Id};

/// An entry of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = changes)]
pub struct Change {
    pub entity: ChangeEntity,
    pub entity_id: Id,
    pub version: i64,
    pub op: ChangeOp,
    pub reason: Option<ChangeReason>,
}

/// What a group is told of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    pub entity: ChangeEntity,
    pub id: Id,
    /// Why it must be forgotten; otherwise it is there, in its newest state.
    pub gone: Option<ChangeReason>,
}

impl News {
    /// The entity is there, and new or changed.
    #[must_use]
    pub fn put(entity: ChangeEntity, id: Id) -> Self {
        Self { entity, id, gone: None }
    }

    /// The entity must be forgotten.
    #[must_use]
    pub fn delete(entity: ChangeEntity, id: Id, reason: ChangeReason) -> Self {
        Self { entity, id, gone: Some(reason) }
    }

    pub(super) fn op(&self) -> ChangeOp {
        if self.gone.is_some() { ChangeOp::Delete } else { ChangeOp::Put }
    }
}

/// Publishes this news to the group, in this order, each entity once. The row of the group is held to the commit.
///
/// # Errors
/// [`StoreError::Race`] when a month of the group was closed since `closed_through` was read.
pub fn publish(
    tx: &mut Conn,
    group_id: Id,
    closed_through: Option<NaiveDate>,
    news: &[News],
) -> Result<()> {
    let count = i64::try_from(news.len()).unwrap_or(i64::MAX);
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
    put(tx, group_id, last - count, news)
}

fn put(tx: &mut Conn, group_id: Id, before: i64, news: &[News]) -> Result<()> {
    let row = |(version, it): (i64, &News)| ChangeRow {
        group_id,
        entity: it.entity,
        entity_id: it.id,
        version,
        op: it.op(),
        reason: it.gone,
    };
    ChangeRow::insert_all(tx, &(before + 1..).zip(news).map(row).collect::<Vec<_>>())
}

/// What several groups may share; in words that the database knows its index by.
pub(super) fn is_shared() -> SqlLiteral<Bool> {
    sql("entity IN ('person', 'household')")
}

/// The groups that hold one of these persons and households, with the one each holds.
pub fn holding(tx: &mut Conn, entity_ids: &[Id]) -> Result<Vec<(Id, ChangeEntity, Id)>> {
    if entity_ids.is_empty() {
        return Ok(vec![]);
    }
    Ok(changes::table
        .filter(changes::entity_id.eq_any(entity_ids).and(is_shared()))
        .filter(changes::op.eq(ChangeOp::Put))
        .order((changes::group_id, changes::entity_id))
        .select((changes::group_id, changes::entity, changes::entity_id))
        .load(tx)?)
}

/// The groups that were ever told of a person or a household.
pub fn told_of(conn: &mut Conn, id: Id) -> Result<Vec<Id>> {
    let told = changes::table.filter(changes::entity_id.eq(id).and(is_shared()));
    Ok(told.select(changes::group_id).load(conn)?)
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
