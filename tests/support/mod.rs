//! What all tests share: real databases, one fresh copy for each test.

#[allow(dead_code, reason = "only few tests stop the database")]
pub mod instance;
pub mod postgres;
pub mod records;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use dai_ly_thu::store::{Location, PoolSize, Store, migrate};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A fresh database, removed when dropped.
pub struct Database {
    pub url: String,
    removal: Removal,
}

enum Removal {
    Folder { _until_dropped: tempfile::TempDir },
    Postgres(String),
}

impl Database {
    /// A migrated database of its own for one test: a copy of a template, for speed.
    pub fn fresh(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder");
                let file = folder.path().join("test.db");
                std::fs::copy(sqlite_template(), &file).expect("a copy of the template");
                Self {
                    url: format!("sqlite:{}", file.display()),
                    removal: Removal::Folder { _until_dropped: folder },
                }
            }
            Backend::Postgres => {
                static NEXT: AtomicU32 = AtomicU32::new(0);
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("test_{}_{number}", std::process::id());
                postgres::admin(&format!(
                    "CREATE DATABASE {name} TEMPLATE {}",
                    postgres_template()
                ));
                Self { url: postgres::database_url(&name), removal: Removal::Postgres(name) }
            }
        }
    }

    pub fn store(&self) -> Store {
        self.open(8)
    }

    pub fn open(&self, connections: u32) -> Store {
        Store::open(&self.url, PoolSize { connections }).expect("the database opens")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.removal {
            Removal::Folder { .. } => {}
            Removal::Postgres(name) => {
                postgres::admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
        }
    }
}

fn sqlite_template() -> &'static PathBuf {
    static TEMPLATE: OnceLock<(PathBuf, tempfile::TempDir)> = OnceLock::new();
    let (file, _) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("template.db");
        migrate::run(&Location::Sqlite(file.display().to_string())).expect("migrations");
        (file, folder)
    });
    file
}

fn postgres_template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("template_{}", std::process::id());
        postgres::admin(&format!("DROP DATABASE IF EXISTS {name}"));
        postgres::admin(&format!("CREATE DATABASE {name}"));
        migrate::run(&Location::Postgres(postgres::database_url(&name))).expect("migrations");
        name
    })
}

/// Writes a test once for both databases: `both!(name => body)` where `body` is a function of a
/// [`Backend`].
#[macro_export]
macro_rules! both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                super::$name($crate::support::Backend::Sqlite);
            }
            #[test]
            fn postgres() {
                super::$name($crate::support::Backend::Postgres);
            }
        }
    )+};
}
