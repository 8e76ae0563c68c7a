//! Codes that identify a person or a health facility, as newtypes: once
//! parsed, no function checks them again.

use super::code::Code;
use super::vocab::Sex;

/// Declares a code: a newtype over checked text, with serde as that text.
macro_rules! code_type {
    ($(#[$meta:meta])* $name:ident, $is_valid:path) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// Reads the code exactly as printed.
            ///
            /// # Errors
            /// `bad_format` when it has not the form of the code.
            pub fn parse(text: &str) -> Result<Self, Code> {
                if $is_valid(text.as_bytes()) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Code::BadFormat)
                }
            }

            /// The code as printed, leading zeros included.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Code;

            fn try_from(text: String) -> Result<Self, Code> {
                if $is_valid(text.as_bytes()) {
                    Ok(Self(text))
                } else {
                    Err(Code::BadFormat)
                }
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }
    };
}

code_type!(
    /// Mã số BHXH: 10 digits, opaque; no province and no check digit may be read from it.
    BhxhCode,
    is_bhxh_code
);
code_type!(
    /// Số định danh cá nhân: birth place (3), century and sex (1), year (2), random (6)
    /// (TT 07/2016/TT-BCA Điều 7).
    PersonalId,
    is_personal_id
);
code_type!(
    /// Passport number: 6 to 9 capital letters and digits, at least four of them digits.
    Passport,
    is_passport
);
code_type!(
    /// Mã KCB ban đầu: province (2 digits) and facility (3 digits or capital letters).
    FacilityCode,
    is_facility_code
);

fn is_bhxh_code(text: &[u8]) -> bool {
    text.len() == 10 && text.iter().all(u8::is_ascii_digit)
}

fn is_personal_id(text: &[u8]) -> bool {
    text.len() == 12 && text.iter().all(u8::is_ascii_digit)
}

fn is_capital_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_passport(text: &[u8]) -> bool {
    (6..=9).contains(&text.len())
        && text.iter().copied().all(is_capital_or_digit)
        && text.iter().filter(|byte| byte.is_ascii_digit()).count() >= 4
}

fn is_facility_code(text: &[u8]) -> bool {
    text.len() == 5
        && text[..2].iter().all(u8::is_ascii_digit)
        && text[2..].iter().copied().all(is_capital_or_digit)
}

impl PersonalId {
    fn digit(&self, at: usize) -> i32 {
        self.0.as_bytes().get(at).map_or(0, |byte| i32::from(byte - b'0'))
    }

    /// The sex the number declares: even male, odd female. A difference to the
    /// declared sex is a warning, never a refusal.
    #[must_use]
    pub fn declared_sex(&self) -> Sex {
        if self.digit(3) % 2 == 0 { Sex::Male } else { Sex::Female }
    }

    /// The year of birth the number declares: 0 and 1 are the 20th century, 2
    /// and 3 the 21st, and so on.
    #[must_use]
    pub fn birth_year(&self) -> i32 {
        1900 + self.digit(3) / 2 * 100 + self.digit(4) * 10 + self.digit(5)
    }

    /// The three digits of the place where the birth was registered.
    #[must_use]
    pub fn birth_place(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert!(BhxhCode::parse("0123456789").is_ok());
        for wrong in
            ["", "123456789", "01234567890", "012345678a", "０１２３４５６７８９", " 123456789"]
        {
            assert_eq!(BhxhCode::parse(wrong), Err(Code::BadFormat), "{wrong}");
        }
        assert!(FacilityCode::parse("44001").is_ok());
        assert!(FacilityCode::parse("01A1Z").is_ok());
        assert!(FacilityCode::parse("01a1z").is_err());
        assert!(FacilityCode::parse("4400").is_err());
        assert!(Passport::parse("B1234567").is_ok());
        assert!(Passport::parse("ABCDEFG").is_err());
        assert!(Passport::parse("b1234567").is_err());
    }

    #[test]
    fn a_personal_id_declares_sex_and_year() {
        let id = PersonalId::parse("044088000123").unwrap();
        assert_eq!(id.declared_sex(), Sex::Male);
        assert_eq!(id.birth_year(), 1988);
        let id = PersonalId::parse("044305000123").unwrap();
        assert_eq!(id.declared_sex(), Sex::Female);
        assert_eq!(id.birth_year(), 2005);
        assert_eq!(id.birth_place(), "044");
    }
}
