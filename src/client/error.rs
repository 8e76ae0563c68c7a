//! What can go wrong on a phone.

use std::time::Duration;

use crate::domain::{Id, RecordStatus};

/// Nothing is lost by any of these: what was captured stays in the file.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The file cannot be read or written.
    #[error("the phone's file: {0}")]
    File(String),
    /// The file belongs to another installation, or to a newer app.
    #[error("the file is not this installation's")]
    OtherFile,
    /// The server ordered this user's data to be erased; this file is done.
    #[error("this installation was wiped")]
    Wiped,
    /// The phone keeps no such record.
    #[error("no record {0} on this phone")]
    NoRecord(Id),
    /// A record that stands, or that may stand for all the phone knows, is not corrected.
    #[error("record {0} cannot be corrected now ({1:?})")]
    NotNow(Id, Option<RecordStatus>),
    /// A body that no batch could carry, or that is not JSON.
    #[error("a body that cannot be sent: {0}")]
    Body(String),
    /// The server did not answer: nobody knows whether it decided.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The server answered something that is not of this protocol.
    #[error("an answer that makes no sense: {0}")]
    Senseless(String),
    /// The server refused the request.
    #[error("refused: {status} {code}")]
    Refused { status: u16, code: String, retry_after: Option<Duration> },
}
