//! Tallies: how many, how much, and how far from the target.

use actix_web::web::{Json, Query};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::{Answer, Problem, State};
use crate::clock;
use crate::domain::text_enum::text_enum;
use crate::domain::{Areas, Id, Scheme, vn_day};
use crate::sheets::percent;
use crate::store::sums::{By, Question, SumKey};
use crate::store::tallies::Counts;
use crate::tallies::table::{self, Row};

text_enum! {
    /// What tallies are counted by.
    pub enum TallyBy {
        Group = "group",
        Agent = "agent",
        Area = "area",
        Village = "village",
        Drive = "drive",
        Organisation = "organisation",
        Day = "day",
        Month = "month",
        /// Offices directly under one's own or the one named, each with its whole tree.
        Office = "office",
        /// Mass organisations, by their members; who is in two counts in both.
        Association = "association",
    }
}

/// The period and the rows wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TallyQuery {
    /// First day; 1 January of this year unless given.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// Last day; today unless given.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
    /// `group` unless given.
    #[param(value_type = Option<TallyBy>)]
    by: Option<String>,
    #[param(value_type = Option<Scheme>)]
    scheme: Option<String>,
    #[param(value_type = Option<Id>)]
    group_id: Option<String>,
    /// What lies under this office alone.
    #[param(value_type = Option<Id>)]
    office_id: Option<String>,
}

impl TallyQuery {
    pub(super) fn read(self, today: NaiveDate) -> Result<(By, Question), Problem> {
        let mut fields = Fields::default();
        let mut day = |path, text: Option<String>, default| {
            let given = text.map(|text| fields::day(Given::of(text)));
            fields.take_optional(path, given).unwrap_or(default)
        };
        let from = day("/from", self.from, today.with_ordinal(1).unwrap_or(today));
        let to = day("/to", self.to, today);
        let by = self.by.map(|text| fields::word::<TallyBy>(Given::of(text)));
        let by = fields.take_optional("/by", by).unwrap_or(TallyBy::Group);
        let scheme = self.scheme.map(|text| fields::word::<Scheme>(Given::of(text)));
        let scheme = fields.take_optional("/scheme", scheme);
        let group_id = self.group_id.map(|text| fields::word::<Id>(Given::of(text)));
        let group_id = fields.take_optional("/group_id", group_id);
        let office_id = self.office_id.map(|text| fields::word::<Id>(Given::of(text)));
        let office_id = fields.take_optional("/office_id", office_id);
        fields.finish(Some((
            by.into(),
            Question { from, to, today, scheme, group_id, office_id, drive_id: None },
        )))
    }
}

impl From<TallyBy> for By {
    fn from(by: TallyBy) -> Self {
        match by {
            TallyBy::Group => Self::Group,
            TallyBy::Agent => Self::Agent,
            TallyBy::Area => Self::Area,
            TallyBy::Village => Self::Village,
            TallyBy::Drive => Self::Drive,
            TallyBy::Organisation => Self::Organisation,
            TallyBy::Day => Self::Day,
            TallyBy::Month => Self::Month,
            TallyBy::Office => Self::Office,
            TallyBy::Association => Self::Association,
        }
    }
}

/// The table.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TallyTable {
    rows: Vec<TallyRow>,
    totals: TallyCounts,
    /// The moment it was read.
    as_of: DateTime<Utc>,
}

impl TallyTable {
    pub(super) fn of(rows: Vec<Row>, as_of: DateTime<Utc>) -> Self {
        let totals = TallyCounts::total(&rows);
        Self { rows: rows.into_iter().map(Into::into).collect(), totals, as_of }
    }
}

/// One key in one scheme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TallyRow {
    /// Id, area code, day or month.
    key: String,
    name: String,
    scheme: Scheme,
    #[serde(flatten)]
    counts: TallyCounts,
    /// First day of the target in force on the last day asked for.
    #[schema(required)]
    target_from: Option<NaiveDate>,
    /// Its last day.
    #[schema(required)]
    target_to: Option<NaiveDate>,
    /// Records of this key still on phones, of both schemes.
    on_phones: i64,
    #[schema(required)]
    oldest_pending_at: Option<DateTime<Utc>>,
}

/// Persons, and money in đồng.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct TallyCounts {
    /// Stand now.
    accepted: i64,
    /// Of them, joined.
    new: i64,
    /// Of them, went on.
    renewal: i64,
    duplicate: i64,
    review: i64,
    rejected: i64,
    voided: i64,
    /// Paid for those who stand.
    amount_enrolled: i64,
    /// Taken for the rest: to give back or to settle.
    amount_held: i64,
    /// The State's part for those who stand.
    state_support: i64,
    #[schema(required)]
    target: Option<i64>,
    /// Of the target, one decimal.
    #[schema(required)]
    percent: Option<f64>,
    #[schema(required)]
    to_go: Option<i64>,
}

impl TallyCounts {
    /// Of all rows. What is compared with the targets is what those enrolled who have one.
    fn total(rows: &[Row]) -> Self {
        let mut sum = Counts::default();
        let (mut planned, mut target) = (0, None);
        for row in rows {
            sum += row.counts;
            if let Some(aim) = row.target {
                *target.get_or_insert(0) += aim.people;
                planned += row.counts.accepted;
            }
        }
        Self {
            percent: target.map(|target| percent(planned, target)),
            to_go: target.map(|target| (target - planned).max(0)),
            ..Self::of(sum, target)
        }
    }

    fn of(counts: Counts, target: Option<i64>) -> Self {
        Self {
            accepted: counts.accepted,
            new: counts.accepted - counts.renewals,
            renewal: counts.renewals,
            duplicate: counts.duplicate,
            review: counts.review,
            rejected: counts.rejected,
            voided: counts.voided,
            amount_enrolled: counts.amount_enrolled,
            amount_held: counts.amount_held,
            state_support: counts.state_support,
            target,
            percent: target.map(|target| percent(counts.accepted, target)),
            to_go: target.map(|target| (target - counts.accepted).max(0)),
        }
    }
}

impl From<Row> for TallyRow {
    fn from(row: Row) -> Self {
        let key = match &row.key {
            SumKey::Id(id) => id.to_string(),
            SumKey::Area(code) => code.clone(),
            SumKey::Day(_) => row.name.clone(),
        };
        Self {
            key,
            name: row.name,
            scheme: row.scheme,
            counts: TallyCounts::of(row.counts, row.target.map(|aim| aim.people)),
            target_from: row.target.map(|aim| aim.from),
            target_to: row.target.map(|aim| aim.to),
            on_phones: row.on_phones,
            oldest_pending_at: row.oldest_pending_at,
        }
    }
}

/// How many and how much, by group unless asked otherwise.
#[utoipa::path(get, path = "/api/v1/tallies", params(TallyQuery),
    responses((status = 200, body = TallyTable)))]
pub async fn read(
    caller: Allowed<permit::ReadTallies>,
    state: State,
    query: Query<TallyQuery>,
) -> Answer<TallyTable> {
    let now = clock::now();
    let (by, question) = query.into_inner().read(vn_day(now))?;
    let rows = state
        .glance(move |conn| {
            let reach = caller.reach(conn)?;
            table::table(conn, &Areas::in_force(), &reach, by, &question)
        })
        .await?;
    Ok(Json(TallyTable::of(rows, now)))
}
