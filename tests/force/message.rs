//! Where an HTTP/1.1 message ends: as much as a proxy must know to pass on whole ones, or parts.

use std::io::{self, Read};

/// The longest head that is read.
const HEAD: usize = 64 * 1024;

/// One whole message, byte for byte.
#[derive(Debug, Clone)]
pub struct Message {
    pub bytes: Vec<u8>,
    /// The sender closes the connection after it.
    pub last: bool,
}

impl Message {
    /// The first word of a request.
    pub fn method(&self) -> &[u8] {
        self.bytes.split(|byte| *byte == b' ').next().unwrap_or_default()
    }
}

/// Messages of one connection, one after another.
pub struct Messages<R> {
    from: R,
    ahead: Vec<u8>,
}

impl<R: Read> Messages<R> {
    pub fn new(from: R) -> Self {
        Self { from, ahead: Vec::new() }
    }

    /// The next request; nothing when the connection was closed between two.
    pub fn request(&mut self) -> io::Result<Option<Message>> {
        self.message(false)
    }

    /// The answer; nothing when the connection was closed before it.
    pub fn answer(&mut self) -> io::Result<Option<Message>> {
        loop {
            match self.message(true)? {
                Some(message) if message.bytes.starts_with(b"HTTP/1.1 1") => {}
                message => return Ok(message),
            }
        }
    }

    fn message(&mut self, is_answer: bool) -> io::Result<Option<Message>> {
        let mut bytes = std::mem::take(&mut self.ahead);
        let head = loop {
            if let Some(at) = find(&bytes, b"\r\n\r\n") {
                break at + 4;
            }
            if bytes.len() > HEAD {
                return Err(io::Error::other("a head without end"));
            }
            if !self.more(&mut bytes)? {
                return if bytes.is_empty() { Ok(None) } else { Err(cut()) };
            }
        };
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let header = |name: &str| {
            let lines = text.lines().filter_map(|line| line.split_once(':'));
            lines
                .filter(|(known, _)| *known == name)
                .map(|(_, value)| value.trim().to_owned())
                .next()
        };
        let last = header("connection").is_some_and(|value| value == "close");
        let bodiless = is_answer && [" 204 ", " 304 "].iter().any(|it| text[..14].contains(it));
        let end = if bodiless {
            head
        } else if header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            self.chunks(&mut bytes, head)?
        } else if let Some(length) = header("content-length") {
            let length: usize = length.parse().map_err(io::Error::other)?;
            self.until(&mut bytes, head + length)?;
            head + length
        } else if is_answer {
            while self.more(&mut bytes)? {}
            return Ok(Some(Message { bytes, last: true }));
        } else {
            head
        };
        self.ahead = bytes.split_off(end);
        Ok(Some(Message { bytes, last }))
    }

    /// Reads chunks from `at` to the end of the last one.
    fn chunks(&mut self, bytes: &mut Vec<u8>, mut at: usize) -> io::Result<usize> {
        loop {
            let line = loop {
                match find(&bytes[at..], b"\r\n") {
                    Some(length) => break at + length,
                    None if self.more(bytes)? => {}
                    None => return Err(cut()),
                }
            };
            let size = String::from_utf8_lossy(&bytes[at..line]).into_owned();
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            at = line + 2 + size + 2;
            self.until(bytes, at)?;
            if size == 0 {
                return Ok(at);
            }
        }
    }

    fn until(&mut self, bytes: &mut Vec<u8>, end: usize) -> io::Result<()> {
        while bytes.len() < end {
            if !self.more(bytes)? {
                return Err(cut());
            }
        }
        Ok(())
    }

    fn more(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let mut buffer = [0; 16 * 1024];
        let read = self.from.read(&mut buffer)?;
        bytes.extend_from_slice(&buffer[..read]);
        Ok(read > 0)
    }
}

fn cut() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
