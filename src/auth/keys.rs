//! The Ed25519 key that signs access tokens, kept in one file, and what is derived from it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;

use super::AuthError;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// Everything that one signing key gives.
pub struct Keys {
    pub(super) signing: EncodingKey,
    pub(super) checking: DecodingKey,
    pub(super) kid: String,
    public: String,
    refresh: hmac::Key,
}

/// A public key as RFC 8037 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: &'static str,
    /// Always `Ed25519`.
    pub crv: &'static str,
    /// The key, base64url.
    pub x: String,
    /// Its name in the header of a token: the RFC 7638 thumbprint.
    pub kid: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Always `EdDSA`.
    pub alg: &'static str,
}

/// The public keys whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Jwks {
    /// One for each key.
    pub keys: Vec<Jwk>,
}

impl Keys {
    /// Reads the key in `path`, PKCS#8 as PEM or DER; makes one, readable by its owner only, when
    /// the file does not exist.
    ///
    /// # Errors
    /// A file that cannot be read or written, or that holds no Ed25519 key.
    pub fn open(path: &Path) -> io::Result<Self> {
        match File::open(path) {
            Ok(mut file) => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                Self::from_pkcs8(&der(&bytes)?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = generate()?;
                let mut file = private_file(path)?;
                write!(file, "{PEM_BEGIN}\n{}\n{PEM_END}\n", STANDARD.encode(&made))?;
                file.sync_all()?;
                Self::from_pkcs8(&made)
            }
            Err(error) => Err(error),
        }
    }

    /// A key that lives as long as the process.
    ///
    /// # Errors
    /// The machine gave no random bytes.
    pub fn in_memory() -> io::Result<Self> {
        Self::from_pkcs8(&generate()?)
    }

    fn from_pkcs8(der: &[u8]) -> io::Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| damaged())?;
        let seed: Curve25519SeedBin<'_> =
            pair.seed().and_then(|seed| seed.as_be_bytes()).map_err(|_| damaged())?;
        let public = pair.public_key().as_ref();
        let x = URL_SAFE_NO_PAD.encode(public);
        let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let root = hmac::Key::new(hmac::HMAC_SHA256, seed.as_ref());
        let refresh = hmac::sign(&root, b"dai-ly-thu refresh tokens");
        Ok(Self {
            signing: EncodingKey::from_ed_der(der),
            checking: DecodingKey::from_ed_der(public),
            kid: sha256(thumbprint.as_bytes()),
            public: x,
            refresh: hmac::Key::new(hmac::HMAC_SHA256, refresh.as_ref()),
        })
    }

    /// The public key, for those who check our tokens.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        Jwks {
            keys: vec![Jwk {
                kty: "OKP",
                crv: "Ed25519",
                x: self.public.clone(),
                kid: self.kid.clone(),
                usage: "sig",
                alg: "EdDSA",
            }],
        }
    }

    /// The refresh token that follows on `used`: always the same, so that a lost answer can be
    /// given again although only digests are stored.
    #[must_use]
    pub(super) fn successor(&self, used: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.refresh, used.as_bytes()))
    }
}

/// The digest under which a secret is stored.
pub(super) fn sha256(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}

/// 256 random bits as text.
pub(super) fn random_text() -> Result<String, AuthError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| AuthError::Crypto("random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn generate() -> io::Result<Vec<u8>> {
    let pair = Ed25519KeyPair::generate().map_err(|_| io::Error::other("no random bytes"))?;
    let der = pair.to_pkcs8v1().map_err(|_| io::Error::other("cannot write the key"))?;
    Ok(der.as_ref().to_vec())
}

fn der(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(bytes.to_vec()) };
    let Some((_, rest)) = text.split_once(PEM_BEGIN) else { return Ok(bytes.to_vec()) };
    let (body, _) = rest.split_once(PEM_END).ok_or_else(damaged)?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).map_err(|_| damaged())
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the signing key is not an Ed25519 key in PKCS#8")
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let made = Keys::open(&path).unwrap();
        let read = Keys::open(&path).unwrap();
        assert_eq!(made.jwks(), read.jwks());
        assert_eq!(made.successor("a"), read.successor("a"));
        assert_ne!(made.successor("a"), made.successor("b"));
        assert_ne!(made.successor("a"), Keys::in_memory().unwrap().successor("a"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        std::fs::write(&path, "not a key").unwrap();
        assert!(Keys::open(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"not a key");
    }
}
