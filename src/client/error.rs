//! What can go wrong on a phone. By none of it anything is lost: what was captured stays in the file.

use std::time::Duration;

use crate::domain::{Code, Id, RecordStatus};

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the phone's file: {0}")]
    File(String),
    #[error("the file belongs to another installation, or to a newer app")]
    OtherFile,
    #[error("the data of this installation was erased, as the server ordered")]
    Wiped,
    #[error("no record {0} on this phone")]
    NoRecord(Id),
    /// It stands, or stands for all the phone knows: it was sent, and not answered yet.
    #[error("record {0} cannot be corrected ({1:?})")]
    NotNow(Id, Option<RecordStatus>),
    #[error("a body that no batch can carry: {0}")]
    Body(String),
    /// Nothing, or nothing that can be read. Nobody knows whether the server decided.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// Read, and not what the protocol says.
    #[error("an answer that makes no sense: {0}")]
    Senseless(String),
    #[error("refused: {status} {code}")]
    Refused { status: u16, code: String, retry_after: Option<Duration> },
}

impl ClientError {
    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            Self::NoAnswer(_) => true,
            // 413: the next attempt is smaller.
            Self::Refused { status, .. } => matches!(status, 408 | 413 | 429 | 500..=599),
            _ => false,
        }
    }

    /// How long the server wants to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Refused { retry_after: Some(wait), .. } => *wait,
            _ => Duration::ZERO,
        }
    }

    /// Whether the server refused with this code.
    #[must_use]
    pub fn is(&self, wanted: Code) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted.as_str())
    }

    /// Whether the token was not taken.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: 401, .. })
    }
}

impl From<diesel::result::Error> for ClientError {
    fn from(error: diesel::result::Error) -> Self {
        Self::File(error.to_string())
    }
}

impl From<diesel::ConnectionError> for ClientError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::File(error.to_string())
    }
}
