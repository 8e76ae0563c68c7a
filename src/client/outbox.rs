//! What was written at kitchen tables: frozen, numbered, kept until the server has answered, and a while
//! longer.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types::Timestamp;
use diesel::sqlite::Sqlite;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::file::{installation, read, record, skipped};
use super::pace::{ENVELOPE, Pace};
use super::{Boot, Capture, ClientError, Kept, Result};
use crate::domain::{Code, Id, RecordKind, RecordStatus};
use crate::sync::wire::{BatchAnswer, LIMITS, Limits, RecordRequest, ResultAnswer};

/// Most numbers given up in one batch.
const SKIPPED: i64 = 500;

/// A revision in the file.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = record, check_for_backend(Sqlite))]
struct Row {
    seq: i64,
    id: String,
    rev: i64,
    kind: String,
    captured_at: String,
    boot_id: Option<String>,
    uptime_ms: Option<i64>,
    body: String,
    waiting: bool,
    sent: bool,
    status: Option<String>,
    outcome: Option<String>,
    settled_at: Option<NaiveDateTime>,
}

/// Gives each its number, in order.
pub fn capture<B: Serialize>(
    tx: &mut SqliteConnection,
    captures: &[Capture<'_, B>],
    boot: Option<&Boot>,
) -> Result<()> {
    for it in captures {
        let row = Row {
            seq: next_seq(tx)?,
            id: it.id.to_string(),
            rev: 1,
            kind: it.kind.as_str().to_owned(),
            captured_at: it.captured_at.to_rfc3339(),
            boot_id: boot.map(|it| it.id.clone()),
            uptime_ms: boot.map(|it| (it.uptime_ms)()),
            body: freeze(it.body)?,
            waiting: true,
            sent: false,
            status: None,
            outcome: None,
            settled_at: None,
        };
        diesel::insert_into(record::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Writes a new revision of a record, made when the record was. One that was never sent it replaces:
/// that one's number will never come. Gives the new `rev`.
pub fn correct(tx: &mut SqliteConnection, id: Id, body: &impl Serialize) -> Result<i64> {
    let old = newest(tx, id)?.ok_or(ClientError::NoRecord(id))?;
    match old.decided()? {
        None if !old.sent => {
            diesel::delete(record::table.find(old.seq)).execute(tx)?;
            skip(tx, old.seq)?;
        }
        status @ (None | Some(RecordStatus::Accepted)) => {
            return Err(ClientError::NotNow(id, status));
        }
        Some(_) => {}
    }
    let new = Row {
        seq: next_seq(tx)?,
        rev: old.rev + 1,
        body: freeze(body)?,
        waiting: true,
        sent: false,
        status: None,
        outcome: None,
        settled_at: None,
        ..old
    };
    diesel::insert_into(record::table).values(&new).execute(tx)?;
    Ok(new.rev)
}

/// The bytes that (id, rev) means from now on.
fn freeze(body: &impl Serialize) -> Result<String> {
    /// More than a record has around its body.
    const HEAD: usize = 1024;
    let body = serde_json::to_string(body).map_err(|error| ClientError::Body(error.to_string()))?;
    if body.len() + HEAD + ENVELOPE > LIMITS.bytes {
        return Err(ClientError::Body(format!("{} bytes", body.len())));
    }
    Ok(body)
}

fn next_seq(tx: &mut SqliteConnection) -> QueryResult<i64> {
    diesel::update(installation::table)
        .set(installation::last_seq.eq(installation::last_seq + 1))
        .returning(installation::last_seq)
        .get_result(tx)
}

/// The last number given out.
pub fn last_seq(file: &mut SqliteConnection) -> QueryResult<i64> {
    installation::table.select(installation::last_seq).first(file)
}

fn skip(tx: &mut SqliteConnection, seq: i64) -> QueryResult<()> {
    let number = (skipped::seq.eq(seq), skipped::told.eq(false));
    diesel::insert_or_ignore_into(skipped::table).values(number).execute(tx).map(drop)
}

/// What goes into a batch, and what is said around it.
#[derive(Debug)]
pub struct Batch {
    pub records: Vec<Box<RawValue>>,
    heads: Vec<Head>,
    pub skipped: Vec<i64>,
    /// All that wait, these included.
    pub pending: i64,
    pub oldest: Option<DateTime<FixedOffset>>,
}

#[derive(Debug)]
struct Head {
    seq: i64,
    id: Id,
    rev: i64,
}

impl Batch {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.skipped.is_empty()
    }

    /// The number of the last record in it.
    pub fn last_seq(&self) -> Option<i64> {
        self.heads.last().map(|it| it.seq)
    }

    /// Whether these are the answers to these records, one for each and in their order.
    pub fn is_answered_by(&self, results: &[ResultAnswer]) -> bool {
        let same = |(head, result): (&Head, &ResultAnswer)| {
            result.id.is_none_or(|id| id == head.id) && result.rev.is_none_or(|rev| rev == head.rev)
        };
        self.heads.len() == results.len() && self.heads.iter().zip(results).all(same)
    }
}

/// The oldest records beyond a number, as many as the pace allows and at least one. From now on the
/// server may have them.
pub fn next_batch(
    tx: &mut SqliteConnection,
    after: i64,
    pace: Pace,
    limits: Limits,
) -> Result<Batch> {
    let waiting = record::table.filter(record::waiting);
    let oldest: Option<String> =
        waiting.order(record::seq).select(record::captured_at).first(tx).optional()?;
    let mut batch = Batch {
        records: vec![],
        heads: vec![],
        skipped: skipped::table
            .filter(skipped::told.eq(false))
            .order(skipped::seq)
            .limit(SKIPPED)
            .select(skipped::seq)
            .load(tx)?,
        pending: waiting.count().get_result(tx)?,
        oldest: oldest.map(|at| time(&at)).transpose()?,
    };
    let most = pace.records.min(limits.records).max(1);
    let mut room = pace.bytes.min(limits.bytes.saturating_sub(ENVELOPE));
    let rows: Vec<Row> = waiting
        .filter(record::seq.gt(after))
        .order(record::seq)
        .limit(i64::try_from(most).unwrap_or(i64::MAX))
        .select(Row::as_select())
        .load(tx)?;
    for row in rows {
        let json = row.on_the_wire()?;
        let bytes = json.get().len() + 1;
        if bytes > room && !batch.records.is_empty() {
            break;
        }
        room = room.saturating_sub(bytes);
        batch.heads.push(Head { seq: row.seq, id: read(&row.id)?, rev: row.rev });
        batch.records.push(json);
    }
    let seqs: Vec<i64> = batch.heads.iter().map(|it| it.seq).collect();
    diesel::update(record::table.filter(record::seq.eq_any(seqs)))
        .set(record::sent.eq(true))
        .execute(tx)?;
    Ok(batch)
}

/// Notes what was answered. What was decided leaves the outbox.
pub fn take_in(tx: &mut SqliteConnection, batch: &Batch, answer: &BatchAnswer) -> Result<()> {
    for (head, result) in batch.heads.iter().zip(&answer.results) {
        let outcome =
            serde_json::to_string(result).map_err(|it| ClientError::File(it.to_string()))?;
        let deferred = result.status == RecordStatus::Deferred;
        diesel::update(record::table.find(head.seq))
            .set((
                record::waiting.eq(deferred),
                record::sent.eq(!deferred),
                record::status.eq(result.status.as_str()),
                record::outcome.eq(outcome),
                record::settled_at.eq(answer.server_time.naive_utc()),
            ))
            .execute(tx)?;
        if may_be_unstored(result) {
            skip(tx, head.seq)?;
        }
    }
    diesel::update(skipped::table.filter(skipped::seq.eq_any(&batch.skipped)))
        .set(skipped::told.eq(true))
        .execute(tx)?;
    Ok(())
}

/// With these codes a record may have been turned away without being stored. Then its number never
/// comes; and to give up one that did come harms nothing.
fn may_be_unstored(result: &ResultAnswer) -> bool {
    let code =
        matches!(result.code, Some(Code::ContentChanged | Code::Forbidden | Code::Malformed));
    result.status == RecordStatus::Rejected && code
}

/// Puts everything kept back into the outbox: same ids, revs, numbers and bytes.
pub fn put_back(tx: &mut SqliteConnection) -> QueryResult<()> {
    diesel::update(record::table).set(record::waiting.eq(true)).execute(tx)?;
    diesel::update(skipped::table).set(skipped::told.eq(false)).execute(tx)?;
    Ok(())
}

/// Forgets records that stand and were answered long ago. Whatever may still want the agent's eye stays.
pub fn prune(tx: &mut SqliteConnection, now: NaiveDateTime, retain_days: u32) -> QueryResult<()> {
    let then = now - TimeDelta::days(i64::from(retain_days));
    diesel::sql_query(include_str!("prune.sql")).bind::<Timestamp, _>(then).execute(tx).map(drop)
}

/// How many revisions wait.
pub fn pending(file: &mut SqliteConnection) -> QueryResult<i64> {
    record::table.filter(record::waiting).count().get_result(file)
}

/// Every revision kept, by number.
pub fn kept(file: &mut SqliteConnection) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = record::table.order(record::seq).select(Row::as_select()).load(file)?;
    rows.into_iter().map(Row::kept).collect()
}

/// The newest revision of a record.
pub fn kept_of(file: &mut SqliteConnection, id: Id) -> Result<Option<Kept>> {
    newest(file, id)?.map(Row::kept).transpose()
}

fn newest(tx: &mut SqliteConnection, id: Id) -> QueryResult<Option<Row>> {
    record::table
        .filter(record::id.eq(id.to_string()))
        .order(record::rev.desc())
        .select(Row::as_select())
        .first(tx)
        .optional()
}

fn time(text: &str) -> Result<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text)
        .map_err(|error| ClientError::File(format!("{text} is damaged: {error}")))
}

