//! A line to a server that breaks when it is told to: bytes are passed on as they are.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Passes on until it is dropped with the test.
pub struct Relay {
    pub base: String,
    answers_to_lose: Arc<AtomicUsize>,
}

impl Relay {
    /// A line to `http://host:port`.
    pub fn to(server: &str) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let answers_to_lose = Arc::new(AtomicUsize::new(0));
        let losing = answers_to_lose.clone();
        thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                let server = TcpStream::connect(&server).expect("the server listens");
                let losing = losing.clone();
                let (from, to) = (phone.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || pass_on(from, to, || false));
                let loses = move || {
                    losing
                        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                        .is_ok()
                };
                thread::spawn(move || pass_on(server, phone, loses));
            }
        });
        Self { base, answers_to_lose }
    }

    /// The next so many answers are sent by the server and never arrive.
    pub fn lose_answers(&self, number: usize) {
        self.answers_to_lose.store(number, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, breaks: impl Fn() -> bool) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(number @ 1..) = from.read(&mut bytes) {
        if breaks() || to.write_all(&bytes[..number]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
