//! The program itself, as it is installed: a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ureq::Agent;

/// A server that runs, and ends with us.
pub struct Program {
    child: Child,
    pub base: String,
    /// From the start of the process until `/readyz` said yes.
    pub ready_after: Duration,
}

impl Program {
    pub fn start(url: &str, key: &Path) -> Self {
        let agent = Agent::new_with_defaults();
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", url, "--signing-key"])
            .arg(key)
            .env("LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let base = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        let ready = agent.get(format!("{base}/readyz")).call().expect("it is ready");
        assert_eq!(ready.status(), 200);
        Self { child, base, ready_after: begun.elapsed() }
    }

    /// The most memory it ever held, MiB.
    pub fn most_memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its memory");
        let kib: f64 = line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).expect("kB");
        kib / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().expect("it ends");
        self.child.wait().expect("it ended");
    }
}
