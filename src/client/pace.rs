//! How much at once, and how soon again.

use std::time::Duration;

use super::Result;
use crate::sync::wire::Limits;

/// The first batch of a day: as much as any link carries.
const BEGIN: Pace = Pace { records: 20, bytes: 64 * 1024 };
/// A batch answered within this was no burden.
const QUICK: Duration = Duration::from_secs(5);
/// Room left in a batch for what stands around its records, bytes.
pub const ENVELOPE: usize = 16 * 1024;
/// However long a server wants to be left alone, a call that hangs longer helps nobody.
const LONGEST: Duration = Duration::from_secs(300);

/// The size of the next batch: what the link has proved to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub records: usize,
    /// Of the records alone, unpacked.
    pub bytes: usize,
}

impl Pace {
    pub fn begin() -> Self {
        BEGIN
    }

    /// Twice as much next time, if that was quick; never over the limits.
    pub fn answered(&mut self, took: Duration, limits: Limits) {
        let factor = if took <= QUICK { 2 } else { 1 };
        self.records = (self.records * factor).min(limits.records).max(1);
        self.bytes = (self.bytes * factor).min(limits.bytes.saturating_sub(ENVELOPE)).max(1);
    }

    /// Half as much next time.
    pub fn failed(&mut self) {
        self.records = (self.records / 2).max(1);
        self.bytes = (self.bytes / 2).max(1);
    }
}

/// How often a call tries, and how long it waits in between.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The longest first wait. It doubles with each failure …
    pub first: Duration,
    /// … up to this. A server may ask for more.
    pub cap: Duration,
    /// Attempts before the call gives up.
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), cap: Duration::from_secs(60), attempts: 8 }
    }
}

impl Patience {
    /// Tries until it succeeds, fails for good, or was tried often enough.
    ///
    /// # Errors
    /// Those of the last attempt.
    pub fn persist<T>(
        &self,
        chance: &mut Chance,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        let mut failures = 0;
        loop {
            match attempt() {
                Err(error) if error.passes() && failures + 1 < self.attempts => {
                    let asked = error.retry_after().min(LONGEST);
                    std::thread::sleep(self.wait(failures, chance).max(asked));
                    failures += 1;
                }
                done => return done,
            }
        }
    }

    /// Anything from nothing to twice the longest wait before: phones that lost the server together
    /// must not come back together.
    fn wait(&self, failures: u32, chance: &mut Chance) -> Duration {
        let longest = self.first.saturating_mul(1 << failures.min(20)).min(self.cap);
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(chance.up_to(micros))
    }
}

/// Numbers that look like chance (splitmix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Chance of one's own for something else.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// A number from 0 to `most`, both included.
    fn up_to(&mut self, most: u64) -> u64 {
        self.next() % most.saturating_add(1).max(1)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientError;
    use crate::sync::wire::LIMITS;

    #[test]
    fn batches_grow_to_the_limits_and_shrink_to_one_record() {
        let mut pace = Pace::begin();
        let quick = Duration::from_millis(80);
        let mut sizes = vec![pace.records];
        for _ in 0..6 {
            pace.answered(quick, LIMITS);
            sizes.push(pace.records);
        }
        assert_eq!(sizes, [20, 40, 80, 160, 320, 500, 500]);
        assert!(pace.bytes <= LIMITS.bytes - ENVELOPE);
        pace.answered(Duration::from_secs(30), LIMITS);
        assert_eq!(pace.records, 500);
        pace.failed();
        assert_eq!(pace.records, 250);
        (0..20).for_each(|_| pace.failed());
        assert_eq!(pace.records, 1);
        pace.answered(quick, Limits { records: 1, ..LIMITS });
        assert_eq!(pace.records, 1);
    }

    #[test]
    fn waits_double_up_to_the_cap_and_are_left_to_chance() {
        let patience = Patience {
            first: Duration::from_millis(100),
            cap: Duration::from_millis(350),
            attempts: 9,
        };
        let mut chance = Chance::new(7);
        for (failures, most) in [(0, 100), (1, 200), (2, 350), (40, 350)] {
            let waits: Vec<_> = (0..200).map(|_| patience.wait(failures, &mut chance)).collect();
            let (least, longest) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*longest <= Duration::from_millis(most));
            assert!(*longest > Duration::from_millis(most / 2) && *least < *longest / 2);
        }
    }

    #[test]
    fn patience_ends_and_what_is_refused_for_good_is_not_tried_again() {
        let patience = Patience { first: Duration::ZERO, cap: Duration::ZERO, attempts: 4 };
        let tries = |error: fn() -> ClientError| {
            let mut tries = 0;
            let done: Result<()> = patience.persist(&mut Chance::new(1), || {
                tries += 1;
                Err(error())
            });
            assert!(done.is_err());
            tries
        };
        let refused =
            |status| ClientError::Refused { status, code: String::new(), retry_after: None };
        assert_eq!(tries(|| ClientError::NoAnswer(String::new())), 4);
        assert!(refused(503).passes());
        assert_eq!(tries(|| ClientError::Senseless(String::new())), 1);
        assert!(!refused(400).passes());
    }
}
