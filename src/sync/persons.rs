//! Persons, from a desk: two who are one, two again, and codes that come later.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::cover;
use super::decide::deliver_news;
use super::facts::Cover;
use super::resolve::Refused;
use super::unite::{self, ForGroups};
use crate::domain::{ChangeEntity, Code, CodeKind, Id, ReviewState};
use crate::store::feed::News;
use crate::store::rows::ReviewRow;
use crate::store::worklists::closing;
use crate::store::{
    Conn, Reach, Result, Store, StoreError, facts, feed, locks, news, persons, reviews,
};

/// How often a decision is begun anew because others were faster.
const ATTEMPTS: usize = 20;

/// Who a person was merged into, if he was.
fn survivor_of(conn: &mut Conn, id: Id) -> Result<Id> {
    Ok(persons::standing_merge(conn, id)?.map_or(id, |merge| merge.into_id))
}

/// Refuses a person of whom no group within reach has ever heard.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn check_reach(conn: &mut Conn, reach: &Reach, id: Id) -> Result<()> {
    persons::get(conn, id)?;
    let Some(groups) = reach.groups() else { return Ok(()) };
    let mut known: BTreeSet<Id> = persons::groups_with(conn, id)?.into_iter().collect();
    known.extend(feed::told_of(conn, id)?);
    if groups.iter().any(|id| known.contains(id)) { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Refuses the merge of a person who, or whose survivor, is outside of the reach.
///
/// # Errors
/// [`StoreError::NotFound`].
pub fn check_merge(conn: &mut Conn, reach: &Reach, id: Id) -> Result<()> {
    check_reach(conn, reach, id)?;
    let survivor = survivor_of(conn, id)?;
    check_reach(conn, reach, survivor)
}

/// Whether two persons became one.
pub fn are_one(conn: &mut Conn, one: Id, other: Id) -> Result<bool> {
    Ok(one != other && persons::survivor(conn, one)? == persons::survivor(conn, other)?)
}

/// Makes the first person the second: codes, enrollments, cards and ranks are his from now on. `first`
/// does what else belongs into the transaction.
///
/// # Errors
/// `overlap` when both are covered for the same time: one of the records must be voided first.
/// `conflict` when they are one already.
pub fn merge(
    store: &Store,
    (from, into): (Id, Id),
    by: Id,
    now: DateTime<Utc>,
    first: impl Fn(&mut Conn) -> Result<()>,
) -> Result<(), Refused> {
    let at = now.naive_utc();
    let both = telling(store, by, now, |tx| {
        let (from, into) = (persons::survivor(tx, from)?, persons::survivor(tx, into)?);
        if from == into {
            return Ok(Err(Code::Conflict));
        }
        locks::persons(tx, &[from, into])?;
        if cover::collide(&covers(tx, from)?, &covers(tx, into)?) {
            return Ok(Err(Code::Overlap));
        }
        first(tx)?;
        Ok(Ok((unite::unite(tx, (from, into), by, at)?, (from, into))))
    })?;
    unite::tell(store, both);
    Ok(())
}

/// Undoes the merge of a person: what he had is his again.
///
/// # Errors
/// `conflict` for a person who never was anybody else, or whose survivor was merged in turn: undo that
/// first.
pub fn part(store: &Store, person_id: Id, by: Id, now: DateTime<Utc>) -> Result<(), Refused> {
    telling(store, by, now, |tx| {
        let Some(merge) = persons::standing_merge(tx, person_id)? else {
            let done = persons::was_parted(tx, person_id)?;
            return Ok(if done { Ok((vec![], ())) } else { Err(Code::Conflict) });
        };
        // Whoever looked for the survivor by a name of the first must look again.
        locks::all_names(tx)?;
        locks::persons(tx, &[merge.person_id, merge.into_id])?;
        if persons::get(tx, merge.into_id)?.merged_into.is_some() {
            return Ok(Err(Code::Conflict));
        }
        let Some(merge) = persons::standing_merge(tx, person_id)? else {
            return Err(StoreError::Race);
        };
        Ok(Ok((unite::part(tx, &merge, by, now.naive_utc())?, ())))
    })
}

/// What became of a code that was given to a person.
#[derive(Debug, Default)]
pub struct Coded {
    /// Cards and books that got their numbers.
    pub cards: Vec<Id>,
    /// The code is another's already: whether the two are one is for somebody to decide.
    pub review_id: Option<Id>,
}

/// Gives a person a code; his waiting cards get their numbers. One that is another's opens a review.
///
/// # Errors
/// What the store says.
pub fn give_code(
    store: &Store,
    reach: &Reach,
    person_id: Id,
    (kind, code): (CodeKind, &str),
    by: Id,
    now: DateTime<Utc>,
) -> Result<Coded, Refused> {
    telling(store, by, now, |tx| {
        let id = persons::survivor(tx, person_id)?;
        // Nobody is put on a list by the code meanwhile.
        let name = persons::get(tx, id)?.identity_key;
        locks::identity_keys(tx, &[&name])?;
        locks::persons(tx, &[id])?;
        if persons::get(tx, id)?.merged_into.is_some() {
            return Err(StoreError::Race);
        }
        match persons::owner(tx, kind, code)? {
            Some(owner) if owner == id => Ok(Ok((vec![], Coded::default()))),
            Some(owner) => {
                let (review, told) = doubt(tx, reach, (id, owner), code, now)?;
                Ok(Ok((told, Coded { cards: vec![], review_id: Some(review) })))
            }
            None => {
                let cards = persons::attach_code(tx, id, kind, code)?;
                let mut told = ForGroups::new();
                for (group_id, card_id) in persons::groups_of_cards(tx, &cards)? {
                    told.push((group_id, News::put(ChangeEntity::Card, card_id)));
                }
                for (group_id, entity, id) in feed::holding(tx, &[id])? {
                    told.push((group_id, News::put(entity, id)));
                }
                told.extend(unite::of_items(closing::give_way(tx, id, now.naive_utc())?));
                Ok(Ok((told, Coded { cards, review_id: None })))
            }
        }
    })
}

/// Opens a review whether two persons are one, on the newest record of the first.
fn doubt(
    tx: &mut Conn,
    reach: &Reach,
    (id, owner): (Id, Id),
    code: &str,
    now: DateTime<Utc>,
) -> Result<(Id, ForGroups)> {
    let (record_id, record_rev, group_id) = persons::newest_record(tx, reach, id)?;
    let review_id = record_id.derive(&format!("review/code/{id}/{owner}/{code}"));
    let row = ReviewRow {
        id: review_id,
        record_id,
        record_rev,
        group_id,
        code: Code::IdentityConflict.as_str().to_owned(),
        state: ReviewState::Open,
        opened_at: now.naive_utc(),
        closed_at: None,
        person_id: Some(id),
        other_id: Some(owner),
        decided_by: None,
        note: None,
    };
    reviews::open(tx, &row)?;
    Ok((review_id, vec![(group_id, News::put(ChangeEntity::Review, review_id))]))
}

/// One transaction, begun anew while it loses races; its news is left for the groups and delivered.
pub(super) fn telling<T>(
    store: &Store,
    by: Id,
    now: DateTime<Utc>,
    work: impl Fn(&mut Conn) -> Result<Result<(ForGroups, T), Code>>,
) -> Result<T, Refused> {
    let at = now.naive_utc();
    let mut lost = StoreError::Race;
    for _ in 0..ATTEMPTS {
        let attempt = store.write(|tx| -> Result<_, Refused> {
            let (told, done) = work(tx)?.map_err(Refused::Because)?;
            let row = |(i, (group_id, it)): (usize, (Id, News))| {
                (by.derive(&format!("news/{group_id}/{now}/{i}/{}", it.id)), group_id, it)
            };
            let told: Vec<(Id, Id, News)> = told.into_iter().enumerate().map(row).collect();
            news::leave(tx, &told, at)?;
            let groups: BTreeSet<Id> = told.iter().map(|(_, group_id, _)| *group_id).collect();
            Ok((groups, done))
        });
        match attempt {
            Ok((groups, done)) => {
                groups.into_iter().for_each(|group_id| deliver_news(store, group_id));
                return Ok(done);
            }
            Err(Refused::Store(error)) if error.is_race() => lost = error,
            Err(refused) => return Err(refused),
        }
    }
    Err(lost.into())
}

fn covers(tx: &mut Conn, id: Id) -> Result<Vec<Cover>> {
    Ok(facts::covers(tx, &[id])?.into_iter().map(Cover::from).collect())
}
