//! Wrong passwords cost time. Failures are counted for an account and the place they come from, together:
//! a whole village sits behind one address, and nobody may lock an owner out from elsewhere. A phone that
//! has logged in as this user before is a place of its own, wherever it is.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::keys::sha256;
use super::{AuthError, login::Login};
use crate::domain::Id;
use crate::store::{Conn, Result, Store, attempts};

/// So many failures in a row cost nothing.
const FREE: i64 = 5;
/// So many in a row from a whole site, which may be a provider's customers of a district.
const FREE_OF_SITE: i64 = 20;
/// The wait after one more; it doubles with each that follows.
const FIRST: TimeDelta = TimeDelta::seconds(30);
/// The longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// Failures so long ago count no more.
const MEMORY: TimeDelta = TimeDelta::days(1);

/// Where an attempt comes from.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// An app that belongs to the user.
    App(Id),
    /// Anywhere; of IPv6 the network counts, because a house has 2⁶⁴ addresses, and the site, because who
    /// rents a server may have 2¹⁶ networks.
    Address(IpAddr),
}

/// What counts failures, and how many of them are free.
#[derive(Debug, PartialEq, Eq)]
struct Counter {
    key: String,
    free: i64,
}

impl Place {
    /// The narrower first.
    fn counters(self, login: &Login) -> Vec<Counter> {
        let counter = |place: String, free| {
            let key = sha256(format!("{}\n{place}", login.as_str()).as_bytes());
            Counter { key, free }
        };
        match self {
            Self::App(id) => vec![counter(id.to_string(), FREE)],
            Self::Address(IpAddr::V4(address)) => vec![counter(address.to_string(), FREE)],
            Self::Address(IpAddr::V6(address)) => {
                let bits = address.to_bits();
                let site = format!("{:x}/48", bits >> 80);
                vec![counter(format!("{:x}", bits >> 64), FREE), counter(site, FREE_OF_SITE)]
            }
        }
    }
}

/// An attempt to log in, from one place.
#[derive(Debug)]
pub struct Attempt(Vec<Counter>);

impl Attempt {
    /// Lets somebody try. Only what turns out wrong is counted, afterwards; as few passwords are looked at at
    /// once, many tries at the same time win a guess or two and no more.
    ///
    /// # Errors
    /// [`AuthError::TooManyAttempts`] with the seconds to wait; who tries meanwhile does not wait longer for it.
    pub fn begin(
        store: &Store,
        login: &Login,
        place: Place,
        now: DateTime<Utc>,
    ) -> Result<Self, AuthError> {
        let counters = place.counters(login);
        let at = now.naive_utc();
        let mut left = TimeDelta::zero();
        for counter in &counters {
            let known = store.read(|conn| attempts::failures(conn, &counter.key))?;
            // What is free costs nothing, also when it was counted a moment after we looked at the clock.
            let known = known.filter(|(failures, _)| *failures >= counter.free);
            let until = known.map(|(failures, last_at)| last_at + wait(failures - counter.free));
            left = until.map_or(left, |until| left.max(until - at));
        }
        if left > TimeDelta::zero() {
            return Err(AuthError::TooManyAttempts { seconds: left.num_seconds() + 1 });
        }
        Ok(Self(counters))
    }

    /// It was the wrong password.
    pub fn failed(&self, tx: &mut Conn, now: DateTime<Utc>) -> Result<()> {
        let at = now.naive_utc();
        attempts::count(tx, &self.keys(), at - MEMORY, at)
    }

    /// It was the right one.
    pub fn succeeded(&self, tx: &mut Conn) -> Result<()> {
        attempts::forget(tx, &self.keys())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|counter| counter.key.as_str()).collect()
    }
}

/// How long one waits after so many failures in a row more than are free.
fn wait(beyond: i64) -> TimeDelta {
    match u32::try_from(beyond) {
        Ok(more @ 0..=5) => (FIRST * 2_i32.pow(more)).min(LONGEST),
        Ok(_) => LONGEST,
        Err(_) => TimeDelta::zero(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<i64> = (0..12).map(|n| wait(n - FREE).num_seconds()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]);
    }

    #[test]
    fn a_network_of_ipv6_is_one_place_and_its_site_another() {
        let login = Login::parse("lan").unwrap();
        let counters = |text: &str| Place::Address(text.parse().unwrap()).counters(&login);
        let one = counters("2001:db8:1:2::1");
        assert_eq!(one, counters("2001:db8:1:2:ffff::9"));
        let neighbour = counters("2001:db8:1:3::1");
        assert_ne!(one[0], neighbour[0]);
        assert_eq!(one[1], neighbour[1]);
        assert_eq!([one[0].free, one[1].free], [FREE, FREE_OF_SITE]);
        let elsewhere = counters("2001:db8:2:2::1");
        assert!(elsewhere.iter().all(|it| !one.contains(it)));
        assert_ne!(counters("10.0.0.1"), counters("10.0.0.2"));
    }
}
