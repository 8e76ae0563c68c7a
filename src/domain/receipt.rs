//! A receipt (biên lai) in a receipt book (quyển biên lai).

use super::code::{Code, FieldError};
use super::text::clean_text;

/// Longest book or number we keep, in characters.
const MAX_CHARS: usize = 50;

/// The receipt handed over for the money.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
pub struct Receipt {
    /// The book it was torn from.
    pub book: String,
    /// Its number in the book.
    pub number: String,
}

impl Receipt {
    /// Reads book and number; paths of errors are relative to the receipt.
    ///
    /// # Errors
    /// One error for each part that is empty, too long or has control characters.
    pub fn parse(book: &str, number: &str) -> Result<Self, Vec<FieldError>> {
        match (part(book), part(number)) {
            (Ok(book), Ok(number)) => Ok(Self { book, number }),
            (book, number) => Err([("book", book.err()), ("number", number.err())]
                .into_iter()
                .filter_map(|(path, code)| code.map(|code| FieldError::new(path, code)))
                .collect()),
        }
    }
}

fn part(text: &str) -> Result<String, Code> {
    match clean_text(text, MAX_CHARS) {
        Ok(text) if text.is_empty() => Err(Code::Required),
        other => other,
    }
}
