//! Whom to trust.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::Error;

/// Connects to servers whose certificates are signed by one of those in `ca_file`, or by one that the
/// system trusts.
pub(crate) fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, Error> {
    let roots = match ca_file {
        Some(path) => from_file(path)?,
        None => of_system()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Authorities(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// What trying again does not mend; `None` for everything else. What cannot be read, where TLS was spoken before, may
/// pass.
pub(crate) fn fault(server: &str, error: &io::Error, is_new: bool) -> Option<Error> {
    use AlertDescription as Alert;
    let inner = error.get_ref()?.downcast_ref()?;
    let advice = match inner {
        rustls::Error::InvalidCertificate(why) => {
            return Some(Error::Certificate {
                server: server.to_owned(),
                reason: inner.to_string(),
                advice: advice(why),
            });
        }
        rustls::Error::InvalidMessage(_) if is_new => {
            "what is there does not speak TLS: check the port, or use a URL that begins with http://"
        }
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::CertificateUnknown
            | Alert::AccessDenied
            | Alert::UnknownCA,
        ) => {
            "the server wants a client certificate, and this client sends none: ask its administrator for another way in"
        }
        // Servers before TLS 1.3 say this for want of a client certificate as well.
        rustls::Error::AlertReceived(Alert::HandshakeFailure) => {
            "the server speaks no TLS that this client does, or wants a client certificate: ask its administrator"
        }
        rustls::Error::AlertReceived(Alert::UnrecognisedName) => {
            "the server does not know that host: check the URL"
        }
        rustls::Error::AlertReceived(
            Alert::ProtocolVersion | Alert::InsufficientSecurity | Alert::NoApplicationProtocol,
        )
        | rustls::Error::PeerIncompatible(_) => {
            "the server speaks no TLS that this client does (1.2 and 1.3): ask its administrator"
        }
        _ => return None,
    };
    Some(Error::Tls {
        server: server.to_owned(),
        reason: inner.to_string(),
        advice,
    })
}

/// What to do about a certificate that is not trusted.
fn advice(why: &CertificateError) -> &'static str {
    match why {
        // The other one: an authority of the same name, with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "if the server is the right one, name the authority of its certificate by --ca-file"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "use a URL with a name that the certificate is for"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "look at the clock of this machine; if it is right, the certificate is to be renewed"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "look at the clocks of this machine and of the one that has made the certificate"
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server needs a certificate that is for servers (extended key usage serverAuth)"
        }
        CertificateError::Other(other)
            if matches!(
                other.0.downcast_ref(),
                Some(webpki::Error::CaUsedAsEndEntity)
            ) =>
        {
            "the certificate is that of an authority (CA:TRUE), which must not be that of a server: the server needs \
             another one, signed by it, or by itself with CA:FALSE"
        }
        _ => "the server needs another certificate: ask its administrator",
    }
}

fn from_file(path: &Path) -> Result<RootCertStore, Error> {
    let blame = |reason: String| Error::Authorities(format!("{}: {reason}", path.display()));
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| blame(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| blame(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| blame(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(blame("it holds no certificate".to_owned()));
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reason = match found.errors.first() {
            Some(error) => error.to_string(),
            None => "the system has none".to_owned(),
        };
        return Err(Error::Authorities(reason));
    }
    Ok(roots)
}
