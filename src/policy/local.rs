//! Supports that people's councils of provinces and districts add to the
//! State's, by the areas around the person.

use super::refusal::Refusal;
use super::rule_use::{RuleUse, note};
use super::tables::Rules;
use super::timeline::{Keyed, Timeline};
use crate::domain::{Area, Areas, Code, MemberGroup, Scheme, SupportGroup};
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

/// The percents of all areas around the person together; 0 where none has a row.
pub(super) fn percent(
    (rules, areas): (&Rules, &Areas),
    area: Option<&Area>,
    group: LocalGroup,
    day: NaiveDate,
    uses: &mut Vec<RuleUse>,
) -> Result<Decimal, Refusal> {
    let mut sum = Decimal::ZERO;
    let around = area.into_iter().flat_map(|area| areas.lineage(area));
    for area in around {
        let rows = rules.local_support.0.get(&area.code);
        if let Some(row) = rows.and_then(|rows| rows.on(&group, day)) {
            sum += row.value.ok_or_else(|| Refusal {
                field: "area_code",
                code: Code::RuleMissing,
                ..Refusal::no_row(
                    "local_support",
                    &format!("{} {}", area.code, group.as_str()),
                    day,
                )
            })?;
            note(uses, &row.used);
        }
    }
    Ok(sum)
}
