//! Loads the facts a batch is judged by, taking the locks in the one order of locks.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::body::{Body, Household};
use super::entry::Entry;
use super::envelope::Record;
use super::facts::{Facts, GroupFacts, Held, NamedBy};
use super::identity;
use super::judge::Context;
use super::visited;
use crate::domain::{CodeKind, Id, Person, RecordState};
use crate::store::facts::{self as known, KnownRecord};
use crate::store::rows::{PersonCodeRow, PersonRow};
use crate::store::tallies::TallyKey;
use crate::store::{
    Conn, Result, StoreError, locks, memberships, persons, phones, reviews, waiting,
};
use crate::tallies;

/// What the batch speaks of, before anything is known.
#[derive(Default)]
struct Mentions<'a> {
    records: Vec<Id>,
    /// Of these, those stored already and judged once more.
    again: Vec<Id>,
    /// The phones they came from.
    phones: Vec<Id>,
    void_targets: Vec<Id>,
    /// Each person, with the key under which he might be known.
    persons: Vec<(&'a Person, String)>,
    households: Vec<&'a Household>,
    villages: Vec<Id>,
    drives: Vec<Id>,
    /// Whom visits were paid to: items of worklists, and persons.
    items: Vec<Id>,
    visited: Vec<Id>,
}

/// Locks and loads everything the batch mentions.
pub fn load(tx: &mut Conn, ctx: &Context<'_>, entries: &[Entry<'_>]) -> Result<Facts> {
    let mentions = Mentions::of(ctx, entries);
    let mut facts = Facts::default();

    locks::records(tx, &mentions.records)?;
    let records = known::records(tx, &mentions.records)?;
    let duplicates: Vec<Id> = records
        .iter()
        .filter(|row| row.is_current && row.state == RecordState::Duplicate)
        .map(|row| row.id)
        .collect();
    facts.add_records(records, held);
    if !mentions.again.is_empty() {
        facts.waiting = waiting::among(tx, &mentions.again)?;
        facts.reviews = reviews::of_records(tx, &mentions.again)?;
        for review in facts.reviews.values_mut().flatten() {
            for id in [&mut review.person_id, &mut review.other_id].into_iter().flatten() {
                *id = persons::survivor(tx, *id)?;
            }
        }
    }
    let visited = visited::look(tx, &mentions.items, &mentions.visited, &mentions.void_targets)?;
    facts.revoked = phones::revoked(tx, &mentions.phones)?.into_iter().collect();
    groups(tx, ctx, &mut facts)?;

    let codes: Vec<&str> = mentions
        .persons
        .iter()
        .flat_map(|(person, _)| person.codes().map(|(_, _, code)| code))
        .collect();
    let said = codes.clone();
    let owners = known::codes(tx, &codes)?;
    let owner: HashMap<(CodeKind, &str), Id> =
        owners.iter().map(|row| ((row.kind, row.code.as_str()), row.person_id)).collect();
    let is_known =
        |person: &Person| person.codes().any(|(kind, _, code)| owner.contains_key(&(kind, code)));
    let keys: Vec<&str> = mentions
        .persons
        .iter()
        .filter(|(person, _)| !is_known(person))
        .map(|(_, key)| key.as_str())
        .collect();
    locks::identity_keys(tx, &keys)?;
    let standing = known::standing(tx, &mentions.void_targets)?;

    let candidates = known::candidates(tx, &keys)?;
    let mut person_ids: Vec<Id> = candidates.iter().map(|(_, id)| *id).collect();
    person_ids.extend(owner.values());
    // Whoever takes back what stands for them opens a review of the duplicate, unless it is corrected here.
    if !duplicates.is_empty() {
        person_ids.extend(known::named_persons(tx, &duplicates)?);
    }
    person_ids.extend(standing.iter().map(|row| row.person_id));
    person_ids.extend(visited.survivors.values());
    person_ids.sort_unstable();
    person_ids.dedup();
    locks::persons(tx, &person_ids)?;
    let persons = known::persons(tx, &person_ids)?;
    let codes = known::codes_of(tx, &person_ids)?;
    still_the_same(&owners, &persons, &codes)?;
    let merged = known::merged_into(tx, &person_ids)?;
    let covers = known::covers(tx, &person_ids)?;
    facts
        .add_persons(persons, merged, codes, covers, candidates)
        .map_err(|column| StoreError::Damaged(column.into()))?;

    let enrollment_ids: Vec<Id> = standing.iter().map(|row| row.id).collect();
    for (enrollment_id, record_id, rev, group_id) in known::named_by(tx, &enrollment_ids)? {
        let by = NamedBy { record_id, rev, group_id };
        facts.named_by.entry(enrollment_id).or_default().push(by);
    }
    for row in standing {
        facts.standing.entry(row.record_id).or_default().push(row);
    }

    let ids: Vec<Id> = mentions.households.iter().map(|it| it.id).collect();
    let codes: Vec<&str> = mentions.households.iter().filter_map(|it| it.code.as_deref()).collect();
    let (rows, aliases) = known::households(tx, &ids, &codes)?;
    let household_ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    locks::households(tx, &household_ids)?;
    let ranks = known::ranks(tx, &household_ids)?;
    facts.add_households(rows, aliases, ranks);

    let keys: Vec<&str> = mentions.persons.iter().map(|(_, key)| key.as_str()).collect();
    visited.load(tx, &mut facts, &person_ids, (&keys, &said), &enrollment_ids)?;

    facts.villages = known::villages(tx, &mentions.villages)?.into_iter().collect();
    facts.drives = known::drives(tx, &mentions.drives)?.into_iter().collect();
    Ok(facts)
}

