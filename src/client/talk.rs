//! With a signal: what is sent, what is asked, and what an answer changes.

use std::time::{Duration, Instant};

use diesel::sqlite::SqliteConnection;

use super::link::Question;
use super::outbox::{self, Batch};
use super::{Client, ClientError, Result, file, mirror};
use crate::clock;
use crate::domain::{Code, Id};
use crate::sync::wire::{
    BatchAnswer, BatchRequest, ChangesAnswer, InstallationAnswer, PROTOCOL, RecordAnswer,
    RecordsAnswer, ResultAnswer,
};

/// Changes on a page.
const PAGE: usize = 1000;
/// Most ids in one question.
const IDS: usize = 100;
/// The word that erases.
const WIPE: &str = "wipe";

/// What a delivery came to.
#[derive(Debug, Clone, Default)]
pub struct Delivered {
    pub batches: usize,
    /// What was answered, in the order of sending.
    pub results: Vec<ResultAnswer>,
    /// What the server has of this installation.
    pub installation: Option<InstallationAnswer>,
    /// The server's clock less the phone's: tell the agent when hers is wrong.
    pub clock_skew_ms: Option<i64>,
    /// All data of this user was erased from the phone, as the server ordered.
    pub wiped: bool,
}

impl Client {
    /// Hands in all that waits and fetches all that is new; again when the server turns out to be
    /// restored from a backup. A revoked phone that has handed in everything says so, and may be wiped.
    ///
    /// # Errors
    /// As [`Client::deliver`].
    pub fn sync(&mut self) -> Result<Delivered> {
        let epoch = self.epoch()?;
        let mut delivered = Delivered::default();
        self.deliver_and_pull(&mut delivered)?;
        let restored = epoch.is_some() && !delivered.wiped && self.epoch()? != epoch;
        if restored {
            self.deliver_and_pull(&mut delivered)?;
        }
        Ok(delivered)
    }

    fn deliver_and_pull(&mut self, delivered: &mut Delivered) -> Result<()> {
        self.deliver_into(delivered, &mut |_| {})?;
        if delivered.wiped {
            return Ok(());
        }
        match self.pull() {
            Err(error) if error.is(Code::InstallationRevoked) => self.take_leave(delivered),
            pulled => pulled.map(drop),
        }
    }

    /// Hands in all that waits, oldest first. What is `deferred` waits for the next time.
    ///
    /// # Errors
    /// [`ClientError::NoAnswer`] and [`ClientError::Refused`] when patience ends; call it again whenever
    /// there is a signal. [`ClientError::Senseless`], [`ClientError::File`], [`ClientError::Wiped`].
    pub fn deliver(&mut self) -> Result<Delivered> {
        self.deliver_telling(&mut |_| {})
    }

    /// The same; `heard` is told the answers of each batch when they are on the disk.
    ///
    /// # Errors
    /// As [`Client::deliver`].
    pub fn deliver_telling(&mut self, heard: &mut dyn FnMut(&[ResultAnswer])) -> Result<Delivered> {
        let mut delivered = Delivered::default();
        self.deliver_into(&mut delivered, heard)?;
        Ok(delivered)
    }

    fn deliver_into(
        &mut self,
        delivered: &mut Delivered,
        heard: &mut dyn FnMut(&[ResultAnswer]),
    ) -> Result<()> {
        let mut after = 0;
        while let Some((batch, answer)) = self.persist(|phone| phone.push(after))? {
            after = batch.last_seq().unwrap_or(after);
            heard(&answer.results);
            delivered.add(answer);
            if delivered.wiped {
                break;
            }
        }
        Ok(())
    }

    /// The last words of a revoked phone: nothing waits here any more.
    fn take_leave(&mut self, delivered: &mut Delivered) -> Result<()> {
        let answer = self.persist(|phone| {
            let batch = phone.next_batch(i64::MAX)?;
            let leaves = batch.pending == 0;
            leaves.then(|| phone.send(&batch)).transpose()
        })?;
        answer.into_iter().for_each(|answer| delivered.add(answer));
        Ok(())
    }

    /// One attempt at the next batch beyond a number; none when there is nothing to say.
    fn push(&mut self, after: i64) -> Result<Option<(Batch, BatchAnswer)>> {
        let batch = self.next_batch(after)?;
        if batch.is_empty() {
            return Ok(None);
        }
        let answer = self.send(&batch)?;
        Ok(Some((batch, answer)))
    }

    fn next_batch(&mut self, after: i64) -> Result<Batch> {
        let (pace, limits) = (self.pace, self.limits);
        self.write(|tx| outbox::next_batch(tx, after, pace, limits))
    }

    fn send(&mut self, batch: &Batch) -> Result<BatchAnswer> {
        self.rest();
        let path = format!("/api/v1/sync/batches/{}", clock::new_id());
        let envelope = self.envelope(batch)?;
        let question = Question::put(path, &envelope, self.options.packing)?;
        let begun = Instant::now();
        let answer: BatchAnswer = match self.ask(&question) {
            Err(error) if error.passes() => {
                self.pace.failed();
                return Err(error);
            }
            answer => answer?,
        };
        if !batch.is_answered_by(&answer.results) {
            return Err(ClientError::Senseless("other records than those sent".to_owned()));
        }
        self.limits = answer.limits;
        self.pace.answered(begun.elapsed(), self.limits);
        let rest = Duration::from_secs(answer.limits.backoff_s.into());
        self.rest_until = Some(Instant::now() + rest);
        self.take_in(batch, &answer)?;
        Ok(answer)
    }

