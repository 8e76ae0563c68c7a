//! How many people take part at the end of each month, kept as a row for each month, group and commune.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Date, Text};

use super::bulk::Bulk;
use super::conn::{Conn, MultiBackend};
use super::error::Result;
use super::reach::{GroupList, Reach};
use super::rows::ParticipationRow;
use super::schema::participation;
use super::types::Key;
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

/// By what people taking part are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Group,
    Area,
}

/// A sum of people taking part at the end of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// The group's id, or the code of the commune.
    pub key: String,
    pub month: NaiveDate,
    pub scheme: Scheme,
    pub people: i64,
}

#[derive(QueryableByName)]
struct OfGroup {
    #[diesel(sql_type = Key)]
    key: Id,
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = Text)]
    scheme: Scheme,
    #[diesel(sql_type = BigInt)]
    people: i64,
}

#[derive(QueryableByName)]
struct OfArea {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = Text)]
    scheme: Scheme,
    #[diesel(sql_type = BigInt)]
    people: i64,
}

/// People taking part at the ends of some months, within reach.
pub fn people(
    conn: &mut Conn,
    reach: &Reach,
    level: Level,
    months: &[NaiveDate; 4],
) -> Result<Vec<People>> {
    let column = match level {
        Level::Group => "group_id",
        Level::Area => "area_code",
    };
    let groups = GroupList::of(reach);
    let first = groups.binds().len() + 1;
    let places: Vec<String> = (first..).zip(months).map(|(place, _)| format!("${place}")).collect();
    let text = format!(
        "SELECT {column} AS key, month, scheme, CAST(SUM(people) AS BIGINT) AS people \
         FROM participation WHERE group_id {} AND month IN ({}) GROUP BY {column}, month, scheme",
        groups.holds(conn, 1),
        places.join(", ")
    );
    let mut query = sql_query(text).into_boxed::<MultiBackend>();
    for id in groups.binds() {
        query = query.bind::<Key, _>(*id);
    }
    for month in months {
        query = query.bind::<Date, _>(*month);
    }
    Ok(match level {
        Level::Group => {
            let rows: Vec<OfGroup> = query.load(conn)?;
            let row = |it: OfGroup| People {
                key: it.key.to_string(),
                month: it.month,
                scheme: it.scheme,
                people: it.people,
            };
            rows.into_iter().map(row).collect()
        }
        Level::Area => {
            let rows: Vec<OfArea> = query.load(conn)?;
            let row = |it: OfArea| People {
                key: it.key,
                month: it.month,
                scheme: it.scheme,
                people: it.people,
            };
            rows.into_iter().map(row).collect()
        }
    })
}

/// All kept counts.
pub fn all(conn: &mut Conn) -> Result<Parts> {
    let rows: Vec<(PartKey, i64)> =
        participation::table.select((PartKey::as_select(), participation::people)).load(conn)?;
    Ok(rows.into_iter().collect())
}
