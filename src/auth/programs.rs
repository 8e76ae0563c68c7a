//! API clients log in with their secret (RFC 6749, client credentials).

use chrono::{DateTime, TimeDelta, Utc};

use super::keys::{random_text, sha256};
use super::{AuthError, Keys, tokens};
use crate::domain::{ApiScope, Id};
use crate::store::api_clients::{self, Secret};
use crate::store::{Conn, Store};

/// How long the secret before is good beside a new one, unless said otherwise.
pub const OVERLAP: TimeDelta = TimeDelta::days(7);

/// A secret as its owner sees it, once, and as it is kept.
#[derive(Debug)]
pub struct NewSecret {
    pub text: String,
    pub kept: Secret,
}

/// What a program was given.
#[derive(Debug)]
pub struct Granted {
    pub access_token: String,
    /// Words with spaces between.
    pub scope: String,
}

/// Why a program was given nothing, in the words of RFC 6749, section 5.2.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    #[error("invalid_client")]
    Client,
    #[error("invalid_scope")]
    Scope,
    #[error(transparent)]
    Auth(#[from] AuthError),
}

/// A secret of 256 random bits.
///
/// # Errors
/// [`AuthError::Crypto`].
pub fn new_secret(client_id: Id, id: Id, now: DateTime<Utc>) -> Result<NewSecret, AuthError> {
    let text = random_text()?;
    let digest = sha256(text.as_bytes());
    let created_at = now.naive_utc();
    Ok(NewSecret { text, kept: Secret { id, client_id, digest, created_at, expires_at: None } })
}

/// The scopes in words with spaces between; unknown ones are none.
#[must_use]
pub fn scopes(text: &str) -> Vec<ApiScope> {
    text.split(' ').filter_map(|word| word.parse().ok()).collect()
}

/// Scopes as words with spaces between, each once.
#[must_use]
pub fn words(scopes: &[ApiScope]) -> String {
    let known = ApiScope::ALL.iter().filter(|scope| scopes.contains(scope));
    known.map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// Checks the secret and gives a token with what was asked for: some of the client's scopes, or all of them.
///
/// # Errors
/// [`GrantError`]; an unknown client, a disabled one and a wrong secret are not told apart.
pub fn log_in(
    store: &Store,
    keys: &Keys,
    client_id: Id,
    secret: &str,
    asked: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Granted, GrantError> {
    let digest = sha256(secret.as_bytes());
    let find = |conn: &mut Conn| api_clients::by_digest(conn, client_id, &digest, now.naive_utc());
    let known = store.read(find).map_err(AuthError::from)?;
    let (client, secret_id) = known.ok_or(GrantError::Client)?;
    let given = scopes(&client.scopes);
    let wanted = match asked {
        None => given,
        Some(asked) => {
            let known = |word: &str| word.parse().ok().filter(|scope| given.contains(scope));
            let wanted: Option<Vec<ApiScope>> = asked.split(' ').map(known).collect();
            wanted.ok_or(GrantError::Scope)?
        }
    };
    let author = store.author();
    let noted = store.write(|_| -> Result<(), AuthError> {
        author.is_client(client_id);
        author.subject(client_id);
        Ok(())
    });
    noted?;
    let scope = words(&wanted);
    let access_token = tokens::issue_to_client(keys, client_id, secret_id, scope.clone(), now)?;
    Ok(Granted { access_token, scope })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words() {
        let both = vec![ApiScope::EnrollWrite, ApiScope::TalliesRead];
        assert_eq!(scopes("tallies:read nonsense enroll:write").len(), 2);
        assert_eq!(words(&both), "enroll:write tallies:read");
        assert_eq!(scopes(&words(&both)), both);
        assert_eq!(scopes(""), []);
    }
}
