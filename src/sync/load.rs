//! Loads the facts a batch is judged by, taking the locks in the one order of locks.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::body::{Body, Household};
use super::entry::Entry;
use super::envelope::Record;
use super::facts::{Facts, NamedBy};
use super::identity;
use super::judge::Context;
use crate::domain::{CodeKind, Id, Person};
use crate::store::facts::{self as known, KnownRecord};
use crate::store::tallies::{Counts, TallyKey};
use crate::store::{Conn, Result, StoreError, locks, waiting};
use crate::tallies;

/// What the batch speaks of, before anything is known.
#[derive(Default)]
struct Mentions<'a> {
    records: Vec<Id>,
    /// Of these, those stored already and judged once more.
    again: Vec<Id>,
    void_targets: Vec<Id>,
    /// Each person, with the key under which he might be known.
    persons: Vec<(&'a Person, String)>,
    households: Vec<&'a Household>,
    villages: Vec<Id>,
    drives: Vec<Id>,
}

/// Locks and loads everything the batch mentions.
pub fn load(tx: &mut Conn, ctx: &Context<'_>, entries: &[Entry<'_>]) -> Result<Facts> {
    let mentions = Mentions::of(ctx, entries);
    let mut facts = Facts::default();

    locks::records(tx, &mentions.records)?;
    let records = known::records(tx, &mentions.records)?;
    facts.add_records(records, held);
    facts.waiting = waiting::among(tx, &mentions.again)?;

    let codes: Vec<&str> = mentions
        .persons
        .iter()
        .flat_map(|(person, _)| person.codes().map(|(_, _, code)| code))
        .collect();
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

    let mut person_ids = known::candidates(tx, &keys)?;
    person_ids.extend(owner.values());
    person_ids.extend(standing.iter().map(|row| row.person_id));
    person_ids.sort_unstable();
    person_ids.dedup();
    locks::persons(tx, &person_ids)?;
    let persons = known::persons(tx, &person_ids)?;
    let codes = known::codes_of(tx, &person_ids)?;
    let covers = known::covers(tx, &person_ids)?;
    facts
        .add_persons(persons, codes, covers)
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

    facts.villages = known::villages(tx, &mentions.villages)?.into_iter().collect();
    facts.drives = known::drives(tx, &mentions.drives)?.into_iter().collect();
    (facts.group_name, facts.closed_through) = known::group(tx, ctx.sender.group_id)?;
    Ok(facts)
}

impl<'a> Mentions<'a> {
    fn of(ctx: &Context<'_>, entries: &[Entry<'a>]) -> Self {
        let mut all = Self::default();
        for entry in entries {
            let Entry::Readable(taken) = entry else { continue };
            let record: &'a Record = taken.record;
            all.records.push(record.id);
            if taken.again() {
                all.again.push(record.id);
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
                Err(_) => {}
            }
        }
        for ids in [&mut all.records, &mut all.void_targets, &mut all.villages, &mut all.drives] {
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
fn held(row: &KnownRecord) -> Option<(TallyKey, Counts)> {
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
    Some((key, counts))
}
