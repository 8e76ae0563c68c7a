//! What a judgement comes to.

use serde::Serialize;

use crate::domain::{Code, CodeKind, FieldError, Flag, Id, Person as Stated};
use crate::policy::refusal::{self, Refusal};
use crate::store::rows::{CardRow, DuplicateRow, EnrollmentRow};
use crate::store::visits::VisitRow;
use crate::sync::facts::Facts;
use crate::sync::identity::Identity;
use crate::sync::outcome::Outcome;
use crate::sync::wire::{CardAnswer, DuplicateOf, EnrollmentAnswer};

/// The decision, with what has to be done about it.
#[derive(Debug)]
pub enum Verdict {
    /// Enrolled: persons, enrollments and cards to write.
    Enrol(Box<Enrolling>),
    /// Nobody is enrolled.
    Hold(Holding),
    /// An earlier record is taken back.
    Void(Voiding),
    /// A visit is kept.
    Visit(Box<Visiting>),
}

/// A visit to keep.
#[derive(Debug)]
pub struct Visiting {
    pub row: VisitRow,
    pub flags: Vec<Flag>,
}

/// A record by which nobody is enrolled.
#[derive(Debug)]
pub struct Holding {
    /// Why.
    pub outcome: Outcome,
    /// Which enrollments stand in the way.
    pub named: Vec<DuplicateRow>,
    /// Whom the doubt is about.
    pub between: Between,
}

/// Two persons who may be one, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Between {
    pub person_id: Option<Id>,
    pub other_id: Option<Id>,
}

impl From<Outcome> for Holding {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, named: vec![], between: Between::default() }
    }
}

/// Everything that an accepted record writes.
#[derive(Debug)]
pub struct Enrolling {
    pub persons: Vec<Person>,
    pub household: Option<NewHousehold>,
    /// (household, year, member, rank) newly given.
    pub ranks: Vec<(Id, i32, usize, u32)>,
    pub enrollments: Vec<EnrollmentRow>,
    pub cards: Vec<CardRow>,
    pub flags: Vec<Flag>,
    /// New persons, by their places, who are very like somebody: reviews that open beside the accepted
    /// record.
    pub alike: Vec<(usize, Id)>,
}

/// One person of the record, known or new.
#[derive(Debug)]
pub struct Person {
    pub id: Id,
    /// His place among the known, or what makes him.
    pub known: Result<usize, NewPerson>,
    /// Codes to attach.
    pub codes: Vec<(CodeKind, String)>,
    /// The mã số BHXH he has or gets.
    pub bhxh_code: Option<String>,
}

/// A person nobody has met yet.
#[derive(Debug)]
pub struct NewPerson {
    pub identity_key: String,
    pub stated: Stated,
    pub area_code: String,
}

/// What becomes known of the household.
#[derive(Debug)]
pub enum NewHousehold {
    Make { id: Id },
    Alias { alias: Id, household: Id },
    Known { id: Id },
}

impl NewHousehold {
    pub fn id(&self) -> Id {
        match self {
            Self::Make { id } | Self::Known { id } | Self::Alias { household: id, .. } => *id,
        }
    }
}

/// A record to take back.
#[derive(Debug, Clone, Copy)]
pub struct Voiding {
    pub record_id: Id,
}

/// An area of the day of payment.
#[derive(Debug, Clone)]
pub struct Place {
    pub code: String,
    /// What it is today: tallies and identity follow it.
    pub now: String,
    pub province: String,
    /// The code was one of before the merger.
    pub mapped: bool,
}

impl Verdict {
    /// The law says no, or cannot say: a missing rule is never the record's fault.
    pub fn refused(refusals: Vec<(String, Refusal)>, flags: Vec<Flag>, persons: usize) -> Self {
        let body = |(path, refusal)| (format!("/body/{path}"), refusal);
        let waits = refusals.iter().all(|(_, refusal)| refusal.waits_for_a_rule());
        let (code, fields) = refusal::told(refusals.into_iter().map(body).collect());
        let outcome = if waits {
            Outcome { fields, ..Outcome::review(code, flags, vec![None; persons]) }
        } else {
            Outcome::rejected(code, fields)
        };
        Self::Hold(outcome.into())
    }

