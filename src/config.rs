//! Every setting, once: its flag, its environment variable, its default and its meaning.

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::RangedI64ValueParser;
use clap::{Args, ValueEnum};

use crate::http::edge::CONNECTIONS;
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

/// A secret that is mixed into every password.
#[derive(Debug, Clone, Args)]
pub struct Pepper {
    /// A file with a secret that is mixed into every password, so that the database alone is of no use to who
    /// guesses passwords. Once used it must never be lost; passwords from before go on working
    #[arg(long, env = "PASSWORD_PEPPER_FILE", value_name = "FILE")]
    pub password_pepper: Option<PathBuf>,
}

impl Pepper {
    /// Reads the secret; line ends do not belong to it.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = &self.password_pepper else { return Ok(None) };
        Ok(Some(std::fs::read(file)?.trim_ascii().to_vec()))
    }
}

/// The files that belong to a database and are not in it. A backup is not whole without them.
#[derive(Debug, Clone, Args)]
pub struct KeyFiles {
    /// The key that signs tokens, Ed25519 in PKCS#8; made when the file does not exist
    #[arg(long, env = "SIGNING_KEY_FILE", default_value = "signing-key.pem", value_name = "FILE")]
    pub signing_key: PathBuf,

    #[command(flatten)]
    pub pepper: Pepper,

    /// Speak TLS with this certificate and those above it, PEM, its own first. A renewed one is used as
    /// soon as both files have it, without a restart. Phones refuse plain HTTP
    #[arg(long, env = "TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, PEM
    #[arg(long, env = "TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

impl KeyFiles {
    /// Each file with what it is for.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, &Path)> {
        let more = [
            ("password pepper", &self.pepper.password_pepper),
            ("TLS certificate", &self.tls_cert),
            ("TLS key", &self.tls_key),
        ];
        let more = more.into_iter().filter_map(|(name, file)| Some((name, file.as_deref()?)));
        std::iter::once(("signing key", self.signing_key.as_path())).chain(more).collect()
    }
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// HOST:PORT to listen on; port 0 picks a free one
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,

    #[command(flatten)]
    pub keys: KeyFiles,

    /// Web pages of this origin may call (as browsers write it: scheme, host, port); repeat it, or put commas between
    #[arg(long, env = "CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origin: Vec<String>,

    /// Believe what a proxy at this address or in this network says of callers (X-Forwarded-For),
    /// 10.0.0.0/8; repeat it, or put commas between
    #[arg(long, env = "TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    pub trusted_proxy: Vec<String>,

    /// HOST:PORT at which Prometheus may collect numbers, at /metrics, without TLS [default: nowhere]
    #[arg(long, env = "METRICS_LISTEN", value_name = "ADDR")]
    pub metrics_listen: Option<String>,

    /// Connections open at the same time; who comes then waits to be let in
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = CONNECTIONS, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// Threads that answer requests [default: one for each processor]
    #[arg(long, env = "WORKERS")]
    pub workers: Option<usize>,
}

/// How long what was handed in is kept.
#[derive(Debug, Clone, Copy, Args)]
pub struct Keep {
    /// Months for which the body of a record is kept after its decision, when it enrolled somebody or found him
    /// covered already; what was decided stays for ever
    #[arg(long, env = "KEEP_BODIES", default_value_t = 60, value_name = "MONTHS", value_parser = months())]
    pub keep_bodies: u32,

    /// The same, when it enrolled nobody: rejected, or replaced by a correction
    #[arg(long, env = "KEEP_UNUSED_BODIES", default_value_t = 24, value_name = "MONTHS", value_parser = months())]
    pub keep_unused_bodies: u32,
}

/// From half a year on: what phones and desks still ask about is younger.
fn months() -> RangedI64ValueParser<u32> {
    RangedI64ValueParser::new().range(6..=1200)
}

/// What is told of the program's work, on standard error.
#[derive(Debug, Clone, Args)]
pub struct Log {
    /// What is worth a line: error, warn, info, debug or trace, also for parts of the program,
    /// warn,dai_ly_thu=debug [default: info]
    #[arg(long, env = "LOG", global = true, value_name = "LEVEL")]
    pub log: Option<String>,

    /// How a line is written
    #[arg(long, env = "LOG_FORMAT", global = true, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One object a line, for programs
    Json,
}
