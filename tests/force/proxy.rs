//! The bad line between phones and servers: it cuts requests and answers at any byte, delays them,
//! and sends requests a second time, at once or long after.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::dice::Dice;
use crate::message::{Message, Messages};

/// Requests sent a second time that may be under way at once.
const ECHOES: usize = 16;
const STACK: usize = 128 * 1024;
/// A server that says nothing for so long is dead.
const SILENCE: Duration = Duration::from_secs(90);

/// What happens to a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    None,
    CutRequest,
    CutAnswer,
    LostAnswer,
    Delay,
    TwiceAtOnce,
    TwiceLater,
}

/// What happens, each so many times in a thousand requests.
const FAULTS: [(u64, Fault); 7] = [
    (840, Fault::None),
    (30, Fault::CutRequest),
    (30, Fault::CutAnswer),
    (30, Fault::LostAnswer),
    (20, Fault::Delay),
    (30, Fault::TwiceAtOnce),
    (20, Fault::TwiceLater),
];

/// A listening line to one or more servers.
pub struct Proxy {
    addr: SocketAddr,
    line: Arc<Line>,
}

struct Line {
    servers: Mutex<Vec<SocketAddr>>,
    bad: AtomicBool,
    open: AtomicBool,
    dice: Mutex<Dice>,
    echoes: AtomicUsize,
    counted: Mutex<BTreeMap<Fault, u64>>,
}

impl Proxy {
    pub fn open(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let line = Arc::new(Line {
            servers: Mutex::new(Vec::new()),
            bad: AtomicBool::new(false),
            open: AtomicBool::new(true),
            dice: Mutex::new(Dice::new(seed)),
            echoes: AtomicUsize::new(0),
            counted: Mutex::new(BTreeMap::new()),
        });
        let of = Arc::clone(&line);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if !of.open.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let line = Arc::clone(&of);
                // A connection that breaks is what this is for.
                spawn(move || drop(line.serve(&stream)));
            }
        });
        Self { addr, line }
    }

    /// What phones are told to talk to.
    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where the servers are now.
    pub fn lead_to(&self, servers: Vec<SocketAddr>) {
        *self.line.servers.lock().expect("no thread failed") = servers;
    }

    /// Begins or ends to do harm. At the end nothing is under way any more.
    pub fn set_bad(&self, bad: bool) {
        self.line.bad.store(bad, Ordering::Relaxed);
        while !bad && self.line.echoes.load(Ordering::Relaxed) > 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many requests met what.
    pub fn counted(&self) -> BTreeMap<Fault, u64> {
        self.line.counted.lock().expect("no thread failed").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.open.store(false, Ordering::Relaxed);
        drop(TcpStream::connect(self.addr));
    }
}

impl Line {
    fn serve(self: Arc<Self>, phone: &TcpStream) -> io::Result<()> {
        phone.set_nodelay(true)?;
        let mut requests = Messages::new(phone);
        let mut to_phone = phone;
        let mut server = None;
        while let Some(request) = requests.request()? {
            let (fault, cut_at, pause) = self.fate(&request);
            *self.counted.lock().expect("no thread failed").entry(fault).or_default() += 1;
            if fault == Fault::Delay {
                std::thread::sleep(pause);
            }
            if fault == Fault::CutRequest {
                let mut server = self.connect()?;
                let part = (cut_at % request.bytes.len() as u64) as usize;
                server.write_all(&request.bytes[..part])?;
                server.shutdown(Shutdown::Both)?;
                return phone.shutdown(Shutdown::Both);
            }
            match fault {
                Fault::TwiceAtOnce => self.echo(request.clone(), Duration::ZERO),
                Fault::TwiceLater => self.echo(request.clone(), pause * 10),
                _ => {}
            }
            let stream = match server.take() {
                Some(stream) => stream,
                None => self.connect()?,
            };
            let answer = ask(&stream, &request)?;
            match fault {
                Fault::LostAnswer => return phone.shutdown(Shutdown::Both),
                Fault::CutAnswer => {
                    let part = (cut_at % answer.bytes.len() as u64) as usize;
                    to_phone.write_all(&answer.bytes[..part])?;
                    return phone.shutdown(Shutdown::Both);
                }
                _ => to_phone.write_all(&answer.bytes)?,
            }
            if request.last || answer.last {
                return phone.shutdown(Shutdown::Both);
            }
            // With several servers each request may meet another one.
            server = self.dice.lock().expect("no thread failed").chance(70).then_some(stream);
        }
        Ok(())
    }

    fn fate(&self, request: &Message) -> (Fault, u64, Duration) {
        let mut dice = self.dice.lock().expect("no thread failed");
        let (fault, cut_at) = (dice.weigh(&FAULTS), dice.next());
        let pause = Duration::from_millis(dice.between(1, 60));
        let again = matches!(fault, Fault::TwiceAtOnce | Fault::TwiceLater);
        let may = self.bad.load(Ordering::Relaxed) && (!again || request.method() == b"PUT");
        (if may { fault } else { Fault::None }, cut_at, pause)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let servers = self.servers.lock().expect("no thread failed").clone();
        let chosen = self.dice.lock().expect("no thread failed").pick(&servers).copied();
        let server = TcpStream::connect(chosen.ok_or(io::ErrorKind::ConnectionRefused)?)?;
        server.set_nodelay(true)?;
        server.set_read_timeout(Some(SILENCE))?;
        Ok(server)
    }

    /// The same request over another connection; nobody hears the answer.
    fn echo(self: &Arc<Self>, request: Message, after: Duration) {
        if self.echoes.fetch_add(1, Ordering::Relaxed) >= ECHOES {
            self.echoes.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let line = Arc::clone(self);
        spawn(move || {
            std::thread::sleep(after);
            drop(line.connect().and_then(|server| ask(&server, &request)));
            line.echoes.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn ask(mut server: &TcpStream, request: &Message) -> io::Result<Message> {
    server.write_all(&request.bytes)?;
    Messages::new(server).answer()?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    let spawned = std::thread::Builder::new().stack_size(STACK).spawn(work);
    spawned.expect("a thread");
}
