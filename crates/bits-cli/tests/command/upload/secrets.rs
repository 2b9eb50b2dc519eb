//! Passwords, and that nobody sees them.

use std::fs;

use super::server::{Server, ack, plain};
use super::{Place, told};

const CHALLENGE: &str = "WWW-Authenticate: Basic realm=\"x\"\r\n";

/// A server that lets in `me` with the password `secret`.
fn asking() -> Server {
    Server::new(|_, head| {
        let is_in = head.contains("Authorization: Basic bWU6c2VjcmV0\r\n");
        (!is_in).then(|| plain(401, CHALLENGE))
    })
}

#[test]
fn shows_heads_without_passwords() {
    let place = Place::new("send-verbose");
    let server = asking();
    fs::write(place.0.join("password"), "secret\nnot the password").unwrap();
    let arguments = [
        "send",
        "-v",
        "--user",
        "me",
        "--password-file",
        "password",
        "report.zip",
    ];
    let (status, _, stderr) = place.run(&[&arguments[..], &[&server.url()]].concat());
    assert_eq!(status, Some(0), "{stderr}");
    for line in [
        "> BITS_POST /drop/report.zip HTTP/1.1",
        "> Authorization: Basic (not shown)",
        "< HTTP/1.1 401 X",
        "< WWW-Authenticate: Basic realm=\"x\"",
    ] {
        assert!(
            stderr.lines().any(|found| found == line),
            "{line} is not in\n{stderr}"
        );
    }
    assert!(!stderr.contains("bWU6"), "{stderr}");
}

#[test]
fn a_server_that_repeats_secrets_makes_nobody_see_them() {
    const PAIR: &str = "bWU6czNzYW1l";
    let place = Place::new("send-echo");
    let server = Server::new(|packet, head| match packet {
        _ if !head.contains(PAIR) => Some(plain(401, CHALLENGE)),
        "Ping" => Some(ack(
            200,
            &format!("Server: {PAIR}\r\nX-Echo: Basic {PAIR}, me:s3same\r\nX-Sas: another\r\n"),
        )),
        "Create-Session" => Some(plain(
            302,
            &format!("Location: http://{PAIR}/s3same/bearer-7\r\n"),
        )),
        _ => Some(format!("junk {PAIR}\r\n\r\n")),
    });
    let url = server.url();
    let flags = [
        "--user",
        "me",
        "-v",
        "-H",
        "X-Signature: signed7",
        "-H",
        "X-Sas: sassed7",
        "-H",
        "X-Auth: Bearer bearer-7",
    ];
    for verb in [&["ping"][..], &["send", "report.zip"]] {
        for form in [&["--json"][..], &[]] {
            let arguments = [verb, &[&url], &flags, form].concat();
            let mut command = place.command(&arguments);
            let (_, stdout, stderr) =
                told(command.env("BITS_PASSWORD", "s3same").output().unwrap());
            for secret in [PAIR, "s3same", "signed7", "sassed7", "bearer-7", "another"] {
                assert!(!stdout.contains(secret), "{secret}: {stdout}");
                assert!(!stderr.contains(secret), "{secret}: {stderr}");
            }
            assert!(stderr.contains("> X-Signature: (not shown)\n"), "{stderr}");
            assert!(
                stderr.contains("< X-Echo: Basic (not shown), me:(not shown)\n"),
                "{stderr}"
            );
        }
    }
}

#[test]
fn a_password_file_is_text_with_or_without_a_byte_order_mark() {
    let place = Place::new("send-password-file");
    let server = asking();
    let url = server.url();
    let arguments = [
        "send",
        "--user",
        "me",
        "--password-file",
        "password",
        "report.zip",
        &url,
    ];
    fs::write(place.0.join("password"), "\u{feff}secret\r\n").unwrap();
    let (status, _, stderr) = place.run(&arguments);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    fs::write(place.0.join("password"), b"s\xE9cret").unwrap();
    let (status, _, stderr) = place.run(&arguments);
    assert_eq!(status, Some(2));
    assert_eq!(
        stderr,
        "error: password: the password is no UTF-8; store it as UTF-8\n"
    );
}

#[test]
fn a_password_comes_from_the_environment() {
    let place = Place::new("send-environment");
    let server = asking();
    let mut command = place.command(&["send", "--user", "me", "report.zip", &server.url()]);
    let (status, _, stderr) = told(command.env("BITS_PASSWORD", "secret").output().unwrap());
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let (status, _, stderr) = place.run(&["send", "--user", "me", "report.zip", &server.url()]);
    assert_eq!(status, Some(2));
    assert!(
        stderr.contains("name a file by --password-file, or set BITS_PASSWORD"),
        "{stderr}"
    );
}
