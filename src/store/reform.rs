//! Communes that have become others. What is kept by the commune of today goes over to the new one; what people said
//! on a day, and plans and baselines, keep the commune of their day. Tallies are counted anew by whoever calls.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::group_areas;
use crate::domain::Id;

/// Tables with the commune of today in a column.
const KEPT: [&str; 6] =
    ["villages", "worklist_items", "visits", "vssid_installs", "records", "reversals"];
/// Columns that begin with it.
const KEYED: [(&str, &str); 3] = [
    ("persons", "identity_key"),
    ("worklist_items", "identity_key"),
    ("worklist_items", "place_key"),
];

/// Moves what is kept by these communes, each with its successor. The law must be locked for change.
///
/// # Errors
/// What the database says.
pub fn move_communes(tx: &mut Conn, moved: &BTreeMap<String, String>) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    // Codes are digits.
    let pairs: Vec<String> = moved.iter().map(|(old, new)| format!("('{old}', '{new}')")).collect();
    let with = format!("WITH moved (old, new) AS (VALUES {})", pairs.join(", "));
    for table in KEPT {
        tx.batch_execute(&format!(
            "{with} UPDATE {table} SET area_code = (SELECT new FROM moved WHERE old = area_code) \
             WHERE area_code IN (SELECT old FROM moved)"
        ))?;
    }
    for (table, key) in KEYED {
        tx.batch_execute(&format!(
            "{with} UPDATE {table} SET {key} = \
             (SELECT new FROM moved WHERE old = substr({key}, 1, 5)) || substr({key}, 6) \
             WHERE substr({key}, 1, 5) IN (SELECT old FROM moved)"
        ))?;
    }
    groups(tx, moved)
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
