//! Encrypted connections.

use std::io::Write;
use std::sync::Arc;

use bits_client::session::Outcome;
use bits_client::{Client, Error};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use tempfile::NamedTempFile;

use crate::common::*;

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    issuer_of(CertificateParams::new(Vec::new()).unwrap())
}

fn issuer_of(mut params: CertificateParams) -> CertifiedIssuer<'static, KeyPair> {
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn pem_file(issuer: &CertifiedIssuer<'_, KeyPair>) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(issuer.pem().as_bytes()).unwrap();
    file
}

/// A file with the certificate of somebody who has signed nothing.
pub(crate) fn authority() -> NamedTempFile {
    pem_file(&issuer())
}

/// A server at `127.0.0.1` with a certificate for `name`.
fn server(issuer: &CertifiedIssuer<'_, KeyPair>, name: &str) -> (Server, Store) {
    changed(issuer, name, |_, answer| answer)
}

/// The same, all answers as `change` makes them of the right ones.
fn changed(
    issuer: &CertifiedIssuer<'_, KeyPair>,
    name: &str,
    change: impl Fn(&Request, String) -> String + Send + Sync + 'static,
) -> (Server, Store) {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    presenting(issuer, &params, change)
}

/// The same, with that certificate.
fn presenting(
    issuer: &CertifiedIssuer<'_, KeyPair>,
    params: &CertificateParams,
    change: impl Fn(&Request, String) -> String + Send + Sync + 'static,
) -> (Server, Store) {
    serving(config(issuer, params, None, rustls::ALL_VERSIONS), change)
}

/// Whoever connects needs a certificate of `wanted`, if there is one.
fn config(
    issuer: &CertifiedIssuer<'_, KeyPair>,
    params: &CertificateParams,
    wanted: Option<&CertifiedIssuer<'_, KeyPair>>,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_protocol_versions(versions).unwrap();
    let builder = match wanted {
        Some(wanted) => {
            let mut roots = RootCertStore::empty();
            roots.add(wanted.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    builder
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

fn serving(
    config: ServerConfig,
    change: impl Fn(&Request, String) -> String + Send + Sync + 'static,
) -> (Server, Store) {
    let config = Arc::new(config);
    let store = Store::default();
    let shared = store.clone();
    let server = Server::with_wire(
        move |stream| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            Some(Box::new(StreamOwned::new(connection, stream)))
        },
        move |peer| peer.serve(|request| change(request, shared.answer(request))),
    );
    (server, store)
}

fn client(server: &Server, ca_file: &NamedTempFile) -> Client {
    let mut options = options();
    options.ca_file = Some(ca_file.path().to_owned());
    options.session.max_failures = 1;
    let url = format!("https://{}/a", server.address).parse().unwrap();
    Client::new(url, options).unwrap()
}

#[test]
fn a_file_goes_over_tls_to_whom_the_authority_names() {
    let issuer = issuer();
    let (server, store) = server(&issuer, "127.0.0.1");
    let content = content(1_000_000);
    let (ended, notes) = upload(&mut client(&server, &pem_file(&issuer)), &content);
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert!(store.file() == content);
    assert_eq!(server.connections(), 1);
    assert!(notes.retries.is_empty());
}

#[test]
fn a_certificate_of_another_authority_or_for_another_name_is_final() {
    let issuer = issuer();
    for (name, trusted) in [
        ("127.0.0.1", authority()),
        ("example.net", pem_file(&issuer)),
    ] {
        let (server, _) = server(&issuer, name);
        let (ended, notes) = upload(&mut client(&server, &trusted), b"x");
        match ended.unwrap_err() {
            Error::Certificate { server: named, .. } => {
                assert_eq!(named, server.address.to_string());
            }
            error => panic!("{error}"),
        }
        assert!(notes.retries.is_empty());
        assert!(server.seen().is_empty());
    }
}

#[test]
fn what_is_wrong_with_a_certificate_has_an_advice_of_its_own() {
    let issuer = issuer();
    let trusted = pem_file(&issuer);
    let params = || CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let mut stranger = params();
    stranger
        .distinguished_name
        .push(DnType::CommonName, "another");
    let mut expired = params();
    expired.not_after = date_time_ymd(2001, 1, 1);
    let mut future = params();
    future.not_before = date_time_ymd(4001, 1, 1);
    let mut authority = params();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let mut for_clients = params();
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let other_name = CertificateParams::new(vec!["example.net".to_owned()]).unwrap();
    for (params, authority, expected) in [
        (params(), &self::authority(), "--ca-file"),
        (params(), &pem_file(&issuer_of(stranger)), "--ca-file"),
        (other_name, &trusted, "a name that the certificate is for"),
        (expired, &trusted, "renewed"),
        (future, &trusted, "the clocks"),
        (authority, &trusted, "CA:FALSE"),
        (for_clients, &trusted, "serverAuth"),
    ] {
        let (server, _) = presenting(&issuer, &params, |_, answer| answer);
        let (ended, _) = upload(&mut client(&server, authority), b"x");
        let error = ended.unwrap_err();
        assert!(matches!(error, Error::Certificate { .. }), "{error}");
        assert!(
            error.advice().contains(expected),
            "{error}: {}",
            error.advice()
        );
    }
}

#[test]
fn a_host_id_with_a_certificate_that_is_not_trusted_is_left() {
    let trusted = issuer();
    let (other, _) = server(&issuer(), "127.0.0.1");
    let other_address = other.address;
    let (origin, store) = changed(&trusted, "127.0.0.1", move |request, answer| match request
        .packet()
    {
        "Create-Session" => created(&format!(
            "BITS-Host-Id: {other_address}\r\nBITS-Host-Id-Fallback-Timeout: 0\r\n"
        )),
        _ => answer,
    });
    let (ended, _) = upload(&mut client(&origin, &pem_file(&trusted)), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    assert!(other.seen().is_empty());
}

#[test]
fn a_file_without_certificates_trusts_nobody() {
    let mut options = options();
    let empty = NamedTempFile::new().unwrap();
    options.ca_file = Some(empty.path().to_owned());
    let refused = Client::new("https://127.0.0.1/".parse().unwrap(), options);
    assert!(matches!(refused, Err(Error::Authorities(_))));
}

/// How an upload ends for want of TLS, without a second try.
fn no_tls(server: &Server, ca_file: &NamedTempFile) -> (String, &'static str) {
    let (ended, notes) = upload(&mut client(server, ca_file), b"x");
    assert!(notes.retries.is_empty(), "{:?}", notes.retries);
    match ended.unwrap_err() {
        Error::Tls { reason, advice, .. } => (reason, advice),
        error => panic!("{error}"),
    }
}

#[test]
fn a_server_that_wants_a_client_certificate_is_told_as_one_at_once() {
    let issuer = issuer();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let config = config(&issuer, &params, Some(&issuer), &[version]);
        let (server, _) = serving(config, |_, answer| answer);
        let (reason, advice) = no_tls(&server, &pem_file(&issuer));
        assert!(advice.contains("client certificate"), "{reason}: {advice}");
    }
}

#[test]
fn a_server_without_tls_behind_https_is_told_as_one_at_once() {
    let server = Server::new(|peer| {
        peer.raw();
        peer.send(plain(400, ""));
    });
    let (reason, advice) = no_tls(&server, &authority());
    assert!(advice.contains("http://"), "{reason}: {advice}");
}
