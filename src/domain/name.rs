//! Names of people: kept as written, compared in normal form.

use super::code::Code;
use super::text::{clean_text, folded, normal};

/// Longest name we keep, in characters.
const MAX_CHARS: usize = 200;

/// A person's full name in the three forms in which it is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PersonName {
    written: String,
    normal: String,
    folded: String,
}

impl PersonName {
    /// Reads a name as typed.
    ///
    /// # Errors
    /// `required` when nothing visible is left, `too_long` over 200 characters, `control_character`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let written = clean_text(text, MAX_CHARS)?;
        if written.is_empty() {
            return Err(Code::Required);
        }
        let normal = normal(&written);
        let folded = folded(&normal);
        Ok(Self { written, normal, folded })
    }

    /// As written: NFC, single spaces, nothing invisible.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// Lower case, old and new placement of tone marks made equal.
    #[must_use]
    pub fn normal(&self) -> &str {
        &self.normal
    }

    /// Without marks, đ = d, y = i, words sorted: the key for candidates.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl std::fmt::Display for PersonName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.written)
    }
}

/// How far two names agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameAgreement {
    /// Equal in normal form.
    Equal,
    /// Equal only after folding: a matter of spelling.
    Spelling,
    /// Other words.
    Different,
}

/// Compares two names.
#[must_use]
pub fn same_name(a: &PersonName, b: &PersonName) -> NameAgreement {
    if a.normal == b.normal {
        NameAgreement::Equal
    } else if a.folded == b.folded {
        NameAgreement::Spelling
    } else {
        NameAgreement::Different
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PersonName {
        PersonName::parse(text).unwrap()
    }

    #[test]
    fn agreement() {
        for (a, b, expected) in [
            ("Nguyễn Thị Hòa", "NGUYỄN  THỊ HOÀ", NameAgreement::Equal),
            ("Trần Thuý", "Trần Thu\u{301}y", NameAgreement::Equal),
            ("Lê Văn Đức", "Le Van Duc", NameAgreement::Spelling),
            ("Lý Thị Mỹ", "Lí Thị Mĩ", NameAgreement::Spelling),
            ("Nguyễn Văn An", "An Nguyễn Văn", NameAgreement::Spelling),
            ("Nguyễn Văn An", "Nguyễn Văn Anh", NameAgreement::Different),
        ] {
            assert_eq!(same_name(&name(a), &name(b)), expected, "{a} / {b}");
        }
    }

    #[test]
    fn what_is_kept_and_what_is_refused() {
        let kept = name("  Nguyễn\u{200b} Thị   Hoà ");
        assert_eq!(kept.as_written(), "Nguyễn Thị Hoà");
        assert_eq!(kept.normal(), "nguyễn thị hoà");
        assert_eq!(kept.folded(), "hoa nguien thi");
        assert_eq!(PersonName::parse(" \u{200b} "), Err(Code::Required));
        assert_eq!(PersonName::parse("A\u{0}n"), Err(Code::ControlCharacter));
        assert_eq!(PersonName::parse(&"a".repeat(201)), Err(Code::TooLong));
        assert!(PersonName::parse(&"ộ".repeat(200)).is_ok());
    }
}
