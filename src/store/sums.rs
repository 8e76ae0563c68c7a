//! Tallies read as sums of few rows: whole months from their own rows, the days at both ends apart.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use diesel::prelude::*;
use diesel::query_builder::BoxedSqlQuery;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Date, Text};

use super::conn::{Conn, MultiBackend};
use super::error::Result;
use super::reach::Reach;
use super::tallies::Counts;
use super::types::Key;
use crate::domain::{Id, Scheme};

/// What tallies are asked for. Both days are inclusive.
#[derive(Debug, Clone)]
pub struct Question {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub scheme: Option<Scheme>,
    pub group_id: Option<Id>,
    /// What lies under this office alone.
    pub office_id: Option<Id>,
    pub drive_id: Option<Id>,
}

/// By whom or what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Group,
    Agent,
    Organisation,
    Village,
    Drive,
    Area,
    Day,
    Month,
    /// By group first, then summed by office.
    Office,
    /// By agent first, then summed by mass organisation.
    Association,
}

/// The key of a sum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SumKey {
    Id(Id),
    Area(String),
    /// A day, or the first day of a month.
    Day(NaiveDate),
}

/// One sum.
#[derive(Debug, Clone)]
pub struct Sum {
    pub key: SumKey,
    pub scheme: Scheme,
    pub counts: Counts,
}

#[derive(QueryableByName)]
struct ById {
    #[diesel(sql_type = Key)]
    key: Id,
    #[diesel(sql_type = Text)]
    scheme: Scheme,
    #[diesel(embed)]
    counts: Counts,
}

#[derive(QueryableByName)]
struct ByArea {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    scheme: Scheme,
    #[diesel(embed)]
    counts: Counts,
}

#[derive(QueryableByName)]
struct ByDay {
    #[diesel(sql_type = Date)]
    key: NaiveDate,
    #[diesel(sql_type = Text)]
    scheme: Scheme,
    #[diesel(embed)]
    counts: Counts,
}

/// Sums within reach, one for each key and scheme that has any.
pub fn sums(conn: &mut Conn, reach: &Reach, by: By, question: &Question) -> Result<Vec<Sum>> {
    let column = match by {
        By::Group | By::Office => "group_id",
        By::Agent | By::Association => "agent_id",
        By::Organisation => "organisation_id",
        By::Village => "village_id",
        By::Drive => "drive_id",
        By::Area => "area_code",
        By::Day | By::Month => "starts_on",
    };
    let ranges = ranges(by, question.from, question.to);
    let query = ask(column, reach, question, &ranges);
    Ok(match by {
        By::Area => {
            let rows: Vec<ByArea> = query.load(conn)?;
            rows.into_iter().map(|row| sum(SumKey::Area(row.key), row.scheme, row.counts)).collect()
        }
        By::Day => {
            let rows: Vec<ByDay> = query.load(conn)?;
            rows.into_iter().map(|row| sum(SumKey::Day(row.key), row.scheme, row.counts)).collect()
        }
        By::Month => months(query.load(conn)?),
        _ => {
            let rows: Vec<ById> = query.load(conn)?;
            rows.into_iter().map(|row| sum(SumKey::Id(row.key), row.scheme, row.counts)).collect()
        }
    })
}

/// A month begun is counted by its days, which are one row here.
fn months(rows: Vec<ByDay>) -> Vec<Sum> {
    let mut months: BTreeMap<(NaiveDate, Scheme), Counts> = BTreeMap::new();
    for row in rows {
        let first = row.key.with_day(1).unwrap_or(row.key);
        *months.entry((first, row.scheme)).or_default() += row.counts;
    }
    months
        .into_iter()
        .map(|((key, scheme), counts)| sum(SumKey::Day(key), scheme, counts))
        .collect()
}

fn sum(key: SumKey, scheme: Scheme, counts: Counts) -> Sum {
    Sum { key, scheme, counts }
}