    fn envelope(&mut self, batch: &Batch) -> Result<BatchRequest> {
        let boot = self.options.boot.as_ref();
        Ok(BatchRequest {
            installation_id: self.options.installation_id,
            protocol: PROTOCOL,
            sent_at: (self.options.clock)(),
            agent_id: None,
            pending_total: batch.pending,
            oldest_pending_at: batch.oldest,
            skipped_seq: batch.skipped.clone(),
            boot_id: boot.map(|it| it.id.clone()),
            uptime_ms: boot.map(|it| (it.uptime_ms)()),
            cursor: mirror::cursor(&mut self.file)?,
            records: batch.records.clone(),
        })
    }

    /// Everything an answer changes, in one transaction.
    fn take_in(&mut self, batch: &Batch, answer: &BatchAnswer) -> Result<()> {
        if answer.installation.order.as_deref() == Some(WIPE) {
            self.write(|tx| Ok(file::wipe(tx)?))?;
            return Ok(file::empty_log(&mut self.file)?);
        }
        self.write(|tx| {
            note_epoch(tx, answer.epoch)?;
            outbox::take_in(tx, batch, answer)?;
            outbox::prune(tx, answer.server_time.naive_utc(), answer.limits.retain_days)?;
            answer.changes.iter().try_for_each(|page| mirror::apply(tx, page))
        })
    }

    /// Fetches what is new in the group; gives the number of changes.
    ///
    /// # Errors
    /// As [`Client::deliver`]. A phone that may only deliver is refused with `installation_revoked`.
    pub fn pull(&mut self) -> Result<usize> {
        match self.pull_on() {
            Err(error) if error.is(Code::CursorReset) => self.pull_anew(),
            pulled => pulled,
        }
    }

    /// Drops the copy and fetches everything. The outbox stays.
    ///
    /// # Errors
    /// As [`Client::pull`].
    pub fn pull_anew(&mut self) -> Result<usize> {
        self.write(|tx| Ok(mirror::forget(tx)?))?;
        self.pull_on()
    }

    fn pull_on(&mut self) -> Result<usize> {
        let mut changes = 0;
        loop {
            let cursor = mirror::cursor(&mut self.file)?;
            let cursor = cursor.map_or_else(String::new, |it| format!("&cursor={it}"));
            let page: ChangesAnswer =
                self.persist_asking(format!("/api/v1/sync/changes?limit={PAGE}{cursor}"))?;
            self.write(|tx| {
                note_epoch(tx, page.epoch)?;
                mirror::apply(tx, &page)
            })?;
            changes += page.changes.len();
            if !page.has_more {
                return Ok(changes);
            }
        }
    }

    /// What was decided on records and what became of them, in the order asked.
    ///
    /// # Errors
    /// As [`Client::pull`].
    pub fn look_up(&mut self, ids: &[Id]) -> Result<Vec<RecordAnswer>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS) {
            let ids: Vec<String> = ids.iter().map(Id::to_string).collect();
            let answer: RecordsAnswer =
                self.persist_asking(format!("/api/v1/sync/records?ids={}", ids.join(",")))?;
            found.extend(answer.results);
        }
        Ok(found)
    }

    /// All that another installation of this user handed in: for a phone that replaces it.
    ///
    /// # Errors
    /// As [`Client::pull`].
    pub fn handed_in_by(&mut self, installation_id: Id) -> Result<Vec<RecordAnswer>> {
        let mut found: Vec<RecordAnswer> = Vec::new();
        let mut from = 1;
        loop {
            let answer: RecordsAnswer = self.persist_asking(format!(
                "/api/v1/sync/records?installation_id={installation_id}&from_seq={from}"
            ))?;
            let Some(last) = answer.results.last().and_then(|it| it.seq) else { return Ok(found) };
            from = last + 1;
            found.extend(answer.results);
        }
    }

    fn persist_asking<T: serde::de::DeserializeOwned>(&mut self, path: String) -> Result<T> {
        let question = Question::get(path);
        self.persist(|phone| phone.ask(&question))
    }

    /// Tries with the patience of this phone.
    fn persist<T>(&mut self, mut attempt: impl FnMut(&mut Self) -> Result<T>) -> Result<T> {
        let (patience, mut chance) = (self.options.patience, self.chance.split());
        patience.persist(&mut chance, || attempt(self))
    }

    /// Leaves the server alone as long as it asked for.
    fn rest(&mut self) {
        if let Some(until) = self.rest_until.take() {
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
        }
    }
}

/// Another epoch is another life of the database, which may have lost what it had decided. The copy is
/// dropped, and everything kept is handed in again: what is still known is only replayed.
fn note_epoch(tx: &mut SqliteConnection, epoch: Id) -> Result<()> {
    let known = file::epoch(tx)?;
    if known.is_some_and(|known| known != epoch) {
        mirror::forget(tx)?;
        outbox::put_back(tx)?;
    }
    if known != Some(epoch) {
        file::set_epoch(tx, epoch)?;
    }
    Ok(())
}

impl Delivered {
    fn add(&mut self, answer: BatchAnswer) {
        self.batches += 1;
        self.results.extend(answer.results);
        self.clock_skew_ms = Some(answer.clock_skew_ms);
        self.wiped |= answer.installation.order.as_deref() == Some(WIPE);
        self.installation = Some(answer.installation);
    }
}
