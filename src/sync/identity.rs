//! Who is the same person: by codes first, by name, sex, birth and commune when codes say nothing.

use super::facts::{Facts, PersonFacts};
use crate::domain::{CodeKind, Flag, NameAgreement, Person, Sex, same_name};

/// What the codes and the name of a person in a record lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// This person, perhaps with remarks, and codes of his we did not know.
    Known { at: usize, flags: Vec<Flag>, unknown_codes: Vec<CodeKind> },
    /// Somebody new; the places of persons he may be after all.
    New { alike: Vec<usize> },
    /// The record contradicts what we know of the person its codes name.
    Conflict,
}

/// What may be the same person has the same key: folded name, sex, today's commune.
pub fn key(person: &Person, commune_now: &str) -> String {
    let sex = match person.sex {
        Sex::Male => "m",
        Sex::Female => "f",
    };
    format!("{}|{sex}|{commune_now}", person.name.folded())
}

/// Finds the person a record speaks of.
pub fn resolve(facts: &Facts, person: &Person, identity_key: &str) -> Identity {
    let mut owners: Vec<usize> =
        person.codes().filter_map(|(kind, _, code)| facts.owner_of(kind, code)).collect();
    owners.sort_unstable();
    owners.dedup();
    match owners[..] {
        [] => Identity::New { alike: candidates(facts, person, identity_key) },
        [at] => known(facts, at, person),
        _ => Identity::Conflict,
    }
}

fn known(facts: &Facts, at: usize, person: &Person) -> Identity {
    let stored = &facts.persons[at];
    let mut flags = Vec::new();
    if !stored.birth.agrees(&person.birth) {
        return Identity::Conflict;
    }
    match same_name(&stored.name, &person.name) {
        NameAgreement::Equal => {}
        NameAgreement::Spelling if stored.birth.year() == person.birth.year() => {
            flags.push(Flag::NameSpelling);
        }
        _ => return Identity::Conflict,
    }
    let unknown = |(kind, _, code): &(CodeKind, &str, &str)| {
        !stored.codes.iter().any(|(k, c)| k == kind && c == code)
    };
    let unknown_codes: Vec<CodeKind> =
        person.codes().filter(unknown).map(|(kind, ..)| kind).collect();
    if unknown_codes.iter().any(|kind| stored.code(*kind).is_some()) {
        flags.push(Flag::PersonalIdDiffers);
    }
    Identity::Known { at, flags, unknown_codes }
}

/// Persons of the same key who may be meant: birth agrees, and no code of theirs says otherwise.
fn candidates(facts: &Facts, person: &Person, identity_key: &str) -> Vec<usize> {
    let may_be = |stored: &PersonFacts| {
        stored.birth.agrees(&person.birth)
            && !person
                .codes()
                .any(|(kind, _, code)| stored.codes.iter().any(|(k, c)| *k == kind && c != code))
    };
    let alike = facts.alike(identity_key).iter().copied();
    alike.filter(|at| may_be(&facts.persons[*at])).collect()
}
