//! What was decided on records and what became of them since, for a phone that was replaced or lost
//! an answer.

use std::collections::HashMap;

use super::judge::Sender;
use super::outcome::Outcome;
use crate::domain::{Id, RecordState};
use crate::store::lookup::{self, StoredRecord};
use crate::store::{Conn, Result, StoreError};
use chrono::{DateTime, Utc};

/// Most ids asked for at once.
pub const MAX_IDS: usize = 100;

/// A record's newest decided revision, and where the record stands.
#[derive(Debug)]
pub struct Found {
    pub id: Id,
    pub rev: i64,
    pub outcome: Outcome,
    /// The decision that followed the first one, when the law had grown.
    pub judged_again: Option<Outcome>,
    pub state: RecordState,
    pub at: DateTime<Utc>,
    pub seq: Option<i64>,
    pub enrollment_ids: Vec<Id>,
}

/// One's own records by their ids; a leader's are those of his group.
pub fn by_ids(conn: &mut Conn, sender: Sender, ids: &[Id]) -> Result<HashMap<Id, Found>> {
    let leads = sender.is_leader.then_some(sender.group_id);
    let rows = lookup::by_ids(conn, sender.agent_id, leads, ids)?;
    found(conn, rows).map(|all| all.into_iter().map(|it| (it.id, it)).collect())
}

/// Where a record stands, whoever asks.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Found> {
    let rows = lookup::current(conn, id)?;
    found(conn, rows)?.pop().ok_or(StoreError::NotFound)
}

/// Records that an installation of this agent sent, from a number on.
pub fn by_seq(
    conn: &mut Conn,
    agent_id: Id,
    installation_id: Id,
    from_seq: i64,
    limit: i64,
) -> Result<Vec<Found>> {
    let rows = lookup::by_seq(conn, agent_id, installation_id, from_seq, limit)?;
    found(conn, rows)
}

fn found(conn: &mut Conn, rows: Vec<StoredRecord>) -> Result<Vec<Found>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut enrolled: HashMap<Id, Vec<Id>> = HashMap::new();
    for (record_id, enrollment_id) in lookup::enrollments(conn, &ids)? {
        enrolled.entry(record_id).or_default().push(enrollment_id);
    }
    rows.into_iter()
        .map(|row| {
            let outcome = parse(&row.outcome)?;
            let judged_again = row.judged_again.as_deref().map(parse).transpose()?;
            Ok(Found {
                id: row.id,
                rev: row.rev,
                outcome,
                judged_again,
                state: row.state,
                at: row.state_at.and_utc(),
                seq: row.seq,
                enrollment_ids: enrolled.get(&row.id).cloned().unwrap_or_default(),
            })
        })
        .collect()
}

fn parse(document: &str) -> Result<Outcome> {
    serde_json::from_str(document).map_err(|error| StoreError::unreadable("an outcome", &error))
}
