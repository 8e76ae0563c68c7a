//! How many people take part at the end of each month, kept as a row for each month, group and commune.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use chrono::{Datelike, Days, Months, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use super::bulk::Bulk;
use super::conn::Conn;
use super::error::Result;
use super::reach::{GroupList, Reach};
use super::rows::ParticipationRow;
use super::schema::participation;
use super::sql::Sql;
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

/// People taking part at the ends of four months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// The group's id, or the code of the commune.
    pub key: String,
    pub scheme: Scheme,
    /// In the order of the months asked for.
    pub people: [i64; 4],
}

/// People taking part at the ends of some months, within reach.
pub fn people(
    conn: &mut Conn,
    reach: &Reach,
    level: Level,
    months: [NaiveDate; 4],
) -> Result<Vec<People>> {
    let column = match level {
        Level::Group => "group_id",
        Level::Area => "area_code",
    };
    let query = format!("SELECT {column}, scheme, month, people FROM participation WHERE group_id");
    let query = GroupList::of(reach).holds(Sql::default().text(query));
    // The years before are not looked through.
    let wider = |(first, last): (NaiveDate, NaiveDate), it| (first.min(it), last.max(it));
    let (first, last) = months.into_iter().fold((months[0], months[0]), wider);
    let query = query.text(" AND month BETWEEN ").day(first).text(" AND ").day(last);
    let query = query.text(" AND month").one_of_days(&months);
    Ok(match level {
        Level::Group => together(query.load::<Columns<Key>, Row<Id>>(conn)?, &months),
        Level::Area => together(query.load::<Columns<Text>, Row<String>>(conn)?, &months),
    })
}

/// The columns of a row whose key is a `K`.
type Columns<K> = (K, Text, Date, BigInt);
type Row<K> = (K, Scheme, NaiveDate, i64);

/// One row for each key and scheme.
fn together<K: Eq + Hash + ToString>(rows: Vec<Row<K>>, months: &[NaiveDate; 4]) -> Vec<People> {
    let mut sums: HashMap<(K, Scheme), [i64; 4]> = HashMap::new();
    for (key, scheme, month, people) in rows {
        let sum = sums.entry((key, scheme)).or_default();
        // In January last month is last December.
        for (of, _) in sum.iter_mut().zip(months).filter(|(_, it)| **it == month) {
            *of += people;
        }
    }
    let of =
        |((key, scheme), people): ((K, Scheme), _)| People { key: key.to_string(), scheme, people };
    sums.into_iter().map(of).collect()
}

/// All kept counts.
pub fn all(conn: &mut Conn) -> Result<Parts> {
    let rows: Vec<(PartKey, i64)> =
        participation::table.select((PartKey::as_select(), participation::people)).load(conn)?;
    Ok(rows.into_iter().collect())
}
