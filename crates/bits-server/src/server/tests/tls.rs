//! TLS.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::*;

/// Makes a certificate, and writes it and its key.
pub(super) fn certify(folder: &Path) -> rustls::pki_types::CertificateDer<'static> {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

pub(super) fn load(folder: &Path) -> Result<Tls, super::super::TlsError> {
    Tls::load(&folder.join("cert.pem"), &folder.join("key.pem"))
}

pub(super) async fn ping(
    running: &Running,
    root: &rustls::pki_types::CertificateDer<'static>,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut connection = connector.connect(name, running.connect().await).await?;
    connection.write_all(PING.as_bytes()).await?;
    Ok(read_answer(&mut connection).await)
}

#[tokio::test]
async fn a_certificate_is_used_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = certify(folder.path());
    let tls = Arc::new(load(folder.path()).unwrap());
    let running = Running::start_with(
        ServerOptions::default(),
        ServiceOptions::default(),
        Some(Arc::clone(&tls)),
    );
    assert_eq!(statuses(&ping(&running, &first).await.unwrap()), [200]);
    let second = certify(folder.path());
    assert!(
        ping(&running, &second).await.is_err(),
        "it was not read again yet"
    );
    tls.reload().unwrap();
    assert_eq!(statuses(&ping(&running, &second).await.unwrap()), [200]);
    fs::write(folder.path().join("cert.pem"), "no certificate").unwrap();
    tls.reload().unwrap_err();
    assert_eq!(
        statuses(&ping(&running, &second).await.unwrap()),
        [200],
        "the old one stays"
    );
}

#[tokio::test]
async fn who_speaks_no_tls_is_turned_away() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let options = ServerOptions {
        handshake_timeout: Duration::from_millis(100),
        ..ServerOptions::default()
    };
    let tls = Arc::new(load(folder.path()).unwrap());
    let running = Running::start_with(options, ServiceOptions::default(), Some(tls));
    for text in [PING, ""] {
        let mut connection = running.connect().await;
        connection.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(HANGS, connection.read_to_end(&mut answer))
            .await
            .unwrap();
        assert!(!answer.starts_with(b"HTTP"));
    }
    running.until_connections(0).await;
}

#[test]
fn what_cannot_be_used_is_told_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        load(folder.path())
            .unwrap_err()
            .to_string()
            .contains("cert.pem")
    );
    certify(folder.path());
    let key = fs::read(folder.path().join("key.pem")).unwrap();
    certify(folder.path());
    fs::write(folder.path().join("key.pem"), key).unwrap();
    let error = load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("key.pem"), "the key of another: {error}");
    fs::write(folder.path().join("cert.pem"), "").unwrap();
    let error = load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no certificate in it"), "{error}");
}
