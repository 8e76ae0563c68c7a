//! Log-in, refresh and log-out. A refresh token is used once; its successor is derived from it, so
//! that a phone which lost the answer on a hill gets the same successor again, and so that a token
//! used after that gives away a thief and ends the whole family.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::keys::{random_text, sha256};
use super::login::Login;
use super::throttle::{Attempt, Place};
use super::{AuthError, Keys, Passwords, tokens};
use crate::domain::{Id, InstallationMode};
use crate::store::sessions::{self, Family, RefreshToken};
use crate::store::users::{self, User};
use crate::store::{Conn, Store, StoreError, installations, locks};

/// A team may be offline for weeks.
const INSTALLATION_DAYS: TimeDelta = TimeDelta::days(60);
/// A browser stands in an office.
const BROWSER_HOURS: TimeDelta = TimeDelta::hours(12);
/// How long a used token answers its successor again, while that one is unused.
const GRACE: TimeDelta = TimeDelta::hours(24);

/// What was typed and what the app says of itself.
#[derive(Debug)]
pub struct LogIn {
    pub login: Login,
    pub password: String,
    pub installation: Option<App>,
    /// Where the request came from.
    pub address: IpAddr,
}

/// An app at log-in.
#[derive(Debug)]
pub struct App {
    pub id: Id,
    pub label: String,
    pub app_version: Option<String>,
}

/// Two tokens and their owner.
#[derive(Debug)]
pub struct Granted {
    pub access_token: String,
    pub refresh_token: String,
    pub user: User,
}

/// Checks the password and begins a session.
///
/// # Errors
/// [`AuthError::Unauthenticated`] for a wrong login or password, a disabled user or a blocked
/// installation; [`AuthError::InstallationTaken`].
pub fn log_in(
    store: &Store,
    keys: &Keys,
    passwords: &Passwords,
    input: &LogIn,
    family_id: Id,
    now: DateTime<Utc>,
) -> Result<Granted, AuthError> {
    let known = store.read(|c| users::by_login(c, input.login.as_str()))?;
    let place = place(store, known.as_ref(), input)?;
    let attempt = Attempt::begin(store, &input.login, place, now)?;
    let hash = known.as_ref().map(|user| user.password_hash.as_str());
    let agrees = passwords.verify(&input.password, hash);
    let known_id = known.as_ref().map(|user| user.id);
    let Some(user) = known.filter(|user| agrees && user.disabled_at.is_none()) else {
        refused(store, &attempt, known_id, now)?;
        return Err(AuthError::Unauthenticated);
    };
    let better = passwords.is_outdated(&user.password_hash);
    let better = better.then(|| passwords.hash(&input.password)).transpose()?;
    let at = now.naive_utc();
    let refresh_token = random_text()?;
    let installation_id = input.installation.as_ref().map(|app| app.id);
    let family =
        Family { id: family_id, user_id: user.id, installation_id, created_at: at, ended_at: None };
    let author = store.author();
    let begin = |tx: &mut Conn| {
        author.is(user.id);
        unchanged(tx, &user)?;
        attempt.succeeded(tx)?;
        if let Some(better) = &better {
            users::set_password(tx, user.id, better, user.must_change_password)?;
        }
        if let Some(app) = &input.installation {
            admit(tx, app, user.id, at)?;
        }
        sessions::begin(tx, &family, &stored(&refresh_token, &family, at))?;
        Ok(())
    };
    // Two first log-ins of one app at once: the second look finds what the winner wrote.
    store.write(begin).or_else(|error| match error {
        AuthError::Store(error) if error.is_race() => store.write(begin),
        error => Err(error),
    })?;
    let access_token = tokens::issue(keys, user.id, family_id, installation_id, now)?;
    Ok(Granted { access_token, refresh_token, user })
}

/// Holds the user, if he is still whom the password was compared with: somebody may have given him another or
/// taken him out of use meanwhile.
fn unchanged(tx: &mut Conn, user: &User) -> Result<(), AuthError> {
    locks::user(tx, user.id)?;
    let now = users::by_id(tx, user.id)?;
    let same =
        now.is_some_and(|now| now.disabled_at.is_none() && now.password_hash == user.password_hash);
    if same { Ok(()) } else { Err(AuthError::Unauthenticated) }
}

/// Where an attempt counts: for the app of that very user, wherever it is.
fn place(store: &Store, user: Option<&User>, input: &LogIn) -> Result<Place, AuthError> {
    let Some((user, app)) = user.zip(input.installation.as_ref()) else {
        return Ok(Place::Address(input.address));
    };
    let known = store.read(|conn| installations::by_id(conn, app.id))?;
    let own = known.is_some_and(|known| known.user_id == user.id);
    Ok(if own { Place::App(app.id) } else { Place::Address(input.address) })
}

/// Notes that somebody was not let in.
fn refused(
    store: &Store,
    attempt: &Attempt,
    user_id: Option<Id>,
    now: DateTime<Utc>,
) -> Result<(), AuthError> {
    let author = store.author();
    // What concerns nobody is counted, and not kept for ever.
    let store = if user_id.is_some() { store.clone() } else { store.housekeeping() };
    Ok(store.write(|tx| {
        author.detail("refused");
        user_id.into_iter().for_each(|id| author.subject(id));
        attempt.failed(tx, now)
    })?)
}

fn admit(tx: &mut Conn, app: &App, user_id: Id, now: NaiveDateTime) -> Result<(), AuthError> {
    let version = app.app_version.as_deref();
    match installations::by_id(tx, app.id)? {
        None => installations::create(tx, app.id, user_id, &app.label, version, now)?,
        Some(known) if known.user_id != user_id => return Err(AuthError::InstallationTaken),
        Some(known) if known.revoked_mode == Some(InstallationMode::Block) => {
            return Err(AuthError::Unauthenticated);
        }
        Some(_) => installations::greet(tx, app.id, &app.label, version, now)?,
    }
    Ok(())
}

