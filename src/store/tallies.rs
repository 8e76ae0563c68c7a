//! Counts kept as sums of few rows, moved in the transaction that decides.

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use std::collections::BTreeMap;
use std::ops::{AddAssign, Neg};

use super::bulk::Bulk;
use super::conn::Conn;
use super::error::Result;
use super::rows::TallyRow;
use super::schema::tallies;
use crate::domain::{Id, Scheme};

/// Where something counts. An absent organisation, village or drive is the nil id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Queryable, Selectable)]
#[diesel(table_name = tallies)]
pub struct TallyKey {
    /// The day, or the first day of the month for the month's row.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, QueryableByName, Selectable)]
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

/// Whether a row counts a day or a whole month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    Day,
    Month,
}

impl Grain {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// Adds the differences to the days and to their months.
pub fn add(tx: &mut Conn, days: &Deltas) -> Result<()> {
    let mut months = Deltas::new();
    for (key, counts) in days {
        let starts_on = key.starts_on.with_day(1).unwrap_or(key.starts_on);
        *months.entry(TallyKey { starts_on, ..key.clone() }).or_default() += *counts;
    }
    let of = |grain| move |(key, counts)| (grain, key, counts);
    add_all(tx, days.iter().map(of(Grain::Day)).chain(months.iter().map(of(Grain::Month))))
}

/// Adds differences to rows of one grain.
pub fn add_rows(tx: &mut Conn, grain: Grain, deltas: &Deltas) -> Result<()> {
    add_all(tx, deltas.iter().map(|(key, counts)| (grain, key, counts)))
}

/// Rows are taken in this order.
fn add_all<'a>(
    tx: &mut Conn,
    rows: impl Iterator<Item = (Grain, &'a TallyKey, &'a Counts)>,
) -> Result<()> {
    let rows: Vec<TallyRow> = rows
        .filter(|(_, _, counts)| **counts != Counts::default())
        .map(|(grain, key, counts)| row(grain, key, *counts))
        .collect();
    TallyRow::insert_all(tx, &rows)
}

fn row(grain: Grain, key: &TallyKey, counts: Counts) -> TallyRow {
    let key = key.clone();
    TallyRow {
        grain: grain.as_str().to_owned(),
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

/// All rows of a grain.
pub fn all(conn: &mut Conn, grain: Grain) -> Result<Vec<Row>> {
    Ok(tallies::table
        .filter(tallies::grain.eq(grain.as_str()))
        .select((TallyKey::as_select(), Counts::as_select()))
        .load(conn)?)
}
