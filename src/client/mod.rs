//! The reference client.

mod error;
mod pace;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;

pub use error::ClientError;
pub use pace::Patience;

use crate::domain::{ChangeEntity, Id, RecordKind};
use crate::sync::wire::{Entity, InstallationAnswer, RecordAnswer, ResultAnswer};

pub type Result<T> = std::result::Result<T, ClientError>;

/// How bodies are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zstd,
}

/// The phone's clock, which may be wrong.
pub type Clock = Arc<dyn Fn() -> DateTime<FixedOffset> + Send + Sync>;

/// Which start of the phone, and how long ago that was.
#[derive(Clone)]
pub struct Boot {
    pub id: String,
    /// Milliseconds since.
    pub uptime_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// Whose phone this is, which server it talks to, and how patiently.
#[derive(Clone)]
pub struct Options {
    pub server: String,
    pub login: String,
    pub password: String,
    pub installation_id: Id,
    pub label: String,
    /// For one request, from connecting to the last byte of the answer.
    pub timeout: Duration,
    pub patience: Patience,
    pub packing: Packing,
    pub seed: u64,
    pub clock: Clock,
    pub boot: Option<Boot>,
}

/// Something written at a kitchen table, with everything about it decided by the caller.
pub struct Capture<'a, B> {
    pub id: Id,
    pub kind: RecordKind,
    pub captured_at: DateTime<FixedOffset>,
    pub body: &'a B,
}

/// One revision of a record, as the phone keeps it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: Id,
    pub rev: i64,
    pub seq: i64,
    pub kind: RecordKind,
    pub captured_at: DateTime<FixedOffset>,
    /// The frozen bytes.
    pub body: String,
    /// Whether it is still to be delivered.
    pub waiting: bool,
    /// What the server said last.
    pub outcome: Option<ResultAnswer>,
}

/// What a delivery came to.
#[derive(Debug, Clone, Default)]
pub struct Delivered {
    pub batches: usize,
    /// Every answer, in the order of sending.
    pub results: Vec<ResultAnswer>,
    /// What the server has of this installation, when it said so.
    pub installation: Option<InstallationAnswer>,
    /// Server's time less the phone's.
    pub clock_skew_ms: Option<i64>,
    /// The server ordered it: nothing of this user is left here.
    pub wiped: bool,
}

pub struct Client {
    options: Options,
}

#[allow(clippy::todo, unused_variables, clippy::missing_errors_doc)]
impl Client {
    pub fn open(file: &Path, options: Options) -> Result<Self> {
        todo!()
    }
    pub fn capture(&mut self, kind: RecordKind, body: &impl Serialize) -> Result<Id> {
        todo!()
    }
    pub fn capture_as(&mut self, id: Id, kind: RecordKind, body: &impl Serialize) -> Result<()> {
        todo!()
    }
    /// In one local transaction.
    pub fn capture_all<B: Serialize>(&mut self, captures: &[Capture<'_, B>]) -> Result<()> {
        todo!()
    }
    /// The new rev.
    pub fn correct(&mut self, id: Id, body: &impl Serialize) -> Result<i64> {
        todo!()
    }
    /// The id of the void.
    pub fn void(&mut self, record_id: Id, reason: &str) -> Result<Id> {
        todo!()
    }
    /// Deliver, pull, and what an answer of another epoch makes necessary.
    pub fn sync(&mut self) -> Result<Delivered> {
        todo!()
    }
    pub fn deliver(&mut self) -> Result<Delivered> {
        todo!()
    }
    /// `heard` is told each batch's answers, after they are stored.
    pub fn deliver_telling(&mut self, heard: &mut dyn FnMut(&[ResultAnswer])) -> Result<Delivered> {
        todo!()
    }
    /// How many changes came.
    pub fn pull(&mut self) -> Result<usize> {
        todo!()
    }
    /// Drops the copy and pulls everything.
    pub fn pull_anew(&mut self) -> Result<usize> {
        todo!()
    }
    /// What became of these records; in order.
    pub fn look_up(&mut self, ids: &[Id]) -> Result<Vec<RecordAnswer>> {
        todo!()
    }
    /// What an installation of this user has handed in.
    pub fn handed_in_by(&mut self, installation_id: Id) -> Result<Vec<RecordAnswer>> {
        todo!()
    }
    /// Revisions that still wait to be delivered.
    pub fn pending(&mut self) -> Result<usize> {
        todo!()
    }
    /// All kept revisions, by seq.
    pub fn records(&mut self) -> Result<Vec<Kept>> {
        todo!()
    }
    /// The newest revision of a record.
    pub fn record(&mut self, id: Id) -> Result<Option<Kept>> {
        todo!()
    }
    /// The mirror.
    pub fn entities(&mut self, of: ChangeEntity) -> Result<Vec<Entity>> {
        todo!()
    }
    pub fn epoch(&mut self) -> Result<Option<Id>> {
        todo!()
    }
    /// The last number given out.
    pub fn last_seq(&mut self) -> Result<i64> {
        todo!()
    }
}
