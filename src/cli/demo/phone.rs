//! A phone of the demo: the reference client with a file of its own, and what its agent remembers of each
//! slip.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

use super::browser::{Login, PATIENCE, TIMEOUT};
use super::calendar::in_viet_nam;
use super::mirror::Mirror;
use super::slips::{Body, Slip};
use super::texts;
use crate::cli::Failure;
use crate::client::{Capture, Client, ClientError, Options, Packing, Patience};
use crate::clock;
use crate::domain::{Code, Flag, Id, RecordKind, RecordState, RecordStatus};
use crate::sync::wire::{InstallationAnswer, ResultAnswer};

pub(super) struct Phone {
    /// What people call it.
    pub name: String,
    /// Which of the groups it belongs to.
    pub group: usize,
    pub client: Client,
    file: PathBuf,
    options: Options,
    /// What its clock shows too much.
    pub clock_error: TimeDelta,
    /// What its agent wrote, as it stands on paper now.
    pub slips: HashMap<Id, Slip>,
    /// Slips that the server has answered for.
    heard: HashSet<Id>,
    /// What the server said last that it has of this phone.
    pub known: Option<InstallationAnswer>,
    pub resent: Resent,
    pub stock: Stock,
}

/// Where a slip stands as far as the phone knows, and the last answer; nowhere while it waits.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub state: Option<RecordState>,
    pub answer: Option<ResultAnswer>,
    pub seq: i64,
}

/// What the phone's file says at the end of the day.
#[derive(Debug, Default)]
pub(super) struct Stock {
    pub slips: BTreeMap<Id, Standing>,
    pub mirror: Mirror,
    pub pending: usize,
    pub last_seq: i64,
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
    pub records: usize,
    pub by_status: HashMap<RecordStatus, usize>,
    /// How often a remark was made.
    pub late: usize,
    pub clock: usize,
    /// Amounts put right: what was taken too much, đồng.
    pub corrected: Vec<i64>,
    pub missing: Vec<(i64, i64)>,
}

impl Phone {
    /// Logs in while there is a signal.
    pub fn log_in(
        base: &str,
        file: PathBuf,
        who: &Login,
        group: usize,
        packing: Packing,
    ) -> Result<Self, Failure> {
        let name = texts::phone(&who.name, group + 1);
        let installation_id = clock::new_id();
        let options = Options {
            server: base.to_owned(),
            login: who.login.clone(),
            password: who.password.clone(),
            installation_id,
            label: name.clone(),
            timeout: TIMEOUT,
            patience: PATIENCE,
            packing,
            seed: installation_id.0.as_u64_pair().1,
            clock: Arc::new(|| in_viet_nam(clock::now())),
            boot: None,
        };
        let mut client = Client::open(&file, options.clone())?;
        client.pull()?;
        Ok(Self {
            name,
            group,
            client,
            file,
            options,
            clock_error: TimeDelta::zero(),
            slips: HashMap::new(),
            heard: HashSet::new(),
            known: None,
            resent: Resent::default(),
            stock: Stock::default(),
        })
    }

    /// Switched off and on again: everything it knows is in its file. Its clock may be wrong since.
    pub fn restart(&mut self, clock_error: TimeDelta) -> Result<(), Failure> {
        self.clock_error = clock_error;
        self.options.clock = Arc::new(move || in_viet_nam(clock::now() + clock_error));
        self.client = Client::open(&self.file, self.options.clone())?;
        Ok(())
    }

    /// What its clock shows at that moment.
    fn shows(&self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        in_viet_nam(at + self.clock_error)
    }

    /// Writes slips down.
    pub fn capture(&mut self, slips: Vec<Slip>) -> Result<(), Failure> {
        let captures: Vec<_> = slips
            .iter()
            .map(|slip| Capture {
                id: slip.id,
                kind: slip.body.kind(),
                captured_at: self.shows(slip.captured_at),
                body: &slip.body,
            })
            .collect();
        self.client.capture_all(&captures)?;
        self.slips.extend(slips.into_iter().map(|slip| (slip.id, slip)));
        Ok(())
    }

    /// Writes a slip anew.
    pub fn rewrite(&mut self, id: Id, change: impl FnOnce(&mut Body)) -> Result<(), Failure> {
        if let Some(slip) = self.slips.get_mut(&id) {
            change(&mut slip.body);
            self.client.correct(id, &slip.body)?;
        }
        Ok(())
    }

    /// Sends over a line that breaks before the answer is there: only the server knows what it decided.
    pub fn lose_answer(&mut self, line: std::net::SocketAddr) -> Result<(), Failure> {
        let once = Patience { attempts: 1, ..PATIENCE };
        let options =
            Options { server: format!("http://{line}"), patience: once, ..self.options.clone() };
        match Client::open(&self.file, options)?.deliver() {
            Err(ClientError::NoAnswer(_)) => {}
            other => return Err(other.err().map_or_else(answered_all_the_same, Failure::from)),
        }
        let records = self.client.records()?;
        self.resent.records += records.iter().filter(|it| it.waiting && it.sent).count();
        Ok(())
    }

