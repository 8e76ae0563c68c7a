//! The only place that knows diesel: two databases behind two verbs, `read` and `write`.

pub mod bulk;
pub mod conn;
pub mod desk;
pub mod entities;
pub mod error;
pub mod facts;
pub mod feed;
pub mod groups;
pub mod installations;
pub mod locks;
pub mod lookup;
pub mod migrate;
pub mod names;
pub mod offices;
pub mod organisations;
pub mod page;
pub mod phones;
pub mod places;
pub mod reach;
pub mod records;
pub mod recount;
pub mod rows;
pub mod schema;
pub mod sessions;
pub mod sums;
pub mod tallies;
pub mod targets;
pub mod types;
pub mod users;

use std::time::Duration;

use diesel::r2d2::Pool;

pub use conn::{Conn, Location};
pub use error::{Result, StoreError};
pub use page::{Page, Window};
pub use reach::Reach;

use conn::{Manager, Purpose};

/// How long a caller waits for a connection before the answer is "busy".
const CHECKOUT: Duration = Duration::from_secs(15);

/// An open database. Cheap to clone; all clones share the same connections.
#[derive(Clone)]
pub struct Store {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
}

/// How many connections to keep.
#[derive(Debug, Clone, Copy)]
pub struct PoolSize {
    /// Connections for reading (SQLite) or for everything (PostgreSQL).
    pub connections: u32,
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
        let pool = |connections, purpose: Purpose| {
            Pool::builder()
                .max_size(connections)
                .min_idle(Some(1))
                .connection_timeout(CHECKOUT)
                .connection_customizer(Box::new(purpose))
                .build(Manager(location.clone()))
        };
        Ok(match location {
            // One writer, so that writers queue in the pool and not in the database's busy loop.
            Location::Sqlite(_) => {
                let writers = pool(1, Purpose::Write)?;
                Self { readers: pool(size.connections, Purpose::Read)?, writers }
            }
            Location::Postgres(_) => {
                let both = pool(size.connections, Purpose::Write)?;
                Self { readers: both.clone(), writers: both }
            }
        })
    }

    /// Runs `work` on a connection that only reads.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = self.readers.get().map_err(StoreError::from)?;
        work(&mut conn)
    }

    /// Runs `work` in one transaction: committed when it returns `Ok`, undone otherwise.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = self.writers.get().map_err(StoreError::from)?;
        conn.begin_write().map_err(StoreError::from)?;
        let outcome = work(&mut conn);
        if outcome.is_err() {
            conn.rollback();
            return outcome;
        }
        if let Err(error) = conn.commit() {
            conn.rollback();
            return Err(StoreError::from(error).into());
        }
        outcome
    }
}
