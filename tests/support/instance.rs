//! A PostgreSQL of one's own, started from the machine's own binaries, that may be stopped without
//! warning and started again.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// What kind of server is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whether it waits for the disk.
    pub durable: bool,
    pub max_connections: u32,
    /// Where its files go; the folder for temporary files unless said.
    pub within: Option<PathBuf>,
    /// Where its files stay when it ends, and are found again: a server that has the memory of one in
    /// use.
    pub kept: Option<PathBuf>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { durable: false, max_connections: 100, within: None, kept: None }
    }
}

impl Wanted {
    fn folder(&self) -> PathBuf {
        if let Some(kept) = &self.kept {
            std::fs::create_dir_all(kept).expect("a folder");
            return kept.clone();
        }
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix("dai-ly-thu-pg-");
        let folder = match &self.within {
            Some(within) => builder.tempdir_in(within),
            None => builder.tempdir(),
        };
        folder.expect("a folder").keep()
    }
}

/// A server started from the machine's own binaries. A shell ends it and removes its files as soon as
/// our end of the pipe closes, however this process ends.
pub struct Instance {
    url: String,
    folder: PathBuf,
    shell: Mutex<Shell>,
}

struct Shell {
    process: Child,
    /// Absent when it was told to end.
    orders: Option<ChildStdin>,
    done: BufReader<ChildStdout>,
}

impl Instance {
    /// Makes one and waits until it answers.
    pub fn start(wanted: &Wanted) -> Self {
        let bin = binaries();
        let folder = wanted.folder();
        let data = folder.join("data");
        let owner = unprivileged();
        if let Some((uid, gid)) = owner {
            std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).expect("a folder of its own");
        }
        let as_owner = |command: &mut Command| {
            if let Some((uid, gid)) = owner {
                command.gid(gid).uid(uid);
            }
            command.current_dir(&folder);
        };
        if !data.exists() {
            let mut initdb = Command::new(bin.join("initdb"));
            initdb.args(["--auth=trust", "--username=test", "--encoding=UTF8", "--locale=C"]);
            initdb.args(["--no-sync", "-D"]);
            as_owner(initdb.arg(&data));
            let made = initdb.output().expect("initdb runs");
            assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        }

        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let script = format!(
            "serve() {{ '{bin}/postgres' -D '{data}' -p {port} -k '{dir}' \
               -c listen_addresses=127.0.0.1 -c fsync={fsync} -c max_connections={connections} \
               {memory} >>'{dir}/log' 2>&1 & server=$!; }}
             serve
             while read -r order; do
               case $order in
                 stop) kill -QUIT $server; wait $server ;;
                 serve) serve ;;
               esac
               echo done
             done
             kill -INT $server; wait $server; {removal}",
            fsync = if wanted.durable { "on" } else { "off" },
            connections = wanted.max_connections,
            memory = match wanted.kept {
                Some(_) => "-c shared_buffers=1GB -c max_wal_size=4GB",
                None => "-c shared_buffers=128MB",
            },
            removal = match wanted.kept {
                Some(_) => String::new(),
                None => format!("rm -rf '{}'", folder.display()),
            },
            bin = bin.display(),
            data = data.display(),
            dir = folder.display(),
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        shell.stderr(Stdio::null());
        // Whoever interrupts the tests at a keyboard must not interrupt the one who cleans up.
        as_owner(shell.process_group(0));
        let mut process = shell.spawn().expect("PostgreSQL starts");
        let orders = process.stdin.take();
        let done = BufReader::new(process.stdout.take().expect("a pipe"));
        let url = format!("postgres://test@127.0.0.1:{port}/postgres");
        let instance = Self { url, folder, shell: Mutex::new(Shell { process, orders, done }) };
        instance.until_it_answers();
        instance
    }

    /// The URL of its own database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of another database of it.
    pub fn database_url(&self, name: &str) -> String {
        beside(&self.url, name)
    }

    /// Runs statements in its own database.
    pub fn admin(&self, sql: &str) {
        execute(&self.url, sql);
    }

    /// Ends it at once, as a power cut would: nothing is finished, nothing written down.
    pub fn stop_immediately(&self) {
        self.order("stop");
    }

    /// Starts it again after [`Self::stop_immediately`], and waits until it answers.
    pub fn start_again(&self) {
        self.order("serve");
        self.until_it_answers();
    }

    fn order(&self, order: &str) {
        let mut shell = self.shell.lock().expect("no order failed before");
        let orders = shell.orders.as_mut().expect("an open pipe");
        writeln!(orders, "{order}").and_then(|()| orders.flush()).expect("an open pipe");
        let mut line = String::new();
        shell.done.read_line(&mut line).expect("an open pipe");
        assert_eq!(line, "done\n", "the shell of PostgreSQL ended; see {}", self.folder.display());
    }

    fn until_it_answers(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while let Err(error) = PgConnection::establish(&self.url) {
            let log = self.folder.join("log");
            assert!(Instant::now() < until, "PostgreSQL: {error}; see {}", log.display());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
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

impl Drop for Instance {
    /// Ends it, and waits until its files are gone.
    fn drop(&mut self) {
        let shell = self.shell.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(shell.orders.take());
        if let Err(error) = shell.process.wait() {
            eprintln!("PostgreSQL was not waited for: {error}");
        }
    }
}

/// The same server, another database.
pub fn beside(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("a URL with a database name");
    format!("{server}/{name}")
}

/// Runs statements in a database.
pub fn execute(url: &str, sql: &str) {
    let mut conn = PgConnection::establish(url).expect("PostgreSQL answers");
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}
