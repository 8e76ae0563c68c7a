//! Tallies read as sums of few rows: of the kind that tells just what is asked, over the period's years and months,
//! with the days at both ends added or taken away.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Date, Text};

use super::conn::Conn;
use super::error::Result;
use super::grains::{Detail, Grain, Run, Span, cover};
use super::reach::{GroupList, Reach};
use super::sql::Sql;
use super::tallies::Counts;
use super::types::Key;
use crate::domain::{Id, Scheme};

/// What tallies are asked for. Both days are inclusive.
#[derive(Debug, Clone)]
pub struct Question {
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// Nothing was counted on a later day.
    pub today: NaiveDate,
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

/// The columns of a sum whose key is a `K`.
type Columns<K> =
    (K, Text, (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt));

/// Sums within reach, one for each key and scheme that has any.
pub fn sums(conn: &mut Conn, reach: &Reach, by: By, question: &Question) -> Result<Vec<Sum>> {
    let detail = detail(by, reach, question);
    let widest = widest(by, detail);
    // Nothing counts on a later day than it was received, and no month is closed before it is over, so that the whole
    // of this year is what there was of it.
    let to = if question.to < question.today { question.to } else { widest.last(question.to) };
    let runs = cover(question.from, to, widest);
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
    let mut query = ask(by, column, reach, question, detail, &runs);
    if matches!(by, By::Day | By::Month) {
        // The sums of many rows that a plan for few would sort.
        query = query.planned_anew();
    }
    Ok(match by {
        By::Area => {
            let rows = query.load::<Columns<Text>, (String, Scheme, Counts)>(conn)?;
            together(rows, SumKey::Area)
        }
        By::Day | By::Month => {
            let span = if by == By::Day { Span::Day } else { Span::Month };
            let rows = query.load::<Columns<Date>, (NaiveDate, Scheme, Counts)>(conn)?;
            together(rows, |day| SumKey::Day(span.first(day)))
        }
        _ => {
            let rows = query.load::<Columns<Key>, (Id, Scheme, Counts)>(conn)?;
            together(rows, SumKey::Id)
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

/// So many days, months or years.
const FEW: i64 = 3;

/// Whether what is summed is what the rows are kept by.
fn is_kept_by(by: By, grain: Grain) -> bool {
    matches!(
        (by, grain.detail()),
        (By::Group | By::Office, Detail::Group)
            | (By::Agent | By::Association, Detail::Agent)
            | (By::Area, Detail::Area)
            | (By::Village, Detail::Village)
    )
}

/// The index in which the rows of months stand in the order in which they are summed.
const IN_TURN: &str = " INDEXED BY tallies_by_month";

/// Whether SQLite shall read the months of all groups in turn, and not sort those of each group that is asked for.
fn is_in_turn(by: By, grain: Grain, groups: &GroupList) -> bool {
    by == By::Month && grain == Grain::GroupMonth && !matches!(groups, GroupList::Of(_))
}

/// One sum for each key and scheme; none where all that was added was taken away.
fn together<K>(parts: Vec<(K, Scheme, Counts)>, key: impl Fn(K) -> SumKey) -> Vec<Sum> {
    let mut sums: BTreeMap<(SumKey, Scheme), Counts> = BTreeMap::new();
    for (of, scheme, counts) in parts {
        *sums.entry((key(of), scheme)).or_default() += counts;
    }
    sums.retain(|_, counts| *counts != Counts::default());
    sums.into_iter().map(|((key, scheme), counts)| Sum { key, scheme, counts }).collect()
}

/// A question for each run, all asked at once.
fn ask(
    by: By,
    column: &'static str,
    reach: &Reach,
    question: &Question,
    detail: Detail,
    runs: &[Run],
) -> Sql {
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
    let groups = GroupList::asked(reach, question.group_id);
    let within = within(reach, question, groups.clone());
    let mut query = Sql::default();
    for (at, run) in runs.iter().enumerate() {
        let sign = if run.adds { "" } else { "-" };
        let grain = Grain::of(detail, run.span);
        // Few rows for each sum are added up here: a database takes longer to group them than to find them.
        let are_few = run.rows() <= FEW && is_kept_by(by, grain);
        let counts = COUNTS.map(|it| match are_few {
            true => format!("{sign}{it}"),
            false => format!("CAST({sign}SUM({it}) AS BIGINT)"),
        });
        query = query
            .text(if at == 0 { "" } else { " UNION ALL " })
            .text(format!("SELECT {column}, scheme, {} FROM tallies", counts.join(", ")))
            .on_sqlite(if is_in_turn(by, grain, &groups) { IN_TURN } else { "" })
            .text(format!(" WHERE grain = '{}' AND starts_on BETWEEN ", grain.as_str()))
            .day(run.from)
            .text(" AND ")
            .day(run.to)
            .then(within.clone());
        if !are_few {
            query = query.text(format!(" GROUP BY {column}, scheme"));
        }
    }
    query
}

/// What the rows are limited to besides their period.
fn within(reach: &Reach, question: &Question, groups: GroupList) -> Sql {
    let mut within = groups.holds_each(Sql::default().text(" AND group_id"));
    let ids = [
        (" AND agent_id = ", reach.agent()),
        (" AND organisation_id = ", reach.organisation()),
        (" AND drive_id = ", question.drive_id),
    ];
    for (column, id) in ids {
        if let Some(id) = id {
            within = within.text(column).id(id);
        }
    }
    if let Some(scheme) = question.scheme {
        within = within.text(" AND scheme = ").word(scheme.as_str());
    }
    within
}