    /// Sends everything until all of it is answered; wrong amounts are put right at once. `told` hears of
    /// each batch's persons.
    pub fn deliver(&mut self, told: &dyn Fn(i64)) -> Result<Upload, Failure> {
        let mut upload = Upload::default();
        while self.client.pending()? > 0 {
            let (slips, heard) = (&self.slips, &mut self.heard);
            let delivered = self.client.deliver_telling(&mut |results| {
                let new = results.iter().filter_map(|it| it.id).filter(|id| heard.insert(*id));
                told(new.filter_map(|id| slips.get(&id)).map(|slip| slip.body.persons()).sum());
            })?;
            for result in delivered.results {
                self.note(&result, &mut upload)?;
            }
            if let Some(known) = delivered.installation {
                upload.missing.clone_from(&known.missing_seq);
                self.known = Some(known);
            }
        }
        Ok(upload)
    }

    fn note(&mut self, result: &ResultAnswer, upload: &mut Upload) -> Result<(), Failure> {
        if result.status == RecordStatus::Deferred {
            return Err(Failure::Answer(texts::deferred(result.code)));
        }
        upload.records += 1;
        *upload.by_status.entry(result.status).or_default() += 1;
        upload.late += usize::from(result.flags.contains(&Flag::Late));
        upload.clock += usize::from(result.flags.contains(&Flag::Clock));
        self.resent.replayed += usize::from(result.replayed);
        let Some((id, amount)) = result.id.zip(right_amount(result)) else { return Ok(()) };
        self.rewrite(id, |body| {
            upload.corrected.push(body.collected() - amount);
            body.collect(amount);
        })
    }

    /// One of its own slips that stands and that nobody else is concerned with.
    pub fn regrets(&mut self) -> Result<Option<Id>, Failure> {
        let standing = self.standing()?;
        let mut own: Vec<(&Id, &Standing)> = standing
            .iter()
            .filter(|(id, it)| {
                it.state == Some(RecordState::Accepted)
                    && self.slips.get(id).is_some_and(|slip| !slip.shared)
            })
            .collect();
        own.sort_by_key(|(_, it)| it.seq);
        let kind = |id: &Id| self.slips.get(id).map(|slip| slip.body.kind());
        let voluntary = own.iter().find(|(id, _)| kind(id) == Some(RecordKind::Voluntary));
        Ok(voluntary.or(own.first()).map(|(id, _)| **id))
    }

    /// Where each slip stands: by its newest revision, unless a void was accepted.
    fn standing(&mut self) -> Result<BTreeMap<Id, Standing>, Failure> {
        let mut standing: BTreeMap<Id, Standing> = BTreeMap::new();
        let mut taken_back = Vec::new();
        for kept in self.client.records()? {
            let state = kept.outcome.as_ref().and_then(|it| state(it.status));
            if let Some(Body::Void(void)) = self.slips.get(&kept.id).map(|slip| &slip.body)
                && state == Some(RecordState::Accepted)
            {
                taken_back.push(void.record_id);
            }
            standing.insert(kept.id, Standing { state, answer: kept.outcome, seq: kept.seq });
        }
        for id in taken_back {
            if let Some(it) = standing.get_mut(&id) {
                it.state = Some(RecordState::Voided);
            }
        }
        Ok(standing)
    }

    /// Reads its file.
    pub fn take_stock(&mut self) -> Result<(), Failure> {
        self.stock = Stock {
            slips: self.standing()?,
            mirror: Mirror::of(&mut self.client)?,
            pending: self.client.pending()?,
            last_seq: self.client.last_seq()?,
        };
        Ok(())
    }

    /// Whether the server has not got all of its numbers.
    pub fn misses_any(&self) -> bool {
        let known = self.known.as_ref();
        let last = self.stock.last_seq;
        known.is_none_or(|it| it.contiguous_seq < last || !it.missing_seq.is_empty())
    }

    pub fn installation_id(&self) -> Id {
        self.options.installation_id
    }
}

fn state(status: RecordStatus) -> Option<RecordState> {
    match status {
        RecordStatus::Accepted => Some(RecordState::Accepted),
        RecordStatus::Duplicate => Some(RecordState::Duplicate),
        RecordStatus::Review => Some(RecordState::Review),
        RecordStatus::Rejected => Some(RecordState::Rejected),
        RecordStatus::Deferred => None,
    }
}

/// The amount the server says is right, when nothing else is wrong.
fn right_amount(result: &ResultAnswer) -> Option<i64> {
    match &result.fields[..] {
        [field] if field.code == Code::AmountMismatch => field.expected,
        _ => None,
    }
}

fn answered_all_the_same() -> Failure {
    Failure::Answer(texts::ANSWERED.to_owned())
}
