//! `serve`: everything that phones and offices talk to.

use std::io::Write;
use std::sync::Arc;

use clap::Args;

use super::Failure;
use crate::auth::{Keys, Passwords};
use crate::clock;
use crate::config::{Database, Serve};
use crate::http::{AppState, ServerConfig, start};
use crate::sync;

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
    let state = AppState {
        store: options.database.open()?,
        keys: Arc::new(keys),
        passwords: Arc::new(Passwords::new()?),
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
    running.wait().map_err(Failure::io("the server"))
}
