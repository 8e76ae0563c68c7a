//! Indicators: who takes part at the end of a month, against other months, the plan, and the people there are.

use actix_web::web::{Json, Query};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::text_enum::text_enum;
use crate::domain::{Areas, Id, Scheme, vn_day};
use crate::tallies::figures::Change;
use crate::tallies::indicators::{self, By, Figures, Question, Report, Row, Total};

text_enum! {
    /// Whose figures the rows are.
    pub enum IndicatorBy {
        Office = "office",
        Group = "group",
        Area = "area",
    }
}

/// The day and the rows wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IndicatorQuery {
    /// The figures are those of the end of its month; today unless given.
    #[param(value_type = Option<NaiveDate>)]
    on: Option<String>,
    /// The office, with all that is under it; the caller's own unless given.
    #[param(value_type = Option<Id>)]
    office_id: Option<String>,
    /// `group` unless given; `office` for the offices right under it.
    #[param(value_type = Option<IndicatorBy>)]
    by: Option<String>,
    #[param(value_type = Option<Scheme>)]
    scheme: Option<String>,
}

impl IndicatorQuery {
    pub(super) fn read(self, today: NaiveDate, own: Option<Id>) -> Result<Question, Problem> {
        let mut fields = Fields::default();
        let on = self.on.map(|text| fields::day(Given::of(text)));
        let on = fields.take_optional("/on", on).unwrap_or(today);
        let root = self.office_id.map(|text| fields::word::<Id>(Given::of(text)));
        let root = fields.take_optional("/office_id", root).or(own);
        let by = self.by.map(|text| fields::word::<IndicatorBy>(Given::of(text)));
        let by = match fields.take_optional("/by", by) {
            Some(IndicatorBy::Office) => By::Office,
            Some(IndicatorBy::Area) => By::Area,
            Some(IndicatorBy::Group) | None => By::Group,
        };
        let scheme = self.scheme.map(|text| fields::word::<Scheme>(Given::of(text)));
        let scheme = fields.take_optional("/scheme", scheme);
        fields.finish(Some(Question { on, root, by, scheme }))
    }
}

/// The table.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndicatorTable {
    on: NaiveDate,
    /// Whose end the figures are of.
    #[schema(example = "2026-11")]
    month: String,
    rows: Vec<IndicatorRow>,
    /// One for each scheme.
    totals: Vec<IndicatorTotal>,
    /// The moment it was read.
    as_of: DateTime<Utc>,
}

/// One unit in one scheme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndicatorRow {
    /// Id of an office or a group, or the code of a commune.
    key: String,
    name: String,
    #[serde(flatten)]
    figures: FiguresView,
    /// By percent of plan, 1 is best; equals share a place.
    #[schema(required)]
    rank: Option<usize>,
}

/// All units together in one scheme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IndicatorTotal {
    #[serde(flatten)]
    figures: FiguresView,
    /// Units that have reached their targets.
    units_over: usize,
    /// Units that have not.
    units_under: usize,
}

/// People before, and what became of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChangeView {
    people: i64,
    change: i64,
    /// Two decimals; nothing when there was nobody.
    #[schema(required, value_type = Option<String>, example = "11.54")]
    percent: Option<Decimal>,
}

impl From<Change> for ChangeView {
    fn from(it: Change) -> Self {
        Self { people: it.people, change: it.change, percent: it.percent }
    }
}

/// Counts of people; percentages have two decimals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FiguresView {
    scheme: Scheme,
    /// People with a paid period on the last day of the month.
    taking_part: i64,
    /// Null, as the two below, for a month before the first baseline: who took part then is not known.
    #[schema(required)]
    last_month: Option<ChangeView>,
    #[schema(required)]
    last_december: Option<ChangeView>,
    /// The same month of the year before.
    #[schema(required)]
    last_year: Option<ChangeView>,
    #[schema(required)]
    target: Option<i64>,
    #[schema(required, value_type = Option<String>, example = "84.73")]
    percent: Option<Decimal>,
    #[schema(required)]
    to_go: Option<i64>,
    /// Until the plan ends.
    #[schema(required)]
    days_left: Option<i64>,
    /// People a day still needed.
    #[schema(required, value_type = Option<String>, example = "433.9")]
    pace: Option<Decimal>,
    #[schema(required)]
    population: Option<i64>,
    /// Health insurance, of the population.
    #[schema(required, value_type = Option<String>, example = "87.10")]
    coverage: Option<Decimal>,
    #[schema(required)]
    labour_force: Option<i64>,
    /// Voluntary social insurance, of the labour force.
    #[schema(required, value_type = Option<String>, example = "15.54")]
    labour_share: Option<Decimal>,
}

impl From<Figures> for FiguresView {
    fn from(it: Figures) -> Self {
        Self {
            scheme: it.scheme,
            taking_part: it.taking_part,
            last_month: it.last_month.map(Into::into),
            last_december: it.last_december.map(Into::into),
            last_year: it.last_year.map(Into::into),
            target: it.standing.map(|it| it.target),
            percent: it.standing.map(|it| it.percent),
            to_go: it.standing.map(|it| it.to_go),
            days_left: it.standing.map(|it| it.days_left),
            pace: it.standing.and_then(|it| it.pace),
            population: it.population,
            coverage: it.coverage,
            labour_force: it.labour_force,
            labour_share: it.labour_share,
        }
    }
}

impl From<Row> for IndicatorRow {
    fn from(row: Row) -> Self {
        Self { key: row.key, name: row.name, figures: row.figures.into(), rank: row.rank }
    }
}

impl From<Total> for IndicatorTotal {
    fn from(total: Total) -> Self {
        let Total { figures, units_over, units_under } = total;
        Self { figures: figures.into(), units_over, units_under }
    }
}

impl IndicatorTable {
    fn of(on: NaiveDate, as_of: DateTime<Utc>, report: Report) -> Self {
        Self {
            on,
            month: report.month.format("%Y-%m").to_string(),
            rows: report.rows.into_iter().map(Into::into).collect(),
            totals: report.totals.into_iter().map(Into::into).collect(),
            as_of,
        }
    }
}

/// Who takes part, by group unless asked otherwise.
#[utoipa::path(get, path = "/api/v1/indicators", params(IndicatorQuery),
    responses((status = 200, body = IndicatorTable)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    query: Query<IndicatorQuery>,
) -> Answer<IndicatorTable> {
    let now = clock::now();
    let question = query.into_inner().read(vn_day(now), allowed.principal.office_id)?;
    let on = question.on;
    let report = state
        .glance(move |conn| {
            let reach = allowed.reach(conn)?;
            indicators::report(conn, &Areas::in_force(), &reach, &question)
        })
        .await?;
    Ok(Json(IndicatorTable::of(on, now, report)))
}
