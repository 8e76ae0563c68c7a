//! HTTP as a phone or a browser speaks it: a token, JSON, patience when the server is busy.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ureq::http::{Method, Request, Response, StatusCode};
use ureq::{Agent, Body};

use super::texts;
use crate::cli::Failure;
use crate::domain::{Code, Id};

/// How often a busy server is asked.
const TRIES: u32 = 12;
/// How often one that does not answer is: it may have been stopped.
const TRIES_UNANSWERED: u32 = 3;
const PATIENCE: Duration = Duration::from_millis(500);
const TIMEOUT: Duration = Duration::from_secs(120);

/// Who logs in, and with what.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub login: String,
    pub password: String,
    pub name: String,
}

/// How a body was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// A connection of its own to the server.
pub(super) struct Client {
    agent: Agent,
    base: String,
    session: Option<Session>,
    installation_id: Option<Id>,
}

#[derive(Debug, Deserialize)]
struct Session {
    access_token: String,
    refresh_token: String,
}

#[derive(Debug, Deserialize)]
struct Trouble {
    code: Code,
}

impl Client {
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self { agent: config.into(), base: base.to_owned(), session: None, installation_id: None }
    }

    /// Logs in, as an app when there is an installation.
    pub fn log_in(&mut self, who: &Login, app: Option<(Id, &str)>) -> Result<(), Failure> {
        let installation = app.map(|(id, label)| {
            json!({ "id": id, "label": label, "app_version": env!("CARGO_PKG_VERSION") })
        });
        self.installation_id = app.map(|(id, _)| id);
        let asked = json!({
            "login": who.login, "password": who.password, "installation": installation,
        });
        self.session = Some(self.post("/api/v1/auth/login", &asked)?);
        Ok(())
    }

    pub fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        read(self.ask(&Method::GET, path, None)?)
    }

    pub fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| no_answer(path, &error))?;
        read(self.ask(&Method::POST, path, Some((Packing::None, &body)))?)
    }

    /// Puts a packed body; what is answered is read by the caller, or lost by him.
    pub fn put(&mut self, path: &str, body: (Packing, &[u8])) -> Result<Response<Body>, Failure> {
        self.ask(&Method::PUT, path, Some(body))
    }

    /// Asks, again when the server is busy or the token too old.
    fn ask(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<(Packing, &[u8])>,
    ) -> Result<Response<Body>, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.once(method, path, body).map_err(|error| no_answer(path, &error));
            match answer {
                Ok(answer) if answer.status().is_success() => return Ok(answer),
                Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED && tries == 1 => {
                    if self.session.is_none() {
                        return Err(refused(path, answer));
                    }
                    self.refresh()?;
                }
                Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => {
                    return Err(refused(path, answer));
                }
                Ok(answer) if tries >= TRIES => return Err(refused(path, answer)),
                Err(failure) if tries >= TRIES_UNANSWERED => return Err(failure),
                _ => std::thread::sleep(PATIENCE * tries),
            }
        }
    }

    fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<(Packing, &[u8])>,
    ) -> Result<Response<Body>, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(session) = &self.session {
            request = request.header("authorization", format!("Bearer {}", session.access_token));
        }
        let Some((packing, bytes)) = body else {
            return self.agent.run(request.body(())?);
        };
        request = request.header("content-type", "application/json");
        request = match packing {
            Packing::None => request,
            Packing::Gzip => request.header("content-encoding", "gzip"),
            Packing::Zstd => request.header("content-encoding", "zstd"),
        };
        self.agent.run(request.body(bytes)?)
    }

    fn refresh(&mut self) -> Result<(), Failure> {
        let Some(session) = self.session.take() else { return Ok(()) };
        let asked = json!({
            "refresh_token": session.refresh_token, "installation_id": self.installation_id,
        });
        self.session = Some(self.post("/api/v1/auth/refresh", &asked)?);
        Ok(())
    }
}

/// Reads what was answered.
pub(super) fn read<T: DeserializeOwned>(mut answer: Response<Body>) -> Result<T, Failure> {
    answer.body_mut().read_json().map_err(|error| no_answer("", &error))
}

fn refused(path: &str, mut answer: Response<Body>) -> Failure {
    let trouble = answer.body_mut().read_json::<Trouble>();
    let code = trouble.map_or("", |trouble| trouble.code.as_str());
    Failure::Answer(texts::refused(path, answer.status().as_u16(), code))
}

fn no_answer(path: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Answer(texts::no_answer(path, &error.to_string()))
}
