//! Counts the tallies and who takes part another way than they are kept: row by row from enrollments and
//! records, not by adding differences.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::moves;
use crate::domain::{Areas, EnrollmentStatus, Id};
use crate::store::grains::Grain;
use crate::store::participation::{self, PartKey, Parts};
use crate::store::recount::{self as rows, HeldRow};
use crate::store::rows::{EnrollmentRow, ReversalRow};
use crate::store::tallies::{self, Counts, Deltas, TallyKey};
use crate::store::{Conn, Result, locks};

/// A row of the tallies that is not what the enrollments say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    pub grain: Grain,
    pub key: TallyKey,
    pub kept: Counts,
    pub counted: Counts,
}

/// A month in which not as many take part as the enrollments say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartDrift {
    pub key: PartKey,
    pub kept: i64,
    pub counted: i64,
}

/// What a recount found.
#[derive(Debug, Default)]
pub struct Recount {
    pub enrollments: u64,
    pub records_held: u64,
    pub drifts: Vec<Drift>,
    pub parts: Vec<PartDrift>,
}

impl Recount {
    /// Whether everything that is kept is what was counted.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.drifts.is_empty() && self.parts.is_empty()
    }
}

/// Recounts everything; with `fix` the rows that drifted are set right. Nobody decides meanwhile.
pub fn recount(tx: &mut Conn, areas: &Areas, fix: bool) -> Result<Recount> {
    locks::tallies(tx)?;
    let mut found = Recount::default();
    let mut days = Deltas::new();
    let mut parts = Parts::new();
    rows::each_enrollment(tx, |row| {
        found.enrollments += 1;
        count_part(&mut parts, areas, &row);
        count_enrollment(&mut days, areas, row);
    })?;
    rows::each_held(tx, |row| {
        found.records_held += 1;
        count_held(&mut days, row);
    })?;
    for row in rows::reversals(tx)? {
        count_reversal(&mut days, row);
    }
    for grain in Grain::ALL.iter().copied() {
        let kept: BTreeMap<_, _> = tallies::all(tx, grain)?.into_iter().collect();
        found.drifts.extend(compare(grain, &kept, &grain.sum(&days)));
    }
    found.parts = compare_parts(&participation::all(tx)?, &parts);
    if fix {
        let differences = found.parts.iter().map(|it| (it.key.clone(), it.counted - it.kept));
        participation::add(tx, &differences.collect())?;
        let differences = found.drifts.iter().map(|drift| {
            let mut difference = drift.counted;
            difference += -drift.kept;
            (drift.grain, Deltas::from([(drift.key.clone(), difference)]))
        });
        tallies::add_rows(tx, differences)?;
    }
    Ok(found)
}

fn compare(grain: Grain, kept: &Deltas, counted: &Deltas) -> Vec<Drift> {
    let keys: BTreeSet<&TallyKey> = kept.keys().chain(counted.keys()).collect();
    let sum = |all: &Deltas, key: &TallyKey| all.get(key).copied().unwrap_or_default();
    keys.into_iter()
        .map(|key| Drift {
            grain,
            key: key.clone(),
            kept: sum(kept, key),
            counted: sum(counted, key),
        })
        .filter(|drift| drift.kept != drift.counted)
        .collect()
}

fn compare_parts(kept: &Parts, counted: &Parts) -> Vec<PartDrift> {
    let keys: BTreeSet<&PartKey> = kept.keys().chain(counted.keys()).collect();
    let of = |all: &Parts, key: &PartKey| all.get(key).copied().unwrap_or_default();
    keys.into_iter()
        .map(|key| PartDrift { key: key.clone(), kept: of(kept, key), counted: of(counted, key) })
        .filter(|drift| drift.kept != drift.counted)
        .collect()
}

/// Asks of the last day of each month whether it lies in the period.
fn count_part(parts: &mut Parts, areas: &Areas, row: &EnrollmentRow) {
    if row.status != EnrollmentStatus::Accepted {
        return;
    }
    let TallyKey { group_id, area_code, scheme, .. } = moves::key_of(areas, row);
    let last = |day: NaiveDate| day.with_day(u32::from(day.num_days_in_month()));
    let mut end = last(row.covers_from);
    while let Some(day) = end.filter(|day| *day <= row.covers_to) {
        let month = day.with_day(1).unwrap_or(day);
        let key = PartKey { group_id, month, area_code: area_code.clone(), scheme };
        *parts.entry(key).or_default() += 1;
        end = day.succ_opt().and_then(last);
    }
}

fn count_enrollment(days: &mut Deltas, areas: &Areas, row: EnrollmentRow) {
    let key = moves::key_of(areas, &row);
    let taken = moves::accepted(row.kind, row.payable, row.state_support);
    *days.entry(key.clone()).or_default() += taken;
    if let (EnrollmentStatus::Voided, Some(voided_on)) = (row.status, row.voided_on) {
        let mut reversal = -taken;
        reversal.voided = 1;
        *days.entry(TallyKey { starts_on: voided_on, ..key }).or_default() += reversal;
    }
}

fn count_held(days: &mut Deltas, row: HeldRow) {
    let counts = moves::held(row.state, row.persons, row.amount_held);
    if let (Some(counts), Some(scheme)) = (counts, moves::scheme_of(row.kind)) {
        let key = TallyKey {
            starts_on: row.counted_on,
            group_id: row.group_id,
            agent_id: row.agent_id,
            organisation_id: row.organisation_id.unwrap_or(Id::NIL),
            area_code: row.area_code,
            village_id: row.village_id.unwrap_or(Id::NIL),
            drive_id: row.drive_id.unwrap_or(Id::NIL),
            scheme,
        };
        *days.entry(key).or_default() += counts;
    }
}

/// It counted on its day, which is closed, and counts against on the day it ended.
fn count_reversal(days: &mut Deltas, row: ReversalRow) {
    let Some(counts) = moves::held(row.state, row.persons, row.amount_held) else { return };
    let key = TallyKey {
        starts_on: row.counted_on,
        group_id: row.group_id,
        agent_id: row.agent_id,
        organisation_id: row.organisation_id.unwrap_or(Id::NIL),
        area_code: row.area_code,
        village_id: row.village_id.unwrap_or(Id::NIL),
        drive_id: row.drive_id.unwrap_or(Id::NIL),
        scheme: row.scheme,
    };
    *days.entry(key.clone()).or_default() += counts;
    *days.entry(TallyKey { starts_on: row.reversed_on, ..key }).or_default() += -counts;
}
