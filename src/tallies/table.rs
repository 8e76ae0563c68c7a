//! Tallies as a supervisor reads them: a row for each key and scheme, with names, targets and what is
//! still on phones.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{Areas, HolderKind, Id, Scheme};
use crate::store::sums::{self, By, Question, SumKey};
use crate::store::tallies::Counts;
use crate::store::{Conn, Reach, Result, names};

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Row {
    pub key: SumKey,
    pub name: String,
    pub scheme: Scheme,
    pub counts: Counts,
    /// People to enroll, where there is a plan.
    pub target: Option<i64>,
    /// Records of this key still on phones, of both schemes.
    pub on_phones: i64,
    pub oldest_pending_at: Option<DateTime<Utc>>,
}

/// The table for a question, within reach, in order of name. Groups without work appear with zeros.
pub fn table(
    conn: &mut Conn,
    areas: &Areas,
    reach: &Reach,
    by: By,
    question: &Question,
) -> Result<Vec<Row>> {
    let mut counts: BTreeMap<(SumKey, Scheme), Counts> = BTreeMap::new();
    for sum in sums::sums(conn, reach, by, question)? {
        counts.insert((sum.key, sum.scheme), sum.counts);
    }
    let groups: Vec<(Id, String)> = if by == By::Group {
        let all = names::groups(conn, reach)?;
        all.into_iter().filter(|(id, _)| question.group_id.is_none_or(|it| it == *id)).collect()
    } else {
        vec![]
    };
    let schemes =
        Scheme::ALL.iter().filter(|it| question.scheme.is_none_or(|wanted| wanted == **it));
    for scheme in schemes {
        for (id, _) in &groups {
            counts.entry((SumKey::Id(*id), *scheme)).or_default();
        }
    }
    let mut names = names_of(conn, by, counts.keys().map(|(key, _)| key))?;
    names.extend(groups);
    // A group's plan and what its phones still hold are not one agent's.
    let (targets, on_phones) = match (by, reach.agent()) {
        (By::Group, None) if reach.organisation().is_none() => (
            names::targets(conn, reach, HolderKind::Group, question.to)?,
            sums::on_phones(conn, by)?,
        ),
        (By::Agent, _) => (HashMap::new(), sums::on_phones(conn, by)?),
        _ => (HashMap::new(), HashMap::new()),
    };
    let mut rows: Vec<Row> = counts
        .into_iter()
        .map(|((key, scheme), counts)| {
            let id = match &key {
                SumKey::Id(id) => *id,
                SumKey::Area(_) | SumKey::Day(_) => Id::NIL,
            };
            let (pending, oldest) = on_phones.get(&id).copied().unwrap_or_default();
            Row {
                name: name(areas, question.to, &key, by, &names),
                target: targets.get(&(id.to_string(), scheme)).map(|aim| aim.people),
                on_phones: pending,
                oldest_pending_at: oldest.map(|at| at.and_utc()),
                key,
                scheme,
                counts,
            }
        })
        .collect();
    rows.sort_by(|a, b| (&a.name, &a.key, a.scheme).cmp(&(&b.name, &b.key, b.scheme)));
    Ok(rows)
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
        By::Group | By::Area | By::Day | By::Month => Ok(HashMap::new()),
    }
}

fn name(areas: &Areas, on: NaiveDate, key: &SumKey, by: By, names: &HashMap<Id, String>) -> String {
    match key {
        SumKey::Id(id) => names.get(id).cloned().unwrap_or_default(),
        SumKey::Area(code) => {
            areas.find(code, on).map_or_else(|| code.clone(), |area| area.name.clone())
        }
        SumKey::Day(day) if by == By::Month => day.format("%Y-%m").to_string(),
        SumKey::Day(day) => day.to_string(),
    }
}
