//! News that waits for a group's feed: left by transactions of other groups, applied by one of its own.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::bulk::Bulk;
use super::conn::Conn;
use super::error::Result;
use super::feed::News;
use super::rows::OutboxRow;
use super::schema::outbox;
use crate::domain::{ChangeEntity, ChangeReason, Id};

/// Leaves news for other groups.
pub fn leave(tx: &mut Conn, news: &[(Id, Id, News)], at: NaiveDateTime) -> Result<()> {
    let row = |(id, group_id, it): &(Id, Id, News)| OutboxRow {
        id: *id,
        group_id: *group_id,
        entity: it.entity,
        entity_id: it.id,
        created_at: at,
        op: it.op(),
        reason: it.gone,
    };
    OutboxRow::insert_all(tx, &news.iter().map(row).collect::<Vec<_>>())
}

/// Whether any waits for the group.
pub fn waits(conn: &mut Conn, group_id: Id) -> Result<bool> {
    let waiting = outbox::table.filter(outbox::group_id.eq(group_id)).select(outbox::id);
    Ok(waiting.first::<Id>(conn).optional()?.is_some())
}

/// As much news as one transaction takes.
const PART: i64 = 5_000;

/// Takes what waits for the group, oldest first; of each entity only the last word. Whether more may wait.
pub fn take(tx: &mut Conn, group_id: Id) -> Result<(Vec<News>, bool)> {
    type Row = (Id, ChangeEntity, Id, Option<ChangeReason>);
    let waiting: Vec<Row> = outbox::table
        .filter(outbox::group_id.eq(group_id))
        .order((outbox::created_at, outbox::id))
        .limit(PART)
        .select((outbox::id, outbox::entity, outbox::entity_id, outbox::reason))
        .load(tx)?;
    let ids: Vec<Id> = waiting.iter().map(|(id, ..)| *id).collect();
    diesel::delete(outbox::table.filter(outbox::id.eq_any(&ids))).execute(tx)?;
    let mut told = std::collections::HashSet::new();
    let news = waiting.into_iter().rev().map(|(_, entity, id, gone)| News { entity, id, gone });
    let mut news: Vec<News> = news.filter(|it| told.insert((it.entity, it.id))).collect();
    news.reverse();
    Ok((news, i64::try_from(ids.len()) == Ok(PART)))
}
