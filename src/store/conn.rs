//! One connection type for both databases, chosen at run time by the scheme of the URL.

use std::path::Path;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;

use super::error::{Result, StoreError};

/// An open connection.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// Where the data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `sqlite:path/to/file.db`
    Sqlite(String),
    /// `postgres://…` or `postgresql://…`
    Postgres(String),
}

impl Location {
    /// Reads a database URL.
    ///
    /// # Errors
    /// [`StoreError::Url`] for any scheme but `sqlite:`, `postgres:` and `postgresql:`.
    pub fn parse(url: &str) -> Result<Self> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() && !path.contains(":memory:") => {
                Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).to_owned()))
            }
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            _ => Err(StoreError::Url),
        }
    }

    /// The database's file, when it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(Path::new(path)),
            Self::Postgres(_) => None,
        }
    }

    /// Refuses a database file that is not there: a mistyped path must not become an empty database.
    ///
    /// # Errors
    /// [`StoreError::NoDatabase`].
    pub fn must_exist(&self) -> Result<()> {
        match self {
            Self::Sqlite(path) if !Path::new(path).exists() => {
                Err(StoreError::NoDatabase(path.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Makes the database file when it is not there yet, for its owner alone: it holds personal data.
    pub(super) fn make_private(&self) -> std::io::Result<()> {
        match self {
            Self::Sqlite(path) if !Path::new(path).exists() => {
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                match options.open(path) {
                    Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Opens a connection and reports the real reason when it cannot.
    pub fn connect(&self) -> std::result::Result<Conn, ConnectionError> {
        match self {
            Self::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path)?;
                // What is deleted is overwritten, whoever deletes it.
                conn.batch_execute("PRAGMA secure_delete = ON")
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Conn::Sqlite(conn))
            }
            Self::Postgres(url) => PgConnection::establish(url).map(Conn::Pg),
        }
    }
}

impl Conn {
    /// Begins the only kind of transaction that writes: on SQLite it takes the write lock at once,
    /// so that it never fails half-way because another writer was faster. What is read after a lock on PostgreSQL is
    /// what its last holder committed.
    pub(super) fn begin_write(&mut self) -> Result<()> {
        Ok(match self {
            Self::Pg(c) => AnsiTransactionManager::begin_transaction_sql(
                c,
                "BEGIN; SET LOCAL plan_cache_mode = 'force_custom_plan'",
            ),
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
        }?)
    }

    /// Begins a transaction that reads: all of it sees the database as it is at its first statement.
    pub(super) fn begin_read(&mut self) -> Result<()> {
        Ok(match self {
            Self::Pg(c) => AnsiTransactionManager::begin_transaction_sql(
                c,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                 SET LOCAL plan_cache_mode = 'force_custom_plan'",
            ),
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN"),
        }?)
    }

    pub(super) fn commit(&mut self) -> QueryResult<()> {
        <Self as Connection>::TransactionManager::commit_transaction(self)
    }

    /// Undoes what was begun. When even that fails the connection is broken and the pool drops it.
    pub(super) fn rollback(&mut self) {
        if let Err(error) = <Self as Connection>::TransactionManager::rollback_transaction(self) {
            tracing::warn!(%error, "rollback failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PoolSize, Store, migrate};
    use super::*;
    use diesel::sql_types::Integer;

    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Integer)]
        secure_delete: i32,
    }

    fn overwrites(conn: &mut Conn) -> bool {
        let setting = diesel::sql_query("PRAGMA secure_delete").get_result::<Setting>(conn);
        setting.unwrap().secure_delete == 1
    }

    /// What was deleted must not stand in the file: whoever writes overwrites it, migrations and commands too.
    #[test]
    fn every_connection_that_writes_overwrites_what_it_deletes() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("db").display());
        let location = Location::parse(&url).unwrap();
        migrate::run(&location).unwrap();
        assert!(overwrites(&mut location.connect().unwrap()));
        let store = Store::connect(location, PoolSize { connections: 1 }).unwrap();
        assert!(store.write(|tx| Ok::<_, StoreError>(overwrites(tx))).unwrap());
    }
}
