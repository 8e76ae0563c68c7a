//! The Ed25519 keys that sign access tokens, kept in one file, and what is derived from them. The first
//! signs, the others are those before it, whose tokens are still taken.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::AuthError;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// Keys that a file holds at most: a day must lie between one rotation and the second after it.
const MOST: usize = 3;

/// Everything that the keys of a file give. The file is looked at whenever they are used, so that each server
/// beside it learns of a new one at once.
pub struct Keys {
    file: Option<PathBuf>,
    held: RwLock<(Seen, Arc<Vec<Key>>)>,
}

/// What the file was when it was last read: changed, how long, and which one with which rights.
type Seen = Option<(SystemTime, u64, (u64, i64, i64))>;

/// Everything that one signing key gives.
pub(super) struct Key {
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
    /// One for each key, the one that signs first.
    pub keys: Vec<Jwk>,
}

impl Keys {
    /// Reads the keys in `path`, PKCS#8 as PEM, or one as DER; makes one, readable by its owner only, when
    /// the file does not exist.
    ///
    /// # Errors
    /// A file that cannot be read or written, or that holds anything but Ed25519 keys.
    pub fn open(path: &Path) -> io::Result<Self> {
        if matches!(path.try_exists(), Ok(false)) {
            make(path)?;
        }
        let seen = seen(path);
        let keys = keys_of(&read(path)?)?;
        Ok(Self { file: Some(path.to_owned()), held: RwLock::new((seen, Arc::new(keys))) })
    }

    /// A key that lives as long as the process.
    ///
    /// # Errors
    /// The machine gave no random bytes.
    pub fn in_memory() -> io::Result<Self> {
        let keys = vec![Key::from_pkcs8(&generate()?)?];
        Ok(Self { file: None, held: RwLock::new((None, Arc::new(keys))) })
    }

    /// The keys in the file, or the last ones while it cannot be read; never none.
    pub(super) fn newest(&self) -> Arc<Vec<Key>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = &self.file else { return Arc::clone(&held.1) };
        let now = seen(file);
        if held.0 == now {
            return Arc::clone(&held.1);
        }
        drop(held);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.0 != now {
            held.0 = now;
            match read(file).and_then(|found| keys_of(&found)) {
                Ok(keys) => {
                    tracing::info!(file = %file.display(), keys = keys.len(), "signing keys read again");
                    held.1 = Arc::new(keys);
                }
                Err(error) => tracing::warn!(%error, "the signing keys before stay in use"),
            }
        }
        Arc::clone(&held.1)
    }

    /// The public keys, for those who check our tokens.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        let jwk = |key: &Key| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            x: key.public.clone(),
            kid: key.kid.clone(),
            usage: "sig",
            alg: "EdDSA",
        };
        Jwks { keys: self.newest().iter().map(jwk).collect() }
    }

    /// The refresh token that follows on `used`, by each key, the one that signs first: always the same, so
    /// that a lost answer can be given again although only digests are stored.
    #[must_use]
    pub(super) fn successors(&self, used: &str) -> Vec<String> {
        let sign = |key: &Key| URL_SAFE_NO_PAD.encode(hmac::sign(&key.refresh, used.as_bytes()));
        self.newest().iter().map(sign).collect()
    }
}

/// The content of a file of keys with a new one before those in `path`, of which the oldest may be left out.
/// With `alone`, all before are left out: their tokens are worth nothing then.
///
/// # Errors
/// As [`Keys::open`]; the machine gave no random bytes.
pub fn rotated(path: &Path, alone: bool) -> io::Result<String> {
    let found = read(path)?;
    keys_of(&found)?;
    let before = if alone { &[] } else { &found[..found.len().min(MOST - 1)] };
    let new = generate()?;
    Ok(std::iter::once(&new).chain(before).map(|key| pem(key)).collect())
}

impl Key {
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

fn pem(der: &[u8]) -> String {
    format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", STANDARD.encode(der))
}

fn seen(file: &Path) -> Seen {
    let about = fs::metadata(file).ok()?;
    #[cfg(unix)]
    let which = {
        use std::os::unix::fs::MetadataExt;
        (about.ino(), about.ctime(), about.ctime_nsec())
    };
    #[cfg(not(unix))]
    let which = (0, 0, 0);
    Some((about.modified().ok()?, about.len(), which))
}

/// Each key of a file, as DER.
fn read(file: &Path) -> io::Result<Vec<Vec<u8>>> {
    let bytes = fs::read(file)?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(vec![bytes]) };
    let block = |block: &str| {
        let (body, _) = block.split_once(PEM_END).ok_or_else(damaged)?;
        let body: String = body.split_whitespace().collect();
        STANDARD.decode(body).map_err(|_| damaged())
    };
    text.split(PEM_BEGIN).skip(1).map(block).collect()
}

fn keys_of(found: &[Vec<u8>]) -> io::Result<Vec<Key>> {
    if found.is_empty() {
        return Err(damaged());
    }
    found.iter().map(|der| Key::from_pkcs8(der)).collect()
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the signing key is not an Ed25519 key in PKCS#8")
}

/// Makes the file with a new key, for its owner alone. It appears whole, and of several servers that make it at once
/// the first one's stays.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(pem(&generate()?).as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => {
            done?;
            tracing::info!(file = ?std::path::absolute(path)?, "made a new signing key");
            Ok(())
        }
    }
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
        assert_eq!(made.successors("a"), read.successors("a"));
        assert_ne!(made.successors("a"), made.successors("b"));
        assert_ne!(made.successors("a"), Keys::in_memory().unwrap().successors("a"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn servers_that_begin_at_once_sign_with_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let together = std::sync::Barrier::new(8);
        let open = || {
            together.wait();
            Keys::open(&path).unwrap().jwks().to_owned()
        };
        let all: Vec<_> = std::thread::scope(|scope| {
            let begun: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            begun.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(all.iter().all(|keys| *keys == all[0]), "{all:?}");
    }

    #[test]
    fn a_damaged_file_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        std::fs::write(&path, "not a key").unwrap();
        assert!(Keys::open(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"not a key");
    }

    #[test]
    fn a_new_key_signs_and_those_before_are_still_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let running = Keys::open(&path).unwrap();
        let mut kids = vec![running.jwks().keys[0].kid.clone()];
        let lost = running.successors("a");
        for _ in 0..3 {
            std::fs::write(&path, rotated(&path, false).unwrap()).unwrap();
            // As long as before and in the same moment: what a file system cannot tell apart.
            let later = SystemTime::now() + std::time::Duration::from_secs(kids.len() as u64);
            fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
            let now: Vec<_> = running.jwks().keys.into_iter().map(|key| key.kid).collect();
            assert!(!kids.contains(&now[0]));
            assert_eq!(now[1..], kids[..kids.len().min(MOST - 1)]);
            assert_eq!(
                running.successors("a").contains(&lost[0]),
                now.contains(kids.last().unwrap())
            );
            kids = now;
        }
        std::fs::write(&path, rotated(&path, true).unwrap()).unwrap();
        assert_eq!(running.jwks().keys.len(), 1);
        std::fs::write(&path, "not a key").unwrap();
        assert_eq!(running.jwks().keys.len(), 1);
    }
}
