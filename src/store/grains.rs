//! The rows that tallies are kept in. A day's row holds the whole key; of months and years there are rows by a part
//! of it, so that a table of a year is a sum of few. What a row is not kept by is the nil id or no text.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::tallies::{Deltas, TallyKey};
use crate::domain::Id;
use crate::domain::text_enum::text_enum;

/// How long a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    Day,
    Month,
    Year,
}

impl Span {
    /// The first day of the one that this day is in.
    #[must_use]
    pub fn first(self, day: NaiveDate) -> NaiveDate {
        let first = match self {
            Self::Day => Some(day),
            Self::Month => day.with_day(1),
            Self::Year => day.with_ordinal(1),
        };
        first.unwrap_or(day)
    }

    /// The last day of the one that this day is in.
    #[must_use]
    pub fn last(self, day: NaiveDate) -> NaiveDate {
        let first = self.first(day);
        let next = match self {
            Self::Day => return day,
            Self::Month => first.checked_add_months(Months::new(1)),
            Self::Year => first.checked_add_months(Months::new(12)),
        };
        next.and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(NaiveDate::MAX)
    }

    /// What it is made of.
    #[must_use]
    pub fn smaller(self) -> Option<Self> {
        match self {
            Self::Day => None,
            Self::Month => Some(Self::Day),
            Self::Year => Some(Self::Month),
        }
    }
}

/// By what rows are kept, besides their group and their scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// By everything; of days alone.
    Full,
    Group,
    /// By agent and collection organisation.
    Agent,
    Area,
    Village,
}

text_enum! {
    /// The kinds of rows.
    pub enum Grain {
        Day = "day",
        GroupDay = "group_day",
        GroupMonth = "group_month",
        GroupYear = "group_year",
        AgentMonth = "agent_month",
        AgentYear = "agent_year",
        AreaMonth = "area_month",
        AreaYear = "area_year",
        VillageMonth = "village_month",
        VillageYear = "village_year",
    }
}

impl Grain {
    /// The fewest rows that can tell some detail of some time. Where there are none for so short a time it is the
    /// day's.
    #[must_use]
    pub fn of(detail: Detail, span: Span) -> Self {
        match (detail, span) {
            (Detail::Group, Span::Day) => Self::GroupDay,
            (Detail::Group, Span::Month) => Self::GroupMonth,
            (Detail::Group, Span::Year) => Self::GroupYear,
            (Detail::Agent, Span::Month) => Self::AgentMonth,
            (Detail::Agent, Span::Year) => Self::AgentYear,
            (Detail::Area, Span::Month) => Self::AreaMonth,
            (Detail::Area, Span::Year) => Self::AreaYear,
            (Detail::Village, Span::Month) => Self::VillageMonth,
            (Detail::Village, Span::Year) => Self::VillageYear,
            (Detail::Full, _) | (_, Span::Day) => Self::Day,
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Day | Self::GroupDay => Span::Day,
            Self::GroupMonth | Self::AgentMonth | Self::AreaMonth | Self::VillageMonth => {
                Span::Month
            }
            Self::GroupYear | Self::AgentYear | Self::AreaYear | Self::VillageYear => Span::Year,
        }
    }

    /// What its rows are kept by.
    #[must_use]
    pub fn detail(self) -> Detail {
        match self {
            Self::Day => Detail::Full,
            Self::GroupDay | Self::GroupMonth | Self::GroupYear => Detail::Group,
            Self::AgentMonth | Self::AgentYear => Detail::Agent,
            Self::AreaMonth | Self::AreaYear => Detail::Area,
            Self::VillageMonth | Self::VillageYear => Detail::Village,
        }
    }

    /// The row of this kind in which a day's row counts.
    fn key(self, day: &TallyKey) -> TallyKey {
        let starts_on = self.span().first(day.starts_on);
        let none = TallyKey {
            starts_on,
            group_id: day.group_id,
            agent_id: Id::NIL,
            organisation_id: Id::NIL,
            area_code: String::new(),
            village_id: Id::NIL,
            drive_id: Id::NIL,
            scheme: day.scheme,
        };
        match self.detail() {
            Detail::Full => TallyKey { starts_on, ..day.clone() },
            Detail::Group => none,
            Detail::Agent => {
                let TallyKey { agent_id, organisation_id, .. } = *day;
                TallyKey { agent_id, organisation_id, ..none }
            }
            Detail::Area => TallyKey { area_code: day.area_code.clone(), ..none },
            Detail::Village => TallyKey { village_id: day.village_id, ..none },
        }
    }

    /// What days come to in rows of this kind.
    #[must_use]
    pub fn sum(self, days: &Deltas) -> Deltas {
        let mut sums = Deltas::new();
        for (key, counts) in days {
            *sums.entry(self.key(key)).or_default() += *counts;
        }
        sums
    }
}

/// Rows of one span, the first days of the first and of the last, to be added or to be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub span: Span,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub adds: bool,
}

impl Run {
    /// How many rows of a key it has at most.
    #[must_use]
    pub fn rows(&self) -> i64 {
        let days = (self.to - self.from).num_days();
        1 + match self.span {
            Span::Day => days,
            Span::Month => days / 28,
            Span::Year => days / 365,
        }
    }
}

/// The period from one day to another by the fewest rows, none longer than `widest`: 2 January to 31 December is
/// the year without a day.
#[must_use]
pub fn cover(from: NaiveDate, to: NaiveDate, widest: Span) -> Vec<Run> {
    let mut runs = Vec::new();
    if from > to {
        return runs;
    }
    let (first, last) = (widest.first(from), widest.first(to));
    runs.extend(part(from, to.min(widest.last(from)), widest));
    if first == last {
        return runs;
    }
    let between = widest.last(from).succ_opt().zip(last.pred_opt());
    if let Some((from, to)) = between.filter(|(from, to)| from <= to) {
        runs.push(Run { span: widest, from, to: widest.first(to), adds: true });
    }
    runs.extend(part(last, to, widest));
    joined(runs)
}

/// A period within one month, or within one year: whole, what is inside, or the whole without what is outside.
fn part(from: NaiveDate, to: NaiveDate, span: Span) -> Vec<Run> {
    let (first, last) = (span.first(from), span.last(from));
    let whole = Run { span, from: first, to: first, adds: true };
    let Some(smaller) = span.smaller().filter(|_| (from, to) != (first, last)) else {
        return vec![whole];
    };
    let inside = cover(from, to, smaller);
    let mut outside = vec![whole];
    let before = from.pred_opt().map(|end| cover(first, end, smaller)).unwrap_or_default();
    let after = to.succ_opt().map(|begin| cover(begin, last, smaller)).unwrap_or_default();
    outside.extend(before.into_iter().chain(after).map(|run| Run { adds: !run.adds, ..run }));
    let rows = |runs: &[Run]| runs.iter().map(Run::rows).sum::<i64>();
    if rows(&outside) < rows(&inside) { outside } else { inside }
}

/// The same with fewer runs: those that follow each other are one.
fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(before)
                if (before.span, before.adds) == (run.span, run.adds)
                    && before.span.last(before.to).succ_opt() == Some(run.from) =>
            {
                before.to = run.to;
            }
            _ => joined.push(run),
        }
    }
    joined
}
