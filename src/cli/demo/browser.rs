//! A browser at the office: a log-in, JSON, patience when the server is busy.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::Failure;
use crate::client::{Chance, Link, Patience, Question};

pub(super) const TIMEOUT: Duration = Duration::from_secs(120);
/// All phones come at once, and one machine does everything.
pub(super) const PATIENCE: Patience =
    Patience { first: Duration::from_millis(500), cap: Duration::from_secs(5), attempts: 12 };

/// Who logs in, and with what.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub login: String,
    pub password: String,
    pub name: String,
}

/// Somebody at a desk.
pub(super) struct Browser {
    link: Link,
    chance: Chance,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Session {
    access_token: String,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        Self { link: Link::new(base, TIMEOUT), chance: Chance::new(0), token: None }
    }

    pub fn log_in(&mut self, who: &Login) -> Result<(), Failure> {
        let asked = json!({ "login": who.login, "password": who.password });
        let session: Session = self.post("/api/v1/auth/login", &asked)?;
        self.token = Some(session.access_token);
        Ok(())
    }

    pub fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.ask(&Question::get(path))
    }

    pub fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        self.ask(&Question::post(path, body)?)
    }

    fn ask<T: DeserializeOwned>(&mut self, question: &Question) -> Result<T, Failure> {
        let (link, token) = (&self.link, self.token.as_deref());
        Ok(PATIENCE.persist(&mut self.chance, || link.ask(question, token))?)
    }
}
