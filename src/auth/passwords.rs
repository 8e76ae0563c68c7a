//! Passwords: at least 8 characters, none of the common ones, no other rule (NIST SP 800-63B), kept as argon2id digests.

use argon2::password_hash::phc::PasswordHash;
use argon2::{
    Algorithm, Argon2, KeyId, Params, ParamsBuilder, PasswordHasher, PasswordVerifier, Version,
};
use aws_lc_rs::digest;
use std::sync::{Arc, LazyLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use unicode_normalization::UnicodeNormalization;

use super::AuthError;
use crate::domain::Code;

/// The parameters OWASP recommends: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// As many digests at once; each takes 19 MiB and a whole core, so a flood of log-ins must queue.
const AT_ONCE: usize = 2;

/// As many wait for their turn; who comes then is told to come again.
const WAITING: usize = 64;

/// Bytes of a pepper's name in a digest.
const KEY_ID: usize = Params::MAX_KEYID_LEN;

const MIN_CHARS: usize = 8;
const MAX_BYTES: usize = 256;

/// Longest pepper, in bytes.
const MAX_PEPPER: usize = 4096;

/// Makes and checks digests of passwords.
pub struct Passwords {
    params: Params,
    pepper: Option<Vec<u8>>,
    turns: Arc<Semaphore>,
    line: Arc<Semaphore>,
    /// No password has this digest, but to find that out costs what a known login costs.
    nobody: String,
}

/// Leave to compute one digest; give it back by dropping it.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held, never read")] [OwnedSemaphorePermit; 2]);

impl Passwords {
    /// Gets ready. With a pepper, a secret kept apart from the database, digests are of no use to whoever
    /// has the database alone; who loses the pepper must give everybody a new password.
    ///
    /// # Errors
    /// [`AuthError::Crypto`] for an empty or endless pepper.
    pub fn new(pepper: Option<Vec<u8>>) -> Result<Self, AuthError> {
        const WRONG: AuthError = AuthError::Crypto("argon2 parameters");
        let mut params = ParamsBuilder::new();
        params.m_cost(MEMORY_KIB).t_cost(PASSES).p_cost(LANES);
        if let Some(pepper) = &pepper {
            if !(1..=MAX_PEPPER).contains(&pepper.len()) {
                return Err(AuthError::Crypto("the pepper is empty or longer than 4096 bytes"));
            }
            let name = digest::digest(&digest::SHA256, pepper);
            params.keyid(KeyId::new(&name.as_ref()[..KEY_ID]).map_err(|_| WRONG)?);
        }
        let params = params.build().map_err(|_| WRONG)?;
        // Salt and digest of zeros: a digest of a real password would take a part of the start.
        let (salt, zeros) = ("A".repeat(22), "A".repeat(43));
        let nobody = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${zeros}");
        let [turns, line] = [AT_ONCE, WAITING].map(|most| Arc::new(Semaphore::new(most)));
        Ok(Self { params, pepper, turns, line, nobody })
    }

    /// Waits for one's turn to call [`Self::hash`] or [`Self::verify`]; nothing when too many wait already.
    pub async fn turn(&self) -> Option<Turn> {
        let place = self.line.clone().try_acquire_owned().ok()?;
        let turn = self.turns.clone().acquire_owned().await.ok()?;
        Some(Turn([place, turn]))
    }

    /// The digest of a password. Slow on purpose: never on an async thread.
    ///
    /// # Errors
    /// [`AuthError::Crypto`].
    pub fn hash(&self, password: &str) -> Result<String, AuthError> {
        let hash: PasswordHash = self
            .argon2(self.pepper.as_deref())?
            .hash_password(composed(password).as_bytes())
            .map_err(|_| AuthError::Crypto("password digest"))?;
        Ok(hash.to_string())
    }

    /// Whether the password is the one of the digest; as slow when there is no digest.
    #[must_use]
    pub fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let typed = composed(password);
        let known = PasswordHash::new(hash.unwrap_or(&self.nobody));
        let agrees = known.is_ok_and(|known| {
            let peppered = Params::try_from(&known).is_ok_and(|it| !it.keyid().is_empty());
            let pepper = self.pepper.as_deref().filter(|_| peppered);
            let argon2 = self.argon2(pepper);
            argon2.is_ok_and(|it| it.verify_password(typed.as_bytes(), &known).is_ok())
        });
        agrees && hash.is_some()
    }

    /// Whether a digest was made as none is made today: with other parameters, or another pepper.
    #[must_use]
    pub fn is_outdated(&self, hash: &str) -> bool {
        let known = PasswordHash::new(hash);
        let params = known.ok().and_then(|known| Params::try_from(&known).ok());
        params.is_none_or(|known| {
            let costs = |it: &Params| (it.m_cost(), it.t_cost(), it.p_cost());
            costs(&known) != costs(&self.params) || known.keyid() != self.params.keyid()
        })
    }

    fn argon2<'a>(&self, pepper: Option<&'a [u8]>) -> Result<Argon2<'a>, AuthError> {
        let params = self.params.clone();
        match pepper {
            Some(pepper) => {
                Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
                    .map_err(|_| AuthError::Crypto("pepper"))
            }
            None => Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)),
        }
    }
}

