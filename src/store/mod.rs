//! The only place that knows diesel: two databases behind three verbs, `read`, `write` and `glance`.

/// Programs of organisations.
pub mod api_clients;
/// Tables of areas that were imported.
pub mod area_tables;
/// Mass organisations.
pub mod associations;
/// Log-ins that failed.
pub mod attempts;
/// Who did what.
pub mod audit;
/// Figures that this system cannot count.
pub mod baselines;
/// Many rows of one table at once.
pub mod bulk;
mod checkpoints;
/// How a database is set.
pub mod checkup;
/// A connection to either database.
pub mod conn;
/// What an office looks at.
pub mod desk;
/// What is held on one person.
pub mod dossier;
/// Outings.
pub mod drives;
/// Entities by their ids.
pub mod entities;
/// What can go wrong.
pub mod error;
/// What a batch must know before it decides.
pub mod facts;
/// Households and the ranks in them.
pub mod families;
/// A group's feed.
pub mod feed;
/// A database as a file.
pub mod files;
/// The rows that tallies are kept in.
pub mod grains;
/// Groups and their areas.
pub mod groups;
/// Who may have a target.
pub mod holders;
/// Apps on phones.
pub mod installations;
/// Lists that an office sends.
pub mod lists;
/// The one order of locks.
pub mod locks;
/// What became of records.
pub mod lookup;
/// The groups of agents who moved.
pub mod memberships;
/// The schema, brought up to date.
pub mod migrate;
/// Months that are closed.
pub mod months;
/// Names of what tallies are counted by.
pub mod names;
/// News that waits for a group.
pub mod news;
/// The tree of offices.
pub mod offices;
/// Collection organisations.
pub mod organisations;
/// Lists, a page at a time.
pub mod page;
/// Who takes part at the end of each month.
pub mod participation;
/// What phones said they still hold.
pub mod pending;
/// Persons who are one.
pub mod persons;
/// What a phone sent and still holds.
pub mod phones;
/// Villages.
pub mod places;
mod pool;
/// How far a caller sees.
pub mod reach;
/// Changes to what was decided before.
pub mod records;
/// Everything, to be counted anew.
pub mod recount;
/// Communes that became others.
pub mod reform;
/// What a transaction would do.
pub mod rehearsal;
/// Persons whose data rests.
pub mod restrictions;
/// What is kept no longer than it must be.
pub mod retention;
/// What waits for a person's decision.
pub mod reviews;
/// The rows a batch writes.
pub mod rows;
/// Rows of the law that were added.
pub mod rule_rows;
/// The tables.
pub mod schema;
/// Sessions and their tokens.
pub mod sessions;
/// What a review puts beside each other.
pub mod sides;
mod sql;
/// Tallies, read.
pub mod sums;
/// Tallies, moved.
pub mod tallies;
/// Targets.
pub mod targets;
/// Our own types in columns.
pub mod types;
/// Users.
pub mod users;
/// What came of visits.
pub mod visits;
/// Installations of VssID, read.
pub mod vssid;
/// Records that wait for a row of the law.
pub mod waiting;
/// Whom to visit.
pub mod worklists;

use std::path::PathBuf;
use std::sync::Arc;

pub use audit::Author;
pub use conn::{Conn, Location};
pub use error::{Result, StoreError};
pub use page::{Page, Window};
pub use reach::Reach;
pub use rehearsal::Rehearsal;

use checkpoints::Checkpoints;
use pool::{Connections, Purpose};

/// How often a transaction that lost a race is begun anew.
const TRIES: usize = 3;

/// An open database. Cheap to clone; all clones share the same connections.
#[derive(Clone)]
pub struct Store {
    readers: Connections,
    writers: Connections,
    /// SQLite's write-ahead log.
    log: Option<PathBuf>,
    /// SQLite only.
    checkpoints: Option<Arc<Checkpoints>>,
    author: Option<Arc<Author>>,
    rehearsal: Option<Arc<Rehearsal>>,
}

/// How many connections to keep.
#[derive(Debug, Clone, Copy)]
pub struct PoolSize {
    /// Connections for reading (SQLite) or for everything (PostgreSQL).
    pub connections: u32,
}

/// How many connections of a pool do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// What they are for.
    pub name: &'static str,
    pub busy: u32,
    pub idle: u32,
}

impl Default for PoolSize {
    fn default() -> Self {
        Self { connections: 10 }
    }
}

impl Store {
    /// Opens the database at `url`, brings its schema up to date and makes sure it has an epoch.
    ///
    /// # Errors
    /// An unknown URL scheme, a database that does not answer, a migration that fails.
    pub fn open(url: &str, size: PoolSize) -> Result<Self> {
        let location = Location::parse(url)?;
        migrate::run(&location)?;
        Self::connect(location, size)
    }

