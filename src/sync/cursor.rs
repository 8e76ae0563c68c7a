//! Where a phone's copy of the feed stands, as an opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::domain::Id;

/// A place in the feed of one group of one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub epoch: Id,
    pub group_id: Id,
    pub version: i64,
}

impl Cursor {
    /// The text a phone keeps.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = [0_u8; 40];
        bytes[..16].copy_from_slice(self.epoch.0.as_bytes());
        bytes[16..32].copy_from_slice(self.group_id.0.as_bytes());
        bytes[32..].copy_from_slice(&self.version.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a text that a phone sent; `None` for anything we did not write.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 40] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let version = i64::from_be_bytes(bytes[32..].try_into().ok()?);
        let id = |range: std::ops::Range<usize>| Uuid::from_slice(&bytes[range]).ok().map(Id);
        Some(Self { epoch: id(0..16)?, group_id: id(16..32)?, version })
            .filter(|it| it.version >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let cursor =
            Cursor { epoch: Id(Uuid::from_u128(7)), group_id: Id(Uuid::from_u128(9)), version: 12 };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for wrong in ["", "abc", "????", &"A".repeat(100)] {
            assert_eq!(Cursor::decode(wrong), None);
        }
    }
}
