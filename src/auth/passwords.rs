//! Passwords: at least 8 characters, no other rule (NIST SP 800-63B), kept as argon2id digests.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AuthError;
use unicode_normalization::UnicodeNormalization;

use crate::domain::Code;

/// The parameters OWASP recommends: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// As many digests at once; each takes 19 MiB and a whole core, so a flood of log-ins must queue.
const AT_ONCE: usize = 2;

const MIN_CHARS: usize = 8;
const MAX_BYTES: usize = 256;

/// Makes and checks digests of passwords.
#[derive(Debug)]
pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// No password has this digest, but to find that out costs what a known login costs.
    nobody: String,
}

/// Leave to compute one digest; give it back by dropping it.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held, never read")] Option<OwnedSemaphorePermit>);

impl Passwords {
    /// Gets ready.
    ///
    /// # Errors
    /// [`AuthError::Crypto`] when the parameters are none.
    pub fn new() -> Result<Self, AuthError> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
            .map_err(|_| AuthError::Crypto("argon2 parameters"))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // Salt and digest of zeros: a digest of a real password would take a part of the start.
        let (salt, zeros) = ("A".repeat(22), "A".repeat(43));
        let nobody = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${zeros}");
        Ok(Self { argon2, turns: Arc::new(Semaphore::new(AT_ONCE)), nobody })
    }

    /// Waits for one's turn to call [`Self::hash`] or [`Self::verify`].
    pub async fn turn(&self) -> Turn {
        Turn(self.turns.clone().acquire_owned().await.ok())
    }

    /// The digest of a password. Slow on purpose: never on an async thread.
    ///
    /// # Errors
    /// [`AuthError::Crypto`].
    pub fn hash(&self, password: &str) -> Result<String, AuthError> {
        digest(&self.argon2, &composed(password))
    }

    /// Whether the password is the one of the digest; as slow when there is no digest.
    #[must_use]
    pub fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let typed = composed(password);
        let known = PasswordHash::new(hash.unwrap_or(&self.nobody));
        let agrees =
            known.is_ok_and(|known| self.argon2.verify_password(typed.as_bytes(), &known).is_ok());
        agrees && hash.is_some()
    }
}

/// One keyboard writes `ậ` as one letter, another as three: the password is the same.
fn composed(password: &str) -> String {
    password.nfc().collect()
}

fn digest(argon2: &Argon2<'_>, password: &str) -> Result<String, AuthError> {
    let hash: PasswordHash = argon2
        .hash_password(password.as_bytes())
        .map_err(|_| AuthError::Crypto("password digest"))?;
    Ok(hash.to_string())
}

/// Checks a password that somebody wants to have.
///
/// # Errors
/// `required` when empty, `out_of_range` under 8 characters, `too_long` over 256 bytes.
pub fn acceptable(password: String) -> Result<String, Code> {
    match password.chars().count() {
        0 => Err(Code::Required),
        1..MIN_CHARS => Err(Code::OutOfRange),
        _ if password.len() > MAX_BYTES => Err(Code::TooLong),
        _ => Ok(password),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_salted_and_checked() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash("mật khẩu của Lan").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(hash, passwords.hash("mật khẩu của Lan").unwrap());
        assert!(passwords.verify("mật khẩu của Lan", Some(&hash)));
        assert!(!passwords.verify("mật khẩu của lan", Some(&hash)));
        assert!(!passwords.verify("mật khẩu của Lan", None));
        assert!(!passwords.verify("x", Some("not a digest")));
        assert!(!passwords.verify("x", Some(&passwords.nobody)));
        let nobody = PasswordHash::new(&passwords.nobody).unwrap();
        let known = PasswordHash::new(&hash).unwrap();
        assert_eq!(Params::try_from(&nobody).unwrap(), Params::try_from(&known).unwrap());
        assert_eq!(nobody.hash.unwrap().len(), known.hash.unwrap().len());
    }

    #[test]
    fn short_and_endless_passwords() {
        assert_eq!(acceptable(String::new()), Err(Code::Required));
        assert_eq!(acceptable("mậtkhẩu".to_owned()), Err(Code::OutOfRange));
        assert!(acceptable("mậtkhẩu8".to_owned()).is_ok());
        assert_eq!(acceptable("a".repeat(257)), Err(Code::TooLong));
    }
}
