//! Communes that have become others. What is kept by the commune of today goes over to the new one; what people said
//! on a day, and plans and baselines, keep their code. Tallies are counted anew by whoever calls.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::feed::News;
use super::schema::{group_areas, worklist_items, worklists};
use super::{locks, news};
use crate::domain::{ChangeEntity, Id, ItemState};

/// What holds the commune of today, in the order of locks: a table and its column, which is the code or begins with it.
const KEPT: [(&str, &str); 9] = [
    ("records", "area_code"),
    ("reversals", "area_code"),
    ("persons", "identity_key"),
    ("worklist_items", "area_code"),
    ("worklist_items", "identity_key"),
    ("worklist_items", "place_key"),
    ("visits", "area_code"),
    ("vssid_installs", "area_code"),
    ("villages", "area_code"),
];

/// Moves what is kept by these communes, each with its successor, and leaves news of open items for their groups. The
/// law must be locked for change.
///
/// # Errors
/// What the database says.
pub fn move_communes(
    tx: &mut Conn,
    moved: &BTreeMap<String, String>,
    now: NaiveDateTime,
) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    locks::all_names(tx)?;
    tell(tx, moved, now)?;
    // Codes are digits.
    let pairs: Vec<String> = moved.iter().map(|(old, new)| format!("('{old}', '{new}')")).collect();
    let with = format!("WITH moved (old, new) AS (VALUES {})", pairs.join(", "));
    for (table, column) in KEPT {
        tx.batch_execute(&format!(
            "{with} UPDATE {table} SET {column} = moved.new || substr({table}.{column}, 6) \
             FROM moved WHERE moved.old = substr({table}.{column}, 1, 5)"
        ))?;
    }
    lists(tx, moved)?;
    groups(tx, moved)
}

/// The communes for which lists were made.
fn lists(tx: &mut Conn, moved: &BTreeMap<String, String>) -> Result<()> {
    let made: Vec<(Id, String)> = worklists::table
        .filter(worklists::area_codes.ne(""))
        .order(worklists::id)
        .select((worklists::id, worklists::area_codes))
        .load(tx)?;
    for (id, codes) in made {
        let now = |code| moved.get(code).map_or(code, String::as_str);
        let now: BTreeSet<&str> = codes.split(' ').map(now).collect();
        let now = now.into_iter().collect::<Vec<_>>().join(" ");
        if now != codes {
            let list = diesel::update(worklists::table.find(id));
            list.set(worklists::area_codes.eq(now)).execute(tx)?;
        }
    }
    Ok(())
}

/// Phones are told of their items anew.
fn tell(tx: &mut Conn, moved: &BTreeMap<String, String>, now: NaiveDateTime) -> Result<()> {
    let open = worklist_items::table
        .filter(worklist_items::state.eq(ItemState::Open))
        .filter(worklist_items::group_id.is_not_null());
    let open: Vec<(Id, Id, String)> = open
        .order(worklist_items::id)
        .select((
            worklist_items::id,
            worklist_items::group_id.assume_not_null(),
            worklist_items::area_code,
        ))
        .load(tx)?;
    let told = open.iter().filter(|(_, _, code)| moved.contains_key(code));
    let news: Vec<(Id, Id, News)> = told
        .map(|(id, group_id, _)| {
            let it = News::put(ChangeEntity::WorklistItem, *id);
            (id.derive(&format!("reform/{now}")), *group_id, it)
        })
        .collect();
    news::leave(tx, &news, now)
}

/// A group that worked in two of what is one now works in it once.
fn groups(tx: &mut Conn, moved: &BTreeMap<String, String>) -> Result<()> {
    let olds: Vec<&String> = moved.keys().collect();
    let touched = group_areas::table.filter(group_areas::area_code.eq_any(olds));
    let ids: Vec<Id> = touched.select(group_areas::group_id).distinct().load(tx)?;
    let of_these = || group_areas::table.filter(group_areas::group_id.eq_any(&ids));
    let rows: Vec<(Id, String)> =
        of_these().select((group_areas::group_id, group_areas::area_code)).load(tx)?;
    diesel::delete(of_these()).execute(tx)?;
    let now = |(id, code): &(Id, String)| (*id, moved.get(code).unwrap_or(code).clone());
    for (group_id, code) in rows.iter().map(now).collect::<BTreeSet<_>>() {
        let row = (group_areas::group_id.eq(group_id), group_areas::area_code.eq(code));
        diesel::insert_into(group_areas::table).values(row).execute(tx)?;
    }
    Ok(())
}
