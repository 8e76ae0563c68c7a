//! Two persons become one, or two again: in the tables, and for every group that holds either.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use crate::domain::{ChangeEntity, ChangeReason, Id, ReviewState};
use crate::store::feed::News;
use crate::store::persons::{self, Merge, Moved};
use crate::store::worklists::{closing, items};
use crate::store::{Conn, Result, Store, StoreError, feed, locks, restrictions, reviews, visits};

/// News, each for a group.
pub type ForGroups = Vec<(Id, News)>;

/// Makes the first person the second, who are both locked; whom to tell.
///
/// # Errors
/// [`StoreError::Race`] when one of them is somebody else by now.
pub fn unite(
    tx: &mut Conn,
    (from, into): (Id, Id),
    by: Id,
    now: NaiveDateTime,
) -> Result<ForGroups> {
    let households = persons::households_of(tx, &[from])?;
    locks::households(tx, &households)?;
    let first = holders(tx, from)?;
    let second = holders(tx, into)?;
    let mut moved = persons::unite(tx, from, into)?;
    let followed = closing::follow(tx, from, into, now)?;
    (moved.items, moved.withdrawn) = (followed.items, followed.withdrawn);
    let mut visited = followed.told;
    visited.extend(closing::give_way(tx, into, now)?);
    persons::keep(
        tx,
        &Merge {
            id: from.derive(&format!("merge/{into}/{now}")),
            person_id: from,
            into_id: into,
            moved: document(&moved)?,
            merged_at: now,
            merged_by: by,
            undone_at: None,
            undone_by: None,
        },
    )?;
    let mut news = of_moved(tx, &moved)?;
    news.extend(of_items(visited));
    visits::count_installs(tx, &[from, into])?;
    for group_id in &first {
        let gone = ChangeReason::MergedInto;
        news.push((*group_id, News::delete(ChangeEntity::Person, from, gone)));
    }
    for group_id in first.union(&second) {
        news.push((*group_id, News::put(ChangeEntity::Person, into)));
    }
    let mut all = persons::aliases(tx, into)?;
    all.push(into);
    for (review_id, group_id) in reviews::among(tx, &all)? {
        reviews::decide(tx, review_id, ReviewState::Merged, now)?;
        reviews::sign(tx, review_id, by, None)?;
        news.push((group_id, News::put(ChangeEntity::Review, review_id)));
    }
    Ok(news)
}

/// Says in the log that two persons are one, once that is committed; on trial it never is.
pub fn tell(store: &Store, (from, into): (Id, Id)) {
    if store.rehearsal().is_none() {
        tracing::info!(%from, %into, "two persons are one");
    }
}

/// What is still true of news that waited: who was gone may have come back, or be another one by
/// now, and whom to visit may be another group's.
pub fn still_true(tx: &mut Conn, group_id: Id, news: News) -> Result<News> {
    if news.entity == ChangeEntity::WorklistItem {
        let own = items::group_of(tx, news.id)? == Some(group_id);
        let gone = News::delete(news.entity, news.id, ChangeReason::AccessLost);
        return Ok(if own { News::put(news.entity, news.id) } else { gone });
    }
    if news.entity != ChangeEntity::Person {
        return Ok(news);
    }
    if persons::get(tx, news.id)?.merged_into.is_some() {
        return Ok(News::delete(news.entity, news.id, ChangeReason::MergedInto));
    }
    let own = persons::groups_with(tx, news.id)?.contains(&group_id);
    Ok(if own { News::put(news.entity, news.id) } else { news })
}

/// Undoes a merge; both persons are locked. A group keeps the second only where something of his is
/// its own.
pub fn part(tx: &mut Conn, merge: &Merge, by: Id, now: NaiveDateTime) -> Result<ForGroups> {
    let (from, into) = (merge.person_id, merge.into_id);
    let households = persons::households_of(tx, &[into])?;
    locks::households(tx, &households)?;
    let held = holders(tx, into)?;
    let moved = persons::part(tx, merge, by, now)?;
    restrictions::part(tx, from, into, merge.merged_at)?;
    visits::count_installs(tx, &[from, into])?;
    let mut news = of_moved(tx, &moved)?;
    news.extend(of_items(closing::part(tx, (from, into), &moved, now)?));
    news.extend(of_items(closing::give_way(tx, from, now)?));
    let first: BTreeSet<Id> = persons::groups_with(tx, from)?.into_iter().collect();
    let second: BTreeSet<Id> = persons::groups_with(tx, into)?.into_iter().collect();
    for group_id in &first {
        news.push((*group_id, News::put(ChangeEntity::Person, from)));
    }
    for group_id in held {
        let person = ChangeEntity::Person;
        let gone = News::delete(person, into, ChangeReason::AccessLost);
        let stays = second.contains(&group_id);
        news.push((group_id, if stays { News::put(person, into) } else { gone }));
    }
    Ok(news)
}

/// The groups that hold a person, or will as soon as they hear of his enrollments.
fn holders(tx: &mut Conn, id: Id) -> Result<BTreeSet<Id>> {
    let mut groups: BTreeSet<Id> = persons::groups_with(tx, id)?.into_iter().collect();
    groups.extend(feed::holding(tx, &[id])?.into_iter().map(|(group_id, ..)| group_id));
    Ok(groups)
}

/// Whoever holds what moved.
fn of_moved(tx: &mut Conn, moved: &Moved) -> Result<ForGroups> {
    let mut news = ForGroups::new();
    for (group_id, id) in persons::groups_of(tx, &moved.enrollments)? {
        news.push((group_id, News::put(ChangeEntity::Enrollment, id)));
    }
    let cards: Vec<Id> = moved.cards.iter().chain(&moved.numbered).copied().collect();
    for (group_id, id) in persons::groups_of_cards(tx, &cards)? {
        news.push((group_id, News::put(ChangeEntity::Card, id)));
    }
    let households: Vec<Id> = moved.ranks.iter().map(|(id, _)| *id).collect();
    for (group_id, entity, id) in feed::holding(tx, &households)? {
        news.push((group_id, News::put(entity, id)));
    }
    Ok(news)
}

/// Items of worklists that changed, for the groups that have them.
pub fn of_items(items: Vec<(Id, Id)>) -> impl Iterator<Item = (Id, News)> {
    items.into_iter().map(|(group_id, id)| (group_id, News::put(ChangeEntity::WorklistItem, id)))
}

fn document(moved: &Moved) -> Result<String> {
    serde_json::to_string(moved)
        .map_err(|error| StoreError::Damaged(format!("what moved cannot be written: {error}")))
}
