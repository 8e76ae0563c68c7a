//! Log lines on standard error: a message that reads alone, and fields to filter by.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Begins to log; `RUST_LOG` says what, `level` and above unless set.
pub fn start(level: LevelFilter) {
    let filter = EnvFilter::builder().with_default_directive(level.into());
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter.from_env_lossy())
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
    if started.is_err() {
        tracing::debug!("logging had begun already");
    }
}
