//! Certificates.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// A certificate and its key, from files that can be read again when they have changed.
#[derive(Debug)]
pub struct Tls {
    certificates: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<ServerConfig>>,
}

/// Why a certificate cannot be used.
#[derive(Debug)]
pub struct TlsError {
    path: PathBuf,
    source: Box<dyn std::error::Error + Send + Sync>,
    advice: &'static str,
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and the key of that: two files in PEM, or one with both.
    ///
    /// # Errors
    ///
    /// If one cannot be read, or they do not belong together.
    pub fn load(certificates: &Path, key: &Path) -> Result<Self, TlsError> {
        let current = RwLock::new(read(certificates, key)?);
        Ok(Tls {
            certificates: certificates.to_owned(),
            key: key.to_owned(),
            current,
        })
    }

    /// Reads the files again. Connections that are open stay as they are.
    ///
    /// # Errors
    ///
    /// Those of [`Tls::load`]. What was read before stays in use then.
    pub fn reload(&self) -> Result<(), TlsError> {
        let new = read(&self.certificates, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }
}

fn read(certificates: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    const CERTIFICATE: &str =
        "it must hold the certificate of the server, and those that it hangs on, in PEM";
    const KEY: &str = "it must hold the key of the certificate in PEM, without a password";
    let fail = |path: &Path, advice| {
        let path = path.to_owned();
        move |source: Box<dyn std::error::Error + Send + Sync>| TlsError {
            path,
            source,
            advice,
        }
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fail(certificates, CERTIFICATE)(error.into()))?;
    if chain.is_empty() {
        return Err(fail(certificates, CERTIFICATE)(
            "there is no certificate in it".into(),
        ));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| fail(key, KEY)(error.into()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, private)
        })
        .map_err(|error| fail(key, KEY)(error.into()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, source, advice) = (self.path.display(), &self.source, self.advice);
        write!(f, "{path}: {source}; {advice}")
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
