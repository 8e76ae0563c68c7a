//! Counts kept as sums of few rows, moved in the transaction that decides.

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};
use std::collections::BTreeMap;
use std::ops::{AddAssign, Neg};

use super::conn::Conn;
use super::error::Result;
use super::schema::tallies;
use super::types::Key;
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
    add_rows(tx, Grain::Day, days)?;
    add_rows(tx, Grain::Month, &months)
}

/// Adds differences to rows of one grain.
pub fn add_rows(tx: &mut Conn, grain: Grain, deltas: &Deltas) -> Result<()> {
    for (key, counts) in deltas.iter().filter(|(_, counts)| **counts != Counts::default()) {
        let query = diesel::sql_query(include_str!("add_tally.sql"))
            .bind::<Text, _>(grain.as_str())
            .bind::<Date, _>(key.starts_on)
            .bind::<Key, _>(key.group_id)
            .bind::<Key, _>(key.agent_id)
            .bind::<Key, _>(key.organisation_id)
            .bind::<Text, _>(&key.area_code)
            .bind::<Key, _>(key.village_id)
            .bind::<Key, _>(key.drive_id)
            .bind::<Text, _>(key.scheme)
            .bind::<BigInt, _>(counts.accepted)
            .bind::<BigInt, _>(counts.renewals)
            .bind::<BigInt, _>(counts.duplicate)
            .bind::<BigInt, _>(counts.review)
            .bind::<BigInt, _>(counts.rejected)
            .bind::<BigInt, _>(counts.voided)
            .bind::<BigInt, _>(counts.amount_enrolled)
            .bind::<BigInt, _>(counts.amount_held)
            .bind::<BigInt, _>(counts.state_support);
        query.execute(tx)?;
    }
    Ok(())
}

type Row = (TallyKey, Counts);

/// All rows of a grain.
pub fn all(conn: &mut Conn, grain: Grain) -> Result<Vec<Row>> {
    Ok(tallies::table
        .filter(tallies::grain.eq(grain.as_str()))
        .select((TallyKey::as_select(), Counts::as_select()))
        .load(conn)?)
}
