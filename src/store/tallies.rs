//! Counts kept as sums of few rows, moved in the transaction that decides.

use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::BTreeMap;
use std::ops::{AddAssign, Neg};

use super::bulk::Bulk;
use super::conn::Conn;
use super::error::Result;
use super::grains::Grain;
use super::rows::TallyRow;
use super::schema::tallies;
use crate::domain::{Id, Scheme};

/// Where something counts. An absent organisation, village or drive is the nil id, and so is what a row of months or
/// years is not kept by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Queryable, Selectable)]
#[diesel(table_name = tallies)]
pub struct TallyKey {
    /// The day, or the first day of the month or of the year.
    pub starts_on: NaiveDate,
    pub group_id: Id,
    pub agent_id: Id,
    pub organisation_id: Id,
    /// Today's commune, whatever it was called on the day.
    pub area_code: String,
    pub village_id: Id,
    pub drive_id: Id,
    pub scheme: Scheme,
}

/// What is counted: persons, and money in đồng. As a difference it may be negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tallies)]
pub struct Counts {
    pub accepted: i64,
    pub renewals: i64,
    pub duplicate: i64,
    pub review: i64,
    pub rejected: i64,
    pub voided: i64,
    pub amount_enrolled: i64,
    pub amount_held: i64,
    pub state_support: i64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.renewals += other.renewals;
        self.duplicate += other.duplicate;
        self.review += other.review;
        self.rejected += other.rejected;
        self.voided += other.voided;
        self.amount_enrolled += other.amount_enrolled;
        self.amount_held += other.amount_held;
        self.state_support += other.state_support;
    }
}

impl Neg for Counts {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            accepted: -self.accepted,
            renewals: -self.renewals,
            duplicate: -self.duplicate,
            review: -self.review,
            rejected: -self.rejected,
            voided: -self.voided,
            amount_enrolled: -self.amount_enrolled,
            amount_held: -self.amount_held,
            state_support: -self.state_support,
        }
    }
}

/// Differences by key, sorted, so that every transaction takes the rows in one order.
pub type Deltas = BTreeMap<TallyKey, Counts>;

/// Adds what was moved on some days, to all rows it counts in.
pub fn add(tx: &mut Conn, days: &Deltas) -> Result<()> {
    let sums = Grain::ALL.iter().map(|grain| (*grain, grain.sum(days)));
    add_rows(tx, sums)
}

/// Adds differences to rows, which are taken in the order of their kinds and then of their keys.
pub fn add_rows(tx: &mut Conn, differences: impl Iterator<Item = (Grain, Deltas)>) -> Result<()> {
    let of = |(grain, deltas): (Grain, Deltas)| {
        deltas
            .into_iter()
            .filter(|(_, counts)| *counts != Counts::default())
            .map(move |(key, counts)| row(grain, key, counts))
    };
    let rows: Vec<TallyRow> = differences.flat_map(of).collect();
    TallyRow::insert_all(tx, &rows)
}

fn row(grain: Grain, key: TallyKey, counts: Counts) -> TallyRow {
    TallyRow {
        grain,
        starts_on: key.starts_on,
        group_id: key.group_id,
        agent_id: key.agent_id,
        organisation_id: key.organisation_id,
        area_code: key.area_code,
        village_id: key.village_id,
        drive_id: key.drive_id,
        scheme: key.scheme,
        accepted: counts.accepted,
        renewals: counts.renewals,
        duplicate: counts.duplicate,
        review: counts.review,
        rejected: counts.rejected,
        voided: counts.voided,
        amount_enrolled: counts.amount_enrolled,
        amount_held: counts.amount_held,
        state_support: counts.state_support,
    }
}

type Row = (TallyKey, Counts);

/// All rows of a kind.
pub fn all(conn: &mut Conn, grain: Grain) -> Result<Vec<Row>> {
    Ok(tallies::table
        .filter(tallies::grain.eq(grain))
        .select((TallyKey::as_select(), Counts::as_select()))
        .load(conn)?)
}
