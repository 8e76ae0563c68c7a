//! The code of a collection point (điểm thu).

use super::code::Code;

/// Unit code (10 digits), `TH`, province (2), commune (5), point (3):
/// `3456789000TH0100070003` (CV 1804/BHXH-QLT, 2025).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PointCode(String);

impl PointCode {
    /// Reads a code of 22 characters.
    ///
    /// # Errors
    /// `bad_format`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        match text.as_bytes().split_at_checked(10) {
            Some((unit, [b'T', b'H', place @ ..]))
                if place.len() == 10 && digits(unit) && digits(place) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Code::BadFormat),
        }
    }

    fn part(&self, range: std::ops::Range<usize>) -> &str {
        self.0.get(range).unwrap_or_default()
    }

    /// The whole code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The unit code of the collection organisation.
    #[must_use]
    pub fn organisation(&self) -> &str {
        self.part(0..10)
    }

    /// The code of the province.
    #[must_use]
    pub fn province(&self) -> &str {
        self.part(12..14)
    }

    /// The code of the commune.
    #[must_use]
    pub fn commune(&self) -> &str {
        self.part(14..19)
    }

    /// The number of the point in its commune.
    #[must_use]
    pub fn point(&self) -> &str {
        self.part(19..22)
    }
}
