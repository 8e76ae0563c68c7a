//! Installations of VssID: how many, and whether that is enough by now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use actix_web::web::{Json, Query};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::fields::{self, Fields, Given};
use super::guard::{Allowed, permit};
use super::{Answer, State};
use crate::clock;
use crate::domain::text_enum::text_enum;
use crate::domain::{Areas, HolderKind, Id, vn_day};
use crate::sheets::percent;
use crate::store::names::{self, Aim};
use crate::store::vssid;
use crate::store::{self, Conn, Reach};

text_enum! {
    /// What installations are counted by.
    pub enum VssidBy {
        Area = "area",
        Agent = "agent",
        Group = "group",
        /// From Monday to Sunday.
        Week = "week",
    }
}

/// The period and the rows wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VssidQuery {
    /// First day; 1 January of this year unless given.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// Last day; today unless given.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
    /// `group` unless given.
    #[param(value_type = Option<VssidBy>)]
    by: Option<String>,
}

/// The table.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VssidTable {
    rows: Vec<VssidRow>,
    /// Of the whole period.
    installs: i64,
    /// The moment it was read.
    as_of: DateTime<Utc>,
}

/// One key.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VssidRow {
    /// Id, area code or week (`2026-W47`).
    key: String,
    name: String,
    /// Persons on whose phones the app was installed in the period, each once.
    installs: i64,
    /// The target in force on the last day.
    #[schema(required)]
    target: Option<i64>,
    /// Of the target, what was installed since its first day.
    #[schema(required)]
    percent: Option<f64>,
    /// Whether that is less than the share of the target that its days up to the last one ask for.
    behind: bool,
}

/// Installations of VssID within reach. Each person counts once, by the first visit that stands.
#[utoipa::path(get, path = "/api/v1/vssid", params(VssidQuery), responses((status = 200, body = VssidTable)))]
pub async fn read(
    allowed: Allowed<permit::ReadOwnUnit>,
    state: State,
    query: Query<VssidQuery>,
) -> Answer<VssidTable> {
    let now = clock::now();
    let today = vn_day(now);
    let query = query.into_inner();
    let mut fields = Fields::default();
    let mut day = |path, text: Option<String>, default| {
        let given = text.map(|text| fields::day(Given::of(text)));
        fields.take_optional(path, given).unwrap_or(default)
    };
    let from = day("/from", query.from, today.with_ordinal(1).unwrap_or(today));
    let to = day("/to", query.to, today);
    let by = query.by.map(|text| fields::word::<VssidBy>(Given::of(text)));
    let by = fields.take_optional("/by", by).unwrap_or(VssidBy::Group);
    fields.finish(Some(()))?;
    let table = allowed
        .read(&state, move |conn, reach| {
            let rows = rows(conn, reach, by, (from, to))?;
            let installs = rows.iter().map(|row| row.installs).sum();
            Ok(VssidTable { rows, installs, as_of: now })
        })
        .await?;
    Ok(Json(table))
}

fn rows(
    conn: &mut Conn,
    reach: &Reach,
    by: VssidBy,
    (from, to): (NaiveDate, NaiveDate),
) -> store::Result<Vec<VssidRow>> {
    let holder = match by {
        VssidBy::Area => Some(HolderKind::Area),
        VssidBy::Agent => Some(HolderKind::Agent),
        // A group's plan is not one agent's.
        VssidBy::Group if reach.agent().is_some() => None,
        VssidBy::Group => Some(HolderKind::Group),
        VssidBy::Week => None,
    };
    let aims = match holder {
        Some(kind) => vssid::aims(conn, reach, kind, to)?,
        None => HashMap::new(),
    };
    let asked = installs(conn, reach, by, (from, to))?;
    let mut aimed: HashMap<String, i64> = HashMap::new();
    let firsts: BTreeSet<NaiveDate> = aims.values().map(|aim| aim.from).collect();
    for first in firsts {
        let since = installs(conn, reach, by, (first, to))?.into_iter();
        aimed.extend(since.filter(|(key, _)| aims.get(key).is_some_and(|aim| aim.from == first)));
    }
    let mut keys: BTreeSet<String> = asked.keys().chain(aims.keys()).cloned().collect();
    // Groups without one are what a supervisor looks for.
    if by == VssidBy::Group {
        keys.extend(names::groups(conn, reach)?.into_iter().map(|(id, _)| id.to_string()));
    }
    let names = named(conn, reach, by, &keys)?;
    let row = |key: String| {
        let installs = asked.get(&key).copied().unwrap_or_default();
        let aimed = aimed.get(&key).copied().unwrap_or_default();
        let aim = aims.get(&key);
        VssidRow {
            name: names.get(&key).cloned().unwrap_or_default(),
            installs,
            target: aim.map(|aim| aim.people),
            percent: aim.map(|aim| percent(aimed, aim.people)),
            behind: aim.is_some_and(|aim| behind(aim, aimed, to)),
            key,
        }
    };
    let shown = |row: &VssidRow| row.installs > 0 || row.target.is_some() || by == VssidBy::Group;
    Ok(keys.into_iter().map(row).filter(shown).collect())
}

