//! What is real: a database, server processes that may be killed, and the bad line to them.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use dai_ly_thu::store::{PoolSize, Store};

use crate::args::Kind;
use crate::proxy::Proxy;
use crate::support::instance::{Instance, Wanted};

const BINARY: &str = env!("CARGO_BIN_EXE_dai-ly-thu");
/// Runs a server, and kills it (SIGKILL) as soon as our end of the pipe closes, also when we are killed.
const WITH_US: &str = r#""$@" & server=$!; exec 1>&-; read -r _; kill -KILL $server; wait $server"#;
/// Connections of one server; with two servers and those who ask beside them fewer than the database has.
const CONNECTIONS: u32 = 10;
/// Connections PostgreSQL takes.
pub const ALL_CONNECTIONS: u32 = 48;
/// How long a server that was killed may need to come back.
const RETURN: Duration = Duration::from_secs(120);

/// One database with its servers, for one round.
pub struct World {
    pub kind: Kind,
    pub url: String,
    pub proxy: Proxy,
    postgres: Option<Arc<Instance>>,
    folder: Option<tempfile::TempDir>,
    servers: Vec<Mutex<Server>>,
}

struct Server {
    number: usize,
    running: Option<Child>,
    addr: Option<SocketAddr>,
}

/// The PostgreSQL of this run. It may be stopped and started by the round that uses it.
fn postgres(durable: bool) -> Arc<Instance> {
    static INSTANCE: OnceLock<Arc<Instance>> = OnceLock::new();
    let start = || Arc::new(start_postgres(durable, working_folder(durable)));
    Arc::clone(INSTANCE.get_or_init(start))
}

/// A PostgreSQL with its files there.
pub fn start_postgres(durable: bool, within: PathBuf) -> Instance {
    let within = Some(within);
    Instance::start(&Wanted { durable, max_connections: ALL_CONNECTIONS, within, kept: None })
}

/// Memory where there is enough of it, else the folder of temporary files.
pub fn working_folder(durable: bool) -> PathBuf {
    const ENOUGH_KIB: u64 = 2 * 1024 * 1024;
    let free = || -> Option<u64> {
        let told = Command::new("df").args(["-k", "--output=avail", "/dev/shm"]).output().ok()?;
        String::from_utf8(told.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
    };
    if !durable && free().is_some_and(|free| free > ENOUGH_KIB) {
        return PathBuf::from("/dev/shm");
    }
    std::env::temp_dir()
}

/// A folder for everything that is no database.
pub fn folder(durable: bool) -> tempfile::TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("dai-ly-thu-force-").tempdir_in(working_folder(durable)).expect("a folder")
}

impl World {
    /// A fresh database in a folder of its own; no server runs yet.
    pub fn fresh(kind: Kind, servers: usize, durable: bool, seed: u64) -> Self {
        let folder = folder(durable);
        match kind {
            Kind::Sqlite => {
                let file = folder.path().join("force.db");
                Self::on_file(&file, folder, seed)
            }
            Kind::Postgres => Self::on_postgres(postgres(durable), servers, folder, seed),
        }
    }

    /// On an SQLite file; all other files are in the folder.
    pub fn on_file(file: &Path, folder: tempfile::TempDir, seed: u64) -> Self {
        let url = format!("sqlite:{}", file.display());
        Self::new(Kind::Sqlite, (url, None), 1, folder, seed)
    }

