//! The day of the demo: today, wherever in the year that is.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, TimeDelta, Utc};

use crate::domain::{Month, vn_day, vn_midnight};

/// How long the groups are out, at most.
const OUTING: TimeDelta = TimeDelta::hours(4);
/// By how much the wrong clock is wrong: never into another day, so that its owner's prices are
/// those of the day.
const CLOCK_ERROR: TimeDelta = TimeDelta::minutes(6 * 60 + 20);
const HALF_A_DAY: TimeDelta = TimeDelta::hours(12);
const SECONDS_EAST: i32 = 7 * 3600;

/// When everything happens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    /// The day in Việt Nam.
    pub day: NaiveDate,
    /// The groups are back.
    pub dusk: DateTime<Utc>,
    /// They set out; not before midnight.
    pub dawn: DateTime<Utc>,
}

impl Calendar {
    pub fn of(now: DateTime<Utc>) -> Self {
        let day = vn_day(now);
        Self { day, dusk: now, dawn: vn_midnight(day).max(now - OUTING) }
    }

    /// The moment at `part` of `whole` of the outing.
    pub fn moment(&self, part: usize, whole: usize) -> DateTime<Utc> {
        let whole = i32::try_from(whole).unwrap_or(i32::MAX).max(1);
        let part = i32::try_from(part).unwrap_or(whole).min(whole);
        self.dawn + (self.dusk - self.dawn) / whole * part
    }

    /// What the wrong clock shows too much.
    pub fn clock_error(&self) -> TimeDelta {
        let afternoon = self.dusk - vn_midnight(self.day) >= HALF_A_DAY;
        if afternoon { -CLOCK_ERROR } else { CLOCK_ERROR }
    }

    /// A morning of the month before, from which slips still lie on some phones.
    pub fn last_month(&self) -> DateTime<Utc> {
        let day = Month::of(self.day).first_day() - Days::new(10);
        vn_midnight(day) + TimeDelta::hours(9)
    }

    /// The first day that any slip of the demo counts on.
    pub fn first_day(&self) -> NaiveDate {
        Month::of(self.day).plus(-1).first_day()
    }

    /// The last day of the year.
    pub fn last_day(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.day.year(), 12, 31).unwrap_or(self.day)
    }
}

/// As a phone writes times: with the offset of Việt Nam.
pub(super) fn in_viet_nam(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    match FixedOffset::east_opt(SECONDS_EAST) {
        Some(offset) => at.with_timezone(&offset),
        None => at.fixed_offset(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_happens_on_one_day_whatever_the_clock_says() {
        let midnight: DateTime<Utc> = "2026-12-30T17:00:00Z".parse().unwrap();
        for minutes in 0..(48 * 60) {
            let now = midnight + TimeDelta::minutes(minutes);
            let calendar = Calendar::of(now);
            for part in [0, 1, 7] {
                let at = calendar.moment(part, 7);
                assert!(at <= now);
                assert_eq!(vn_day(at), calendar.day, "{now}");
                assert_eq!(vn_day(at + calendar.clock_error()), calendar.day, "{now}");
            }
            assert!(calendar.first_day() <= vn_day(calendar.last_month()));
            assert!(vn_day(calendar.last_month()) < Month::of(calendar.day).first_day());
        }
    }
}
