//! Who the phone is to the server. A new pair of tokens is on the disk before the first use: a phone that
//! dies in between comes with the old refresh token again, and is given the same pair.

use diesel::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::file::{installation, not_wiped};
use super::link::Question;
use super::{Client, Result};

/// What a log-in and a refresh answer.
#[derive(Deserialize)]
struct Session {
    access_token: String,
    refresh_token: String,
}

impl Client {
    /// Asks once as this phone's user. A token that is too old is renewed, once.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, question: &Question) -> Result<T> {
        not_wiped(&mut self.file)?;
        let access = installation::table.select(installation::access_token);
        let access: Option<String> = access.first(&mut self.file)?;
        let token = access.map_or_else(|| self.log_in(), Ok)?;
        match self.link.ask(question, Some(&token)) {
            Err(error) if error.is_unauthorized() => {
                let token = self.refresh()?;
                self.link.ask(question, Some(&token))
            }
            answer => answer,
        }
    }

    /// Trades the refresh token for its successor, or begins anew when it is not taken.
    fn refresh(&mut self) -> Result<String> {
        let refresh = installation::table.select(installation::refresh_token);
        let refresh: Option<String> = refresh.first(&mut self.file)?;
        let asked = json!({
            "refresh_token": refresh, "installation_id": self.options.installation_id,
        });
        match self.link.ask(&Question::post("/api/v1/auth/refresh", &asked)?, None) {
            Err(error) if error.is_unauthorized() => self.log_in(),
            session => self.keep(session?),
        }
    }

    fn log_in(&mut self) -> Result<String> {
        let asked = json!({
            "login": self.options.login,
            "password": self.options.password,
            "installation": {
                "id": self.options.installation_id,
                "label": self.options.label,
                "app_version": env!("CARGO_PKG_VERSION"),
            },
        });
        let session = self.link.ask(&Question::post("/api/v1/auth/login", &asked)?, None)?;
        self.keep(session)
    }

    fn keep(&mut self, session: Session) -> Result<String> {
        diesel::update(installation::table)
            .set((
                installation::access_token.eq(&session.access_token),
                installation::refresh_token.eq(&session.refresh_token),
            ))
            .execute(&mut self.file)?;
        Ok(session.access_token)
    }
}
