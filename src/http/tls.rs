//! TLS of our own: a certificate and its key from two files. They are looked at whenever somebody connects,
//! so that a renewed certificate is used as soon as both files have it.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// The files that speak for this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those above it, its own first, PEM.
    pub chain: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{}: {source}", file.display())]
    File { file: PathBuf, source: pem::Error },
    #[error("{}: {source}", .files.key.display())]
    Key { files: TlsFiles, source: rustls::Error },
    #[error("{} is not the key of {}", .0.key.display(), .0.chain.display())]
    Strangers(TlsFiles),
    #[error(transparent)]
    Protocol(#[from] rustls::Error),
}

/// What the files were when they were last read: changed and how long, each.
type Seen = [Option<(SystemTime, u64)>; 2];

/// A certificate that follows its files.
pub struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    held: Mutex<(Seen, Arc<CertifiedKey>)>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// A file that cannot be read or is no PEM; a key that is not the certificate's.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let seen = files.seen();
        let read = files.read(&provider)?;
        Ok(Self { files, provider, held: Mutex::new((seen, Arc::new(read))) })
    }

    /// When it ends; nothing for a certificate that tells no readable time.
    #[must_use]
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        let newest = self.newest();
        let (_, read) = x509_parser::parse_x509_certificate(newest.cert.first()?).ok()?;
        DateTime::from_timestamp(read.validity().not_after.timestamp(), 0)
    }

    /// How to speak TLS with it.
    pub(super) fn config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        Ok(ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone()))
    }

    /// The certificate in the files, or the last one while they do not fit each other.
    fn newest(&self) -> Arc<CertifiedKey> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = self.files.seen();
        if held.0 != seen {
            held.0 = seen;
            match self.files.read(&self.provider) {
                Ok(read) => {
                    held.1 = Arc::new(read);
                    tracing::info!(file = %self.files.chain.display(), "a renewed certificate");
                }
                Err(error) => tracing::warn!(%error, "the certificate before it stays in use"),
            }
        }
        Arc::clone(&held.1)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.newest())
    }
}

impl TlsFiles {
    fn seen(&self) -> Seen {
        [&self.chain, &self.key].map(|file| {
            let about = std::fs::metadata(file).ok()?;
            Some((about.modified().ok()?, about.len()))
        })
    }

    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let file = |file: &PathBuf| {
            let file = file.clone();
            move |source| TlsError::File { file, source }
        };
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(&self.chain).and_then(Iterator::collect);
        let chain = chain.map_err(file(&self.chain))?;
        if chain.is_empty() {
            return Err(file(&self.chain)(pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(file(&self.key))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|source| match source {
            rustls::Error::InconsistentKeys(_) => TlsError::Strangers(self.clone()),
            source => TlsError::Key { files: self.clone(), source },
        })
    }
}
