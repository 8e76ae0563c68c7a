//! Log lines on standard error: a message that reads alone, and fields to filter by.

use std::io::{IsTerminal, stderr};
use std::panic::{PanicHookInfo, set_hook};

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{ParseError, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;

/// Where our own lines come from. The finer lines of libraries quote what they were sent: a header that
/// makes no sense, a frame. Whatever the filter says, of those only what is worth `info` is written.
const OURS: &str = env!("CARGO_CRATE_NAME");

/// Begins to log what `filter` says, `info` or `warn,dai_ly_thu=debug`.
///
/// # Errors
/// The filter cannot be read.
pub fn start(filter: &str, format: LogFormat) -> Result<(), ParseError> {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::builder().parse(filter)?)
        .with_writer(stderr);
    let discreet =
        filter_fn(|line| line.target().starts_with(OURS) || *line.level() <= Level::INFO);
    let started = match format {
        LogFormat::Text => {
            lines.with_ansi(stderr().is_terminal()).finish().with(discreet).try_init()
        }
        LogFormat::Json => lines.json().flatten_event(true).finish().with(discreet).try_init(),
    };
    match started {
        Ok(()) => set_hook(Box::new(panicked)),
        Err(_) => tracing::debug!("logging had begun already"),
    }
    Ok(())
}

/// A panic is told by its place. Its message may quote the text that was being read.
fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    tracing::error!(place, thread = thread.name(), "panicked");
}