    pub fn rejected(code: Code, fields: Vec<FieldError>) -> Self {
        Self::Hold(Outcome::rejected(code, fields).into())
    }

    /// The money taken is not what the law asks.
    pub fn wrong_amount(expected: i64) -> Self {
        let field = FieldError {
            expected: Some(expected),
            ..FieldError::new("/body/amount_collected", Code::AmountMismatch)
        };
        Self::rejected(Code::AmountMismatch, vec![field])
    }

    pub fn review(code: Code, flags: Vec<Flag>, persons: usize) -> Self {
        Self::Hold(Outcome::review(code, flags, vec![None; persons]).into())
    }

    /// A doubt about who somebody is.
    pub fn doubt(code: Code, flags: Vec<Flag>, persons: usize, between: Between) -> Self {
        let outcome = Outcome::review(code, flags, vec![None; persons]);
        Self::Hold(Holding { outcome, named: vec![], between })
    }

    /// Everybody is covered already; `named` says by what.
    pub fn duplicate(
        flags: Vec<Flag>,
        covered: Vec<Option<DuplicateOf>>,
        named: Vec<DuplicateRow>,
    ) -> Self {
        let outcome = Outcome::duplicate(flags, covered);
        Self::Hold(Holding { outcome, named, between: Between::default() })
    }
}

impl Enrolling {
    /// The outcome to store and answer.
    pub fn outcome(&self) -> Outcome {
        let entry =
            |((row, card), person): ((&EnrollmentRow, &CardRow), &Person)| EnrollmentAnswer {
                id: Some(row.id),
                person_id: Some(row.person_id),
                bhxh_code: person.bhxh_code.clone(),
                kind: Some(row.kind),
                duplicate_of: None,
                card: Some(card_answer(card)),
            };
        let rows = self.enrollments.iter().zip(&self.cards).zip(&self.persons);
        Outcome::accepted(self.flags.clone(), rows.map(entry).collect())
    }
}

/// A card as the protocol shows it.
pub fn card_answer(card: &CardRow) -> CardAnswer {
    CardAnswer {
        id: card.id,
        card_type: card.card_type,
        state: card.state,
        number: card.number.clone(),
        long_number: card.long_number.clone(),
        valid_from: card.valid_from,
        valid_to: card.valid_to,
    }
}

/// Rows that remember which enrollments a record named as standing.
pub fn named(record_id: Id, rev: i64, covered: &[Option<DuplicateOf>]) -> Vec<DuplicateRow> {
    let row = |(i, of): (usize, &Option<DuplicateOf>)| {
        Some(DuplicateRow {
            record_id,
            record_rev: rev,
            member_index: i32::try_from(i).ok()?,
            enrollment_id: of.as_ref()?.enrollment_id,
        })
    };
    covered.iter().enumerate().filter_map(row).collect()
}

/// A document for a text column. Our own shapes of text and numbers always have one.
pub fn document(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "a document could not be written");
        "{}".to_owned()
    })
}

impl Person {
    /// The person to enroll: the one found, or a new one named by the record and his place in it.
    pub fn of(
        facts: &Facts,
        record_id: Id,
        index: usize,
        stated: &Stated,
        found: Identity,
        identity_key: String,
        place: &Place,
    ) -> Self {
        let codes = |kinds: &[CodeKind]| {
            let wanted = stated.codes().filter(|(kind, ..)| kinds.contains(kind));
            wanted.map(|(kind, _, code)| (kind, code.to_owned())).collect::<Vec<_>>()
        };
        let stated_code = stated.bhxh_code.as_ref().map(|code| code.as_str().to_owned());
        if let Identity::Known { at, unknown_codes, .. } = found {
            let known = &facts.persons[at];
            let bhxh_code = known.code(CodeKind::Bhxh).map(str::to_owned).or(stated_code);
            return Self { id: known.id, known: Ok(at), codes: codes(&unknown_codes), bhxh_code };
        }
        let new = NewPerson { identity_key, stated: stated.clone(), area_code: place.code.clone() };
        Self {
            id: record_id.derive(&format!("person/{index}")),
            known: Err(new),
            codes: codes(CodeKind::ALL),
            bhxh_code: stated_code,
        }
    }
}
