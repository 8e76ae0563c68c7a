//! A phone: what its agent wrote waits in an outbox, numbered, until the server has answered for it.

use std::collections::{HashMap, VecDeque};
use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::{RawValue, to_raw_value};

use super::calendar::in_viet_nam;
use super::client::{Client, Login, Packing, read};
use super::mirror::Mirror;
use super::slips::{Body, Slip};
use super::texts;
use crate::cli::Failure;
use crate::clock;
use crate::domain::{Code, Id, RecordKind, RecordState, RecordStatus};
use crate::sync::wire::{
    BatchAnswer, BatchRequest, ConfigAnswer, InstallationAnswer, LIMITS, Limits, PROTOCOL,
    RecordRequest, ResultAnswer,
};

/// Room left in a batch for what stands around its records, bytes.
const ENVELOPE: usize = 4096;

pub(super) struct Phone {
    /// What people call it.
    pub name: String,
    /// Which of the groups it belongs to.
    pub group: usize,
    pub client: Client,
    pub installation_id: Id,
    /// What its clock shows too much.
    pub clock_error: TimeDelta,
    packing: Packing,
    limits: Limits,
    outbox: VecDeque<Entry>,
    last_seq: i64,
    /// All it ever captured, with what became of it.
    pub kept: HashMap<Id, Kept>,
    pub mirror: Mirror,
    /// What the server said last that it has of this phone.
    pub known: Option<InstallationAnswer>,
    pub resent: Resent,
}

/// A slip that waits to be sent.
struct Entry {
    seq: i64,
    id: Id,
    rev: i64,
}

/// A slip, and the last thing the server said about it.
pub(super) struct Kept {
    pub rev: i64,
    pub seq: i64,
    pub body: Body,
    captured_at: DateTime<Utc>,
    pub shared: bool,
    pub answer: Option<ResultAnswer>,
    /// Taken back by a slip that was accepted.
    pub voided: bool,
}

impl Kept {
    /// Where it stands as far as the phone knows; nowhere while it waits.
    pub fn state(&self) -> Option<RecordState> {
        match self.answer.as_ref()?.status {
            _ if self.voided => Some(RecordState::Voided),
            RecordStatus::Accepted => Some(RecordState::Accepted),
            RecordStatus::Duplicate => Some(RecordState::Duplicate),
            RecordStatus::Review => Some(RecordState::Review),
            RecordStatus::Rejected => Some(RecordState::Rejected),
            RecordStatus::Deferred => None,
        }
    }
}

/// Records sent again because the answer was lost, and those of them the server knew.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Resent {
    pub records: usize,
    pub replayed: usize,
}

/// What one upload came to.
#[derive(Debug, Default)]
pub(super) struct Upload {
    /// Newest answers: counted.
    pub records: usize,
    pub persons: i64,
    pub by_status: HashMap<RecordStatus, usize>,
    /// How often a remark was made.
    pub late: usize,
    pub clock: usize,
    /// Amounts put right: what was taken too much, đồng.
    pub corrected: Vec<i64>,
    pub missing: Vec<(i64, i64)>,
}

impl Phone {
    /// Logs in while there is a signal, and asks what a batch may be.
    pub fn log_in(
        base: &str,
        who: &Login,
        group: usize,
        packing: Packing,
    ) -> Result<Self, Failure> {
        let mut client = Client::new(base);
        let installation_id = clock::new_id();
        let name = texts::phone(&who.name, group + 1);
        client.log_in(who, Some((installation_id, &name)))?;
        let config: ConfigAnswer = client.get("/api/v1/sync/config")?;
        let mut phone = Self {
            name,
            group,
            client,
            installation_id,
            clock_error: TimeDelta::zero(),
            packing,
            limits: config.limits,
            outbox: VecDeque::new(),
            last_seq: 0,
            kept: HashMap::new(),
            mirror: Mirror::default(),
            known: None,
            resent: Resent::default(),
        };
        phone.pull()?;
        Ok(phone)
    }

    /// What its clock shows at that moment.
    fn shows(&self, at: DateTime<Utc>) -> DateTime<chrono::FixedOffset> {
        in_viet_nam(at + self.clock_error)
    }