/// The groups whose records may be decided: those the sender is or was in, and those of what he speaks of.
fn groups(tx: &mut Conn, ctx: &Context<'_>, facts: &mut Facts) -> Result<()> {
    let memberships = memberships::of(tx, ctx.sender.agent_id)?;
    facts.memberships = memberships.into_iter().map(|(at, id)| (at.and_utc(), id)).collect();
    let mut ids = vec![ctx.sender.group_id];
    ids.extend(facts.memberships.iter().map(|(_, id)| *id));
    ids.extend(facts.records.values().filter_map(|it| it.owner).map(|owner| owner.group_id));
    ids.sort_unstable();
    ids.dedup();
    for (id, name, closed_through) in known::groups(tx, &ids)? {
        facts.groups.insert(id, GroupFacts { name, closed_through });
    }
    Ok(())
}

/// A code that leads to somebody else since it was looked up, or a person who is another one now: the
/// facts were read before the locks, and must be read again.
fn still_the_same(
    owners: &[PersonCodeRow],
    persons: &[PersonRow],
    codes: &[PersonCodeRow],
) -> Result<()> {
    let now: HashSet<(CodeKind, &str, Id)> =
        codes.iter().map(|row| (row.kind, row.code.as_str(), row.person_id)).collect();
    let same = |row: &PersonCodeRow| now.contains(&(row.kind, row.code.as_str(), row.person_id));
    let merged = persons.iter().any(|row| row.merged_into.is_some());
    if merged || !owners.iter().all(same) { Err(StoreError::Race) } else { Ok(()) }
}

impl<'a> Mentions<'a> {
    fn of(ctx: &Context<'_>, entries: &[Entry<'a>]) -> Self {
        let mut all = Self::default();
        for entry in entries {
            let Entry::Readable(taken) = entry else { continue };
            let record: &'a Record = taken.record;
            all.records.push(record.id);
            match taken.stored {
                Some(stored) => {
                    all.again.push(record.id);
                    all.phones.extend(stored.installation_id);
                }
                None => all.phones.extend(ctx.installation_id),
            }
            match &record.body {
                Ok(Body::Voluntary(body)) => {
                    all.villages.extend(body.payment.village_id);
                    all.drives.extend(body.payment.drive_id);
                    all.person(ctx, &body.person, taken.paid_on);
                }
                Ok(Body::Household(body)) => {
                    all.villages.extend(body.payment.village_id);
                    all.drives.extend(body.payment.drive_id);
                    all.households.push(body);
                    for member in &body.members {
                        all.person(ctx, &member.person, taken.paid_on);
                    }
                }
                Ok(Body::Void(body)) => {
                    all.records.push(body.record_id);
                    all.void_targets.push(body.record_id);
                }
                Ok(Body::Visit(body)) => {
                    all.villages.extend(body.village_id);
                    all.items.extend(body.item_id);
                    all.visited.extend(body.person_id);
                }
                Err(_) => {}
            }
        }
        let Self { records, void_targets, phones, villages, drives, items, visited, .. } = &mut all;
        for ids in [records, void_targets, phones, villages, drives, items, visited] {
            ids.sort_unstable();
            ids.dedup();
        }
        all
    }

    fn person(&mut self, ctx: &Context<'_>, person: &'a Person, paid_on: NaiveDate) {
        let commune = ctx.areas.resolve(&person.area_code, paid_on);
        let now = commune.map_or("", |it| ctx.areas.current(it.area).code.as_str());
        self.persons.push((person, identity::key(person, now)));
    }
}

/// What a stored record adds to the tallies while nobody is enrolled by it.
fn held(row: &KnownRecord) -> Option<Held> {
    let counts =
        row.is_current.then(|| tallies::held(row.state, row.persons, row.amount_held))??;
    let key = TallyKey {
        starts_on: row.counted_on,
        group_id: row.group_id,
        agent_id: row.agent_id,
        organisation_id: row.organisation_id.unwrap_or(Id::NIL),
        area_code: row.area_code.clone(),
        village_id: row.village_id.unwrap_or(Id::NIL),
        drive_id: row.drive_id.unwrap_or(Id::NIL),
        scheme: tallies::scheme_of(row.kind)?,
    };
    Some(Held { key, counts, state: row.state })
}