/// Trades a refresh token for its successor and a fresh access token.
///
/// # Errors
/// [`AuthError::Unauthenticated`].
pub fn refresh(
    store: &Store,
    keys: &Keys,
    used: &str,
    installation_id: Option<Id>,
    now: DateTime<Utc>,
) -> Result<Granted, AuthError> {
    let at = now.naive_utc();
    let digest = sha256(used.as_bytes());
    // Whoever makes tokens up writes nothing and holds nobody up.
    store.read(|conn| sessions::token(conn, &digest))?.ok_or(AuthError::Unauthenticated)?;
    let turned = store.write(|tx| -> Result<_, AuthError> {
        let token = sessions::token(tx, &digest)?.ok_or(AuthError::Unauthenticated)?;
        let family = sessions::family(tx, token.family_id)?;
        let user = holder(tx, &family, installation_id)?.ok_or(AuthError::Unauthenticated)?;
        store.author().is(user.id);
        if token.expires_at <= at {
            return Err(AuthError::Unauthenticated);
        }
        let successor = if sessions::take(tx, &digest, at)? {
            let successors = keys.successors(used);
            let successor = successors.into_iter().next().ok_or(AuthError::Crypto("no key"))?;
            sessions::forget_expired(tx, family.id, at)?;
            sessions::add(tx, &stored(&successor, &family, at))?;
            if let Some(id) = family.installation_id {
                installations::seen(tx, id, at)?;
            }
            Some(successor)
        } else {
            answered_again(tx, &digest, keys.successors(used), at)?
        };
        let Some(successor) = successor else {
            // Committed although the caller is refused: the thief and the owner both log in anew.
            sessions::end(tx, family.id, at)?;
            store.author().detail("a used token came back");
            tracing::warn!(family = %family.id, "a used refresh token came back; session ended");
            return Ok(None);
        };
        Ok(Some((family, user, successor)))
    })?;
    let (family, user, refresh_token) = turned.ok_or(AuthError::Unauthenticated)?;
    let access_token = tokens::issue(keys, user.id, family.id, family.installation_id, now)?;
    Ok(Granted { access_token, refresh_token, user })
}

/// The user of a running family, when it is his phone that asks.
fn holder(
    tx: &mut Conn,
    family: &Family,
    installation_id: Option<Id>,
) -> Result<Option<User>, StoreError> {
    if family.ended_at.is_some() {
        return Ok(None);
    }
    if let Some(bound) = family.installation_id {
        let known = installations::by_id(tx, bound)?;
        let blocked = known.is_none_or(|known| known.revoked_mode == Some(InstallationMode::Block));
        if blocked || installation_id != Some(bound) {
            return Ok(None);
        }
    }
    Ok(users::by_id(tx, family.user_id)?.filter(|user| user.disabled_at.is_none()))
}

/// The successor that a used token gives once more, while it is unused. The key that made it may have been
/// followed by another since; when it is none of ours any more, whoever asks logs in anew, and is no thief.
fn answered_again(
    tx: &mut Conn,
    digest: &str,
    successors: Vec<String>,
    now: NaiveDateTime,
) -> Result<Option<String>, AuthError> {
    let used_at = sessions::token(tx, digest)?.and_then(|token| token.used_at);
    if used_at.is_none_or(|used_at| now - used_at > GRACE) {
        return Ok(None);
    }
    for successor in successors {
        if let Some(known) = sessions::token(tx, &sha256(successor.as_bytes()))? {
            return Ok(known.used_at.is_none().then_some(successor));
        }
    }
    Err(AuthError::Unauthenticated)
}

fn stored(token: &str, family: &Family, now: NaiveDateTime) -> RefreshToken {
    let lifetime = if family.installation_id.is_some() { INSTALLATION_DAYS } else { BROWSER_HOURS };
    RefreshToken {
        digest: sha256(token.as_bytes()),
        family_id: family.id,
        expires_at: now + lifetime,
        used_at: None,
    }
}

/// Changes one's own password and ends one's other sessions.
///
/// # Errors
/// [`AuthError::WrongPassword`] when `old` is not the present one; [`AuthError::TooManyAttempts`].
pub fn change_password(
    store: &Store,
    passwords: &Passwords,
    (user_id, family_id): (Id, Id),
    (old, new): (&str, &str),
    place: Place,
    now: DateTime<Utc>,
) -> Result<(), AuthError> {
    let user = store.read(|conn| users::by_id(conn, user_id))?.ok_or(StoreError::NotFound)?;
    let login = user.login.parse().map_err(|_| AuthError::Unauthenticated)?;
    let attempt = Attempt::begin(store, &login, place, now)?;
    if !passwords.verify(old, Some(&user.password_hash)) {
        refused(store, &attempt, Some(user_id), now)?;
        return Err(AuthError::WrongPassword);
    }
    let hash = passwords.hash(new)?;
    store.write(|tx| -> Result<(), AuthError> {
        store.author().subject(user_id);
        unchanged(tx, &user)?;
        attempt.succeeded(tx)?;
        users::set_password(tx, user_id, &hash, false)?;
        Ok(sessions::end_others(tx, user_id, Some(family_id), now.naive_utc())?)
    })
}

/// Ends a session.
///
/// # Errors
/// What the store says.
pub fn log_out(store: &Store, family_id: Id, now: DateTime<Utc>) -> Result<(), AuthError> {
    Ok(store.write(|tx| sessions::end(tx, family_id, now.naive_utc()))?)
}

#[cfg(test)]
#[path = "sessions_test.rs"]
mod tests;
