//! Access tokens: JWT signed with Ed25519, alive for 15 minutes. A token names a session; role, group
//! and office are read from the database at each request.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{AuthError, Keys};
use crate::domain::Id;

/// Who issues our tokens and for whom.
const NAME: &str = "dai-ly-thu";

/// How long an access token lives.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The user, or the API client.
    pub sub: Id,
    /// The session; of an API client, the secret it logged in with.
    pub fam: Id,
    /// The installation it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inst: Option<Id>,
    /// Of an API client, what it asked to be allowed, words with spaces between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    iat: i64,
    exp: i64,
}

/// A signed token for a session.
///
/// # Errors
/// [`AuthError::Crypto`].
pub fn issue(
    keys: &Keys,
    user_id: Id,
    family_id: Id,
    installation_id: Option<Id>,
    now: DateTime<Utc>,
) -> Result<String, AuthError> {
    sign(keys, user_id, family_id, installation_id, None, now)
}

/// A signed token for an API client.
///
/// # Errors
/// [`AuthError::Crypto`].
pub fn issue_to_client(
    keys: &Keys,
    client_id: Id,
    secret_id: Id,
    scope: String,
    now: DateTime<Utc>,
) -> Result<String, AuthError> {
    sign(keys, client_id, secret_id, None, Some(scope), now)
}

fn sign(
    keys: &Keys,
    sub: Id,
    fam: Id,
    inst: Option<Id>,
    scope: Option<String>,
    now: DateTime<Utc>,
) -> Result<String, AuthError> {
    let claims = Claims {
        iss: NAME.to_owned(),
        aud: NAME.to_owned(),
        sub,
        fam,
        inst,
        scope,
        iat: now.timestamp(),
        exp: (now + LIFETIME).timestamp(),
    };
    let keys = keys.newest();
    let key = keys.first().ok_or(AuthError::Crypto("no key"))?;
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, &claims, &key.signing)
        .map_err(|_| AuthError::Crypto("signing a token"))
}

/// What a token says, when it is ours, unchanged and alive.
///
/// # Errors
/// [`AuthError::Unauthenticated`] otherwise, without saying why.
pub fn check(keys: &Keys, token: &str, now: DateTime<Utc>) -> Result<Claims, AuthError> {
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&[NAME]);
    rules.set_audience(&[NAME]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The clock is an argument, so the day of death is looked at below.
    rules.validate_exp = false;
    let header = jsonwebtoken::decode_header(token).map_err(|_| AuthError::Unauthenticated)?;
    let keys = keys.newest();
    let key = keys.iter().find(|key| header.kid.as_ref() == Some(&key.kid));
    let key = key.ok_or(AuthError::Unauthenticated)?;
    let token = jsonwebtoken::decode::<Claims>(token, &key.checking, &rules)
        .map_err(|_| AuthError::Unauthenticated)?;
    if now.timestamp() < token.claims.exp {
        Ok(token.claims)
    } else {
        Err(AuthError::Unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T03:00:00Z".parse().unwrap()
    }

    fn id(n: u128) -> Id {
        Id(uuid::Uuid::from_u128(n))
    }

    fn refused(keys: &Keys, token: &str, at: DateTime<Utc>) -> bool {
        matches!(check(keys, token, at), Err(AuthError::Unauthenticated))
    }

    #[test]
    fn a_token_lives_fifteen_minutes() {
        let keys = Keys::in_memory().unwrap();
        let token = issue(&keys, id(1), id(2), Some(id(3)), now()).unwrap();
        let claims = check(&keys, &token, now() + TimeDelta::seconds(899)).unwrap();
        assert_eq!((claims.sub, claims.fam, claims.inst), (id(1), id(2), Some(id(3))));
        assert!(refused(&keys, &token, now() + LIFETIME));
    }

    #[test]
    fn tokens_of_others_are_refused() {
        let keys = Keys::in_memory().unwrap();
        let others = Keys::in_memory().unwrap();
        let token = issue(&keys, id(1), id(2), None, now()).unwrap();
        assert!(refused(&others, &token, now()));
        assert!(refused(&keys, "", now()));
        assert!(refused(&keys, "a.b.c", now()));
        let (rest, _) = token.rsplit_once('.').unwrap();
        assert!(refused(&keys, &format!("{rest}."), now()));

        let sign = |header: &Header, claims: &Claims, keys: &Keys| {
            jsonwebtoken::encode(header, claims, &keys.newest()[0].signing).unwrap()
        };
        let good = check(&keys, &token, now()).unwrap();
        let header =
            Header { kid: Some(keys.newest()[0].kid.clone()), ..Header::new(Algorithm::EdDSA) };
        assert!(check(&keys, &sign(&header, &good, &keys), now()).is_ok());
        assert!(refused(&keys, &sign(&Header::new(Algorithm::EdDSA), &good, &keys), now()));
        for (iss, aud) in [("other", NAME), (NAME, "other")] {
            let claims = Claims { iss: iss.to_owned(), aud: aud.to_owned(), ..good.clone() };
            assert!(refused(&keys, &sign(&header, &claims, &keys), now()));
        }
        let secret = jsonwebtoken::EncodingKey::from_secret(keys.newest()[0].kid.as_bytes());
        let header =
            Header { kid: Some(keys.newest()[0].kid.clone()), ..Header::new(Algorithm::HS256) };
        let forged = jsonwebtoken::encode(&header, &good, &secret).unwrap();
        assert!(refused(&keys, &forged, now()));
    }
}
