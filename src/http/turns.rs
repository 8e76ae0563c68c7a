//! Pushes take turns: a few threads of their own decide them in the order they came; the rest wait as
//! they were sent, without a thread and without the database. What has come and is not decided yet is
//! bounded, in number and in bytes, so that any number of phones costs the server no more memory than this.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::problem::Problem;
use crate::domain::Code;
use crate::sync::wire::{BACKOFF_S, LIMITS, Limits};

/// Pushes unpacked, read and decided at once: fewer than the store's connections, so that whoever looks
/// finds one free. Each thread keeps some memory for the next batch.
pub const AT_ONCE: usize = 4;

/// With more than this waiting, phones that are answered are asked to come later.
pub const MANY: usize = 4 * AT_ONCE;

/// As many wait; who comes then is told to come again.
pub const MOST_WAITING: usize = 256;

/// Bytes of all bodies received, as they came, and not decided yet.
pub const MOST_BYTES: usize = 24 * 1024 * 1024;

/// Files that are received, read and written at once, at one server: each may weigh much, and writes in one
/// long transaction. Who comes then is told to come again.
pub const FILES_AT_ONCE: usize = 2;

type Job = Box<dyn FnOnce() + Send>;

/// Whose push is decided now, and who waits.
#[derive(Debug)]
pub struct Turns {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    room: Arc<Semaphore>,
    files: Arc<Semaphore>,
}

/// Room for bytes that were received; given back when dropped.
#[derive(Debug, Default)]
pub struct Room(Option<OwnedSemaphorePermit>);

/// Counts one who waits, however his waiting ends.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Turns {
    /// Starts the threads; they end with it.
    ///
    /// # Errors
    /// The machine has no thread left.
    pub fn new() -> io::Result<Self> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..AT_ONCE {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name("push".to_owned()).spawn(move || work_off(&queue))?;
        }
        Ok(Self {
            jobs,
            waiting: Arc::default(),
            room: Arc::new(Semaphore::new(MOST_BYTES)),
            files: Arc::new(Semaphore::new(FILES_AT_ONCE)),
        })
    }

    /// Does the work when it is its turn, behind everything that came before. When nobody waits for it any
    /// more it is not begun: a phone that gave up comes again.
    ///
    /// # Errors
    /// `busy` when too many wait already.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let ahead = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(Arc::clone(&self.waiting));
        if ahead >= MOST_WAITING {
            return Err(Problem::busy("too many pushes wait"));
        }
        let (tell, told) = oneshot::channel();
        let job = move || {
            drop(waiting);
            if !tell.is_closed() {
                drop(tell.send(work()));
            }
        };
        self.jobs.send(Box::new(job)).map_err(|_| Code::Busy)?;
        told.await.map_err(|_| Problem::internal("a push was given up"))
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

    /// The turn of a file that somebody brings; given back when dropped.
    ///
    /// # Errors
    /// `busy` when others have them all.
    pub fn file(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = Arc::clone(&self.files).try_acquire_owned();
        turn.map_err(|_| Problem::busy("other files are being read"))
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

/// Takes one job after the other until nobody can bring more.
fn work_off(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Whoever waits for it learns that it failed; the panic itself is told where it happens.
        drop(catch_unwind(AssertUnwindSafe(job)));
    }
}
