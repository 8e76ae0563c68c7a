//! The reference client: one installation of one user, as `docs/SYNC.md` wants it. Whoever writes an app
//! may read it as the example; it uses nothing of the server but the shapes on the wire.
//!
//! Everything that must not be lost is in one SQLite file, and every step is one local transaction:
//!
//! 1. An agent captures: id, revision, number and the exact bytes are on the disk before
//!    [`Client::capture`] returns (`outbox`).
//! 2. [`Client::deliver`] sends what waits, oldest first, in batches that the link can carry (`pace`,
//!    `talk`). Before a batch leaves the file says that the server may have it; when the answer is there,
//!    all its outcomes are noted at once. In between the phone may die: it sends the same again, and the
//!    server answers the same again.
//! 3. [`Client::pull`] keeps a copy of what the group has (`mirror`).
//! 4. When an answer names another epoch, the server was restored from a backup: everything kept goes into
//!    the outbox again.
//!
//! `link` is HTTP without patience or memory; `session` keeps the tokens; `file` is the disk.

mod error;
mod file;
mod link;
mod mirror;
mod outbox;
mod pace;
mod session;
mod talk;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};
use diesel::sqlite::SqliteConnection;
use serde::Serialize;

pub use error::ClientError;
pub use link::{Link, Packing, Question};
pub use pace::{Chance, Patience};
pub use talk::Delivered;

use self::pace::Pace;
use crate::clock;
use crate::domain::{ChangeEntity, Id, RecordKind};
use crate::sync::wire::{Entity, LIMITS, Limits, ResultAnswer, VoidBody};

pub type Result<T> = std::result::Result<T, ClientError>;

/// What the phone shows as time, right or wrong.
pub type Clock = Arc<dyn Fn() -> DateTime<FixedOffset> + Send + Sync>;

/// A clock that nobody can set: the time since the phone was started.
#[derive(Clone)]
pub struct Boot {
    /// Another one at each start.
    pub id: String,
    /// Milliseconds since that start.
    pub uptime_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// Whose installation this is, and how it speaks.
#[derive(Clone)]
pub struct Options {
    /// `https://host`, without a path.
    pub server: String,
    pub login: String,
    pub password: String,
    /// Made by the app at its first start, and kept.
    pub installation_id: Id,
    /// What people call the phone.
    pub label: String,
    /// For one request, from connecting to the last byte of the answer.
    pub timeout: Duration,
    pub patience: Patience,
    pub packing: Packing,
    /// Of the chance in waiting; another one for each phone.
    pub seed: u64,
    pub clock: Clock,
    /// Where the system offers it.
    pub boot: Option<Boot>,
}

/// What an agent wrote, and when.
#[derive(Debug, Clone, Copy)]
pub struct Capture<'a, B> {
    pub id: Id,
    pub kind: RecordKind,
    pub captured_at: DateTime<FixedOffset>,
    pub body: &'a B,
}

/// A revision of a record, as the phone keeps it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: Id,
    pub rev: i64,
    pub seq: i64,
    pub kind: RecordKind,
    pub captured_at: DateTime<FixedOffset>,
    /// JSON, the very bytes that are sent.
    pub body: String,
    /// Whether it is in the outbox.
    pub waiting: bool,
    /// Whether the server may have it. One that waits as well is in doubt: its answer was lost.
    pub sent: bool,
    /// The last answer.
    pub outcome: Option<ResultAnswer>,
}

/// A phone. One process at a time uses its file.
pub struct Client {
    options: Options,
    file: SqliteConnection,
    link: Link,
    pace: Pace,
    chance: Chance,
    limits: Limits,
    /// The server wants to be left alone until then.
    rest_until: Option<Instant>,
}

impl Client {
    /// Opens the phone's file, and makes it when it is not there. Nothing is sent.
    ///
    /// # Errors
    /// [`ClientError::File`]; [`ClientError::OtherFile`] when it is that of another installation.
    pub fn open(file: &Path, options: Options) -> Result<Self> {
        Ok(Self {
            file: file::open(file, options.installation_id)?,
            link: Link::new(&options.server, options.timeout),
            pace: Pace::begin(),
            chance: Chance::new(options.seed),
            limits: LIMITS,
            rest_until: None,
            options,
        })
    }

    /// Writes down what was just agreed on. It is on the disk when this returns.
    ///
    /// # Errors
    /// [`ClientError::File`], [`ClientError::Wiped`]; [`ClientError::Body`] for a body too large.
    pub fn capture(&mut self, kind: RecordKind, body: &impl Serialize) -> Result<Id> {
        let id = clock::new_id();
        self.capture_as(id, kind, body)?;
        Ok(id)
    }

    /// The same under an id that was made before.
    ///
    /// # Errors
    /// As [`Client::capture`].
    pub fn capture_as(&mut self, id: Id, kind: RecordKind, body: &impl Serialize) -> Result<()> {
        let captured_at = (self.options.clock)();
        self.capture_all(&[Capture { id, kind, captured_at, body }])
    }

    /// Several at once, in one transaction: all or none.
    ///
    /// # Errors
    /// As [`Client::capture`].
    pub fn capture_all<B: Serialize>(&mut self, captures: &[Capture<'_, B>]) -> Result<()> {
        let boot = self.options.boot.clone();
        self.write(|tx| outbox::capture(tx, captures, boot.as_ref()))
    }

    /// Puts a record right that does not stand: one not sent yet, or `rejected`, `duplicate`, in `review`.
    /// Gives the new `rev`.
    ///
    /// # Errors
    /// As [`Client::capture`]; [`ClientError::NoRecord`]; [`ClientError::NotNow`] when it stands, or was
    /// sent and is not answered yet.
    pub fn correct(&mut self, id: Id, body: &impl Serialize) -> Result<i64> {
        self.write(|tx| outbox::correct(tx, id, body))
    }

    /// Takes a record back, of this phone or of another one. Gives the id of the void.
    ///
    /// # Errors
    /// As [`Client::capture`].
    pub fn void(&mut self, record_id: Id, reason: &str) -> Result<Id> {
        self.capture(RecordKind::Void, &VoidBody { record_id, reason: reason.to_owned() })
    }

    /// How many revisions wait to be delivered.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub fn pending(&mut self) -> Result<usize> {
        Ok(usize::try_from(outbox::pending(&mut self.file)?).unwrap_or(0))
    }

    /// Every revision kept, by number.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub fn records(&mut self) -> Result<Vec<Kept>> {
        outbox::kept(&mut self.file)
    }

    /// The newest revision of a record.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub fn record(&mut self, id: Id) -> Result<Option<Kept>> {
        outbox::kept_of(&mut self.file, id)
    }

    /// The last number given out.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub fn last_seq(&mut self) -> Result<i64> {
        Ok(outbox::last_seq(&mut self.file)?)
    }

    /// The copy of the feed: all entities of a kind, by id.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub fn entities(&mut self, of: ChangeEntity) -> Result<Vec<Entity>> {
        mirror::entities(&mut self.file, of)
    }

    /// The life of the database that answered last.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub fn epoch(&mut self) -> Result<Option<Id>> {
        file::epoch(&mut self.file)
    }

    /// One local transaction: what it wrote is on the disk when this returns, or nothing of it is.
    fn write<T>(&mut self, work: impl FnOnce(&mut SqliteConnection) -> Result<T>) -> Result<T> {
        self.file.immediate_transaction(|tx| {
            file::not_wiped(tx)?;
            work(tx)
        })
    }
}
