//! Tallies as a supervisor reads them: a row for each key and scheme, with names, targets and what is
//! still on phones.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use super::rolled::{self, Rolled};
use crate::domain::{Areas, HolderKind, Id, Scheme};
use crate::store::holders::Holder;
use crate::store::names::Aim;
use crate::store::pending::{Holders, Pending, pending};
use crate::store::sums::{self, By, Question, SumKey};
use crate::store::tallies::Counts;
use crate::store::{Conn, Reach, Result, StoreError, names, reach};

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: SumKey,
    pub name: String,
    pub scheme: Scheme,
    pub counts: Counts,
    /// People to enroll, where there is a plan that is in force on the last day asked for, and the plan's period.
    pub target: Option<Aim>,
    /// Records of this key still on phones, of both schemes.
    pub on_phones: i64,
    pub oldest_pending_at: Option<DateTime<Utc>>,
}

/// The table for a question, within reach, in order of name. Groups, offices and mass organisations without work appear
/// with zeros, and whoever has a target.
pub fn table(
    conn: &mut Conn,
    areas: &Areas,
    reach: &Reach,
    by: By,
    question: &Question,
) -> Result<Vec<Row>> {
    let narrower = question.office_id.map(|id| narrow(conn, reach, id)).transpose()?;
    let reach = narrower.as_ref().unwrap_or(reach);
    let rolled = match by {
        By::Office => Some(rolled::offices(conn, reach, question.office_id)?),
        By::Association => Some(rolled::associations(conn, reach)?),
        _ => None,
    };
    let mut counts: BTreeMap<(SumKey, Scheme), Counts> = BTreeMap::new();
    for sum in sums::sums(conn, reach, by, question)? {
        for key in keys(sum.key, rolled.as_ref()) {
            *counts.entry((key, sum.scheme)).or_default() += sum.counts;
        }
    }
    let targets = targets(conn, reach, by, question, rolled.as_ref())?;
    let units = units(conn, reach, by, question, rolled.as_ref())?;
    for scheme in Scheme::ALL.iter().filter(|it| question.scheme.is_none_or(|one| one == **it)) {
        let with_target = targets.keys().filter(|(_, of)| of == scheme).map(|(key, _)| key.clone());
        let units = units.iter().map(|(id, _)| SumKey::Id(*id));
        for key in units.chain(with_target) {
            counts.entry((key, *scheme)).or_default();
        }
    }
    let mut names = names_of(conn, by, counts.keys().map(|(key, _)| key))?;
    names.extend(units);
    let on_phones = on_phones(conn, reach, by, question.group_id, rolled.as_ref())?;
    let row = |((key, scheme), counts)| {
        let (held, oldest) = match &key {
            SumKey::Id(id) => on_phones.get(id).copied().unwrap_or_default(),
            SumKey::Area(_) | SumKey::Day(_) => Pending::default(),
        };
        Row {
            name: name(areas, &key, by, &names),
            target: targets.get(&(key.clone(), scheme)).copied(),
            on_phones: held,
            oldest_pending_at: oldest.map(|at| at.and_utc()),
            key,
            scheme,
            counts,
        }
    };
    let mut rows: Vec<Row> = counts.into_iter().map(row).collect();
    rows.sort_by(|a, b| (&a.name, &a.key, a.scheme).cmp(&(&b.name, &b.key, b.scheme)));
    Ok(rows)
}

/// What lies under an office, as far as it is within reach.
fn narrow(conn: &mut Conn, reach: &Reach, office_id: Id) -> Result<Reach> {
    match reach::under(conn, reach, office_id) {
        Err(StoreError::NotFound) => Ok(Reach::Groups(Vec::new())),
        found => found,
    }
}

/// The keys that a sum counts for.
fn keys(key: SumKey, rolled: Option<&Rolled>) -> Vec<SumKey> {
    match (rolled, key) {
        (Some(rolled), SumKey::Id(id)) => {
            rolled.of(id).iter().map(|unit| SumKey::Id(*unit)).collect()
        }
        (_, key) => vec![key],
    }
}