    /// Puts a slip into the outbox under the next number.
    pub fn capture(&mut self, slip: Slip) {
        let Slip { id, body, captured_at, shared } = slip;
        let seq = self.enqueue(id, 1);
        let kept = Kept { rev: 1, seq, body, captured_at, shared, answer: None, voided: false };
        self.kept.insert(id, kept);
    }

    fn enqueue(&mut self, id: Id, rev: i64) -> i64 {
        self.last_seq += 1;
        self.outbox.push_back(Entry { seq: self.last_seq, id, rev });
        self.last_seq
    }

    /// The last number given out.
    pub fn last_seq(&self) -> i64 {
        self.last_seq
    }

    /// Whether the server has not got all of its numbers.
    pub fn misses_any(&self) -> bool {
        let known = self.known.as_ref();
        known.is_none_or(|it| it.contiguous_seq < self.last_seq || !it.missing_seq.is_empty())
    }

    /// How many slips wait.
    pub fn pending(&self) -> usize {
        self.outbox.len()
    }

    /// Sends everything but the numbers held back, batch by batch, until all of it is answered;
    /// wrong amounts are put right at once. `told` hears of each batch's persons.
    pub fn deliver(
        &mut self,
        held_back: &[i64],
        lose_first_answer: bool,
        told: &dyn Fn(i64),
    ) -> Result<Upload, Failure> {
        let mut upload = Upload::default();
        let mut lose = lose_first_answer;
        loop {
            let records = self.next_records(held_back)?;
            if records.is_empty() {
                return Ok(upload);
            }
            let answer = self.send(records, &mut lose)?;
            let before = upload.persons;
            self.take_in(answer, &mut upload)?;
            told(upload.persons - before);
        }
    }

    /// As many records from the front of the outbox as a batch holds.
    fn next_records(&self, held_back: &[i64]) -> Result<Vec<Box<RawValue>>, Failure> {
        let mut room = self.limits.bytes.saturating_sub(ENVELOPE);
        let mut records = Vec::new();
        for entry in self.outbox.iter().filter(|it| !held_back.contains(&it.seq)) {
            let Some(kept) = self.kept.get(&entry.id) else { continue };
            let record = to_raw_value(&RecordRequest {
                id: entry.id,
                rev: entry.rev,
                seq: entry.seq,
                kind: kept.body.kind().as_str().to_owned(),
                captured_at: self.shows(kept.captured_at),
                boot_id: None,
                uptime_ms: None,
                body: to_raw_value(&kept.body).map_err(|error| broken(&error))?,
            })
            .map_err(|error| broken(&error))?;
            let bytes = record.get().len() + 1;
            if records.len() == self.limits.records || bytes > room {
                break;
            }
            room -= bytes;
            records.push(record);
        }
        Ok(records)
    }

    fn send(
        &mut self,
        records: Vec<Box<RawValue>>,
        lose: &mut bool,
    ) -> Result<BatchAnswer, Failure> {
        let path = format!("/api/v1/sync/batches/{}", clock::new_id());
        let oldest = self.outbox.iter().filter_map(|it| self.kept.get(&it.id));
        let oldest = oldest.map(|kept| kept.captured_at).min();
        let mut batch = BatchRequest {
            installation_id: self.installation_id,
            protocol: PROTOCOL,
            sent_at: self.shows(clock::now()),
            agent_id: None,
            pending_total: i64::try_from(self.outbox.len()).unwrap_or(i64::MAX),
            oldest_pending_at: oldest.map(|at| self.shows(at)),
            skipped_seq: vec![],
            boot_id: None,
            uptime_ms: None,
            cursor: self.mirror.cursor.clone(),
            records,
        };
        if *lose {
            // The server decided and answered; on the way back the connection is gone.
            drop(self.client.put(&path, (self.packing, &self.pack(&batch)?))?);
            batch.sent_at = self.shows(clock::now());
        }
        let answer: BatchAnswer =
            read(self.client.put(&path, (self.packing, &self.pack(&batch)?))?)?;
        if answer.results.len() != batch.records.len() {
            return Err(Failure::Answer(texts::ANSWER_INCOMPLETE.to_owned()));
        }
        if std::mem::take(lose) {
            self.resent.records += answer.results.len();
            self.resent.replayed += answer.results.iter().filter(|it| it.replayed).count();
        }
        Ok(answer)
    }

