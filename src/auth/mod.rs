//! Who is calling: passwords, signing keys, tokens, sessions, and the principal read from the
//! database at each request. Knows no HTTP.

/// The key that signs access tokens.
pub mod keys;
/// Log-in names.
pub mod login;
/// Passwords and their digests.
pub mod passwords;
/// Who is calling, and how far he sees.
pub mod principal;
/// Programs of organisations.
pub mod programs;
/// Log-in, refresh and log-out.
pub mod sessions;
/// What wrong passwords cost.
pub mod throttle;
/// Access tokens.
pub mod tokens;

pub use keys::Keys;
pub use passwords::Passwords;
pub use principal::Principal;

use crate::store::StoreError;

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No valid token, session, password or user; which of them is nobody's business.
    #[error("not authenticated")]
    Unauthenticated,
    /// The password that its owner must know is another one.
    #[error("not the present password")]
    WrongPassword,
    /// Too many wrong passwords from this place.
    #[error("too many attempts: wait {seconds} s")]
    TooManyAttempts { seconds: i64 },
    /// The installation id is bound to another user.
    #[error("the installation belongs to another user")]
    InstallationTaken,
    /// The machine gave no random bytes, or could not sign.
    #[error("cryptography failed: {0}")]
    Crypto(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}
