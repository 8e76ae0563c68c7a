//! Sentences for people, one file per language, found by code.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hash::Hash;
use std::sync::LazyLock;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;

use crate::domain::{
    Code, EnrollmentKind, EnrollmentStatus, FieldError, HolderKind, InstallationMode, ItemState,
    Measure, ReviewState, Role, Scheme, VisitResult, WorklistKind,
};
use crate::imports::LineError;
use crate::sheets::{Heading, Title};

/// Everything we say in one language.
#[derive(Debug, Deserialize)]
struct Texts {
    problems: HashMap<Code, String>,
    titles: HashMap<Title, String>,
    headings: HashMap<Heading, String>,
    total: String,
    #[serde(flatten)]
    lists: Lists,
}

/// A word of a closed list that people read.
pub trait Said: Copy + Eq + Hash + 'static {
    /// As it stands on the wire.
    fn on_the_wire(self) -> &'static str;
    /// The words of its list.
    fn words(lists: &Lists) -> &HashMap<Self, String>;
}

macro_rules! lists {
    ($($list:ident: $word:ident),+ $(,)?) => {
        /// The words of closed lists.
        #[derive(Debug, Deserialize)]
        pub struct Lists {
            $($list: HashMap<$word, String>),+
        }

        $(impl Said for $word {
            fn on_the_wire(self) -> &'static str {
                self.as_str()
            }

            fn words(lists: &Lists) -> &HashMap<Self, String> {
                &lists.$list
            }
        })+

        #[cfg(test)]
        impl Lists {
            /// Words of which nothing is said.
            fn unsaid(&self) -> Vec<&'static str> {
                let mut found = Vec::new();
                $(found.extend(
                    $word::ALL
                        .iter()
                        .filter(|word| self.$list.get(word).is_none_or(|it| it.trim().is_empty()))
                        .map(|word| word.as_str()),
                );)+
                found
            }
        }
    };
}
lists! {
    schemes: Scheme,
    enrollment_kinds: EnrollmentKind,
    enrollment_states: EnrollmentStatus,
    review_states: ReviewState,
    holder_kinds: HolderKind,
    measures: Measure,
    roles: Role,
    item_states: ItemState,
    worklist_kinds: WorklistKind,
    visit_results: VisitResult,
    revocations: InstallationMode,
}

static VIETNAMESE: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../texts/vi.json")));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../texts/en.json")));

#[allow(clippy::expect_used, reason = "start-up: a damaged embedded file must stop the program")]
fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the embedded texts are sound")
}

/// A language we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Unless asked otherwise.
    #[default]
    Vi,
    /// With `Accept-Language: en`.
    En,
}

impl Lang {
    /// The language that `Accept-Language` likes best among ours.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let mut best = (Self::Vi, 0.0);
        for range in wanted.unwrap_or_default().split(',') {
            let (tag, quality) = range.split_once(';').unwrap_or((range, "q=1"));
            let quality = quality.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
            let lang = match tag.trim().split('-').next() {
                Some(tag) if tag.eq_ignore_ascii_case("vi") => Self::Vi,
                Some(tag) if tag.eq_ignore_ascii_case("en") => Self::En,
                _ => continue,
            };
            if quality.unwrap_or(0.0) > best.1 {
                best = (lang, quality.unwrap_or(0.0));
            }
        }
        best.0
    }
}

impl FromRequest for Lang {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(req.headers())))
    }
}

/// The sentence for a code.
#[must_use]
pub fn detail(lang: Lang, code: Code) -> &'static str {
    texts(lang).problems.get(&code).map_or(code.as_str(), String::as_str)
}

fn texts(lang: Lang) -> &'static Texts {
    match lang {
        Lang::Vi => &VIETNAMESE,
        Lang::En => &ENGLISH,
    }
}

/// What stands above a column.
#[must_use]
pub fn heading(lang: Lang, heading: Heading) -> &'static str {
    texts(lang).headings.get(&heading).map_or(heading.as_str(), String::as_str)
}

/// What a table is called.
#[must_use]
pub fn title(lang: Lang, title: Title) -> &'static str {
    texts(lang).titles.get(&title).map_or(title.as_str(), String::as_str)
}

/// What stands before totals.
#[must_use]
pub fn total(lang: Lang) -> &'static str {
    &texts(lang).total
}

/// A word of a closed list.
#[must_use]
pub fn word<T: Said>(lang: Lang, word: T) -> &'static str {
    T::words(&texts(lang).lists).get(&word).map_or(word.on_the_wire(), String::as_str)
}

/// Codes whose sentence says little without the row of the law.
const LAW: [Code; 3] = [Code::RuleMissing, Code::RateUnknown, Code::MonthsNotAllowed];

/// The sentence for a wrong field; a row of the law that is missing is named in it.
#[must_use]
pub fn of_field(lang: Lang, error: &FieldError) -> String {
    let text = detail(lang, error.code);
    match &error.rule {
        Some(rule) if LAW.contains(&error.code) => {
            format!("{text} [{rule}]")
        }
        _ => text.to_owned(),
    }
}

/// The sentence for what is wrong in a file, with what it leaves open.
#[must_use]
pub fn of_line(lang: Lang, error: &LineError) -> String {
    let text = detail(lang, error.code);
    match &error.hint {
        Some(hint) => format!("{} [{hint}]", text.trim_end_matches('.')),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn everything_is_said_in_both_languages() {
        for texts in [&*VIETNAMESE, &*ENGLISH] {
            let said = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
            for code in Code::ALL {
                assert!(said(texts.problems.get(code)), "{code}");
            }
            for heading in Heading::ALL {
                assert!(said(texts.headings.get(heading)), "{heading}");
            }
            for title in Title::ALL {
                assert!(said(texts.titles.get(title)), "{title}");
            }
            assert!(texts.lists.unsaid().is_empty(), "{:?}", texts.lists.unsaid());
        }
    }

    #[test]
    fn the_language_that_is_liked_best() {
        for (header, lang) in [
            ("", Lang::Vi),
            ("en", Lang::En),
            ("en-GB,en;q=0.9,vi;q=0.8", Lang::En),
            ("vi-VN,vi;q=0.9,en;q=0.8", Lang::Vi),
            ("fr", Lang::Vi),
            ("en;q=0", Lang::Vi),
            ("en;q=x", Lang::Vi),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(header));
            assert_eq!(Lang::of(&headers), lang, "{header}");
        }
    }
}