    /// On a database of its own of this PostgreSQL.
    pub fn on_postgres(
        instance: Arc<Instance>,
        servers: usize,
        folder: tempfile::TempDir,
        seed: u64,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("force_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        instance.admin(&format!("CREATE DATABASE {name}"));
        let url = instance.database_url(&name);
        Self::new(Kind::Postgres, (url, Some(instance)), servers, folder, seed)
    }

    fn new(
        kind: Kind,
        (url, postgres): (String, Option<Arc<Instance>>),
        servers: usize,
        folder: tempfile::TempDir,
        seed: u64,
    ) -> Self {
        let server = |number| Mutex::new(Server { number, running: None, addr: None });
        Self {
            kind,
            url,
            proxy: Proxy::open(seed),
            postgres,
            folder: Some(folder),
            servers: (0..servers).map(server).collect(),
        }
    }

    /// The PostgreSQL it is on.
    pub fn postgres(&self) -> &Instance {
        self.postgres.as_ref().expect("asked of PostgreSQL only")
    }

    /// The file, or the name of the database.
    pub fn database(&self) -> &str {
        match self.kind {
            Kind::Sqlite => self.url.trim_start_matches("sqlite:"),
            Kind::Postgres => self.url.rsplit('/').next().expect("a name"),
        }
    }

    /// Where the files of this world are.
    pub fn folder(&self) -> &Path {
        self.folder.as_ref().expect("kept until the end").path()
    }

    /// Leaves the files behind for whoever looks for the reason; where they are.
    pub fn keep(&mut self) -> PathBuf {
        self.folder.take().expect("kept until the end").keep()
    }

    /// The database, opened beside the servers.
    pub fn store(&self) -> Store {
        Store::open(&self.url, PoolSize { connections: 2 }).expect("the database opens")
    }

    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// Starts every server that does not run.
    pub fn start(&self) {
        for number in 0..self.servers.len() {
            self.start_one(number);
        }
    }

    /// Starts one, as often as it needs: the database may be away.
    pub fn start_one(&self, number: usize) {
        let until = Instant::now() + RETURN;
        let mut server = self.servers[number].lock().expect("no thread failed");
        while server.running.is_none() {
            if !server.launch(&self.url, self.folder()) {
                let log = self.folder().join(format!("server-{number}.log"));
                assert!(Instant::now() < until, "no server came back; see {}", log.display());
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        drop(server);
        self.lead();
    }

    /// SIGKILL, whatever it was doing.
    pub fn kill(&self, number: usize) {
        self.servers[number].lock().expect("no thread failed").kill();
    }

    /// Kills them all.
    pub fn kill_all(&self) {
        (0..self.servers.len()).for_each(|number| self.kill(number));
    }

    fn lead(&self) {
        let addr = |it: &Mutex<Server>| it.lock().expect("no thread failed").addr;
        self.proxy.lead_to(self.servers.iter().filter_map(addr).collect());
    }

    /// Yesterday's backup. On PostgreSQL a copy of the database, for which nobody may be connected.
    pub fn back_up(&self) {
        let name = self.backup();
        match self.kind {
            Kind::Sqlite => {
                let mut file =
                    SqliteConnection::establish(self.database()).expect("the file opens");
                file.batch_execute(&format!("VACUUM INTO '{name}'")).expect("a backup");
            }
            Kind::Postgres => {
                self.kill_all();
                self.copy(self.database(), &name);
                self.start();
            }
        }
    }

    /// Puts the backup in place as the manual says, and starts the servers again.
    pub fn restore(&self) {
        self.kill_all();
        let (name, database) = (self.backup(), self.database());
        match self.kind {
            Kind::Sqlite => {
                for beside in ["-wal", "-shm"] {
                    // Where the server left one.
                    drop(std::fs::remove_file(format!("{database}{beside}")));
                }
                std::fs::copy(name, database).expect("the backup in place");
            }
            Kind::Postgres => {
                self.postgres().admin(&format!("DROP DATABASE {database} WITH (FORCE)"));
                self.copy(&name, database);
            }
        }
        let begun = self.command(&["epoch", "new"]);
        assert!(begun.status.success(), "{}", String::from_utf8_lossy(&begun.stderr));
        self.start();
    }

    fn backup(&self) -> String {
        match self.kind {
            Kind::Sqlite => self.folder().join("backup.db").display().to_string(),
            Kind::Postgres => format!("{}_backup", self.database()),
        }
    }

    fn copy(&self, from: &str, to: &str) {
        // Connections of killed servers end a moment later.
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
        self.postgres().admin(&format!("{others} '{from}'"));
        let sql = format!("CREATE DATABASE {to} TEMPLATE {from}");
        let until = Instant::now() + RETURN;
        let mut conn = PgConnection::establish(self.postgres().url()).expect("it answers");
        while let Err(error) = conn.batch_execute(&sql) {
            assert!(Instant::now() < until, "{sql}: {error}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Runs a command of the binary on the database.
    pub fn command(&self, args: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.args(args).args(["--database-url", &self.url]).env_remove("DATABASE_URL");
        command.output().expect("the binary runs")
    }

    /// What servers wrote about failures of their own: panics and errors.
    pub fn complaints(&self, of: &[&str]) -> Vec<String> {
        let log = |number| self.folder().join(format!("server-{number}.log"));
        let text = |number| std::fs::read_to_string(log(number)).unwrap_or_default();
        let lines = (0..self.servers.len()).map(text).collect::<String>();
        let told = lines.lines().filter(|line| of.iter().any(|word| line.contains(word)));
        told.map(str::to_owned).collect()
    }
}

impl Server {
    /// Starts the process; whether it listens.
    fn launch(&mut self, url: &str, folder: &Path) -> bool {
        let log = folder.join(format!("server-{}.log", self.number));
        let log: File = OpenOptions::new().create(true).append(true).open(log).expect("a log");
        let mut command = Command::new("sh");
        command
            .args(["-c", WITH_US, "sh", BINARY])
            .args(["serve", "--listen", "127.0.0.1:0", "--workers", "2", "--database-url", url])
            .args(["--database-connections", &CONNECTIONS.to_string(), "--signing-key"])
            .arg(folder.join("signing-key.pem"))
            .env("LOG", "warn")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().expect("a shell runs");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        let read = BufReader::new(out).read_line(&mut line);
        let addr = line.trim().strip_prefix("listening on http://").and_then(|it| it.parse().ok());
        match (read, addr) {
            (Ok(_), Some(addr)) => {
                (self.running, self.addr) = (Some(child), Some(addr));
                true
            }
            _ => {
                end(child);
                false
            }
        }
    }

    fn kill(&mut self) {
        self.running.take().into_iter().for_each(end);
    }
}

/// Has the shell kill its server, and waits until both are gone.
fn end(mut shell: Child) {
    drop(shell.stdin.take());
    shell.wait().expect("our own child");
}

impl Drop for World {
    fn drop(&mut self) {
        for server in &self.servers {
            server.lock().unwrap_or_else(std::sync::PoisonError::into_inner).kill();
        }
    }
}
