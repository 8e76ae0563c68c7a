//! One question over HTTP, and its answer: no patience, no memory.

use std::io::Write;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ureq::http::{Method, Request, Response};
use ureq::{Agent, Body};

use super::{ClientError, Result};

/// More than any answer has, bytes.
const LONGEST_ANSWER: u64 = 256 * 1024 * 1024;

/// How what is sent is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zstd,
}

/// The way to a server.
#[derive(Debug, Clone)]
pub struct Link {
    agent: Agent,
    server: String,
}

/// What is asked.
#[derive(Debug)]
pub struct Question {
    method: Method,
    path: String,
    body: Option<(Packing, Vec<u8>)>,
}

/// A refusal, as far as a program reads it.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

impl Question {
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    /// # Errors
    /// [`ClientError::Body`]
    pub fn post(path: impl Into<String>, body: &impl Serialize) -> Result<Self> {
        let body = Some((Packing::None, json(body)?));
        Ok(Self { method: Method::POST, path: path.into(), body })
    }

    /// # Errors
    /// [`ClientError::Body`]
    pub fn put(path: impl Into<String>, body: &impl Serialize, packing: Packing) -> Result<Self> {
        let body = Some((packing, packing.pack(json(body)?)?));
        Ok(Self { method: Method::PUT, path: path.into(), body })
    }
}

fn json(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| ClientError::Body(error.to_string()))
}

impl Packing {
    fn pack(self, json: Vec<u8>) -> Result<Vec<u8>> {
        let packed = match self {
            Self::None => Ok(json),
            Self::Zstd => zstd::encode_all(&*json, zstd::DEFAULT_COMPRESSION_LEVEL),
            Self::Gzip => {
                let fast = flate2::Compression::fast();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), fast);
                encoder.write_all(&json).and_then(|()| encoder.finish())
            }
        };
        packed.map_err(|error| ClientError::Body(error.to_string()))
    }

    fn encoding(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

impl Link {
    /// `timeout` is for one question, from connecting to the last byte of the answer.
    #[must_use]
    pub fn new(server: &str, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(timeout))
            .build();
        Self { agent: config.into(), server: server.trim_end_matches('/').to_owned() }
    }

    /// Asks once.
    ///
    /// # Errors
    /// [`ClientError::NoAnswer`], also for an answer that cannot be read: a line that broke in the
    /// middle of it, or an inn's page that wants a room number. [`ClientError::Refused`].
    pub fn ask<T: DeserializeOwned>(&self, question: &Question, token: Option<&str>) -> Result<T> {
        let mut answer = self.send(question, token).map_err(|error| no_answer(&error))?;
        let bytes = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let bytes = bytes.map_err(|error| no_answer(&error))?;
        if !answer.status().is_success() {
            return Err(refused(&answer, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|error| no_answer(&error))
    }

    fn send(
        &self,
        question: &Question,
        token: Option<&str>,
    ) -> std::result::Result<Response<Body>, ureq::Error> {
        let Question { method, path, body } = question;
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.server));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let Some((packing, bytes)) = body else {
            return self.agent.run(request.body(())?);
        };
        request = request.header("content-type", "application/json");
        if let Some(encoding) = packing.encoding() {
            request = request.header("content-encoding", encoding);
        }
        self.agent.run(request.body(&bytes[..])?)
    }
}

fn no_answer(error: &dyn std::error::Error) -> ClientError {
    ClientError::NoAnswer(error.to_string())
}

fn refused(answer: &Response<Body>, bytes: &[u8]) -> ClientError {
    let problem = serde_json::from_slice(bytes);
    let seconds = answer.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
    ClientError::Refused {
        status: answer.status().as_u16(),
        code: problem.map_or_else(|_| String::new(), |problem: Problem| problem.code),
        retry_after: seconds.map(Duration::from_secs),
    }
}
