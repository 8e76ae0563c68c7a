//! A server on a database, and people who may call it: made straight in the tables.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use dai_ly_thu::auth::{Keys, Passwords, tokens};
use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Role};
use dai_ly_thu::http::{AppState, Edge, Running, ServerConfig, Turns, start};
use dai_ly_thu::rulebook::Rulebook;
use dai_ly_thu::store::sessions::{Family, RefreshToken};
use dai_ly_thu::store::users::User;
use dai_ly_thu::store::{Store, installations, sessions, users};

/// Serves the database on a free port.
pub fn serve(store: &Store, keys: &Arc<Keys>, turns: &Arc<Turns>, edge: Edge) -> Running {
    let state = AppState {
        store: store.clone(),
        keys: keys.clone(),
        passwords: Arc::new(Passwords::new(None).expect("random bytes")),
        book: Arc::new(Rulebook::open(store).expect("the law")),
        turns: turns.clone(),
        rates: Arc::default(),
    };
    let listen = "127.0.0.1:0".to_owned();
    start(ServerConfig { listen, workers: 2, signals: false, state, edge })
        .expect("the server starts")
}

/// A user whose login is his id.
pub fn user(
    store: &Store,
    id: Id,
    role: Role,
    group_id: Option<Id>,
    office_id: Option<Id>,
    password_hash: &str,
) {
    let user = User {
        id,
        login: id.to_string(),
        role,
        name: format!("Người {}", &id.to_string()[30..]),
        password_hash: password_hash.to_owned(),
        must_change_password: false,
        group_id,
        office_id,
        organisation_id: None,
        certificate_number: None,
        certificate_expires_on: None,
        disabled_at: None,
        created_at: clock::now().naive_utc(),
    };
    store.write(|tx| users::create(tx, &user)).expect("a user");
}

pub fn installation(store: &Store, user_id: Id) -> Id {
    let id = clock::new_id();
    let now = clock::now().naive_utc();
    store
        .write(|tx| installations::create(tx, id, user_id, "máy thử", None, now))
        .expect("an installation");
    id
}

/// An access token of a session begun now.
pub fn session(store: &Store, keys: &Keys, user_id: Id, installation_id: Option<Id>) -> String {
    session_at(store, keys, user_id, installation_id, clock::now())
}

/// An access token of a session begun then, which lasts for a day.
pub fn session_at(
    store: &Store,
    keys: &Keys,
    user_id: Id,
    installation_id: Option<Id>,
    now: DateTime<Utc>,
) -> String {
    let family = Family {
        id: clock::new_id(),
        user_id,
        installation_id,
        created_at: now.naive_utc(),
        ended_at: None,
    };
    let token = RefreshToken {
        digest: family.id.to_string(),
        family_id: family.id,
        expires_at: (now + chrono::TimeDelta::days(1)).naive_utc(),
        used_at: None,
    };
    store.write(|tx| sessions::begin(tx, &family, &token)).expect("a session");
    tokens::issue(keys, user_id, family.id, installation_id, now).expect("a token")
}
