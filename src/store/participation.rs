//! How many people take part at the end of each month, kept as a row for each year, group and commune.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use chrono::{Datelike, Days, Months, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// The columns of the months, as a year has them.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Adds differences to the kept counts.
pub fn add(tx: &mut Conn, parts: &Parts) -> Result<()> {
    let mut years: BTreeMap<(Id, i32, &str, Scheme), [i64; 12]> = BTreeMap::new();
    for (key, people) in parts.iter().filter(|(_, people)| **people != 0) {
        let of = (key.group_id, key.month.year(), key.area_code.as_str(), key.scheme);
        years.entry(of).or_default()[key.month.month0() as usize] += people;
    }
    let rows: Vec<_> = years.into_iter().map(row).collect();
    ParticipationRow::insert_all(tx, &rows)
}

fn row(
    ((group_id, year, area_code, scheme), months): ((Id, i32, &str, Scheme), [i64; 12]),
) -> ParticipationRow {
    let [
        january,
        february,
        march,
        april,
        may,
        june,
        july,
        august,
        september,
        october,
        november,
        december,
    ] = months;
    ParticipationRow {
        group_id,
        year,
        area_code: area_code.to_owned(),
        scheme,
        january,
        february,
        march,
        april,
        may,
        june,
        july,
        august,
        september,
        october,
        november,
        december,
    }
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
    let key = match level {
        Level::Group => "group_id",
        Level::Area => "area_code",
    };
    let columns = months.map(|month| MONTHS[month.month0() as usize]).join(", ");
    let query = format!("SELECT {key}, scheme, year, {columns} FROM participation WHERE group_id");
    let query = GroupList::of(reach).holds(Sql::default().text(query));
    let wider = |(first, last): (i32, i32), year| (first.min(year), last.max(year));
    let years = months.map(|month| month.year());
    let (first, last) = years.into_iter().fold((years[0], years[0]), wider);
    let query = query.text(" AND year BETWEEN ").number(first.into());
    let query = query.text(" AND ").number(last.into());
    Ok(match level {
        Level::Group => together(query.load::<Columns<Key>, Row<Id>>(conn)?, years),
        Level::Area => together(query.load::<Columns<Text>, Row<String>>(conn)?, years),
    })
}

/// The columns of a row whose key is a `K`.
type Columns<K> = (K, Text, Integer, BigInt, BigInt, BigInt, BigInt);
type Row<K> = (K, Scheme, i32, i64, i64, i64, i64);

/// One row for each key and scheme that has anybody, of each month what stands in its own year.
fn together<K: Eq + Hash + ToString>(rows: Vec<Row<K>>, years: [i32; 4]) -> Vec<People> {
    let mut sums: HashMap<(K, Scheme), [i64; 4]> = HashMap::new();
    for (key, scheme, year, first, second, third, fourth) in rows {
        let sum = sums.entry((key, scheme)).or_default();
        let people = [first, second, third, fourth];
        for ((of, people), _) in sum.iter_mut().zip(people).zip(years).filter(|it| it.1 == year) {
            *of += people;
        }
    }
    sums.retain(|_, people| *people != [0; 4]);
    let of =
        |((key, scheme), people): ((K, Scheme), _)| People { key: key.to_string(), scheme, people };
    sums.into_iter().map(of).collect()
}

/// All kept counts that are not nothing.
pub fn all(conn: &mut Conn) -> Result<Parts> {
    let rows = participation::table.select(ParticipationRow::as_select()).load(conn)?;
    Ok(rows.into_iter().flat_map(months_of).collect())
}

fn months_of(row: ParticipationRow) -> impl Iterator<Item = (PartKey, i64)> {
    let people = [
        row.january,
        row.february,
        row.march,
        row.april,
        row.may,
        row.june,
        row.july,
        row.august,
        row.september,
        row.october,
        row.november,
        row.december,
    ];
    let ParticipationRow { group_id, year, area_code, scheme, .. } = row;
    (1..).zip(people).filter(|(_, people)| *people != 0).filter_map(move |(month, people)| {
        let month = NaiveDate::from_ymd_opt(year, month, 1)?;
        Some((PartKey { group_id, month, area_code: area_code.clone(), scheme }, people))
    })
}
