//! Tallies read as sums of few rows: of the kind that tells just what is asked, over the period's years and months,
//! with the days at both ends added or taken away.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::query_builder::BoxedSqlQuery;
use diesel::sql_query;
use diesel::sql_types::{Date, Text};

use super::conn::{Conn, MultiBackend};
use super::error::Result;
use super::grains::{Detail, Grain, Run, Span, cover};
use super::reach::{GroupList, Reach};
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
    let detail = detail(by, reach, question);
    let runs = cover(question.from, question.to, widest(by, detail));
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let column = match by {
        By::Group | By::Office => "group_id",
        By::Agent | By::Association => "agent_id",
        By::Organisation => "organisation_id",
        By::Village => "village_id",
        By::Drive => "drive_id",
        By::Area => "area_code",
        By::Day | By::Month => "starts_on",
    };
    let query = ask(conn, column, reach, question, detail, &runs);
    Ok(match by {
        By::Area => {
            let rows: Vec<ByArea> = query.load(conn)?;
            together(rows.into_iter().map(|row| (SumKey::Area(row.key), row.scheme, row.counts)))
        }
        By::Day | By::Month => {
            let span = if by == By::Day { Span::Day } else { Span::Month };
            let rows: Vec<ByDay> = query.load(conn)?;
            let key = |day| SumKey::Day(span.first(day));
            together(rows.into_iter().map(|row| (key(row.key), row.scheme, row.counts)))
        }
        _ => {
            let rows: Vec<ById> = query.load(conn)?;
            together(rows.into_iter().map(|row| (SumKey::Id(row.key), row.scheme, row.counts)))
        }
    })
}

/// The kind of rows that tells what is asked with the fewest.
fn detail(by: By, reach: &Reach, question: &Question) -> Detail {
    let of_agents = reach.agent().is_some() || reach.organisation().is_some();
    if question.drive_id.is_some() {
        return Detail::Full;
    }
    match by {
        By::Group | By::Office | By::Day | By::Month if !of_agents => Detail::Group,
        By::Area if !of_agents => Detail::Area,
        By::Village if !of_agents => Detail::Village,
        By::Drive | By::Area | By::Village => Detail::Full,
        By::Group
        | By::Office
        | By::Day
        | By::Month
        | By::Agent
        | By::Association
        | By::Organisation => Detail::Agent,
    }
}

/// No row may count longer than what it is to tell.
fn widest(by: By, detail: Detail) -> Span {
    match (by, detail) {
        (By::Day, _) | (_, Detail::Full) => Span::Day,
        (By::Month, _) => Span::Month,
        _ => Span::Year,
    }
}

/// One sum for each key and scheme; none where all that was added was taken away.
fn together(parts: impl Iterator<Item = (SumKey, Scheme, Counts)>) -> Vec<Sum> {
    let mut sums: BTreeMap<(SumKey, Scheme), Counts> = BTreeMap::new();
    for (key, scheme, counts) in parts {
        *sums.entry((key, scheme)).or_default() += counts;
    }
    sums.retain(|_, counts| *counts != Counts::default());
    sums.into_iter().map(|((key, scheme), counts)| Sum { key, scheme, counts }).collect()
}

/// A question for each run, all asked at once.
fn ask<'a>(
    conn: &Conn,
    column: &str,
    reach: &Reach,
    question: &Question,
    detail: Detail,
    runs: &[Run],
) -> BoxedSqlQuery<'a, MultiBackend, diesel::query_builder::SqlQuery> {
    const COUNTS: [&str; 9] = [
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
    let groups = groups(reach, question);
    let mut binds = groups.binds().len();
    let mut next = || {
        binds += 1;
        format!("${binds}")
    };
    // Numbers stand for what is bound in the order in which they are first read: what all parts share comes first.
    let mut conditions = vec![format!("group_id {}", groups.holds(conn, 1))];
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
    let conditions = conditions.join(" AND ");
    let part = |run: &Run| {
        let sign = if run.adds { "" } else { "-" };
        let sums = COUNTS.map(|it| format!("CAST({sign}SUM({it}) AS BIGINT) AS {it}")).join(", ");
        format!(
            "SELECT {column} AS key, scheme, {sums} FROM tallies WHERE {conditions} \
                 AND grain = {} AND starts_on BETWEEN {} AND {} GROUP BY {column}, scheme",
            next(),
            next(),
            next(),
        )
    };
    let parts: Vec<String> = runs.iter().map(part).collect();
    let mut query = sql_query(parts.join(" UNION ALL ")).into_boxed::<MultiBackend>();
    for id in groups.binds() {
        query = query.bind::<Key, _>(*id);
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
    for run in runs {
        let grain = Grain::of(detail, run.span);
        query = query.bind::<Text, _>(grain).bind::<Date, _>(run.from).bind::<Date, _>(run.to);
    }
    query
}

/// The groups that are looked at; for an organisation all, where it is asked for itself.
fn groups(reach: &Reach, question: &Question) -> GroupList {
    let unlimited = reach.organisation().is_some() || reach.groups().is_none();
    match question.group_id {
        None if unlimited => GroupList::All,
        None => GroupList::of(reach),
        Some(id) if unlimited || reach.check_group(id).is_ok() => GroupList::Of(vec![id]),
        Some(_) => GroupList::Of(Vec::new()),
    }
}
