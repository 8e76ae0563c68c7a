//! What can go wrong with the database, in words that know no HTTP.

use crate::domain::{Code, FieldError};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with the same key exists; the text names the constraint or its columns.
    #[error("already exists: {0}")]
    Unique(String),
    /// What is asked contradicts what is stored, however often it is asked; the text names where.
    #[error("contradicts what is stored: {0}")]
    Conflict(&'static str),
    /// Lost a race with another transaction; the same work may be tried again.
    #[error("lost a race with another transaction")]
    Race,
    /// The database is away, locked or has no connection free.
    #[error("the database is busy or away: {0}")]
    Busy(String),
    /// No such row, or none within the caller's reach.
    #[error("not found")]
    NotFound,
    /// Something is not any more as whoever wants to change it saw it.
    #[error("changed since it was seen")]
    Changed,
    #[error("unknown database URL: use sqlite:FILE or postgres://…")]
    Url,
    #[error("there is no database at {0}")]
    NoDatabase(String),
    #[error("migrations: {0}")]
    Migration(String),
    /// A stored document or number is not what this version wrote.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// A field of what was asked does not go with what is stored.
    #[error("{}: {}", .0.path, .0.code)]
    Wrong(FieldError),
    #[error(transparent)]
    Other(DieselError),
}

/// The store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

impl StoreError {
    /// Whether the same transaction, begun anew, may succeed because the facts changed.
    #[must_use]
    pub fn is_race(&self) -> bool {
        matches!(self, Self::Race | Self::Unique(_))
    }

    /// A field that does not go with what is stored.
    #[must_use]
    pub fn wrong(path: &str, code: Code) -> Self {
        Self::Wrong(FieldError::new(path, code))
    }

    /// Says that what is wrong is wrong with a part of what was asked; what is not found is so there.
    #[must_use]
    pub fn within(self, part: &str) -> Self {
        match self {
            Self::Wrong(field) => Self::wrong(&format!("{part}{}", field.path), field.code),
            Self::NotFound => Self::wrong(&format!("{part}/holder/id"), Code::NotFound),
            error => error,
        }
    }

    /// A stored document that is not what this version wrote: what it is, what kind of mistake, and
    /// where. What stands there is not told, for it may be about a person.
    #[must_use]
    pub fn unreadable(document: &str, error: &serde_json::Error) -> Self {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        Self::Damaged(format!("{document}: {kind:?} error at line {line}, column {column}"))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, info) => match kind {
                DatabaseErrorKind::UniqueViolation => {
                    Self::Unique(info.constraint_name().unwrap_or(info.message()).to_owned())
                }
                DatabaseErrorKind::SerializationFailure => Self::Race,
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction => {
                    Self::Busy(info.message().to_owned())
                }
                _ => by_message(info.message()).unwrap_or(Self::Other(error)),
            },
            DieselError::BrokenTransactionManager => Self::Busy(error.to_string()),
            // The connection went away in the middle of a commit: whoever asks again learns how it ended.
            DieselError::RollbackErrorOnCommit { .. } => Self::Busy(error.to_string()),
            _ => Self::Other(error),
        }
    }
}

/// Neither driver gives a kind for these, only a text. SQLite's are compiled in. PostgreSQL is asked to
/// speak English by each connection (`postgres.sql`); where it may not, another language makes of these
/// a failure of ours, which is told and logged as such, and nothing worse.
fn by_message(message: &str) -> Option<StoreError> {
    const RACES: [&str; 1] = ["deadlock detected"];
    const BUSY: [&str; 20] = [
        // SQLite
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "disk I/O error",
        "unable to open database file",
        "attempt to write a readonly database",
        "locking protocol",
        // PostgreSQL
        "No space left on device",
        "could not extend file",
        "could not read",
        "could not write",
        "could not fsync",
        "could not open file",
        "out of shared memory",
        "out of memory",
        "canceling statement due to",
        "server closed the connection",
        "terminating connection",
        "no connection to the server",
        "the database system is",
    ];
    if RACES.iter().any(|text| message.contains(text)) {
        return Some(StoreError::Race);
    }
    BUSY.iter().any(|text| message.contains(text)).then(|| StoreError::Busy(message.to_owned()))
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Busy(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(message: &str) -> StoreError {
        let message = Box::new(message.to_owned());
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, message).into()
    }

    #[test]
    fn a_database_that_is_away_is_busy() {
        for message in [
            "disk I/O error",
            "database or disk is full",
            "unable to open database file",
            "could not extend file \"base/5/16394\": No space left on device",
            "canceling statement due to lock timeout",
            "canceling statement due to statement timeout",
            "terminating connection due to administrator command",
            "the database system is shutting down",
        ] {
            assert!(matches!(told(message), StoreError::Busy(_)), "{message}");
        }
        let closed = DieselError::RollbackErrorOnCommit {
            rollback_error: Box::new(DieselError::BrokenTransactionManager),
            commit_error: Box::new(DieselError::BrokenTransactionManager),
        };
        assert!(matches!(closed.into(), StoreError::Busy(_)));
    }

    #[test]
    fn what_is_wrong_with_us_is_not() {
        assert!(told("deadlock detected").is_race());
        for message in ["syntax error at or near", "database disk image is malformed"] {
            assert!(matches!(told(message), StoreError::Other(_)), "{message}");
        }
    }
}