/// A run of rows of one grain.
type Range = (&'static str, NaiveDate, NaiveDate);

/// Days until the first whole month, whole months, days after the last one. A table by days needs
/// the days; one by months keeps to whole months and counts a month begun by its days alone.
fn ranges(by: By, from: NaiveDate, to: NaiveDate) -> Vec<Range> {
    let month = Months::new(1);
    let first = |day: NaiveDate| day.with_day(1).unwrap_or(day);
    let months_from = if from.day() == 1 { from } else { first(from) + month };
    let months_end = first(to.succ_opt().unwrap_or(to));
    if by == By::Day || months_from >= months_end {
        return vec![("day", from, to)];
    }
    let last_month = months_end - month;
    let mut ranges = vec![("month", months_from, last_month)];
    if from < months_from {
        ranges.push(("day", from, months_from.pred_opt().unwrap_or(from)));
    }
    if months_end <= to {
        ranges.push(("day", months_end, to));
    }
    ranges
}

fn ask<'a>(
    column: &str,
    reach: &Reach,
    question: &Question,
    ranges: &[Range],
) -> BoxedSqlQuery<'a, MultiBackend, diesel::query_builder::SqlQuery> {
    const SUMS: [&str; 9] = [
        "accepted",
        "renewals",
        "duplicate",
        "review",
        "rejected",
        "voided",
        "amount_enrolled",
        "amount_held",
        "state_support",
    ];
    let sums: Vec<String> =
        SUMS.iter().map(|it| format!("CAST(SUM({it}) AS BIGINT) AS {it}")).collect();
    let mut binds = 0;
    let mut next = || {
        binds += 1;
        format!("${binds}")
    };
    let spans: Vec<String> = ranges
        .iter()
        .map(|_| format!("(grain = {} AND starts_on BETWEEN {} AND {})", next(), next(), next()))
        .collect();
    let mut conditions = vec![format!("({})", spans.join(" OR "))];
    let limit = if reach.organisation().is_some() { None } else { reach.groups() };
    let groups: Option<Vec<Id>> = match (limit, question.group_id) {
        (None, None) => None,
        (None, Some(id)) => Some(vec![id]),
        (Some(ids), wanted) => {
            Some(ids.iter().copied().filter(|id| wanted.is_none_or(|it| it == *id)).collect())
        }
    };
    if let Some(ids) = &groups {
        let places: Vec<String> = ids.iter().map(|_| next()).collect();
        let list = if places.is_empty() { "NULL".to_owned() } else { places.join(", ") };
        conditions.push(format!("group_id IN ({list})"));
    }
    if reach.agent().is_some() {
        conditions.push(format!("agent_id = {}", next()));
    }
    if reach.organisation().is_some() {
        conditions.push(format!("organisation_id = {}", next()));
    }
    if question.drive_id.is_some() {
        conditions.push(format!("drive_id = {}", next()));
    }
    if question.scheme.is_some() {
        conditions.push(format!("scheme = {}", next()));
    }
    let text = format!(
        "SELECT {column} AS key, scheme, {} FROM tallies WHERE {} GROUP BY {column}, scheme",
        sums.join(", "),
        conditions.join(" AND "),
    );
    let mut query = sql_query(text).into_boxed::<MultiBackend>();
    for (grain, from, to) in ranges.iter().copied() {
        query = query.bind::<Text, _>(grain).bind::<Date, _>(from).bind::<Date, _>(to);
    }
    for id in groups.into_iter().flatten() {
        query = query.bind::<Key, _>(id);
    }
    if let Some(agent) = reach.agent() {
        query = query.bind::<Key, _>(agent);
    }
    if let Some(organisation) = reach.organisation() {
        query = query.bind::<Key, _>(organisation);
    }
    if let Some(drive) = question.drive_id {
        query = query.bind::<Key, _>(drive);
    }
    if let Some(scheme) = question.scheme {
        query = query.bind::<Text, _>(scheme);
    }
    query
}

#[derive(QueryableByName)]
struct OnPhones {
    #[diesel(sql_type = Key)]
    key: Id,
    #[diesel(sql_type = BigInt)]
    pending: i64,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Timestamp>)]
    oldest: Option<chrono::NaiveDateTime>,
}

/// Records still on phones by group or by agent: how many, and when the oldest was captured.
pub fn on_phones(
    conn: &mut Conn,
    by: By,
) -> Result<std::collections::HashMap<Id, (i64, Option<chrono::NaiveDateTime>)>> {
    let text = match by {
        By::Group => include_str!("on_phones_by_group.sql"),
        By::Agent => include_str!("on_phones_by_agent.sql"),
        _ => return Ok(std::collections::HashMap::new()),
    };
    let rows: Vec<OnPhones> = sql_query(text).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.key, (row.pending, row.oldest))).collect())
}
