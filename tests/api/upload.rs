//! An upload by hand, as slow as a test wants it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use dai_ly_thu::clock;

use crate::app::{Answered, Phone, TestApp};
use crate::contract;
use crate::support::records::batch;

pub struct Upload {
    stream: TcpStream,
    path: String,
    rest: Vec<u8>,
}

impl Upload {
    /// Sends the head of a push and the first `sent` bytes of its body.
    pub fn begin(app: &TestApp, phone: &Phone, mut body: Vec<u8>, sent: usize) -> Self {
        let path = format!("/api/v1/sync/batches/{}", clock::new_id());
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            app.addr,
            phone.client.token.as_deref().expect("a token"),
            body.len()
        );
        let mut stream = TcpStream::connect(app.addr).expect("a connection");
        let rest = body.split_off(sent);
        stream.write_all(head.as_bytes()).expect("the head goes out");
        stream.write_all(&body).expect("the body goes out");
        Self { stream, path, rest }
    }

    /// Sends a whole push; its answer is read later.
    pub fn whole(app: &TestApp, phone: &Phone, records: &[Value]) -> Self {
        let body = batch(phone.installation_id, clock::now(), records).to_string().into_bytes();
        let length = body.len();
        Self::begin(app, phone, body, length)
    }

    /// Sends what is left, and waits for the answer.
    pub fn finish(mut self) -> Answered {
        self.stream.write_all(&self.rest).expect("the rest goes out");
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let head = head.to_lowercase();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
        let retry_after = head
            .lines()
            .find_map(|line| line.strip_prefix("retry-after: "))
            .and_then(|it| it.parse().ok());
        let body = serde_json::from_str(body).expect("a body");
        contract::check("PUT", &self.path, status, &body);
        let answered = Answered { status, retry_after, etag: None, body };
        answered.comes_again();
        answered
    }
}
