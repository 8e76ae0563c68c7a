//! Decided records, for those who ask what became of them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::{enrollments, records};
use crate::domain::{Id, RecordState};

/// The current revision of a record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct StoredRecord {
    pub id: Id,
    pub rev: i64,
    pub outcome: String,
    pub judged_again: Option<String>,
    pub state: RecordState,
    pub state_at: NaiveDateTime,
    pub seq: Option<i64>,
}

/// Current revisions of these records, of one group and, unless he leads it, of one agent only.
pub fn by_ids(
    conn: &mut Conn,
    group_id: Id,
    agent_id: Option<Id>,
    ids: &[Id],
) -> Result<Vec<StoredRecord>> {
    let mut query = records::table
        .filter(records::id.eq_any(ids))
        .filter(records::group_id.eq(group_id))
        .filter(records::is_current)
        .select(StoredRecord::as_select())
        .into_boxed();
    if let Some(agent_id) = agent_id {
        query = query.filter(records::agent_id.eq(agent_id));
    }
    Ok(query.load(conn)?)
}

/// Current revisions that an installation of this agent sent, by their numbers.
pub fn by_seq(
    conn: &mut Conn,
    agent_id: Id,
    installation_id: Id,
    from_seq: i64,
    limit: i64,
) -> Result<Vec<StoredRecord>> {
    Ok(records::table
        .filter(records::agent_id.eq(agent_id))
        .filter(records::installation_id.assume_not_null().eq(installation_id))
        .filter(records::seq.assume_not_null().ge(from_seq))
        .filter(records::is_current)
        .order(records::seq)
        .limit(limit)
        .select(StoredRecord::as_select())
        .load(conn)?)
}

/// The enrollments of these records: record, enrollment.
pub fn enrollments(conn: &mut Conn, record_ids: &[Id]) -> Result<Vec<(Id, Id)>> {
    Ok(enrollments::table
        .filter(enrollments::record_id.eq_any(record_ids))
        .order((enrollments::record_id, enrollments::member_index))
        .select((enrollments::record_id, enrollments::id))
        .load(conn)?)
}

/// The group a record belongs to.
pub fn group_of(conn: &mut Conn, record_id: Id) -> Result<Id> {
    Ok(records::table.filter(records::id.eq(record_id)).select(records::group_id).first(conn)?)
}
