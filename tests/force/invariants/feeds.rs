//! A phone's copy, kept step by step, is the feed from zero, and that is what the tables say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Books, Found};
use crate::witness::{Copy, differences};

/// Copies, feeds and tables.
pub fn agree(books: &Books<'_>, found: &mut Found) {
    let mut enrollments: BTreeMap<String, Copy> = BTreeMap::new();
    for it in &books.office.enrollments {
        let group = it["group_id"].as_str().unwrap_or_default().to_owned();
        let key = ("enrollment".to_owned(), it["id"].as_str().unwrap_or_default().to_owned());
        enrollments.entry(group).or_default().insert(key, it.clone());
    }
    let mut reviews = Copy::new();
    for (player, told) in books.each() {
        let number = Some(player.number);
        for (phone, kept) in player.phones.iter().zip(&told.kept) {
            let Some(kept) = kept else { continue };
            let group = player.troupe.agents[phone.owner].group;
            for what in differences(kept, &told.feeds[group]) {
                let id = phone.installation_id;
                found.add(number, format!("the copy of {id} and the feed differ: {what}"));
            }
        }
        for (group, feed) in player.troupe.groups.iter().zip(&told.feeds) {
            let of_feed = of_kind(feed, "enrollment");
            let of_table = enrollments.remove(&group.to_string()).unwrap_or_default();
            for what in differences(&of_feed, &of_table) {
                found.add(number, format!("the feed and the enrollments differ: {what}"));
            }
            reviews.extend(of_kind(feed, "review"));
            for (kind, field) in [("person", "person_id"), ("household", "household_id")] {
                for id in missing(feed, &of_feed, kind, field) {
                    found.add(number, format!("the feed has no {kind} {id} of an enrollment"));
                }
            }
        }
    }
    for (group, left) in enrollments {
        found.add(None, format!("{} enrollments of a group nobody has: {group}", left.len()));
    }
    let id = |it: &Value| it["id"].as_str().unwrap_or_default().to_owned();
    let listed = books.office.reviews.iter().map(|it| (("review".to_owned(), id(it)), it.clone()));
    for what in differences(&reviews, &listed.collect()) {
        found.add(None, format!("the feeds and the reviews differ: {what}"));
    }
}

fn of_kind(feed: &Copy, kind: &str) -> Copy {
    let of_kind = feed.iter().filter(|((of, _), _)| of == kind);
    of_kind.map(|(key, data)| (key.clone(), data.clone())).collect()
}

fn missing(feed: &Copy, enrollments: &Copy, kind: &str, field: &str) -> BTreeSet<String> {
    let ids = enrollments.values().filter_map(|it| it[field].as_str().map(str::to_owned));
    ids.filter(|id| !feed.contains_key(&(kind.to_owned(), id.clone()))).collect()
}

/// Each card belongs to one enrollment, each enrollment has its card, and both stand or fall.
pub fn cards(books: &Books<'_>, found: &mut Found) {
    let mut cards: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (_, told) in books.each() {
        for card in told.feeds.iter().flatten().filter(|(key, _)| key.0 == "card") {
            let of = card.1["enrollment_id"].as_str().unwrap_or_default();
            cards.entry(of).or_default().push(card.1);
        }
    }
    for it in &books.office.enrollments {
        let sequence = books.sequence(&it["group_id"]);
        let of_it = cards.remove(it["id"].as_str().unwrap_or_default()).unwrap_or_default();
        let [card] = of_it[..] else {
            found.add(sequence, format!("{} cards of enrollment {}", of_it.len(), it["id"]));
            continue;
        };
        let stands = card["state"] != "voided";
        if stands != (it["status"] == "accepted") {
            found.add(sequence, format!("enrollment {it} and its card {card}"));
        }
        if stands && (card["state"] == "issued") != card["number"].is_string() {
            found.add(sequence, format!("a card with or without a number: {card}"));
        }
        if card["person_id"] != it["person_id"] {
            found.add(sequence, format!("a card of somebody else: {card}"));
        }
    }
    for (of, cards) in cards {
        found.add(None, format!("{} cards of no enrollment, {of}", cards.len()));
    }
}
