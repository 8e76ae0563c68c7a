//! `serve`: everything that phones and offices talk to.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use clap::Args;

use super::Failure;
use crate::audit::seal;
use crate::auth::{Keys, Passwords};
use crate::clock;
use crate::config::{Database, Serve};
use crate::domain::Areas;
use crate::http::{AppState, ServerConfig, Turns, start};
use crate::rulebook::Rulebook;
use crate::store::{Store, StoreError};
use crate::sync::{self, rejudge};

/// How often a server looks whether something waits that nobody judged.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// How long what was done may wait for its place in the chain of the audit.
const SEAL: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    serve: Serve,
    #[command(flatten)]
    database: Database,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let key = &options.serve.signing_key;
    let keys = Keys::open(key).map_err(Failure::io(key.display().to_string()))?;
    let store = options.database.open()?;
    let state = AppState {
        book: Arc::new(Rulebook::open(&store)?),
        store,
        keys: Arc::new(keys),
        passwords: Arc::new(Passwords::new(None)?),
        turns: Arc::new(Turns::new().map_err(Failure::io("threads"))?),
    };
    if !state.store.read(|conn| sync::clock_is_plausible(conn, clock::now()))? {
        return Err(Failure::Usage(
            "this machine's clock stands before rows that are stored already: set it right first"
                .to_owned(),
        ));
    }
    let workers = options
        .serve
        .workers
        .or_else(|| std::thread::available_parallelism().ok().map(std::num::NonZeroUsize::get));
    let listen = options.serve.listen.clone();
    let (store, book) = (state.store.clone(), Arc::clone(&state.book));
    let running = start(ServerConfig {
        listen: listen.clone(),
        workers: workers.unwrap_or(2),
        signals: true,
        state,
    })
    .map_err(Failure::io(format!("cannot listen on {listen}")))?;
    // Whoever started this may be a program that waits for the line.
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{}", running.addr)
        .and_then(|()| out.flush())
        .map_err(Failure::io("standard output"))?;
    let (running_on, stopped) = mpsc::channel();
    let sealing = {
        let store = store.clone();
        std::thread::spawn(move || seal_what_was_done(&store, &stopped))
    };
    std::thread::spawn(move || judge_what_waited(&store, &book));
    running.wait().map_err(Failure::io("the server"))?;
    drop(running_on);
    sealing.join().map_err(|_| Failure::Answer("the audit was not sealed to its end".to_owned()))
}

/// Puts what was done into the chain of the audit, until the server has stopped, and then once more.
fn seal_what_was_done(store: &Store, stopped: &Receiver<()>) {
    loop {
        let last = stopped.recv_timeout(SEAL) == Err(RecvTimeoutError::Disconnected);
        match seal::seal(store) {
            Ok(0) => {}
            Ok(entries) => tracing::debug!(entries, "sealed"),
            Err(error @ StoreError::Busy(_)) => tracing::warn!(%error, "the audit is sealed later"),
            Err(error) => tracing::error!(%error, "the audit is not sealed"),
        }
        if last {
            return;
        }
    }
}

/// Whoever adds a row judges what waited for it. What he left undone is done here, and what waited for a
/// row that came with a new release of the program.
fn judge_what_waited(store: &Store, book: &Rulebook) -> ! {
    loop {
        match rejudge::catch_up(store, book, Areas::embedded(), clock::now(), |_| {}) {
            Ok(report) if report.total() > 0 => tracing::info!(?report, "judged again what waited"),
            Ok(_) => {}
            Err(error @ StoreError::Busy(_)) => {
                tracing::warn!(%error, "what waits for a rule is judged again later");
            }
            Err(error) => tracing::error!(%error, "what waits for a rule is not judged again"),
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