/// Whoever appears without work, with his name.
fn units(
    conn: &mut Conn,
    reach: &Reach,
    by: By,
    question: &Question,
    rolled: Option<&Rolled>,
) -> Result<Vec<(Id, String)>> {
    match (by, rolled) {
        (By::Group, _) => {
            let mut groups = names::groups(conn, reach)?;
            groups.retain(|(id, _)| question.group_id.is_none_or(|it| it == *id));
            Ok(groups)
        }
        (_, Some(rolled)) => Ok(rolled.units.clone().into_iter().collect()),
        _ => Ok(Vec::new()),
    }
}

/// Targets by key and scheme, of those plans that what is counted can be held against.
fn targets(
    conn: &mut Conn,
    reach: &Reach,
    by: By,
    question: &Question,
    rolled: Option<&Rolled>,
) -> Result<HashMap<(SumKey, Scheme), Aim>> {
    let kind = match by {
        // A group's plan is not one agent's.
        By::Group if reach.agent().is_some() => return Ok(HashMap::new()),
        By::Group => HolderKind::Group,
        By::Agent => HolderKind::Agent,
        By::Organisation => HolderKind::Organisation,
        By::Village => HolderKind::Village,
        By::Area => HolderKind::Area,
        By::Office => HolderKind::Office,
        By::Association => HolderKind::Association,
        By::Drive | By::Day | By::Month => return Ok(HashMap::new()),
    };
    let found = names::targets(conn, reach, kind, question)?;
    let mut targets = HashMap::new();
    for ((holder, scheme), aim) in found {
        let key = match kind {
            HolderKind::Area => SumKey::Area(holder),
            _ => SumKey::Id(Holder { kind, id: holder }.uuid()?),
        };
        if let (Some(rolled), SumKey::Id(id)) = (rolled, &key)
            && !rolled.has_target(*id)
        {
            continue;
        }
        targets.insert((key, scheme), aim);
    }
    Ok(targets)
}

fn on_phones(
    conn: &mut Conn,
    reach: &Reach,
    by: By,
    group_id: Option<Id>,
    rolled: Option<&Rolled>,
) -> Result<HashMap<Id, Pending>> {
    // What a group's phones hold is not one agent's.
    let of_others = reach.agent().is_some() || reach.organisation().is_some();
    match (by, rolled) {
        (By::Group, _) if of_others => Ok(HashMap::new()),
        (By::Group, _) => pending(conn, reach, Holders::Groups, group_id),
        (By::Agent, _) => pending(conn, reach, Holders::Agents, group_id),
        (_, Some(rolled)) => {
            let members = if by == By::Office { Holders::Groups } else { Holders::Agents };
            let all = pending(conn, reach, members, group_id)?;
            Ok(rolled.sum(&all, |sum, more| {
                sum.0 += more.0;
                sum.1 = sum.1.into_iter().chain(more.1).min();
            }))
        }
        _ => Ok(HashMap::new()),
    }
}

fn names_of<'a>(
    conn: &mut Conn,
    by: By,
    keys: impl Iterator<Item = &'a SumKey>,
) -> Result<HashMap<Id, String>> {
    let mut ids: Vec<Id> = keys
        .filter_map(|key| match key {
            SumKey::Id(id) => Some(*id),
            SumKey::Area(_) | SumKey::Day(_) => None,
        })
        .collect();
    ids.dedup();
    match by {
        By::Agent => names::users(conn, &ids),
        By::Organisation => names::organisations(conn, &ids),
        By::Village => names::villages(conn, &ids),
        By::Drive => names::drives(conn, &ids),
        By::Group | By::Area | By::Day | By::Month | By::Office | By::Association => {
            Ok(HashMap::new())
        }
    }
}

/// Communes are called as they are today, whatever the period: what was counted in an older one counts there.
fn name(areas: &Areas, key: &SumKey, by: By, names: &HashMap<Id, String>) -> String {
    match key {
        SumKey::Id(id) => names.get(id).cloned().unwrap_or_default(),
        SumKey::Area(code) => {
            areas.find(code, NaiveDate::MAX).map_or_else(|| code.clone(), |area| area.name.clone())
        }
        SumKey::Day(day) if by == By::Month => day.format("%Y-%m").to_string(),
        SumKey::Day(day) => day.to_string(),
    }
}
