//! Every setting, once: its flag, its environment variable, its default and its meaning.

use std::path::PathBuf;

use clap::Args;

use crate::store::{self, PoolSize, Store};

/// Where the data lives.
#[derive(Debug, Clone, Args)]
pub struct Database {
    /// sqlite:FILE, or postgres://USER:PASSWORD@HOST/NAME
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:dai-ly-thu.db",
        hide_env_values = true
    )]
    pub database_url: String,

    /// Connections kept open to the database
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = PoolSize::default().connections, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,
}

impl Database {
    /// Opens it, and brings its schema up to date.
    ///
    /// # Errors
    /// What the store says.
    pub fn open(&self) -> store::Result<Store> {
        Store::open(&self.database_url, PoolSize { connections: self.database_connections })
    }

    /// Opens one that is there already.
    ///
    /// # Errors
    /// What the store says; [`store::StoreError::NoDatabase`] for a file that does not exist.
    pub fn open_existing(&self) -> store::Result<Store> {
        store::Location::parse(&self.database_url)?.must_exist()?;
        self.open()
    }
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// HOST:PORT to listen on; port 0 picks a free one
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,

    /// The key that signs tokens, Ed25519 in PKCS#8; made when the file does not exist
    #[arg(long, env = "SIGNING_KEY_FILE", default_value = "signing-key.pem", value_name = "FILE")]
    pub signing_key: PathBuf,

    /// Threads that answer requests [default: one for each processor]
    #[arg(long, env = "WORKERS")]
    pub workers: Option<usize>,
}
