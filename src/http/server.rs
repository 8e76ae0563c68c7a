//! The server: starts on its own thread, tells where it listens, and finishes what it accepted
//! when it is stopped.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::rt::System;
use actix_web::{App, HttpServer, web};

use super::state::AppState;
use super::{observe, routes};

/// How long a stopped server waits for requests it accepted, seconds.
const LAST_REQUESTS_S: u64 = 30;
/// How long a client may take to send the head of a request; phones on a hill are slow.
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
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

impl Running {
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
        // The order is given at once; the future only waits, as the join does.
        drop(self.handle.stop(true));
        self.wait()
    }
}

/// Starts a server. Returns when it accepts connections.
///
/// # Errors
/// The address cannot be bound.
pub fn start(config: ServerConfig) -> io::Result<Running> {
    let (tell, told) = mpsc::channel();
    let thread = std::thread::Builder::new().name("server".to_owned()).spawn(move || {
        System::new().block_on(async move {
            let (server, addr) = match bind(config) {
                Ok(bound) => bound,
                Err(error) => {
                    let kind = error.kind();
                    drop(tell.send(Err(error)));
                    return Err(kind.into());
                }
            };
            drop(tell.send(Ok((addr, server.handle()))));
            server.await
        })
    })?;
    let (addr, handle) =
        told.recv().map_err(|_| io::Error::other("the server did not start"))??;
    Ok(Running { addr, handle, thread })
}

fn bind(config: ServerConfig) -> io::Result<(actix_web::dev::Server, SocketAddr)> {
    let state = web::Data::new(config.state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .configure(routes::configure)
            .wrap(from_fn(observe::explain))
            .wrap(Compress::default())
            .wrap(quiet_headers())
            .wrap(from_fn(observe::log))
    })
    .workers(config.workers.max(1))
    .worker_max_blocking_threads(BLOCKING_THREADS)
    .client_request_timeout(HEAD)
    // An answer of several parts must not wait for the client's word on the first.
    .tcp_nodelay(true)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(LAST_REQUESTS_S)
    .bind(config.listen)?;
    let addr = server.addrs().first().copied();
    let addr = addr.ok_or_else(|| io::Error::other("no address to listen on"))?;
    let server = if config.signals { server } else { server.disable_signals() };
    Ok((server.run(), addr))
}

/// Answers hold tokens and personal data: nobody on the way keeps them, unless a handler says so.
fn quiet_headers() -> DefaultHeaders {
    DefaultHeaders::new().add((CACHE_CONTROL, "no-store")).add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
}
