//! A server whose clock stands before what it already took must not serve: it would repair every
//! phone's time to a wrong one, and judge payments by the law of another year.

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::{Conn, Result, phones};

/// Two servers of one database may differ by this much.
const TOLERATED: TimeDelta = TimeDelta::minutes(5);

/// Whether the clock can be right, as far as the database knows.
pub fn clock_is_plausible(conn: &mut Conn, now: DateTime<Utc>) -> Result<bool> {
    let newest = phones::newest(conn)?;
    Ok(newest.is_none_or(|newest| newest.and_utc() <= now + TOLERATED))
}
