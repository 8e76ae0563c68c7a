//! A server of its own on a database of its own, both gone afterwards unless they are to be kept.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::auth::{Keys, Passwords};
use crate::cli::Failure;
use crate::clock;
use crate::http::{AppState, Edge, Running, ServerConfig, Turns, start};
use crate::rulebook::Rulebook;
use crate::store::{PoolSize, Store};

const LISTEN: &str = "127.0.0.1:0";

pub(super) struct Site {
    pub store: Store,
    pub passwords: Arc<Passwords>,
    running: Running,
    pub folder: Folder,
}

impl Site {
    /// Opens a fresh database and serves it on a free port. Ctrl-C stops it at any time.
    pub fn open(keep: bool) -> Result<Self, Failure> {
        let folder = Folder::make(keep)?;
        let url = format!("sqlite:{}", folder.database().display());
        let store = Store::open(&url, PoolSize::default())?;
        let state = AppState {
            book: Arc::new(Rulebook::open(&store)?),
            store,
            keys: Arc::new(Keys::in_memory().map_err(Failure::io("signing key"))?),
            passwords: Arc::new(Passwords::new(None)?),
            rates: Arc::default(),
            turns: Arc::new(Turns::new().map_err(Failure::io("threads"))?),
        };
        let (store, passwords) = (state.store.clone(), state.passwords.clone());
        let workers = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        let config = ServerConfig {
            listen: LISTEN.to_owned(),
            workers,
            signals: true,
            state,
            edge: Edge::default(),
        };
        let running = start(config).map_err(Failure::io(format!("cannot listen on {LISTEN}")))?;
        Ok(Self { store, passwords, running, folder })
    }

    pub fn addr(&self) -> SocketAddr {
        self.running.addr
    }

    pub fn database(&self) -> PathBuf {
        self.folder.database()
    }

    /// Stops serving and removes the database.
    pub fn close(self) -> Result<(), Failure> {
        self.running.stop().map_err(Failure::io("the server"))
    }

    /// Serves until Ctrl-C.
    pub fn serve(self) -> Result<(), Failure> {
        self.running.wait().map_err(Failure::io("the server"))
    }
}

/// A folder for temporary files.
pub(super) struct Folder {
    pub path: PathBuf,
    keep: bool,
}

impl Folder {
    fn make(keep: bool) -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("dai-ly-thu-demo-{}", clock::new_id()));
        private_folder(&path).map_err(Failure::io(path.display().to_string()))?;
        Ok(Self { path, keep })
    }

    fn database(&self) -> PathBuf {
        self.path.join("demo.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, folder = %self.path.display(), "the demo's files remain");
        }
    }
}

/// For its owner only, as everything that holds personal data.
fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
