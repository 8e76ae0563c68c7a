//! Writes what a plan decided, in the one order of locks, with statements that cannot fail on data:
//! a key that exists can only mean a race, and then the whole plan is made again.

use chrono::NaiveDateTime;

use super::judge::Context;
use super::writes::Writes;
use crate::domain::{ChangeEntity, Id};
use crate::store::bulk::Bulk;
use crate::store::rows::{
    CardRow, DuplicateRow, EnrollmentRow, HouseholdAliasRow, HouseholdRow, PersonCodeRow,
    PersonRow, RankRow, RecordRow, ReviewRow,
};
use crate::store::{Conn, Result, feed, records, tallies, waiting};

/// Whom to tell.
pub struct News {
    /// For the sender's group.
    pub own: Vec<(ChangeEntity, Id)>,
    /// Groups for which news waits.
    pub others: Vec<Id>,
}

/// Writes everything and returns the news for the group's feed, which is published last.
pub fn apply(tx: &mut Conn, ctx: &Context<'_>, mut writes: Writes) -> Result<News> {
    let now = ctx.received.naive_utc();
    for (id, rev) in &writes.demoted {
        records::demote(tx, *id, *rev, now)?;
    }
    insert(tx, &mut writes)?;
    learn(tx, ctx, &mut writes)?;
    change(tx, &mut writes, now)?;
    tallies::add(tx, &writes.tallies)?;
    let others = feed::others_with(tx, ctx.sender.group_id, &writes.shared)?;
    writes.news_for_others.extend(others);
    for (i, (group_id, entity, id)) in writes.news_for_others.iter().enumerate() {
        let news_id = ctx.batch_id.derive(&format!("news/{i}/{now}/{id}"));
        records::leave_news(tx, news_id, *group_id, *entity, *id, now)?;
    }
    let mut others: Vec<Id> =
        writes.news_for_others.iter().map(|(group_id, ..)| *group_id).collect();
    others.sort_unstable();
    others.dedup();
    Ok(News { own: writes.news, others })
}

/// Two batches that insert the same keys take them in the same order.
fn insert(tx: &mut Conn, writes: &mut Writes) -> Result<()> {
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
    ReviewRow::insert_all(tx, &writes.reviews)
}

/// Codes that became known: cards that waited for them get their numbers.
fn learn(tx: &mut Conn, ctx: &Context<'_>, writes: &mut Writes) -> Result<()> {
    for (id, code) in &writes.household_codes {
        records::learn_household_code(tx, *id, code)?;
    }
    for (person_id, code) in std::mem::take(&mut writes.learned_codes) {
        for (card_id, group_id) in records::number_cards(tx, person_id, &code)? {
            if group_id == ctx.sender.group_id {
                writes.tell(ChangeEntity::Card, card_id);
            } else {
                writes.tell_others(group_id, ChangeEntity::Card, card_id);
            }
        }
    }
    Ok(())
}

fn change(tx: &mut Conn, writes: &mut Writes, now: NaiveDateTime) -> Result<()> {
    for it in &writes.settled {
        waiting::settle(tx, (it.id, it.rev), it.state, &it.document, now)?;
    }
    for (id, state, waits_for) in &writes.settled_reviews {
        waiting::settle_review(tx, *id, *state, *waits_for, now)?;
    }
    for (id, rev) in &writes.taken_back {
        records::take_back(tx, *id, *rev, now)?;
    }
    for (id, voided_on) in &writes.voided {
        records::void_enrollment(tx, *id, *voided_on)?;
    }
    for (record_id, before, state) in std::mem::take(&mut writes.closed_reviews) {
        for id in records::close_reviews(tx, record_id, before, state, now)? {
            writes.tell(ChangeEntity::Review, id);
        }
    }
    Ok(())
}
