//! Passwords over TLS, from `bits passwd` over `bits serve` to `bits send`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::common::{bits_in, scratch};
use crate::serve::Server;

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A folder with a certificate for `127.0.0.1`, the authority that has signed it and another one, passwords, and a file of 3
/// fragments.
fn place(name: &str) -> PathBuf {
    let folder = scratch(name);
    let (ours, others) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ours).unwrap();
    let content: Vec<u8> = (0..150_000u32).map(|at| at.to_le_bytes()[0]).collect();
    for (name, text) in [
        ("ca.pem", ours.pem()),
        ("other.pem", others.pem()),
        ("cert.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
        ("right", "correct horse\n".to_owned()),
        ("wrong", "battery staple\n".to_owned()),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::write(folder.join("report.zip"), content).unwrap();
    fs::create_dir(folder.join("drop")).unwrap();
    let run = bits_in(
        &folder,
        &["passwd", "--stdin", "users", "alice"],
        b"correct horse\n",
    );
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    folder
}

fn serve(folder: &Path) -> Server {
    let server = Server::start(
        folder,
        &[
            "drop",
            "--listen",
            "127.0.0.1:0",
            "--passwords",
            "users",
            "--tls-certificate",
            "cert.pem",
            "--tls-key",
            "key.pem",
        ],
    );
    assert!(server.url.starts_with("https://127.0.0.1:"));
    server
}

/// Exit status and standard error.
fn client(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bits"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env_remove("BITS_PASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), stderr)
}

#[test]
fn a_password_opens_the_way_once_and_no_fragment_is_sent_in_vain() {
    let folder = place("tls-right");
    let server = serve(&folder);
    let user = [
        "--ca-file",
        "ca.pem",
        "--user",
        "alice",
        "--password-file",
        "right",
    ];
    let ping = [&["ping"], &user[..], &[&server.url]].concat();
    let (status, stderr) = client(&folder, &ping);
    assert_eq!(status, Some(0), "{stderr}");
    let more = ["-v", "--fragment-size", "50000", "report.zip", &server.url];
    let (status, stderr) = client(&folder, &[&["send"], &user[..], &more].concat());
    assert_eq!(status, Some(0), "{stderr}");
    let count = |start: &str| {
        stderr
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    assert_eq!(count("< HTTP/1.1 401 "), 1);
    assert_eq!(count("> BITS-Packet-Type: Ping"), 2);
    assert_eq!(count("> BITS-Packet-Type: Fragment"), 3);
    assert_eq!(count("> Authorization: Basic (not shown)"), 6);
    let sent = fs::read(folder.join("report.zip")).unwrap();
    assert!(fs::read(folder.join("drop/report.zip")).unwrap() == sent);
    let (_, log) = server.end();
    let fragments: Vec<_> = log
        .lines()
        .filter(|line| line.contains("packet=\"Fragment\""))
        .collect();
    assert_eq!(fragments.len(), 3, "{log}");
    for line in fragments {
        assert!(
            line.contains("status=200") && line.contains("user=\"alice\""),
            "{line}"
        );
    }
}

#[test]
fn a_wrong_password_or_none_is_told_by_the_exit_status() {
    let folder = place("tls-wrong");
    let server = serve(&folder);
    let trusted = ["--ca-file", "ca.pem"];
    for (more, said) in [
        (
            &["--user", "alice", "--password-file", "wrong"][..],
            "the server has refused user and password",
        ),
        (
            &["--user", "bob", "--password-file", "right"],
            "the server has refused user and password",
        ),
        (&[], "there are no credentials; the server offers Basic"),
    ] {
        let ping = [&["ping"], &trusted[..], more, &[&server.url]].concat();
        let (status, stderr) = client(&folder, &ping);
        assert_eq!(status, Some(4), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
        let send = [&["send"], &trusted[..], more, &["report.zip", &server.url]].concat();
        let (status, stderr) = client(&folder, &send);
        assert_eq!(status, Some(4), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    assert!(!folder.join("drop/report.zip").exists());
}

#[test]
fn a_password_is_not_told_to_who_has_the_wrong_certificate() {
    let folder = place("tls-other");
    let server = serve(&folder);
    let user = ["--user", "alice", "--password-file", "right"];
    for verb in [&["ping"][..], &["send", "report.zip"]] {
        let more = ["-v", "--ca-file", "other.pem", &server.url];
        let (status, stderr) = client(&folder, &[verb, &user[..], &more].concat());
        assert_eq!(status, Some(9), "{stderr}");
        assert!(!stderr.contains("Authorization"), "{stderr}");
    }
    let (_, log) = server.end();
    assert!(!log.contains("packet="), "{log}");
}