    /// Opens the database without touching its schema.
    pub fn connect(location: Location, size: PoolSize) -> Result<Self> {
        let open = |most, purpose| Connections::open(&location, most, purpose);
        Ok(match &location {
            // One writer, so that writers queue in the pool and not in the database's busy loop.
            Location::Sqlite(file) => {
                let log = Some(PathBuf::from(format!("{file}-wal")));
                let writers = open(1, Purpose::Write)?;
                let readers = open(size.connections, Purpose::Read)?;
                let checkpoints = Some(Arc::new(Checkpoints::start(&location)?));
                Self { readers, writers, log, checkpoints, author: None, rehearsal: None }
            }
            Location::Postgres(_) => {
                let both = open(size.connections, Purpose::Write)?;
                Self {
                    readers: both.clone(),
                    writers: both,
                    log: None,
                    checkpoints: None,
                    author: None,
                    rehearsal: None,
                }
            }
        })
    }

    /// How busy the connections are. On PostgreSQL the same ones read and write.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolUse> {
        let of = |name, pool: &Connections| {
            let state = pool.state();
            let busy = state.connections.saturating_sub(state.idle_connections);
            PoolUse { name, busy, idle: state.idle_connections }
        };
        match self.log {
            Some(_) => vec![of("read", &self.readers), of("write", &self.writers)],
            None => vec![of("both", &self.writers)],
        }
    }

    /// How long SQLite's write-ahead log is, bytes; 0 on PostgreSQL.
    #[must_use]
    pub fn log_bytes(&self) -> u64 {
        let about = self.log.as_ref().and_then(|log| log.metadata().ok());
        about.map_or(0, |it| it.len())
    }

    /// Runs `work` on a connection that only reads, and that sees one moment. Its statements are planned for what they
    /// are asked: a plan that was made while a table was small, or for a day, is not used for a year.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let ((), mut conn) = self.readers.begin(Conn::begin_read)?;
        let outcome = work(&mut conn);
        conn.rollback();
        outcome
    }

    /// Runs `work` that reads a few rows by their keys. Each statement sees what is there when it begins, and PostgreSQL
    /// may keep the plan it made for others before: to plan takes as long as to answer.
    pub fn glance<T, E: From<StoreError>>(
        &self,
        work: impl Fn(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.readers.begin(work).map(|(found, _)| found)
    }

    /// As [`Self::write`], begun anew a few times when it lost a race: the second look at the rows finds what the
    /// winner wrote.
    ///
    /// # Errors
    /// What `work` says.
    pub fn retry<T>(&self, work: impl Fn(&mut Conn) -> Result<T>) -> Result<T> {
        let mut tries = 1;
        loop {
            match self.write(&work) {
                Err(error) if error.is_race() && tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    /// The same database, written by somebody: each of his transactions is told of in the audit.
    #[must_use]
    pub fn by(&self, author: Arc<Author>) -> Self {
        Self { author: Some(author), ..self.clone() }
    }

    /// The same database, for work that is nobody's wish: news delivered, the chain sealed.
    #[must_use]
    pub fn housekeeping(&self) -> Self {
        Self { author: None, ..self.clone() }
    }

    /// The same database, on trial: whatever is written is looked at and undone, and nobody wrote it.
    #[must_use]
    pub fn rehearse(&self, rehearsal: Arc<Rehearsal>) -> Self {
        Self { author: None, rehearsal: Some(rehearsal), ..self.clone() }
    }

    /// The trial, when this is one.
    #[must_use]
    pub fn rehearsal(&self) -> Option<&Rehearsal> {
        self.rehearsal.as_deref()
    }

    /// Whoever writes, for what is to be noted of it; of one that is nobody nothing is kept.
    #[must_use]
    pub fn author(&self) -> Arc<Author> {
        self.author.clone().unwrap_or_default()
    }

    /// Runs `work` in one transaction: committed when it returns `Ok`, undone otherwise, and on trial.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let ((), mut conn) = self.writers.begin(Conn::begin_write)?;
        let outcome = match &self.author {
            Some(author) => {
                author.begin();
                work(&mut conn).and_then(|done| Ok(author.sign(&mut conn).map(|()| done)?))
            }
            None => work(&mut conn),
        };
        let outcome = outcome.and_then(|done| {
            match &self.rehearsal {
                Some(rehearsal) => rehearsal.look(&mut conn)?,
                None => conn.commit().map_err(StoreError::from)?,
            }
            Ok(done)
        });
        let committed = outcome.is_ok() && self.rehearsal.is_none();
        if !committed {
            conn.rollback();
        }
        if let Some(checkpoints) = &self.checkpoints {
            if committed { checkpoints.committed() } else { checkpoints.undone() }
        }
        outcome
    }
}
