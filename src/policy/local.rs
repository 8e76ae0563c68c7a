//! Supports that people's councils of provinces and districts add to the
//! State's, by the areas around the person.

use super::line::{Item, Line};
use super::refusal::Refusal;
use super::rule_use::Uses;
use super::tables::Rules;
use super::timeline::{Keyed, Timeline};
use crate::domain::{Area, Areas, MemberGroup, Scheme, SupportGroup};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// Whom a local support is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalGroup {
    Voluntary(SupportGroup),
    Household(MemberGroup),
}

impl LocalGroup {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Voluntary(group) => group.as_str(),
            Self::Household(group) => group.as_str(),
        }
    }
}

/// Area and group of a row.
#[derive(Debug)]
pub(super) struct LocalKey {
    area_code: String,
    group: LocalGroup,
}

impl LocalKey {
    /// From the cells scheme, area, group.
    pub fn read(cells: &[String]) -> Option<Self> {
        let [scheme, area_code, group] = cells else {
            return None;
        };
        let digits = area_code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || ![2, 3, 5].contains(&area_code.len()) {
            return None;
        }
        Some(Self {
            area_code: area_code.clone(),
            group: match scheme.parse().ok()? {
                Scheme::Voluntary => LocalGroup::Voluntary(group.parse().ok()?),
                Scheme::Household => LocalGroup::Household(group.parse().ok()?),
            },
        })
    }
}

/// Percents by area; `None` where a support exists whose percent we do not know.
#[derive(Debug)]
pub(super) struct LocalSupport(HashMap<String, Keyed<LocalGroup, Option<Decimal>>>);

impl LocalSupport {
    pub fn new(timelines: Vec<(LocalKey, Timeline<Option<Decimal>>)>) -> Self {
        let mut areas: HashMap<String, Vec<_>> = HashMap::new();
        for (key, timeline) in timelines {
            areas.entry(key.area_code).or_default().push((key.group, timeline));
        }
        Self(areas.into_iter().map(|(area, timelines)| (area, Keyed::new(timelines))).collect())
    }

    #[cfg(test)]
    pub fn area_codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// One line for each area around the person that adds a support, from the inside out: its percent of
/// what `share` says.
pub(super) fn lines(
    (rules, areas): (&Rules, &Areas),
    area: Option<&Area>,
    group: LocalGroup,
    day: NaiveDate,
    uses: &mut Uses,
    share: &Line,
) -> Result<Vec<Line>, Refusal> {
    let mut lines = Vec::new();
    for area in area.into_iter().flat_map(|area| areas.lineage(area)) {
        let rows = rules.local_support.0.get(&area.code);
        let Some(row) = rows.and_then(|rows| rows.on(&group, day)) else { continue };
        let percent = row.value.ok_or_else(|| Refusal {
            field: "area_code",
            ..Refusal::no_row("local_support", &format!("{} {}", area.code, group.as_str()), day)
        })?;
        let mut line = Line { item: Item::LocalSupport, ..share.clone() };
        line.percents.push(percent);
        line.rules.push(uses.note(&row.used));
        lines.push(line);
    }
    Ok(lines)
}