fn damaged(error: &serde_json::Error) -> ClientError {
    ClientError::File(format!("a record is damaged: {error}"))
}

impl Row {
    /// The last decision the phone knows; a deferral is none.
    fn decided(&self) -> Result<Option<RecordStatus>> {
        let status = self.status.as_deref().map(read).transpose()?;
        Ok(status.filter(|it| *it != RecordStatus::Deferred))
    }

    fn on_the_wire(&self) -> Result<Box<RawValue>> {
        let record = RecordRequest {
            id: read(&self.id)?,
            rev: self.rev,
            seq: self.seq,
            kind: self.kind.clone(),
            captured_at: time(&self.captured_at)?,
            boot_id: self.boot_id.clone(),
            uptime_ms: self.uptime_ms,
            body: RawValue::from_string(self.body.clone()).map_err(|error| damaged(&error))?,
        };
        to_raw_value(&record).map_err(|error| damaged(&error))
    }

    fn kept(self) -> Result<Kept> {
        let outcome = self.outcome.as_deref().map(serde_json::from_str).transpose();
        Ok(Kept {
            id: read(&self.id)?,
            rev: self.rev,
            seq: self.seq,
            kind: read::<RecordKind>(&self.kind)?,
            captured_at: time(&self.captured_at)?,
            body: self.body,
            waiting: self.waiting,
            sent: self.sent,
            outcome: outcome.map_err(|error| damaged(&error))?,
        })
    }
}