/// Installations of these days by key.
fn installs(
    conn: &mut Conn,
    reach: &Reach,
    by: VssidBy,
    (from, to): (NaiveDate, NaiveDate),
) -> store::Result<BTreeMap<String, i64>> {
    let text = |(id, many): (Id, i64)| (id.to_string(), many);
    Ok(match by {
        VssidBy::Area => vssid::by_area(conn, reach, from, to)?.into_iter().collect(),
        VssidBy::Agent => vssid::by_agent(conn, reach, from, to)?.into_iter().map(text).collect(),
        VssidBy::Group => vssid::by_group(conn, reach, from, to)?.into_iter().map(text).collect(),
        VssidBy::Week => {
            let mut weeks = BTreeMap::new();
            for (day, many) in vssid::by_day(conn, reach, from, to)? {
                *weeks.entry(week(day)).or_default() += many;
            }
            weeks
        }
    })
}

fn week(day: NaiveDate) -> String {
    let week = day.iso_week();
    format!("{}-W{:02}", week.year(), week.week())
}

/// Whether fewer were installed than the days so far ask for, each the same.
fn behind(aim: &Aim, installed: i64, on: NaiveDate) -> bool {
    let days = |to: NaiveDate| (to - aim.from).num_days() + 1;
    let (so_far, all) = (days(on.min(aim.to)), days(aim.to));
    i128::from(installed) * i128::from(all) < i128::from(aim.people) * i128::from(so_far)
}

fn named(
    conn: &mut Conn,
    reach: &Reach,
    by: VssidBy,
    keys: &BTreeSet<String>,
) -> store::Result<HashMap<String, String>> {
    let text = |(id, name): (Id, String)| (id.to_string(), name);
    Ok(match by {
        VssidBy::Group => names::groups(conn, reach)?.into_iter().map(text).collect(),
        VssidBy::Agent => {
            let ids: Vec<Id> = keys.iter().filter_map(|key| key.parse().ok()).collect();
            names::users(conn, &ids)?.into_iter().map(text).collect()
        }
        VssidBy::Area => {
            let areas = Areas::in_force();
            let name = |key: &String| {
                let area = areas.find(key, NaiveDate::MAX)?;
                Some((key.clone(), area.name.clone()))
            };
            keys.iter().filter_map(name).collect()
        }
        VssidBy::Week => keys.iter().map(|key| (key.clone(), week_name(key))).collect(),
    })
}

/// From which day to which.
fn week_name(key: &str) -> String {
    let monday = NaiveDate::parse_from_str(&format!("{key}-1"), "%G-W%V-%u");
    monday.map_or_else(
        |_| key.to_owned(),
        |monday| format!("{monday} – {}", monday + TimeDelta::days(6)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_pace_is_even() {
        let aim = Aim { people: 365, from: day("2026-01-01"), to: day("2026-12-31") };
        for (on, installed, is_behind) in [
            ("2026-01-01", 1, false),
            ("2026-01-01", 0, true),
            ("2026-12-31", 364, true),
            ("2026-12-31", 365, false),
            ("2027-02-01", 365, false),
        ] {
            assert_eq!(behind(&aim, installed, day(on)), is_behind, "{on} {installed}");
        }
    }

    #[test]
    fn a_week_has_its_days() {
        assert_eq!(week_name("2026-W47"), "2026-11-16 – 2026-11-22");
    }
}
