//! Log-in names: compared without case, typed on small keyboards, so only plain letters and signs.

use crate::domain::Code;

/// A log-in name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// Reads a log-in name; capitals count as small letters.
    ///
    /// # Errors
    /// `required` when empty, `too_long` over 64 characters, `bad_format` for anything but letters
    /// a–z, digits and `. _ - + @`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Code::Required);
        }
        if text.len() > 64 {
            return Err(Code::TooLong);
        }
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"._-+@".contains(&c);
        if !text.bytes().all(plain) {
            return Err(Code::BadFormat);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// In small letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Login> for String {
    fn from(login: Login) -> Self {
        login.0
    }
}

impl std::str::FromStr for Login {
    type Err = Code;

    fn from_str(text: &str) -> Result<Self, Code> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_in_names() {
        assert_eq!(Login::parse(" Lan.Bo-Trach ").unwrap().as_str(), "lan.bo-trach");
        assert_eq!(Login::parse(" "), Err(Code::Required));
        assert_eq!(Login::parse("lan bố trạch"), Err(Code::BadFormat));
        assert_eq!(Login::parse(&"a".repeat(65)), Err(Code::TooLong));
    }
}
