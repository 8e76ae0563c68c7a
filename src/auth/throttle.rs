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
    /// Anywhere; of IPv6 the network counts, because a house has 2⁶⁴ addresses.
    Address(IpAddr),
}

impl Place {
    fn text(self) -> String {
        match self {
            Self::App(id) => id.to_string(),
            Self::Address(IpAddr::V4(address)) => address.to_string(),
            Self::Address(IpAddr::V6(address)) => {
                format!("{:x}", address.to_bits() >> 64)
            }
        }
    }
}

/// An attempt to log in, from one place.
#[derive(Debug)]
pub struct Attempt(String);

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
        let key = sha256(format!("{}\n{}", login.as_str(), place.text()).as_bytes());
        let known = store.read(|conn| attempts::failures(conn, &key))?;
        let at = now.naive_utc();
        let until = known.map(|(failures, last_at)| last_at + wait(failures));
        match until.map(|until| until - at).filter(|left| *left > TimeDelta::zero()) {
            Some(left) => Err(AuthError::TooManyAttempts { seconds: left.num_seconds() + 1 }),
            None => Ok(Self(key)),
        }
    }

    /// It was the wrong password.
    pub fn failed(&self, tx: &mut Conn, now: DateTime<Utc>) -> Result<()> {
        let at = now.naive_utc();
        attempts::forget_old(tx, at - MEMORY)?;
        let known = attempts::failures(tx, &self.0)?;
        attempts::count(tx, &self.0, known.map_or(0, |(failures, _)| failures) + 1, at)
    }

    /// It was the right one.
    pub fn succeeded(&self, tx: &mut Conn) -> Result<()> {
        attempts::forget(tx, &self.0)
    }
}

/// How long one waits after so many failures in a row.
fn wait(failures: i64) -> TimeDelta {
    match u32::try_from(failures - FREE) {
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
        let seconds: Vec<i64> = (0..12).map(|n| wait(n).num_seconds()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]);
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let place = |text: &str| Place::Address(text.parse().unwrap()).text();
        assert_eq!(place("2001:db8:1:2::1"), place("2001:db8:1:2:ffff::9"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_ne!(place("10.0.0.1"), place("10.0.0.2"));
    }
}
