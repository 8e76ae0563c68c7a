//! When a record was really made: phones' clocks are wrong, so their times are repaired by what the
//! two ends can compare.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::envelope::Record;
use super::wire::BatchRequest;
use crate::domain::vn_day;

/// A difference the two clocks may have before a record is repaired by it.
const TOLERATED: TimeDelta = TimeDelta::minutes(10);

/// A payment may be at most this much older than its record.
const MAX_PAID_BEFORE: TimeDelta = TimeDelta::days(31);

/// The times of a record as the server understands them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    pub at: DateTime<Utc>,
    /// The day of UTC+7 on which it was captured.
    pub day: NaiveDate,
    /// The phone's clock was wrong and the times were repaired.
    pub repaired: bool,
    /// By how many days a `paid_on` equal to the capture day moves with it.
    shift_days: i64,
    stated_day: NaiveDate,
}

impl Capture {
    /// Repairs the time of capture. It is never later than the receipt.
    pub fn of(record: &Record, batch: &BatchRequest, received: DateTime<Utc>) -> Self {
        let skew = received.signed_duration_since(batch.sent_at.to_utc());
        let wrong = skew.abs() > TOLERATED;
        let by_boot = since_boot(record, batch).and_then(|ago| received.checked_sub_signed(ago));
        let at = match by_boot {
            Some(exact) => exact,
            None if wrong => record.captured_at.checked_add_signed(skew).unwrap_or(received),
            None => record.captured_at,
        }
        .min(received);
        let (day, stated_day) = (vn_day(at), vn_day(record.captured_at));
        let repaired = wrong || (at - record.captured_at).abs() > TOLERATED;
        let shift_days = if repaired { (day - stated_day).num_days() } else { 0 };
        Self { at, day, repaired, shift_days, stated_day }
    }

    /// As it was understood when the record came.
    pub fn stored(at: DateTime<Utc>, repaired: bool) -> Self {
        let day = vn_day(at);
        Self { at, day, repaired, shift_days: 0, stated_day: day }
    }

    /// The day of payment: moved with the clock when it was the day of capture.
    pub fn paid_on(&self, stated: NaiveDate) -> NaiveDate {
        if stated == self.stated_day {
            stated.checked_add_signed(TimeDelta::days(self.shift_days)).unwrap_or(stated)
        } else {
            stated
        }
    }

    /// Whether somebody could have paid on that day for a record made on this one.
    pub fn plausible(&self, paid_on: NaiveDate) -> bool {
        paid_on <= self.day && self.day.signed_duration_since(paid_on) <= MAX_PAID_BEFORE
    }

    /// Whether the record came in another month than it was captured in.
    pub fn late(&self, received: DateTime<Utc>) -> bool {
        let receipt = vn_day(received);
        (self.day.year(), self.day.month()) != (receipt.year(), receipt.month())
    }
}

/// How long ago it was captured, exact when the phone was not restarted since.
fn since_boot(record: &Record, batch: &BatchRequest) -> Option<TimeDelta> {
    let (then, now) = (record.boot_id.as_ref()?, batch.boot_id.as_ref()?);
    let ago = batch.uptime_ms?.checked_sub(record.uptime_ms?)?;
    (then == now && ago >= 0).then(|| TimeDelta::try_milliseconds(ago)).flatten()
}
