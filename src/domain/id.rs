//! Ids: UUIDs, made by phones or derived from what they made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::code::Code;

/// An id of anything: record, person, enrollment, user…
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = Uuid)]
pub struct Id(pub Uuid);

impl Id {
    /// Stands for "none" where a key cannot be absent.
    pub const NIL: Self = Self(Uuid::nil());

    /// The id of something that belongs to this one, always the same for the same name (UUID
    /// version 5): a decision made again gives the ids already printed.
    #[must_use]
    pub fn derive(self, name: &str) -> Self {
        Self(Uuid::new_v5(&self.0, name.as_bytes()))
    }

    /// The id, or `None` for [`Id::NIL`].
    #[must_use]
    pub fn or_none(self) -> Option<Self> {
        (self != Self::NIL).then_some(self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = Code;

    fn from_str(text: &str) -> Result<Self, Code> {
        Uuid::try_parse(text).map(Self).map_err(|_| Code::BadFormat)
    }
}
