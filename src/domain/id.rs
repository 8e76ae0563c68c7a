//! Ids: UUIDs, made by phones or derived from what they made.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
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

    /// The id of something that belongs to this one, always the same for the same name: a decision made
    /// again gives the ids already printed. A UUID of version 8: the first six bytes of this id, by which
    /// those made one after the other stand beside each other in every index, then a hash of it and the
    /// name (that of version 5).
    #[must_use]
    pub fn derive(self, name: &str) -> Self {
        let mut bytes = Uuid::new_v5(&self.0, name.as_bytes()).into_bytes();
        bytes[..6].copy_from_slice(&self.0.as_bytes()[..6]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The id of something that is known by its name alone, always the same: a UUID of version 5.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }

    /// An id made so long before this one, when both are of version 7: all that were made since then sort
    /// behind it.
    #[must_use]
    pub fn earlier(self, by: TimeDelta) -> Self {
        let ms = self.0.as_u128() >> 80;
        let by = u128::try_from(by.num_milliseconds()).unwrap_or_default();
        Self(Uuid::from_u128(ms.saturating_sub(by) << 80))
    }

    /// Less than every id of version 7 that was made since that moment.
    #[must_use]
    pub fn lowest_at(moment: DateTime<Utc>) -> Self {
        let ms = u128::try_from(moment.timestamp_millis()).unwrap_or_default();
        Self(Uuid::from_u128(ms << 80))
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
