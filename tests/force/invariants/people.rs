//! Nobody is covered twice for one scheme and time, and who can only be enrolled is.

use std::collections::{BTreeMap, BTreeSet};

use dai_ly_thu::domain::{Id, RecordKind, RecordState};
use serde_json::Value;

use super::states::decided;
use super::{Books, Found};
use crate::model::Record;
use crate::slips::{Cover, Flaw, Person, Slip};

/// Days covered, of one person in one scheme: from, to, the enrollment.
type Covers<'a> = Vec<(&'a str, &'a str, &'a str)>;

/// By the person the server knows, and by the person of the model, whom a code names.
pub fn covered_once(books: &Books<'_>, found: &mut Found) {
    let coded = persons_of_enrollments(books);
    let mut covers: BTreeMap<(String, &str), Covers<'_>> = BTreeMap::new();
    for it in books.office.enrollments.iter().filter(|it| it["status"] == "accepted") {
        let text = |name: &str| it[name].as_str().unwrap_or_default();
        let days = (text("covers_from"), text("covers_to"), text("id"));
        covers.entry((text("person_id").to_owned(), text("scheme"))).or_default().push(days);
        // After a merge and its undoing somebody may hold what was bought in another's name.
        let person = coded.get(text("id")).filter(|it| !books.touched.contains(&it.number));
        if let Some(person) = person {
            let named = format!("the person of code {}", person.number);
            covers.entry((named, text("scheme"))).or_default().push(days);
        }
    }
    for ((person, scheme), mut days) in covers {
        days.sort_unstable();
        let twice = days.windows(2).find(|pair| pair[1].0 <= pair[0].1);
        if let Some(twice) = twice {
            let sequence =
                enrollment(books, twice[1].2).and_then(|it| books.sequence(&it["group_id"]));
            found.add(sequence, format!("{person} is covered twice in {scheme}: {twice:?}"));
        }
    }
}

fn enrollment<'a>(books: &Books<'a>, id: &str) -> Option<&'a Value> {
    books.office.enrollments.iter().find(|it| it["id"] == id)
}

/// Whom each enrollment of a person with a code is about.
fn persons_of_enrollments(books: &Books<'_>) -> BTreeMap<String, Person> {
    let mut persons = BTreeMap::new();
    for player in books.players {
        for (id, record) in &player.model.records {
            let Some(slip) = record.revs.iter().find_map(|it| it.slip.as_ref()) else { continue };
            for (place, person) in slip.persons.iter().enumerate().filter(|(_, it)| it.coded) {
                persons.insert(id.derive(&format!("enrollment/{place}")).to_string(), *person);
            }
        }
    }
    persons
}

/// A record that names persons, as it is decided now.
struct Attempt<'a> {
    sequence: u64,
    id: Id,
    record: &'a Record,
    slip: &'a Slip,
    state: RecordState,
}

/// Whoever nobody else names is enrolled; of several equal attempts one is.
pub fn expected(books: &Books<'_>, found: &mut Found) {
    let mut by_person: BTreeMap<u32, Vec<Attempt<'_>>> = BTreeMap::new();
    let mut named: BTreeMap<u32, BTreeSet<Id>> = BTreeMap::new();
    for (player, told) in books.each() {
        for (id, record) in &player.model.records {
            let slips = record.revs.iter().filter_map(|it| it.slip.as_ref());
            for person in slips.flat_map(|it| &it.persons) {
                named.entry(person.number).or_default().insert(*id);
            }
        }
        for (id, record, answer, state) in decided(player, told) {
            let rev = answer.rev.and_then(|rev| record.rev(rev));
            let Some(slip) = rev.and_then(|it| it.slip.as_ref()) else { continue };
            for person in &slip.persons {
                let sequence = player.number;
                let attempt = Attempt { sequence, id: *id, record, slip, state };
                by_person.entry(person.number).or_default().push(attempt);
            }
        }
    }
    for (number, attempts) in by_person.iter().filter(|(it, _)| !books.touched.contains(*it)) {
        match &attempts[..] {
            [alone] => nobody_else(alone, &named, books, found),
            several => {
                let only = |it: &Person| named[&it.number].len() == several.len();
                if several.iter().all(|it| it.slip.persons.iter().all(only)) {
                    equal_attempts(*number, several, found);
                }
            }
        }
    }
}

