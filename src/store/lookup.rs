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

/// Current revisions of these records: the agent's own, of whatever group he was, and those of the group
/// that he leads.
pub fn by_ids(
    conn: &mut Conn,
    agent_id: Id,
    leads: Option<Id>,
    ids: &[Id],
) -> Result<Vec<StoredRecord>> {
    let mut query = records::table
        .filter(records::id.eq_any(ids))
        .filter(records::is_current)
        .select(StoredRecord::as_select())
        .into_boxed();
    query = match leads {
        Some(group_id) => {
            query.filter(records::agent_id.eq(agent_id).or(records::group_id.eq(group_id)))
        }
        None => query.filter(records::agent_id.eq(agent_id)),
    };
    Ok(query.load(conn)?)
}

/// The current revision of a record, or none.
pub fn current(conn: &mut Conn, id: Id) -> Result<Vec<StoredRecord>> {
    let current = records::table.filter(records::id.eq(id)).filter(records::is_current);
    Ok(current.select(StoredRecord::as_select()).load(conn)?)
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

/// What a revision is now; [`super::StoreError::NotFound`] unless it is the current one.
pub fn state(conn: &mut Conn, id: Id, rev: i64) -> Result<RecordState> {
    let current = records::table.find((id, rev)).filter(records::is_current);
    Ok(current.select(records::state).first(conn)?)
}

/// The group a record belongs to.
pub fn group_of(conn: &mut Conn, record_id: Id) -> Result<Id> {
    Ok(records::table.filter(records::id.eq(record_id)).select(records::group_id).first(conn)?)
}
