//! Servers that a session moves to.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bits_client::session::{Outcome, Reason};
use bits_client::{Basic, Client, Ended, Job, Options};

use crate::common::*;

/// A server whose sessions are at `other`, and which asks for a password.
fn origin(other: SocketAddr, fields: &'static str) -> (Server, Store) {
    Server::storing(move |request, answer| {
        if request.field("Authorization").is_none() {
            return plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n");
        }
        match request.packet() {
            "Create-Session" => created(&format!("BITS-Host-Id: {other}\r\n{fields}")),
            _ => answer,
        }
    })
}

fn client(origin: &Server, options: Options) -> Client {
    let client = Client::new(origin.url("/a?b"), options).unwrap();
    client.with_credentials(Basic::new("me", "secret").unwrap())
}

fn with_cookie() -> Options {
    let mut options = options();
    options.headers = [("Cookie", "a=b"), ("Proxy-Secret", "c"), ("X-Case", "7")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    options
}

#[test]
fn a_host_id_takes_all_later_packets_and_no_credentials() {
    let (other, store) = Server::storing(|_, answer| answer);
    let (origin, _) = origin(other.address, "");
    let (ended, _) = upload(&mut client(&origin, with_cookie()), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    assert_eq!(origin.packets(), ["Create-Session", "Create-Session"]);
    assert_eq!(other.packets(), ["Ping", "Fragment", "Close-Session"]);
    for request in other.seen() {
        assert!(request.head.starts_with("BITS_POST /a?b HTTP/1.1\r\n"));
        assert_eq!(
            request.field("Host"),
            Some(other.address.to_string().as_str())
        );
        for name in ["Authorization", "Cookie", "Proxy-Secret", "X-Case"] {
            assert_eq!(request.field(name), None, "{name}");
        }
    }
    for request in origin.seen() {
        assert_eq!(request.field("Cookie"), Some("a=b"));
        assert_eq!(request.field("X-Case"), Some("7"));
    }
}

#[test]
fn a_host_id_that_is_trusted_has_credentials() {
    let (other, _) = Server::storing(|_, answer| answer);
    let (origin, _) = origin(other.address, "");
    let mut options = with_cookie();
    options.trust_host_id = true;
    let (ended, _) = upload(&mut client(&origin, options), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    for request in other.seen() {
        for name in ["Authorization", "Cookie", "Proxy-Secret", "X-Case"] {
            assert!(request.field(name).is_some(), "{name}");
        }
    }
}

#[test]
fn a_host_id_that_asks_for_credentials_is_told_none() {
    let (other, _) = Server::storing(|_, _| plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
    let (origin, _) = origin(other.address, "");
    let (ended, _) = upload(&mut client(&origin, options()), b"hello!");
    let ended = ended.unwrap();
    assert_eq!(failed(&ended).reason, Reason::Credentials);
    let detail = ended.detail.unwrap();
    assert!(detail.contains("the server of the host id"), "{detail}");
    assert!(
        detail.ends_with("credentials are kept for the server of the URL"),
        "{detail}"
    );
    assert_eq!(other.seen().len(), 1);
    assert_eq!(other.seen()[0].field("Authorization"), None);
}

#[test]
fn a_host_id_that_is_the_server_itself_is_no_other() {
    let (server, store) = Server::storing(|request, answer| {
        match (request.field("Authorization"), request.packet()) {
            (None, _) => plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"),
            // Without a port: that of the URL stays.
            (_, "Create-Session") => created("BITS-Host-Id: 127.0.0.1\r\n"),
            _ => answer,
        }
    });
    let (ended, _) = upload(&mut client(&server, options()), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
}

#[test]
fn a_host_id_that_cannot_be_reached_is_left_when_its_time_is_over() {
    let other = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (origin, store) = origin(other, "BITS-Host-Id-Fallback-Timeout: 0\r\n");
    let (ended, notes) = upload(&mut client(&origin, options()), b"hello!");
    assert_eq!(ended.unwrap().outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    assert!(notes.retries.len() <= 1);
    let packets = origin.packets();
    assert_eq!(packets[2..], ["Ping", "Fragment", "Close-Session"]);
}

#[test]
fn a_host_id_that_is_dead_is_left_before_the_upload_is_given_up() {
    let other = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let is_first = AtomicBool::new(true);
    let (origin, store) = Server::storing(move |request, answer| match request.packet() {
        "Create-Session" if is_first.swap(false, Ordering::SeqCst) => created(&format!(
            "BITS-Host-Id: {other}\r\nBITS-Host-Id-Fallback-Timeout: 86400\r\n"
        )),
        _ => answer,
    });
    let mut options = options();
    options.session.max_failures = 3;
    let (ended, notes) = send(origin.url("/a"), options, b"hello!");
    assert_eq!(ended.outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    assert_eq!(notes.retries.len(), 3);
}

/// Runs the upload of a file until it ends, twice, with that pause between: how, and whether it has gone through.
fn twice(origin: &Server, pause: Duration) -> [Ended; 2] {
    let file = file(b"hello!");
    let state = file.folder.path().join("state");
    let url = origin.url("/a");
    [Duration::ZERO, pause].map(|pause| {
        std::thread::sleep(pause);
        let mut job = Job::open(&file.path, &url, Some(state.clone()), &options()).unwrap();
        let mut client = Client::new(url.clone(), options()).unwrap();
        block_on(job.run(&mut client, &mut ())).unwrap()
    })
}

/// A server that moves its first session.
fn moving_once(other: SocketAddr, fields: &'static str) -> (Server, Store) {
    let is_first = AtomicBool::new(true);
    Server::storing(move |request, answer| match request.packet() {
        "Create-Session" if is_first.swap(false, Ordering::SeqCst) => {
            created(&format!("BITS-Host-Id: {other}\r\n{fields}"))
        }
        _ => answer,
    })
}

#[test]
fn the_time_of_a_host_id_runs_out_between_runs() {
    let (other, _) = Server::storing(|_, _| plain(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
    let (origin, store) = moving_once(other.address, "BITS-Host-Id-Fallback-Timeout: 1\r\n");
    let [first, second] = twice(&origin, Duration::from_secs(2));
    let failed = failed(&first);
    assert_eq!(failed.reason, Reason::Credentials);
    assert!(failed.advice().contains("--trust-host-id"));
    assert_eq!(second.outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    assert_eq!(other.seen().len(), 1);
}

#[test]
fn whoever_goes_on_after_a_refusal_at_a_host_id_without_a_time_asks_the_origin() {
    let (other, _) = Server::storing(|_, _| plain(404, ""));
    let (origin, store) = moving_once(other.address, "");
    let [first, second] = twice(&origin, Duration::ZERO);
    assert!(failed(&first).advice().contains("host id"));
    let host = format!("{}, the server of the host id", other.address);
    assert_eq!(first.detail, Some(host));
    assert_eq!(second.outcome, Outcome::Complete);
    assert_eq!(store.file(), b"hello!");
    assert_eq!(other.seen().len(), 1);
}

#[test]
fn a_host_id_that_is_none_opens_one_session_and_no_more() {
    for host in ["a/b", "a b", "http://a", "a:99999"] {
        let (origin, _) = Server::storing(move |request, answer| match request.packet() {
            "Create-Session" => created(&format!("BITS-Host-Id: {host}\r\n")),
            _ => answer,
        });
        let (ended, _) = send(origin.url("/a"), options(), b"hello!");
        let failed = failed(&ended);
        assert_eq!(failed.reason, Reason::Refused, "{host}");
        assert!(failed.advice().contains("BITS-Host-Id"), "{host}");
        assert_eq!(origin.packets(), ["Create-Session"], "{host}");
    }
}
