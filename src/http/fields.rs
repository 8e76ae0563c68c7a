//! Fields of a body: read one by one, so that all errors are told at once and not only the first.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use super::problem::Problem;
use crate::domain::{Areas, Code, FieldError, clean_text, parse_day};

/// A field that must be there, or what is wrong with it: `required` when absent or null,
/// `bad_format` when of another kind. An optional field is an `Option<Given<T>>`.
#[derive(Debug)]
pub struct Given<T>(Result<T, Code>);

impl<T> Given<T> {
    /// An element that was there.
    pub const fn of(value: T) -> Self {
        Self(Ok(value))
    }

    /// A field that was not there.
    pub const fn missing() -> Self {
        Self(Err(Code::Required))
    }

    /// Reads it further.
    pub fn and_then<U>(self, parse: impl FnOnce(T) -> Result<U, Code>) -> Given<U> {
        Given(self.0.and_then(parse))
    }
}

impl<T> From<Result<T, Code>> for Given<T> {
    fn from(read: Result<T, Code>) -> Self {
        Self(read)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Seen(PhantomData))
    }
}

struct Seen<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Seen<T> {
    type Value = Given<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_none<E: de::Error>(self) -> Result<Given<T>, E> {
        Ok(Given(Err(Code::Required)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Given<T>, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Given<T>, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Given(serde_json::from_str(raw.get()).map_err(|_| Code::BadFormat)))
    }
}

/// Reads a field that may be absent, or null to take its value away.
///
/// # Errors
/// None: what is wrong with the value is told with the other fields.
pub fn nullable<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Given<Option<T>>>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(Some(Given(serde_json::from_str(raw.get()).map_err(|_| Code::BadFormat))))
}

/// Longest name of anything that is not a person, in characters.
const NAME: usize = 200;

/// Reads the name of a thing: a group, a village, an office.
pub fn name(given: Given<String>) -> Given<String> {
    text(given, NAME)
}

/// Reads a text that must say something, of at most `max` characters.
pub fn text(given: Given<String>, max: usize) -> Given<String> {
    given.and_then(|text| match clean_text(&text, max)? {
        text if text.is_empty() => Err(Code::Required),
        text => Ok(text),
    })
}

/// Reads a word of a closed vocabulary.
pub fn word<T: FromStr>(given: Given<String>) -> Given<T> {
    given.and_then(|text| text.parse().map_err(|_| Code::BadFormat))
}

/// Reads a day, `YYYY-MM-DD`.
pub fn day(given: Given<String>) -> Given<NaiveDate> {
    given.and_then(|text| parse_day(&text))
}

/// Reads a moment, RFC 3339.
pub fn time(given: Given<String>) -> Given<NaiveDateTime> {
    given.and_then(|text| {
        let time = DateTime::parse_from_rfc3339(&text).map_err(|_| Code::BadFormat)?;
        Ok(time.naive_utc())
    })
}

/// Reads the code of an area that stands on `today`; an older code becomes its successor's.
pub fn area(given: Given<String>, today: NaiveDate) -> Given<String> {
    given.and_then(|code| match Areas::in_force().resolve(&code, today) {
        Some(found) => Ok(found.area.code.clone()),
        None => Err(Code::AreaUnknown),
    })
}

/// The errors found so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// The value of a field that must be there, or a note of what is wrong with it.
    pub fn take<T>(&mut self, path: impl Into<String>, given: Given<T>) -> Option<T> {
        given.0.map_err(|code| self.0.push(FieldError::new(path, code))).ok()
    }

    /// The value of a field that may be absent.
    pub fn take_optional<T>(
        &mut self,
        path: impl Into<String>,
        given: Option<Given<T>>,
    ) -> Option<T> {
        given.and_then(|given| self.take(path, given))
    }

    /// Notes an error of a field.
    pub fn wrong(&mut self, path: impl Into<String>, code: Code) {
        self.0.push(FieldError::new(path, code));
    }

    /// The whole, when no field was wrong.
    ///
    /// # Errors
    /// `invalid` with every field error.
    pub fn finish<T>(self, whole: Option<T>) -> Result<T, Problem> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Shape {
        name: Given<String>,
        count: Given<i64>,
        note: Option<Given<String>>,
    }

    fn errors(json: &str) -> Vec<(String, Code)> {
        let shape: Shape = serde_json::from_str(json).unwrap();
        let mut fields = Fields::default();
        fields.take("/name", shape.name);
        fields.take("/count", shape.count);
        fields.take_optional("/note", shape.note);
        fields.0.into_iter().map(|field| (field.path, field.code)).collect()
    }

    #[test]
    fn all_errors_at_once() {
        assert_eq!(errors(r#"{"name":"a","count":1}"#), []);
        assert_eq!(errors(r#"{"name":"a","count":1,"note":null}"#), []);
        assert_eq!(
            errors(r#"{"count":"one","note":{}}"#),
            [
                ("/name".to_owned(), Code::Required),
                ("/count".to_owned(), Code::BadFormat),
                ("/note".to_owned(), Code::BadFormat),
            ]
        );
        assert_eq!(errors(r#"{"name":null,"count":1}"#), [("/name".to_owned(), Code::Required)]);
    }

    #[test]
    fn a_key_that_comes_twice_is_malformed() {
        assert!(serde_json::from_str::<Shape>(r#"{"name":"a","name":"b","count":1}"#).is_err());
    }
}
