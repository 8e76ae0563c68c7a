//! What a Prometheus server may collect: numbers, by route, status and kind, and nothing of any person.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::state::AppState;
use crate::sync::outcome::Decision;

/// The content type of all numbers as text.
pub const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the durations counted, seconds: a read, a batch, a slow link.
const SECONDS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Handled {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: &'static str,
    state: &'static str,
}

/// Everything that is counted. One for each server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Handled, Histogram, fn() -> Histogram>,
    records: Family<Decided, Counter>,
    waiting: Gauge,
    waiting_bytes: Gauge,
    connections: Family<Connections, Gauge>,
    log_bytes: Gauge,
    resident: Gauge,
    files: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            records: Family::default(),
            waiting: Gauge::default(),
            waiting_bytes: Gauge::default(),
            connections: Family::default(),
            log_bytes: Gauge::default(),
            resident: Gauge::default(),
            files: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    #[rustfmt::skip]
    fn register(&mut self) {
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let ours = self.registry.sub_registry_with_prefix("dai_ly_thu");
        ours.register("build", "The program", build);
        ours.register("http_requests", "Requests answered, by the pattern of the route", self.requests.clone());
        ours.register_with_unit("http_request_duration", "From the head of a request to the head of its answer", Unit::Seconds, self.durations.clone());
        ours.register("records_decided", "Records of pushes by what they were judged to be, replays left out", self.records.clone());
        ours.register("pushes_waiting", "Pushes received whole that wait for their turn", self.waiting.clone());
        ours.register_with_unit("pushes_waiting", "Bodies of pushes received and not decided yet", Unit::Bytes, self.waiting_bytes.clone());
        ours.register("database_connections", "Connections to the database", self.connections.clone());
        ours.register_with_unit("sqlite_log", "SQLite's write-ahead log", Unit::Bytes, self.log_bytes.clone());
        let process = self.registry.sub_registry_with_prefix("process");
        process.register_with_unit("resident_memory", "Memory in use", Unit::Bytes, self.resident.clone());
        process.register("open_fds", "Open files and sockets", self.files.clone());
    }

    /// A request was answered. `route` is the pattern, never the address.
    pub(super) fn answered(
        &self,
        method: &Method,
        route: Option<String>,
        status: StatusCode,
        took: Duration,
    ) {
        let (method, route) = (name(method), route.unwrap_or_else(|| "-".to_owned()));
        let handled = Handled { method, route: route.clone() };
        self.durations.get_or_create(&handled).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status: status.as_u16() }).inc();
    }

    /// Records were decided.
    pub(super) fn decided(&self, decisions: &[Decision]) {
        for decision in decisions.iter().filter(|it| !it.replayed) {
            let status = decision.outcome.status.as_str();
            self.records.get_or_create(&Decided { status }).inc();
        }
    }

    /// All numbers as they are now.
    pub(super) fn text(&self, state: &AppState) -> Result<String, fmt::Error> {
        self.waiting.set(whole(state.turns.waiting()));
        self.waiting_bytes.set(whole(state.turns.bytes()));
        for pool in state.store.pools() {
            for (state, number) in [("busy", pool.busy), ("idle", pool.idle)] {
                let connections = Connections { pool: pool.name, state };
                self.connections.get_or_create(&connections).set(number.into());
            }
        }
        self.log_bytes.set(state.store.log_bytes().try_into().unwrap_or(i64::MAX));
        self.resident.set(resident_bytes().unwrap_or_default());
        self.files
            .set(Path::new("/proc/self/fd").read_dir().map_or(0, |files| whole(files.count())));
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The methods we know: a caller may write any word.
fn name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn whole(number: usize) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// As Linux tells it; other systems do not.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}
