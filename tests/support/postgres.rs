//! A throw-away PostgreSQL for the tests: the server named by `TEST_POSTGRES_URL`, or one started
//! from the machine's own binaries for as long as this process lives.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// Whether the server we start waits for the disk, and has the memory of one that is in use: tests do
/// without, measurements do not.
pub static DURABLE: AtomicBool = AtomicBool::new(false);

/// Where its files stay when it ends, instead of nowhere.
pub static KEPT: OnceLock<PathBuf> = OnceLock::new();

/// The URL of the server's own database; test databases are made beside it.
#[allow(clippy::disallowed_methods, reason = "the one setting of the tests")]
pub fn server_url() -> &'static str {
    static SERVER: OnceLock<(String, Option<Child>)> = OnceLock::new();
    let (url, _) = SERVER.get_or_init(|| match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => (url, None),
        Err(_) => start(),
    });
    url
}

/// The same server, another database.
pub fn database_url(name: &str) -> String {
    let (server, _) = server_url().rsplit_once('/').expect("a URL with a database name");
    format!("{server}/{name}")
}

/// Runs statements in the server's own database.
pub fn admin(sql: &str) {
    let mut conn = PgConnection::establish(server_url()).expect("PostgreSQL answers");
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn binaries() -> PathBuf {
    let versions = Path::new("/usr/lib/postgresql");
    let mut found: Vec<PathBuf> = std::fs::read_dir(versions)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().expect(
        "PostgreSQL was not found: install it (Debian: apt-get install postgresql) \
         or set TEST_POSTGRES_URL to a server where databases may be created",
    )
}

fn start() -> (String, Option<Child>) {
    let bin = binaries();
    let (dir, removal) = match KEPT.get() {
        Some(dir) => {
            std::fs::create_dir_all(dir).expect("a folder");
            (dir.clone(), String::new())
        }
        None => {
            let dir = tempfile::Builder::new().prefix("dai-ly-thu-pg-").tempdir();
            let dir = dir.expect("a folder").keep();
            let removal = format!("rm -rf '{}'", dir.display());
            (dir, removal)
        }
    };
    let data = dir.join("data");
    let owner = unprivileged();
    if let Some((uid, gid)) = owner {
        std::os::unix::fs::chown(&dir, Some(uid), Some(gid)).expect("a folder for the server");
    }
    let as_owner = |command: &mut Command| {
        if let Some((uid, gid)) = owner {
            command.gid(gid).uid(uid);
        }
        command.current_dir(&dir);
    };
    if !data.exists() {
        let mut initdb = Command::new(bin.join("initdb"));
        initdb.args([
            "--auth=trust",
            "--username=test",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        as_owner(initdb.arg(&data));
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = if DURABLE.load(Ordering::Relaxed) {
        "-c fsync=on -c shared_buffers=1GB -c max_wal_size=4GB"
    } else {
        "-c fsync=off -c shared_buffers=128MB"
    };
    // The shell ends the server and removes its files as soon as our end of the pipe closes,
    // however this process ends.
    let script = format!(
        "'{bin}/postgres' -D '{data}' -p {port} -k '{dir}' -c listen_addresses=127.0.0.1 \
         -c max_connections=100 {settings} \
         >'{dir}/log' 2>&1 & server=$!; read -r _; kill -INT $server; wait $server; {removal}",
        bin = bin.display(),
        data = data.display(),
        dir = dir.display(),
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    as_owner(&mut shell);
    let mut child = shell.spawn().expect("PostgreSQL starts");
    child.stdin.as_mut().expect("a pipe").flush().expect("an open pipe");

    let url = format!("postgres://test@127.0.0.1:{port}/postgres");
    let until = Instant::now() + Duration::from_secs(60);
    while PgConnection::establish(&url).is_err() {
        assert!(Instant::now() < until, "PostgreSQL did not start; see {}/log", dir.display());
        std::thread::sleep(Duration::from_millis(50));
    }
    (url, Some(child))
}

/// PostgreSQL refuses to run as root: then the account of Debian's package runs it.
fn unprivileged() -> Option<(u32, u32)> {
    let id = |flag: &str, of: &[&str]| -> Option<u32> {
        let output = Command::new("id").arg(flag).args(of).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    (id("-u", &[])? == 0).then(|| {
        let account = ["postgres"];
        (id("-u", &account).expect("an account"), id("-g", &account).expect("a group"))
    })
}
