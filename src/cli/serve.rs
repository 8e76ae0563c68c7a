//! `serve`: everything that phones and offices talk to.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use clap::Args;

use super::settings::Mistakes;
use super::{Failure, settings, signed};
use crate::audit::seal;
use crate::auth::{Keys, Passwords};
use crate::clock;
use crate::config::{self, Database, Serve};
use crate::http::{AppState, Edge, ServerConfig, Turns, start};
use crate::rulebook::Rulebook;
use crate::store::{Store, StoreError};
use crate::sync::retention::{self, Keep};
use crate::sync::{self, rejudge};

/// How often a server looks whether something waits that nobody judged.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// How often a server lets go what has been kept long enough.
const LET_GO: Duration = Duration::from_secs(24 * 60 * 60);

/// How long what was done may wait for its place in the chain of the audit.
const SEAL: Duration = Duration::from_secs(2);

/// Files open beside connections: databases, logs, threads that wait for events.
#[cfg(unix)]
const FILES: u64 = 200;

const WRONG_CLOCK: &str =
    "this machine's clock stands before rows that are stored already: set it right first";

const EXAMPLES: &str = "\
Examples:
  # For oneself, on one file in this directory
  dai-ly-thu serve

  # For phones: TLS, with the files that certbot keeps renewed
  dai-ly-thu serve --listen 0.0.0.0:8443 --tls-cert /etc/letsencrypt/live/dlt.example/fullchain.pem \\
    --tls-key /etc/letsencrypt/live/dlt.example/privkey.pem

  # Behind a proxy on the same machine, with numbers for Prometheus and a log for programs
  dai-ly-thu serve --trusted-proxy 127.0.0.1 --metrics-listen 127.0.0.1:9090 --log-format json

When it is ready it prints one line: listening on http://127.0.0.1:8080";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    serve: Serve,
    #[command(flatten)]
    keep: config::Keep,
    #[command(flatten)]
    database: Database,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let (state, edge) = prepare(options)?;
    allow_files(options.serve.max_connections);
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
        edge,
    })
    .map_err(Failure::io(format!("cannot listen on {listen}")))?;
    // Whoever started this may be a program that waits for the line.
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", running.url())
        .and_then(|()| out.flush())
        .map_err(Failure::io("standard output"))?;
    if let Some(addr) = running.metrics {
        tracing::info!("metrics at http://{addr}/metrics");
    }
    let (running_on, stopped) = mpsc::channel();
    let sealing = {
        let store = store.clone();
        std::thread::spawn(move || seal_what_was_done(&store, &stopped))
    };
    let keep = options.keep.into();
    {
        let store = signed(&store, None, "serve");
        std::thread::spawn(move || let_go_what_was_kept(&store, keep));
    }
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

/// Everything that serving needs, or everything that stands in its way.
fn prepare(options: &Options) -> Result<(AppState, Edge), Failure> {
    let mut mistakes = Mistakes::default();
    let edge = settings::edge(&options.serve, &mut mistakes);
    let key = &options.serve.keys.signing_key;
    let keys = mistakes.at(&format!("--signing-key {}", key.display()), Keys::open(key));
    let pepper = mistakes.at("--password-pepper", options.serve.keys.pepper.read());
    let passwords =
        pepper.and_then(|pepper| mistakes.at("--password-pepper", Passwords::new(pepper)));
    let store = mistakes.at("--database-url", options.database.open());
    let book = store.as_ref().and_then(|store| {
        let on_time = store
            .read(|conn| sync::clock_is_plausible(conn, clock::now()))
            .map_err(|error| error.to_string())
            .and_then(|plausible| if plausible { Ok(()) } else { Err(WRONG_CLOCK.to_owned()) });
        mistakes.note(on_time);
        mistakes.note(Rulebook::open(store).map_err(Failure::from))
    });
    let (Some(keys), Some(passwords), Some(store), Some(book), true) =
        (keys, passwords, store, book, mistakes.is_empty())
    else {
        return Err(mistakes.failure());
    };
    let state = AppState {
        store,
        keys: Arc::new(keys),
        passwords: Arc::new(passwords),
        book: Arc::new(book),
        turns: Arc::new(Turns::new().map_err(Failure::io("threads"))?),
        rates: Arc::default(),
    };
    Ok((state, edge))
}

/// Each connection is an open file: takes as many as the machine allows, beyond what a shell gives at first.
#[cfg(unix)]
fn allow_files(connections: u32) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let most = getrlimit(Resource::Nofile).maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }) {
        tracing::warn!(%error, "the number of open files stays as it was");
    }
    if most.is_some_and(|most| most < u64::from(connections) + FILES) {
        tracing::warn!(
            ?most,
            connections,
            "fewer open files are allowed than connections may need"
        );
    }
}

#[cfg(not(unix))]
fn allow_files(_: u32) {}

/// Lets go what has been kept long enough, once a day.
fn let_go_what_was_kept(store: &Store, keep: Keep) -> ! {
    loop {
        let now = clock::now();
        let gone = retention::let_bodies_go(store, keep, now, |_| {})
            .and_then(|bodies| Ok((bodies, retention::let_sessions_go(store, now)?)));
        match gone {
            Ok((0, 0)) => {}
            Ok((bodies, sessions)) => tracing::info!(bodies, sessions, "kept long enough"),
            Err(error @ StoreError::Busy(_)) => tracing::warn!(%error, "let go later"),
            Err(error) => tracing::error!(%error, "not let go"),
        }
        std::thread::sleep(LET_GO);
    }
}

/// Whoever adds a row judges what waited for it. What he left undone is done here, and what waited for a
/// row that came with a new release of the program.
fn judge_what_waited(store: &Store, book: &Rulebook) -> ! {
    loop {
        match rejudge::catch_up(store, book, clock::now(), |_| {}) {
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