    fn pack(&self, batch: &BatchRequest) -> Result<Vec<u8>, Failure> {
        let json = serde_json::to_vec(batch).map_err(|error| broken(&error))?;
        let packed = match self.packing {
            Packing::None => Ok(json),
            Packing::Zstd => zstd::encode_all(&*json, zstd::DEFAULT_COMPRESSION_LEVEL),
            Packing::Gzip => {
                let fast = flate2::Compression::fast();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), fast);
                encoder.write_all(&json).and_then(|()| encoder.finish())
            }
        };
        packed.map_err(Failure::io("packing"))
    }

    /// Notes what was answered; what was decided leaves the outbox.
    fn take_in(&mut self, answer: BatchAnswer, upload: &mut Upload) -> Result<(), Failure> {
        let mut decided = HashMap::new();
        for result in answer.results {
            let (Some(id), Some(rev)) = (result.id, result.rev) else {
                return Err(Failure::Answer(texts::ANSWER_INCOMPLETE.to_owned()));
            };
            if result.status == RecordStatus::Deferred {
                return Err(Failure::Answer(texts::deferred(result.code)));
            }
            decided.insert(id, rev);
            self.note(id, result, upload);
        }
        self.outbox.retain(|it| decided.get(&it.id) != Some(&it.rev));
        upload.missing.clone_from(&answer.installation.missing_seq);
        self.known = Some(answer.installation);
        if let Some(changes) = answer.changes {
            self.mirror.apply(changes);
        }
        Ok(())
    }

    fn note(&mut self, id: Id, result: ResultAnswer, upload: &mut Upload) {
        let Some(kept) = self.kept.get_mut(&id) else { return };
        upload.records += 1;
        if kept.rev == 1 {
            upload.persons += kept.body.persons();
        }
        *upload.by_status.entry(result.status).or_default() += 1;
        upload.late += usize::from(result.flags.contains(&crate::domain::Flag::Late));
        upload.clock += usize::from(result.flags.contains(&crate::domain::Flag::Clock));
        let right = right_amount(&result);
        let takes_back = match &kept.body {
            Body::Void(void) if result.status == RecordStatus::Accepted => Some(void.record_id),
            _ => None,
        };
        kept.answer = Some(result);
        if let Some(amount) = right {
            upload.corrected.push(kept.body.collected() - amount);
            kept.body.collect(amount);
            kept.rev += 1;
            let rev = kept.rev;
            let seq = self.enqueue(id, rev);
            if let Some(kept) = self.kept.get_mut(&id) {
                kept.seq = seq;
            }
        }
        if let Some(taken) = takes_back.and_then(|id| self.kept.get_mut(&id)) {
            taken.voided = true;
        }
    }

    /// One of its own slips that stands and that nobody else is concerned with.
    pub fn regrets(&self) -> Option<Id> {
        let stands = |kept: &Kept| kept.state() == Some(RecordState::Accepted) && !kept.shared;
        let mut own: Vec<(&Id, &Kept)> = self.kept.iter().filter(|(_, it)| stands(it)).collect();
        own.sort_by_key(|(_, kept)| kept.seq);
        let voluntary = |(_, it): &&(&Id, &Kept)| it.body.kind() == RecordKind::Voluntary;
        own.iter().find(voluntary).or(own.first()).map(|(id, _)| **id)
    }

    /// Brings its copy of the group's records up to date.
    pub fn pull(&mut self) -> Result<(), Failure> {
        self.mirror.pull(&mut self.client)
    }
}

/// The amount the server says is right, when nothing else is wrong.
fn right_amount(result: &ResultAnswer) -> Option<i64> {
    match &result.fields[..] {
        [field] if field.code == Code::AmountMismatch => field.expected,
        _ => None,
    }
}

fn broken(error: &serde_json::Error) -> Failure {
    Failure::Answer(error.to_string())
}

const _: () = assert!(LIMITS.bytes > ENVELOPE);
