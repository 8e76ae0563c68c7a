//! Writes what a plan decided, in the one order of locks, with statements that cannot fail on data:
//! a key that exists can only mean a race, and then the whole plan is made again.

use std::collections::{BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime};

use super::judge::Context;
use super::unite;
use super::writes::Writes;
use crate::domain::{ChangeEntity, Id};
use crate::store::bulk::{self, Bulk};
use crate::store::feed::News;
use crate::store::rows::{
    CardRow, DuplicateRow, EnrollmentRow, HouseholdAliasRow, HouseholdRow, PersonCodeRow,
    PersonRow, RankRow, RecordRow, ReversalRow, ReviewRow,
};
use crate::store::visits::VisitRow;
use crate::store::worklists::{ItemRow, closing};
use crate::store::{Conn, Result, feed, news, participation, records, tallies, visits, waiting};

/// Whom to tell.
pub struct Telling {
    /// The groups whose records were decided, in order of id, with how far each was closed and its news.
    pub own: Vec<(Id, Option<NaiveDate>, Vec<News>)>,
    /// Groups for which news waits.
    pub others: Vec<Id>,
    /// Persons who became others.
    pub united: Vec<(Id, Id)>,
}

/// Writes everything and returns the news, which is published last.
pub fn apply(
    tx: &mut Conn,
    ctx: &Context<'_>,
    mut writes: Writes,
    groups: &HashMap<Id, Option<NaiveDate>>,
) -> Result<Telling> {
    let now = ctx.received.naive_utc();
    let mut united = Vec::new();
    for (from, into, by) in std::mem::take(&mut writes.united) {
        united.push((from, into));
        for (group_id, news) in unite::unite(tx, (from, into), by, now)? {
            writes.tell_news(group_id, news);
        }
    }
    records::demote(tx, &writes.demoted, now)?;
    insert(tx, &mut writes)?;
    learn(tx, &mut writes)?;
    change(tx, &mut writes, now)?;
    visit(tx, &mut writes, now)?;
    tallies::add(tx, &writes.tallies)?;
    participation::add(tx, &writes.parts)?;
    for (group_id, entity, id) in feed::holding(tx, &writes.shared)? {
        writes.tell(group_id, entity, id);
    }
    // Whoever counts holds the group's row to the commit, even when there is nothing to tell.
    let mut told: BTreeSet<Id> = writes.tallies.keys().map(|key| key.group_id).collect();
    told.extend(writes.news.keys());
    let mut telling = Telling { own: vec![], others: vec![], united };
    for group_id in told {
        let list = writes.news.remove(&group_id).unwrap_or_default().news;
        if let Some(closed_through) = groups.get(&group_id) {
            telling.own.push((group_id, *closed_through, list));
            continue;
        }
        let left = list.into_iter().enumerate().map(|(i, it)| {
            (ctx.batch_id.derive(&format!("news/{group_id}/{i}/{now}/{}", it.id)), group_id, it)
        });
        news::leave(tx, &left.collect::<Vec<_>>(), now)?;
        telling.others.push(group_id);
    }
    Ok(telling)
}

/// Two batches that insert the same keys take them in the same order.
fn insert(tx: &mut Conn, writes: &mut Writes) -> Result<()> {
    for (id, rev) in &writes.renamed {
        records::forget_named(tx, *id, *rev)?;
    }
    writes.records.sort_by_key(|row| (row.id, row.rev));
    writes.codes.sort_by(|a, b| (&a.code, a.kind).cmp(&(&b.code, b.kind)));
    writes.households.sort_by_key(|row| row.id);
    RecordRow::insert_all(tx, &writes.records)?;
    PersonRow::insert_all(tx, &writes.persons)?;
    PersonCodeRow::insert_all(tx, &writes.codes)?;
    HouseholdRow::insert_all(tx, &writes.households)?;
    HouseholdAliasRow::insert_all(tx, &writes.aliases)?;
    RankRow::insert_all(tx, &writes.ranks)?;
    EnrollmentRow::insert_all(tx, &writes.enrollments)?;
    CardRow::insert_all(tx, &writes.cards)?;
    DuplicateRow::insert_all(tx, &writes.duplicates)?;
    ReversalRow::insert_all(tx, &writes.reversals)?;
    ReviewRow::insert_all(tx, &writes.reviews)
}

/// Codes that became known: cards that waited for them get their numbers.
fn learn(tx: &mut Conn, writes: &mut Writes) -> Result<()> {
    bulk::learn_household_codes(tx, &writes.household_codes)?;
    for (card_id, group_id) in records::number_cards(tx, &writes.learned_codes)? {
        writes.tell(group_id, ChangeEntity::Card, card_id);
    }
    Ok(())
}

/// Visits, and the items of worklists that they or enrollments changed.
fn visit(tx: &mut Conn, writes: &mut Writes, now: NaiveDateTime) -> Result<()> {
    writes.visits.sort_by_key(|row| row.record_id);
    VisitRow::insert_all(tx, &writes.visits)?;
    visits::void(tx, &writes.voided_visits, now)?;
    let items: Vec<ItemRow> = writes.items.values().cloned().collect();
    closing::settle(tx, &items, now)?;
    closing::visited(tx, &writes.visited.iter().copied().collect::<Vec<_>>(), now)?;
    for (item_id, person_id) in &writes.known_as {
        visits::known_as(tx, *item_id, *person_id)?;
    }
    visits::count_installs(tx, &writes.installed.iter().copied().collect::<Vec<_>>())
}

fn change(tx: &mut Conn, writes: &mut Writes, now: NaiveDateTime) -> Result<()> {
    for it in &writes.settled {
        waiting::settle(tx, (it.id, it.rev), (it.state, it.counted_on), &it.document, now)?;
    }
    for (id, state, waits_for) in &writes.settled_reviews {
        waiting::settle_review(tx, *id, *state, *waits_for, now)?;
    }
    records::take_back(tx, &writes.taken_back, now)?;
    records::void_enrollments(tx, &writes.voided)?;
    for (group_id, id) in records::close_reviews(tx, &writes.closed_reviews, now)? {
        writes.tell(group_id, ChangeEntity::Review, id);
    }
    Ok(())
}
