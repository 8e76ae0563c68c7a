//! How many people take part at the end of each month, kept as a row for each month, group and commune.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};
use diesel::prelude::*;

use super::bulk::Bulk;
use super::conn::Conn;
use super::error::Result;
use super::rows::ParticipationRow;
use super::schema::participation;
use crate::domain::{Id, Scheme};

/// Where somebody takes part, and in which month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Queryable, Selectable)]
#[diesel(table_name = participation)]
pub struct PartKey {
    pub group_id: Id,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Today's commune, whatever it was called on the day.
    pub area_code: String,
    pub scheme: Scheme,
}

/// Differences by key, sorted, so that every transaction takes the rows in one order.
pub type Parts = BTreeMap<PartKey, i64>;

/// The months, by their first days, at whose end a period from one day to the other runs.
pub fn months(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let first = from.with_day(1).unwrap_or(from);
    let next = move |month: &NaiveDate| month.checked_add_months(Months::new(1));
    std::iter::successors(Some(first), next).take_while(move |month| last_day(*month) <= to)
}

/// The last day of the month that begins on `first`.
#[must_use]
pub fn last_day(first: NaiveDate) -> NaiveDate {
    first
        .checked_add_months(Months::new(1))
        .and_then(|next| next.checked_sub_days(Days::new(1)))
        .unwrap_or(first)
}

/// Adds differences to the kept counts.
pub fn add(tx: &mut Conn, parts: &Parts) -> Result<()> {
    let rows: Vec<ParticipationRow> = parts
        .iter()
        .filter(|(_, people)| **people != 0)
        .map(|(key, people)| ParticipationRow {
            group_id: key.group_id,
            month: key.month,
            area_code: key.area_code.clone(),
            scheme: key.scheme,
            people: *people,
        })
        .collect();
    ParticipationRow::insert_all(tx, &rows)
}

/// All kept counts.
pub fn all(conn: &mut Conn) -> Result<Parts> {
    let rows: Vec<(PartKey, i64)> =
        participation::table.select((PartKey::as_select(), participation::people)).load(conn)?;
    Ok(rows.into_iter().collect())
}
