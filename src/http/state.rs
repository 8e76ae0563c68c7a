//! What every handler may use, and the only way from a handler to the database.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::problem::Problem;
use super::rates::Rates;
use super::turns::Turns;
use crate::auth::{Keys, Passwords};
use crate::domain::Code;
use crate::rulebook::Rulebook;
use crate::store::{self, Author, Conn, Store};

/// What the server is made of.
#[derive(Clone)]
pub struct AppState {
    pub store: Store,
    pub keys: Arc<Keys>,
    pub passwords: Arc<Passwords>,
    pub book: Arc<Rulebook>,
    pub turns: Arc<Turns>,
    pub rates: Arc<Rates>,
}

/// The state as handlers receive it: whatever is written through it is written by the caller.
#[derive(Clone)]
pub struct State(AppState);

impl Deref for State {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}

impl FromRequest for State {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(AppState::of(req).map(|state| {
            let author = req.extensions().get::<Arc<Author>>().cloned().unwrap_or_default();
            Self(AppState { store: state.store.by(author), ..state.clone() })
        }))
    }
}

impl AppState {
    /// The state of the server that a request came to.
    pub(super) fn of(req: &HttpRequest) -> Result<&Self, Problem> {
        let state = req.app_data::<web::Data<Self>>();
        Ok(state.ok_or_else(|| Problem::internal("no state"))?)
    }

    /// Runs blocking work away from the threads that answer requests.
    ///
    /// # Errors
    /// What the work says, or `busy` when the server is shutting down.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let state = self.clone();
        match web::block(move || work(&state)).await {
            Ok(done) => done.map_err(Into::into),
            Err(_) => Err(Code::Busy.into()),
        }
    }

    /// Reads from the database.
    ///
    /// # Errors
    /// What the store says.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.run(move |state| state.store.read(work)).await
    }

    /// Reads a few rows by their keys, as [`crate::store::Store::glance`].
    ///
    /// # Errors
    /// What the store says.
    pub async fn glance<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.run(move |state| state.store.glance(work)).await
    }

    /// Writes in one transaction, begun anew a few times when it lost a race: the second look at
    /// the rows finds what the winner wrote.
    ///
    /// # Errors
    /// What the store says; a key that still exists at the last try is a `conflict`.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        self.run(move |state| state.store.retry(work)).await
    }

    /// Computes a password digest, when it is one's turn.
    ///
    /// # Errors
    /// What the work says; `busy` when too many wait.
    pub async fn with_passwords<T, E>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let turn = self.passwords.turn().await;
        let turn = turn.ok_or_else(|| Problem::busy("too many passwords wait to be looked at"))?;
        self.run(move |state| {
            let done = work(state);
            drop(turn);
            done
        })
        .await
    }
}
