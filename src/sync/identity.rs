//! Who is the same person: by codes first, by name, sex, birth and commune when codes say nothing.

use super::facts::{Facts, PersonFacts};
use super::judge::Pardons;
use crate::domain::{
    CodeKind, Flag, Id, NameAgreement, Person, PersonName, Sex, identity_key, same_name,
};

/// What the codes and the name of a person in a record lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// This person, perhaps with remarks, and codes of his we did not know.
    Known { at: usize, flags: Vec<Flag>, unknown_codes: Vec<CodeKind> },
    /// Somebody new; the places of persons he may be after all.
    New { alike: Vec<usize> },
    /// The record contradicts what we know of the person its codes name, or they name two: then the
    /// first is the owner of the mã số BHXH.
    Conflict { one: usize, other: Option<usize> },
}

/// What may be the same person has the same key: today's commune, sex, year of birth, folded name. The commune
/// comes first because whoever is enrolled on one outing lives near each other, and so do their keys in the
/// index. Birth dates that agree are of one year always; without it each common name would be everybody's.
pub fn key(person: &Person, commune_now: &str) -> String {
    key_of(&person.name, person.sex, person.birth.year(), commune_now)
}

/// The key of somebody of whom only this is known.
pub fn key_of(name: &PersonName, sex: Sex, year: i32, commune_now: &str) -> String {
    identity_key(name, sex, year, commune_now)
}

/// The commune of a key.
pub fn commune_of(key: &str) -> &str {
    key.split_once('|').map_or("", |(commune, _)| commune)
}

/// Finds the person a record speaks of.
pub fn resolve(facts: &Facts, person: &Person, identity_key: &str, pardons: &Pardons) -> Identity {
    // The mã số BHXH comes first among the codes.
    let mut owners: Vec<usize> = Vec::new();
    for (kind, _, code) in person.codes() {
        owners.extend(facts.owner_of(kind, code).filter(|at| !owners.contains(at)));
    }
    match owners[..] {
        [] => unknown(facts, person, identity_key, pardons),
        [at] if pardons.named.contains(&facts.persons[at].id) => known(facts, at, person, vec![]),
        [at] => named(facts, at, person),
        [one, other, ..] => Identity::Conflict { one, other: Some(other) },
    }
}

/// The person that the codes name, if the name is his, or was that of somebody who is he now.
fn named(facts: &Facts, at: usize, person: &Person) -> Identity {
    let names = facts.persons[at].names.iter();
    let agreeing = names.filter(|(_, birth)| birth.agrees(&person.birth));
    let mut spelled = false;
    for (name, birth) in agreeing {
        match same_name(name, &person.name) {
            NameAgreement::Equal => return known(facts, at, person, vec![]),
            NameAgreement::Spelling if birth.year() == person.birth.year() => spelled = true,
            _ => {}
        }
    }
    if spelled {
        return known(facts, at, person, vec![Flag::NameSpelling]);
    }
    Identity::Conflict { one: at, other: None }
}

fn known(facts: &Facts, at: usize, person: &Person, mut flags: Vec<Flag>) -> Identity {
    let stored = &facts.persons[at];
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

/// A person of whom no code is known.
fn unknown(facts: &Facts, person: &Person, identity_key: &str, pardons: &Pardons) -> Identity {
    let mut alike = candidates(facts, person, identity_key);
    let is = |ids: &[Id], at: usize| ids.contains(&facts.persons[at].id);
    if let Some(at) = alike.iter().find(|at| is(&pardons.same, **at)) {
        return known(facts, *at, person, vec![]);
    }
    alike.retain(|at| !is(&pardons.different, *at));
    Identity::New { alike }
}

/// Persons of the same key who may be meant: birth agrees, and no code of theirs says otherwise.
fn candidates(facts: &Facts, person: &Person, identity_key: &str) -> Vec<usize> {
    let may_be = |stored: &PersonFacts| {
        stored.names.iter().any(|(_, birth)| birth.agrees(&person.birth))
            && !person
                .codes()
                .any(|(kind, _, code)| stored.codes.iter().any(|(k, c)| *k == kind && c != code))
    };
    let alike = facts.alike(identity_key).iter().copied();
    alike.filter(|at| may_be(&facts.persons[*at])).collect()
}
