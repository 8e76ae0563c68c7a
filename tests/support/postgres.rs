//! A throw-away PostgreSQL for the tests: the server named by `TEST_POSTGRES_URL`, or one started
//! from the machine's own binaries for as long as this process lives.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::instance::{Instance, Wanted, beside, execute};

/// Whether the server we start waits for the disk: tests do without, measurements do not.
pub static DURABLE: AtomicBool = AtomicBool::new(false);

/// Where its files stay when it ends, instead of nowhere.
pub static KEPT: OnceLock<PathBuf> = OnceLock::new();

/// The URL of the server's own database; test databases are made beside it.
#[allow(clippy::disallowed_methods, reason = "the one setting of the tests")]
pub fn server_url() -> &'static str {
    static SERVER: OnceLock<(String, Option<Instance>)> = OnceLock::new();
    let (url, _) = SERVER.get_or_init(|| match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let durable = DURABLE.load(Ordering::Relaxed);
            let kept = KEPT.get().cloned();
            let instance = Instance::start(&Wanted { durable, kept, ..Wanted::default() });
            (instance.url().to_owned(), Some(instance))
        }
    });
    url
}

/// The same server, another database.
pub fn database_url(name: &str) -> String {
    beside(server_url(), name)
}

/// Runs statements in the server's own database.
pub fn admin(sql: &str) {
    execute(server_url(), sql);
}
