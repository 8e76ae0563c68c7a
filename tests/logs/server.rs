//! The program itself, and what it writes.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use ureq::Agent;

use crate::people::{ADMIN, PASSWORD};

/// How long a start may take.
const START: Duration = Duration::from_secs(60);

/// A server with an administrator, whose lines go into files.
pub struct Server {
    child: Child,
    folder: TempDir,
    agent: Agent,
    pub address: String,
}

/// What was answered: nothing, when there was no JSON in it.
pub struct Answered {
    pub status: u16,
    pub body: Value,
}

/// A request: method, address, token, content type and body.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

impl Server {
    pub fn start(database: &str, format: &str, level: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| {
            let mut options = File::options();
            options.create(true).append(true).open(folder.path().join(name)).expect("a file")
        };
        let program = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"));
            command
                .args(arguments)
                .args(["--log", level, "--log-format", format])
                .current_dir(folder.path())
                .env("DATABASE_URL", database)
                .env("SIGNING_KEY_FILE", "key.pem")
                .env_remove("LOG")
                .stderr(file("err"));
            command
        };
        let admin = ["user", "create", "--login", ADMIN, "--role", "admin", "--password-stdin"];
        let mut made = program(&admin);
        let mut made = made.stdin(Stdio::piped()).stdout(file("err")).spawn().expect("it runs");
        let line = format!("{PASSWORD}\n");
        made.stdin.take().expect("a pipe").write_all(line.as_bytes()).expect("a password");
        assert!(made.wait().expect("an end").success(), "an administrator");

        let mut serve = program(&["serve", "--listen", "127.0.0.1:0", "--workers", "2"]);
        let child = serve.stdout(file("out")).spawn().expect("it runs");
        let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut server = Self { child, folder, agent, address: String::new() };
        server.address = server.wait_for_address();
        server
    }

    fn wait_for_address(&self) -> String {
        let until = Instant::now() + START;
        loop {
            let told = self.written("out");
            if let Some(line) = told.lines().find_map(|it| it.strip_prefix("listening on http://"))
                && told.ends_with('\n')
            {
                return line.trim().to_owned();
            }
            assert!(Instant::now() < until, "it did not start: {}", self.written("err"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn written(&self, name: &str) -> String {
        let bytes = fs::read(self.folder.path().join(name)).expect("a file");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Ends it in order, once it has told what it tells only when it is told to be talkative; all that was
    /// written, by it and by the command that made the administrator.
    pub fn end(mut self) -> String {
        let until = Instant::now() + START;
        while !self.written("err").contains("sealed") {
            assert!(Instant::now() < until, "it is not talkative: {}", self.written("err"));
            std::thread::sleep(Duration::from_millis(50));
        }
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(id, Signal::TERM).expect("a signal");
        assert!(self.child.wait().expect("an end").success(), "{}", self.written("err"));
        self.written("out") + &self.written("err")
    }

    pub fn ask(&self, asked: &Asked<'_>) -> Answered {
        let address = format!("http://{}{}", self.address, asked.path);
        let mut request = ureq::http::Request::builder().method(asked.method).uri(address);
        for (name, value) in asked.headers {
            request = request.header(*name, *value);
        }
        let answer = match asked.method {
            "GET" | "DELETE" => self.agent.run(request.body(()).expect("a request")),
            _ => self.agent.run(request.body(asked.body).expect("a request")),
        };
        let mut answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_vec().expect("a body");
        Answered { status, body: serde_json::from_slice(&text).unwrap_or(Value::Null) }
    }

    /// Sends bytes that need not be HTTP, and waits until the server has done with them.
    pub fn send_raw(&self, bytes: &[u8]) {
        let mut line = TcpStream::connect(&self.address).expect("a connection");
        line.write_all(bytes).expect("it listens");
        line.shutdown(std::net::Shutdown::Write).expect("an open line");
        line.set_read_timeout(Some(Duration::from_secs(10))).expect("a time");
        // What is answered, and whether the line breaks off, is not asked here.
        drop(line.read_to_end(&mut Vec::new()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
