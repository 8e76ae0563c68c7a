//! A visit that was acknowledged is kept, once; what is told of visits is what is kept.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use dai_ly_thu::domain::{Id, RecordKind, RecordState, RecordStatus};

use super::states::decided;
use super::{Books, Found};
use crate::args::Kind;
use crate::witness::{Copy, differences};
use crate::world::World;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    result: String,
    #[diesel(sql_type = Integer)]
    vssid: i32,
    #[diesel(sql_type = Integer)]
    voided: i32,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Persons, else items, else visits, with one that installed VssID; those who are one person by now once.
const PHONES: &str = "SELECT COUNT(DISTINCT COALESCE(p.merged_into, v.who)) AS count FROM visits v \
     LEFT JOIN persons p ON p.id = v.who WHERE v.vssid AND v.voided_at IS NULL";
/// Items that show another visit as the last than the newest that stands, or one although none does.
const LAST: &str = "SELECT COUNT(*) AS count FROM worklist_items i WHERE i.last_visit_id IS DISTINCT FROM \
     (SELECT v.record_id FROM visits v WHERE v.item_id = i.id AND v.voided_at IS NULL \
      ORDER BY v.visited_on DESC, v.captured_at DESC, v.record_id DESC LIMIT 1)";

/// Every visit that was accepted has its row, and no other visit has one.
pub fn kept(world: &World, books: &Books<'_>, found: &mut Found) {
    let id = match world.kind {
        Kind::Sqlite => "lower(hex(record_id))",
        Kind::Postgres => "replace(record_id::text, '-', '')",
    };
    let sql = format!(
        "SELECT {id} AS id, result, CASE WHEN vssid THEN 1 ELSE 0 END AS vssid, \
         CASE WHEN voided_at IS NULL THEN 0 ELSE 1 END AS voided FROM visits"
    );
    let mut rows: HashMap<String, Row> = HashMap::new();
    for row in ask::<Row>(world, &sql) {
        if let Some(twice) = rows.insert(row.id.clone(), row) {
            found.add(None, format!("visit {} is kept twice", twice.id));
        }
    }
    for (player, told) in books.each() {
        for (id, record, answer, state) in decided(player, told) {
            let first = answer.outcome.as_ref().map(|it| it.status);
            let row = match (record.kind, state) {
                (RecordKind::Visit, RecordState::Accepted | RecordState::Voided) => {
                    rows.remove(&simple(*id))
                }
                _ => continue,
            };
            let Some(row) = row else {
                // One that waited for a decision may have been taken back before it was kept.
                if state == RecordState::Accepted || first == Some(RecordStatus::Accepted) {
                    found.add(Some(player.number), format!("visit {id} is {state:?} and not kept"));
                }
                continue;
            };
            let body = &record.newest().body;
            let said = (body["result"].as_str(), body["vssid"].as_bool());
            let written = (Some(&*row.result), Some(row.vssid == 1));
            found.equal(Some(player.number), &format!("visit {id} said and kept"), said, written);
            let (taken, voided) = (state == RecordState::Voided, row.voided == 1);
            found.equal(Some(player.number), &format!("visit {id} taken back"), taken, voided);
        }
    }
    for id in rows.keys() {
        found.add(None, format!("visit {id} is kept, and no record says so"));
    }
    let counted: i64 = ask::<Count>(world, PHONES).iter().map(|it| it.count).sum();
    found.equal(None, "phones with VssID", Some(counted), books.office.vssid.as_i64());
    let wrong: i64 = ask::<Count>(world, LAST).iter().map(|it| it.count).sum();
    found.equal(None, "items with another last visit", wrong, 0);
}

fn simple(id: Id) -> String {
    id.0.simple().to_string()
}

/// Asks the database beside the servers.
fn ask<T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static>(
    world: &World,
    sql: &str,
) -> Vec<T> {
    let query = diesel::sql_query(sql);
    let rows = match world.kind {
        Kind::Sqlite => {
            let mut conn = SqliteConnection::establish(world.database()).expect("the file opens");
            query.load(&mut conn)
        }
        Kind::Postgres => {
            let mut conn = PgConnection::establish(&world.url).expect("it answers");
            query.load(&mut conn)
        }
    };
    rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The feed of a group has the items that are given to it.
pub fn listed(books: &Books<'_>, found: &mut Found) {
    let mut items: BTreeMap<String, Copy> = BTreeMap::new();
    for it in &books.office.items {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        let key = ("worklist_item".to_owned(), text("id"));
        items.entry(text("group_id")).or_default().insert(key, it.clone());
    }
    for (player, told) in books.each() {
        for (group, feed) in player.troupe.groups.iter().zip(&told.feeds) {
            let of_feed = feed.iter().filter(|((kind, _), _)| kind == "worklist_item");
            let of_feed: Copy = of_feed.map(|(key, it)| (key.clone(), it.clone())).collect();
            let of_table = items.remove(&group.to_string()).unwrap_or_default();
            for what in differences(&of_feed, &of_table) {
                found.add(Some(player.number), format!("the feed and the items differ: {what}"));
            }
        }
    }
}
