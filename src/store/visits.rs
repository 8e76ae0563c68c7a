//! What came of visits, one row for each accepted record; and whose phones have the VssID app since one.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bool, Date, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;

use super::bulk::{Bulk, between, bulk_row};
use super::conn::Conn;
use super::error::Result;
use super::facts;
use super::rows::PersonRow;
use super::schema::{visits, vssid_installs};
use super::types::Key;
use crate::domain::{Id, VisitResult};

bulk_row! {
    /// A visit.
    VisitRow of visits => {
        record_id: Id as Key, "uuid";
        item_id: Option<Id> as Nullable<Key>, "uuid";
        person_id: Option<Id> as Nullable<Key>, "uuid";
        visited_on: NaiveDate as Date, "date";
        result: VisitResult as Text, "text";
        promised_for: Option<NaiveDate> as Nullable<Date>, "date";
        reason: Option<String> as Nullable<Text>, "text";
        vssid: bool as Bool, "boolean";
        who: Id as Key, "uuid";
        group_id: Id as Key, "uuid";
        agent_id: Id as Key, "uuid";
        area_code: String as Text, "text";
        village_id: Option<Id> as Nullable<Key>, "uuid";
        captured_at: NaiveDateTime as Timestamp, "timestamp";
        recorded_at: NaiveDateTime as Timestamp, "timestamp";
        voided_at: Option<NaiveDateTime> as Nullable<Timestamp>, "timestamp";
    }
}

bulk_row! {
    /// The visit that counts for somebody's VssID.
    InstallRow of vssid_installs, "ON CONFLICT DO NOTHING" => {
        who: Id as Key, "uuid";
        record_id: Id as Key, "uuid";
        installed_on: NaiveDate as Date, "date";
        group_id: Id as Key, "uuid";
        agent_id: Id as Key, "uuid";
        area_code: String as Text, "text";
    }
}

/// The standing visits of these records.
pub fn standing(tx: &mut Conn, record_ids: &[Id]) -> Result<Vec<VisitRow>> {
    Ok(visits::table
        .filter(visits::record_id.eq_any(record_ids))
        .filter(visits::voided_at.is_null())
        .select(VisitRow::as_select())
        .load(tx)?)
}

/// These visits were taken back.
pub fn void(tx: &mut Conn, record_ids: &[Id], now: NaiveDateTime) -> Result<()> {
    if record_ids.is_empty() {
        return Ok(());
    }
    diesel::update(visits::table.filter(visits::record_id.eq_any(record_ids)))
        .set(visits::voided_at.eq(now))
        .execute(tx)?;
    Ok(())
}

/// Who was nobody we knew, an item alone, is this person.
pub fn known_as(tx: &mut Conn, item_id: Id, person_id: Id) -> Result<()> {
    let own = visits::table.filter(visits::who.eq(item_id));
    let moved = diesel::update(own).set(visits::who.eq(person_id)).execute(tx)?;
    if moved == 0 { Ok(()) } else { count_installs(tx, &[item_id, person_id]) }
}

/// Counts the installations of these anew: each once, by the first visit that stands, and those who are one
/// person by now together, as who remained. They must be locked.
pub fn count_installs(tx: &mut Conn, who: &[Id]) -> Result<()> {
    if who.is_empty() {
        return Ok(());
    }
    let today = today(tx, who)?;
    let all: Vec<Id> = today.keys().copied().collect();
    let counted = vssid_installs::table.filter(vssid_installs::who.eq_any(&all));
    diesel::delete(counted).execute(tx)?;
    let standing: Vec<VisitRow> = visits::table
        .filter(visits::who.eq_any(&all))
        .filter(visits::vssid)
        .filter(visits::voided_at.is_null())
        .order((visits::visited_on, visits::captured_at, visits::record_id))
        .select(VisitRow::as_select())
        .load(tx)?;
    let mut first: BTreeMap<Id, VisitRow> = BTreeMap::new();
    for row in standing {
        let who = today.get(&row.who).copied().unwrap_or(row.who);
        first.entry(who).or_insert(row);
    }
    let row = |(who, it): (Id, VisitRow)| InstallRow {
        who,
        record_id: it.record_id,
        installed_on: it.visited_on,
        group_id: it.group_id,
        agent_id: it.agent_id,
        area_code: it.area_code,
    };
    InstallRow::insert_all(tx, &first.into_iter().map(row).collect::<Vec<_>>())
}

/// Who these are today, and everybody else who is one of them by now. Whoever is no person that we know, an item
/// or a visit alone, is himself.
fn today(tx: &mut Conn, who: &[Id]) -> Result<HashMap<Id, Id>> {
    let mut today: HashMap<Id, Id> = who.iter().map(|id| (*id, *id)).collect();
    let known = facts::persons(tx, who)?;
    let survivor = |row: PersonRow| (row.id, row.merged_into.unwrap_or(row.id));
    today.extend(known.into_iter().map(survivor));
    let survivors: Vec<Id> = today.values().copied().collect();
    today.extend(survivors.iter().map(|id| (*id, *id)));
    today.extend(facts::merged_into(tx, &survivors)?.into_iter().map(survivor));
    Ok(today)
}