/// All of whose persons nobody else named must be enrolled.
fn nobody_else(
    alone: &Attempt<'_>,
    named: &BTreeMap<u32, BTreeSet<Id>>,
    books: &Books<'_>,
    found: &mut Found,
) {
    let only = alone
        .slip
        .persons
        .iter()
        .all(|it| named[&it.number].len() == 1 && !books.touched.contains(&it.number));
    if !only || !alone.record.is_untouched() || alone.slip.flaw != Flaw::None {
        return;
    }
    if alone.state != RecordState::Accepted {
        let Attempt { id, state, .. } = alone;
        found.add(
            Some(alone.sequence),
            format!("record {id}, of whom nobody else named, is {state:?}"),
        );
    }
}

/// Of attempts that differ in nothing one is accepted, and the others are duplicates of it.
fn equal_attempts(number: u32, attempts: &[Attempt<'_>], found: &mut Found) {
    if !attempts.iter().all(|it| it.record.is_plain()) {
        return;
    }
    let first = &attempts[0];
    let alike = |it: &Attempt<'_>| {
        it.slip.persons.iter().all(|person| person.coded)
            && (it.record.kind, &it.slip.cover, &it.slip.persons)
                == (first.record.kind, &first.slip.cover, &first.slip.persons)
    };
    // Days of cards depend on the day of payment, months do not.
    let by_months = matches!(first.slip.cover, Cover::Months(..));
    let same_day = attempts.iter().all(|it| it.slip.body["paid_on"] == first.slip.body["paid_on"]);
    if !attempts.iter().all(alike) || !(by_months || same_day) {
        return;
    }
    let accepted = attempts.iter().filter(|it| it.state == RecordState::Accepted).count();
    let duplicate = attempts.iter().filter(|it| it.state == RecordState::Duplicate).count();
    debug_assert_ne!(first.record.kind, RecordKind::Void);
    if (accepted, duplicate) != (1, attempts.len() - 1) {
        let states: Vec<_> = attempts.iter().map(|it| (it.id, it.state)).collect();
        found.add(Some(first.sequence), format!("equal attempts for {number}: {states:?}"));
    }
}

/// Every enrollment that a phone was ever told of is there, with the money that was taken for it.
pub fn acknowledged(books: &Books<'_>, found: &mut Found) {
    let known: BTreeMap<&str, &Value> = books
        .office
        .enrollments
        .iter()
        .map(|it| (it["id"].as_str().unwrap_or_default(), it))
        .collect();
    for player in books.players {
        for (id, record) in &player.model.records {
            for rev in &record.revs {
                let (Some(slip), Some(heard)) = (&rev.slip, &rev.heard) else { continue };
                for what in of_answer(id, rev.rev, (slip, heard), &known) {
                    found.add(Some(player.number), what);
                }
            }
        }
    }
}

fn of_answer(
    id: &Id,
    rev: i64,
    (slip, heard): (&Slip, &Value),
    known: &BTreeMap<&str, &Value>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut paid = 0;
    for told in heard["enrollments"].as_array().into_iter().flatten() {
        if let Some(other) = told["duplicate_of"]["enrollment_id"].as_str()
            && !known.contains_key(other)
        {
            wrong
                .push(format!("record {id} rev {rev} is a duplicate of what is not there: {told}"));
        }
        let Some(enrollment) = told["id"].as_str() else { continue };
        let Some(row) = known.get(enrollment) else {
            wrong.push(format!("record {id} rev {rev}: enrollment {enrollment} is not there"));
            continue;
        };
        if row["record_id"] != id.to_string() || row["record_rev"] != rev {
            wrong.push(format!("record {id} rev {rev}: enrollment {row} is of another"));
        }
        paid += row["payable"].as_i64().unwrap_or(i64::MIN);
    }
    if heard["status"] == "accepted" && slip.body["amount_collected"] != paid {
        wrong.push(format!("record {id} rev {rev}: {paid} is enrolled, and was not taken"));
    }
    wrong
}
