//! Pushes take turns: a few are decided at once, the rest wait in the order they came, without a thread
//! and without the database. What has come and is not decided yet is bounded, in number and in bytes, so
//! that any number of phones costs the server no more memory than this.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::sync::wire::{BACKOFF_S, LIMITS, Limits};

/// Pushes unpacked, read and decided at once: fewer than the store's connections, so that whoever looks
/// finds one free.
pub const AT_ONCE: usize = 4;

/// With more than this waiting, phones that are answered are asked to come later.
pub const MANY: usize = 4 * AT_ONCE;

/// As many wait; who comes then is told to come again.
pub const MOST_WAITING: usize = 256;

/// Bytes of all bodies received, as they came, and not decided yet.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Whose push is decided now, and who waits.
#[derive(Debug)]
pub struct Turns {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    room: Arc<Semaphore>,
}

/// A place among those that are decided now; given back when dropped.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held, never read")] OwnedSemaphorePermit);

/// Room for bytes that were received; given back when dropped.
#[derive(Debug, Default)]
pub struct Room(Option<OwnedSemaphorePermit>);

/// Counts one who waits, however his waiting ends.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: AtomicUsize::new(0),
            room: Arc::new(Semaphore::new(MOST_BYTES)),
        }
    }
}

impl Turns {
    /// Waits for one's turn, behind everybody who came before.
    ///
    /// # Errors
    /// `busy` when too many wait already.
    pub async fn take(&self) -> Result<Turn, Problem> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(Turn(place));
        }
        let ahead = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _counted = Waiting(&self.waiting);
        if ahead >= MOST_WAITING {
            return Err(Problem::busy("too many pushes wait"));
        }
        self.places.clone().acquire_owned().await.map(Turn).map_err(Problem::internal)
    }

    /// Makes room for bytes that came.
    ///
    /// # Errors
    /// `busy` when those that came before fill it.
    pub fn make_room(&self, room: &mut Room, bytes: usize) -> Result<(), Problem> {
        let bytes = u32::try_from(bytes).map_err(Problem::internal)?;
        let more = self.room.clone().try_acquire_many_owned(bytes);
        let more = more.map_err(|_| Problem::busy("the bodies that wait fill their room"))?;
        match &mut room.0 {
            Some(held) => held.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Bytes received and not decided yet.
    #[must_use]
    pub fn bytes(&self) -> usize {
        MOST_BYTES - self.room.available_permits()
    }

    /// The limits as they are now: with a time to wait while many do.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let backoff_s = if self.waiting() > MANY { BACKOFF_S } else { 0 };
        Limits { backoff_s, ..LIMITS }
    }
}
