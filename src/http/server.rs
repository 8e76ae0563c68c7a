//! The server: starts on its own thread, tells where it listens, and finishes what it accepted
//! when it is stopped.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use super::edge::{self, Edge};
use super::events::Pulse;
use super::metrics::{self, Metrics};
use super::state::AppState;
use super::{observe, rates, routes};

/// How long a stopped server waits for requests it accepted, seconds.
const LAST_REQUESTS_S: u64 = 30;
/// How long a client may take for TLS, and then for the head of a request; phones on a hill are slow.
const HEAD: Duration = Duration::from_secs(30);
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Threads for blocking work in each worker: more would only wait for a database connection.
const BLOCKING_THREADS: usize = 32;

/// How to run.
pub struct ServerConfig {
    /// `HOST:PORT`; port 0 picks a free one.
    pub listen: String,
    /// Threads that answer requests.
    pub workers: usize,
    /// Whether Ctrl-C and SIGTERM stop it.
    pub signals: bool,
    pub state: AppState,
    pub edge: Edge,
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Where its numbers may be collected.
    pub metrics: Option<SocketAddr>,
    tls: bool,
    pulse: web::Data<Pulse>,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Its address as callers write it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    /// Waits until it is stopped by a signal.
    ///
    /// # Errors
    /// What stopped it, when that was no signal.
    pub fn wait(self) -> io::Result<()> {
        self.thread.join().map_err(|_| io::Error::other("the server's thread failed"))?
    }

    /// Lets it finish what it accepted, and waits.
    ///
    /// # Errors
    /// What went wrong in its life.
    pub fn stop(self) -> io::Result<()> {
        self.pulse.end();
        // The order is given at once; the future only waits, as the join does.
        drop(self.handle.stop(true));
        self.wait()
    }
}

/// Starts a server. Returns when it accepts connections.
///
/// # Errors
/// An address cannot be bound.
pub fn start(config: ServerConfig) -> io::Result<Running> {
    let (tell, told) = mpsc::channel();
    let tls = config.edge.tls.is_some();
    let thread = std::thread::Builder::new().name("server".to_owned()).spawn(move || {
        System::new().block_on(async move {
            let bound = match bind(config) {
                Ok(bound) => bound,
                Err(error) => {
                    let kind = error.kind();
                    drop(tell.send(Err(error)));
                    return Err(kind.into());
                }
            };
            let metrics = bound.metrics.map(|(server, addr)| {
                let handle = server.handle();
                actix_web::rt::spawn(server);
                (handle, addr)
            });
            let metrics_addr = metrics.as_ref().map(|(_, addr)| *addr);
            let handle = bound.server.handle();
            let looking = {
                let (pulse, state) = (bound.pulse.clone(), bound.state);
                actix_web::rt::spawn(async move { pulse.look(&state).await })
            };
            if bound.signals {
                actix_web::rt::spawn(stop_on_signal(bound.pulse.clone(), handle.clone()));
            }
            drop(tell.send(Ok((bound.addr, metrics_addr, bound.pulse, handle))));
            let ended = bound.server.await;
            looking.abort();
            if let Some((metrics, _)) = metrics {
                metrics.stop(false).await;
            }
            ended
        })
    })?;
    let (addr, metrics, pulse, handle) =
        told.recv().map_err(|_| io::Error::other("the server did not start"))??;
    Ok(Running { addr, metrics, tls, pulse, handle, thread })
}

/// Stops at the first Ctrl-C or SIGTERM when everything is answered that was accepted; at the second at once.
async fn stop_on_signal(pulse: web::Data<Pulse>, handle: ServerHandle) {
    stop_signal().await;
    pulse.end();
    let finish = actix_web::rt::spawn(handle.stop(true));
    stop_signal().await;
    finish.abort();
    handle.stop(false).await;
}

/// Until a signal comes; for ever where there are none.
async fn stop_signal() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Servers that listen.
struct Bound {
    server: Server,
    state: web::Data<AppState>,
    pulse: web::Data<Pulse>,
    signals: bool,
    addr: SocketAddr,
    metrics: Option<(Server, SocketAddr)>,
}

fn bind(config: ServerConfig) -> io::Result<Bound> {
    let state = web::Data::new(config.state);
    let metrics = web::Data::new(Metrics::default());
    let pulse = web::Data::new(Pulse::default());
    let served = (state.clone(), pulse.clone());
    let collected = match &config.edge.metrics {
        Some(listen) => Some(bind_metrics(listen, &state, &metrics)?),
        None => None,
    };
    let edge = config.edge;
    let workers = config.workers.max(1);
    let connections = edge.connections.try_into().unwrap_or(usize::MAX).div_ceil(workers);
    let tls = edge.tls.clone();
    let proxies = web::Data::new(edge.proxies.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(metrics.clone())
            .app_data(pulse.clone())
            .app_data(proxies.clone())
            .configure(routes::configure)
            .wrap(Condition::new(!edge.origins.is_empty(), edge.cors()))
            .wrap(from_fn(rates::tell))
            .wrap(from_fn(observe::explain))
            .wrap(Compress::default())
            .wrap(edge::headers(edge.tls.is_some()))
            .wrap(from_fn(observe::log))
    })
    .workers(workers)
    .max_connections(connections)
    .worker_max_blocking_threads(BLOCKING_THREADS)
    .client_request_timeout(HEAD)
    .tls_handshake_timeout(HEAD)
    // An answer of several parts must not wait for the client's word on the first.
    .tcp_nodelay(true)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(LAST_REQUESTS_S);
    let server = match tls {
        Some(certificate) => {
            let tls = certificate.config().map_err(io::Error::other)?;
            server.bind_rustls_0_23(config.listen, tls)?
        }
        None => server.bind(config.listen)?,
    };
    let addr = first(server.addrs())?;
    let (state, pulse) = served;
    let server = server.disable_signals().run();
    Ok(Bound { server, state, pulse, signals: config.signals, addr, metrics: collected })
}

/// A listener of its own for the numbers, so that it can be kept from everybody but who collects them.
fn bind_metrics(
    listen: &str,
    state: &web::Data<AppState>,
    metrics: &web::Data<Metrics>,
) -> io::Result<(Server, SocketAddr)> {
    let (state, metrics) = (state.clone(), metrics.clone());
    let collect = async |state: web::Data<AppState>, metrics: web::Data<Metrics>| match metrics
        .text(&state)
    {
        Ok(text) => HttpResponse::Ok().content_type(metrics::CONTENT).body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    };
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(metrics.clone())
            .route("/metrics", web::get().to(collect))
    })
    .workers(1)
    .disable_signals()
    .bind(listen)?;
    let addr = first(server.addrs())?;
    Ok((server.run(), addr))
}

fn first(addrs: Vec<SocketAddr>) -> io::Result<SocketAddr> {
    addrs.first().copied().ok_or_else(|| io::Error::other("no address to listen on"))
}
