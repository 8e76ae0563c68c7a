//! A line that breaks at the worst moment: the server has decided and answers, and on the way back the
//! connection is gone.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Carries one connection to the server until the first bytes of an answer, which it loses. Gives the
/// address to call.
pub(super) fn breaking(server: SocketAddr) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let here = listener.local_addr()?;
    thread::spawn(move || {
        let (phone, _) = listener.accept()?;
        carry(&phone, &TcpStream::connect(server)?)
    });
    Ok(here)
}

fn carry(phone: &TcpStream, server: &TcpStream) -> std::io::Result<()> {
    thread::scope(|scope| {
        scope.spawn(|| pass_on(phone, server));
        let answered = { server }.read(&mut [0; 1]);
        phone.shutdown(Shutdown::Both)?;
        server.shutdown(Shutdown::Both)?;
        answered.map(drop)
    })
}

fn pass_on(mut from: &TcpStream, mut to: &TcpStream) -> std::io::Result<u64> {
    let passed = std::io::copy(&mut from, &mut to);
    to.flush()?;
    passed
}