/// One keyboard writes `ậ` as one letter, another as three: the password is the same.
fn composed(password: &str) -> String {
    password.nfc().collect()
}

/// What guessers try first, in small letters, in order.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = include_str!("../../data/common-passwords.txt").lines();
    lines.filter(|line| !line.starts_with('#')).collect()
});

/// Checks a password that the user of this login is to have. Logins are small letters.
///
/// # Errors
/// `required` when empty, `out_of_range` under 8 characters, `too_long` over 256 bytes, `too_common` for one
/// of those that guessers try first, or the login itself.
pub fn acceptable(password: String, login: &str) -> Result<String, Code> {
    match password.chars().count() {
        0 => return Err(Code::Required),
        1..MIN_CHARS => return Err(Code::OutOfRange),
        _ if password.len() > MAX_BYTES => return Err(Code::TooLong),
        _ => {}
    }
    let plain = composed(&password).to_lowercase();
    let guessed = COMMON.binary_search(&plain.as_str()).is_ok();
    if guessed || login == plain { Err(Code::TooCommon) } else { Ok(password) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_salted_and_checked() {
        let passwords = Passwords::new(None).unwrap();
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
        let read = |typed: &str| acceptable(typed.to_owned(), "lan");
        assert_eq!(read(""), Err(Code::Required));
        assert_eq!(read("mậtkhẩu"), Err(Code::OutOfRange));
        assert!(read("mậtkhẩu8").is_ok());
        assert_eq!(read(&"a".repeat(257)), Err(Code::TooLong));
    }

    #[test]
    fn passwords_that_guessers_try_first() {
        assert!(COMMON.is_sorted() && COMMON.len() > 8000);
        let login = "lan.bo-trach";
        for typed in ["password", "PassWord1", "matkhau123", "Lan.Bo-Trach"] {
            assert_eq!(acceptable(typed.to_owned(), login), Err(Code::TooCommon), "{typed}");
        }
        assert!(acceptable("Lan.Bo-Trach".to_owned(), "hoa").is_ok());
    }

    #[test]
    fn a_pepper_may_come_later_and_must_not_go() {
        let plain = Passwords::new(None).unwrap();
        let peppered = Passwords::new(Some(b"a secret of this server".to_vec())).unwrap();
        let before = plain.hash("mật khẩu của Lan").unwrap();
        assert!(peppered.verify("mật khẩu của Lan", Some(&before)));
        assert!(peppered.is_outdated(&before) && !plain.is_outdated(&before));
        let after = peppered.hash("mật khẩu của Lan").unwrap();
        assert!(!peppered.is_outdated(&after) && plain.is_outdated(&after));
        assert!(peppered.verify("mật khẩu của Lan", Some(&after)));
        assert!(!plain.verify("mật khẩu của Lan", Some(&after)));
        let other = Passwords::new(Some(b"another one".to_vec())).unwrap();
        assert!(!other.verify("mật khẩu của Lan", Some(&after)));
        assert!(Passwords::new(Some(vec![])).is_err());
        let weaker = before.replace("t=2", "t=1");
        assert!(plain.is_outdated(&weaker));
    }
}
