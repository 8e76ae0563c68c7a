//! Who belongs on a list, by what is known of persons.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Datelike, NaiveDate, TimeDelta};
use diesel::prelude::*;

use super::Worklist;
use super::items::{self, ItemRow, Place, Who};
use crate::domain::{EnrollmentStatus, Id, Scheme, WorklistKind};
use crate::store::conn::{Conn, MultiBackend};
use crate::store::error::Result;
use crate::store::facts::IN_LIST;
use crate::store::schema::{enrollments, household_ranks};
use crate::store::{facts, restrictions};

/// How long before the end of what was paid somebody is due.
const DUE_WITHIN: TimeDelta = TimeDelta::days(30);

/// Somebody who belongs on a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub person_id: Id,
    due_on: Option<NaiveDate>,
    village_id: Option<Id>,
}

/// All who belong on the list, whom these groups enrolled, or whose household.
pub(super) fn find(tx: &mut Conn, list: &Worklist, groups: &[Id]) -> Result<Vec<Candidate>> {
    let on = list.made_on;
    match list.kind {
        WorklistKind::Due => ending(tx, list.scheme, groups, (on, on + DUE_WITHIN)),
        WorklistKind::Lapsed => {
            // Whose first day without cover lies in the year.
            let first = on.with_ordinal(1).and_then(|day| day.pred_opt()).unwrap_or(on);
            ending(tx, list.scheme, groups, (first, on.pred_opt().unwrap_or(on)))
        }
        WorklistKind::NoCard => without_card(tx, groups, on),
        WorklistKind::NeverJoined => Ok(vec![]),
    }
}

/// Enrollments that stand.
fn standing(scheme: Scheme) -> enrollments::BoxedQuery<'static, MultiBackend> {
    enrollments::table
        .filter(enrollments::scheme.eq(scheme))
        .filter(enrollments::status.eq(EnrollmentStatus::Accepted))
        .into_boxed()
}

/// Persons whose last period ends within these days.
fn ending(
    tx: &mut Conn,
    scheme: Scheme,
    groups: &[Id],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Candidate>> {
    let rows: Vec<(Id, NaiveDate, Option<Id>)> = standing(scheme)
        .filter(enrollments::group_id.eq_any(groups))
        .filter(enrollments::covers_to.between(from, to))
        .order((enrollments::person_id, enrollments::covers_to.desc(), enrollments::id))
        .select((enrollments::person_id, enrollments::covers_to, enrollments::village_id))
        .load(tx)?;
    let mut found: Vec<Candidate> = rows
        .into_iter()
        .map(|(person_id, ends, village_id)| Candidate {
            person_id,
            due_on: Some(ends),
            village_id,
        })
        .collect();
    found.dedup_by_key(|it| it.person_id);
    let ids: Vec<Id> = found.iter().map(|it| it.person_id).collect();
    let mut last: HashMap<Id, NaiveDate> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(IN_LIST) {
        let rows: Vec<(Id, NaiveDate)> = standing(scheme)
            .filter(enrollments::person_id.eq_any(ids.to_vec()))
            .select((enrollments::person_id, enrollments::covers_to))
            .load(tx)?;
        for (id, ends) in rows {
            let known = last.entry(id).or_insert(ends);
            *known = ends.max(*known);
        }
    }
    found.retain(|it| last.get(&it.person_id).copied() == it.due_on);
    Ok(found)
}

/// Known members of households of which another member holds a card that has not ended, while they hold none.
fn without_card(tx: &mut Conn, groups: &[Id], on: NaiveDate) -> Result<Vec<Candidate>> {
    let household = enrollments::household_id.assume_not_null();
    let rows: Vec<(Id, Option<Id>)> = standing(Scheme::Household)
        .filter(enrollments::group_id.eq_any(groups))
        .filter(enrollments::covers_to.ge(on))
        .filter(enrollments::household_id.is_not_null())
        .order((household, enrollments::id))
        .select((household, enrollments::village_id))
        .load(tx)?;
    let mut villages: BTreeMap<Id, Option<Id>> = BTreeMap::new();
    for (id, village_id) in rows {
        let known = villages.entry(id).or_default();
        *known = known.or(village_id);
    }
    let ids: Vec<Id> = villages.keys().copied().collect();
    let mut members: BTreeMap<Id, Option<Id>> = BTreeMap::new();
    for ids in ids.chunks(IN_LIST) {
        let mut rows: Vec<(Id, Id)> = household_ranks::table
            .filter(household_ranks::household_id.eq_any(ids))
            .select((household_ranks::person_id, household_ranks::household_id))
            .load(tx)?;
        let enrolled = enrollments::table.filter(household.eq_any(ids));
        let enrolled: Vec<(Id, Id)> =
            enrolled.select((enrollments::person_id, household)).load(tx)?;
        rows.extend(enrolled);
        members.extend(rows.into_iter().map(|(person_id, id)| (person_id, villages[&id])));
    }
    let ids: Vec<Id> = members.keys().copied().collect();
    for ids in ids.chunks(IN_LIST) {
        let holders = standing(Scheme::Household)
            .filter(enrollments::person_id.eq_any(ids.to_vec()))
            .filter(enrollments::covers_to.ge(on))
            .select(enrollments::person_id);
        for id in holders.load::<Id>(tx)? {
            members.remove(&id);
        }
    }
    let of = |(person_id, village_id)| Candidate { person_id, due_on: None, village_id };
    Ok(members.into_iter().map(of).collect())
}

/// The items of those of them who are `locked`, live where the list says, and whose data does not rest.
pub(super) fn rows(
    tx: &mut Conn,
    list: &Worklist,
    mut found: Vec<Candidate>,
    locked: &[Id],
) -> Result<Vec<ItemRow>> {
    found.retain(|it| locked.binary_search(&it.person_id).is_ok());
    let ids: Vec<Id> = found.iter().map(|it| it.person_id).collect();
    let mut resting = HashSet::new();
    for ids in ids.chunks(IN_LIST) {
        resting.extend(restrictions::among(tx, ids)?);
    }
    let persons = facts::persons(tx, &ids)?.into_iter().map(|row| (row.id, row));
    let mut persons: HashMap<Id, _> = persons.collect();
    let villages = items::village_names(tx, found.iter().filter_map(|it| it.village_id))?;
    let mut rows = Vec::with_capacity(found.len());
    for Candidate { person_id, due_on, village_id } in found {
        let Some(person) = persons.remove(&person_id) else { continue };
        if person.merged_into.is_some() || resting.contains(&person_id) {
            continue;
        }
        // Her own code is of the day she said it, and may be another commune's today; her key begins with today's.
        let area_code = match person.identity_key.split_once('|') {
            Some((commune, _)) if !commune.is_empty() => commune.to_owned(),
            _ => person.area_code.clone(),
        };
        if !list.takes(&area_code, village_id) {
            continue;
        }
        let village = village_id.and_then(|id| villages.get(&id)).map_or("", String::as_str);
        let place = Place { area_code, village_id, village, address: person.address };
        let who = Who {
            person_id: Some(person_id),
            full_name: person.full_name,
            birth: person.birth,
            sex: person.sex,
            phone: person.phone,
            bhxh_code: None,
            personal_id: None,
            identity_key: person.identity_key,
        };
        rows.push(ItemRow::new(list, who, place, due_on));
    }
    // Two lists that are made at once wait for each other in one direction.
    rows.sort_by_key(|row| row.person_id);
    Ok(rows)
}
