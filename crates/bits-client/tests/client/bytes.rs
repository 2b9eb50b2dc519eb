//! What is on the wire.

use bits_client::{Client, Error};

use crate::common::*;

#[test]
fn heads_are_laid_out_as_those_of_windows() {
    let (server, store) = Server::storing(|_, answer| answer);
    let mut options = options();
    options.session.ping_first = true;
    options.session.fragment_size = 4;
    options.user_agent = "Test/1".to_owned();
    options.headers = vec![("X-Case".to_owned(), "7".to_owned())];
    complete(server.url("/drop/{a}.zip?x=%20"), options, b"hello!");
    assert_eq!(store.file(), b"hello!");
    let host = server.address;
    let line = "BITS_POST /drop/{a}.zip?x=%20 HTTP/1.1\r\nAccept: */*\r\nBITS-Packet-Type: ";
    let end = |length| {
        format!(
            "User-Agent: Test/1\r\nHost: {host}\r\nContent-Length: {length}\r\nX-Case: 7\r\n\
             Connection: Keep-Alive\r\n\r\n"
        )
    };
    let fragment = |range, length| {
        let end = end(length);
        format!(
            "{line}Fragment\r\nBITS-Session-Id: {ID}\r\nContent-Name: report.zip\r\n\
             Content-Range: bytes {range}/6\r\n{end}"
        )
    };
    let end = end(0);
    let expected = [
        format!("{line}Ping\r\n{end}"),
        format!("{line}Create-Session\r\nBITS-Supported-Protocols: {PROTOCOL}\r\n{end}"),
        fragment("0-3", 4),
        fragment("4-5", 2),
        format!(
            "{line}Close-Session\r\nBITS-Session-Id: {ID}\r\nContent-Name: report.zip\r\n{end}"
        ),
    ];
    let heads: Vec<_> = server
        .seen()
        .into_iter()
        .map(|request| request.head)
        .collect();
    assert_eq!(heads, expected);
}

#[test]
fn a_user_agent_does_not_claim_to_be_windows() {
    let (server, _) = Server::storing(|_, answer| answer);
    complete(server.url("/a"), options(), b"x");
    let seen = server.seen();
    let agent = seen[0].field("User-Agent").unwrap();
    assert!(agent.starts_with("bits-client/"), "{agent}");
}

#[test]
fn fields_that_are_not_the_callers_are_refused_with_a_reason() {
    for (name, value) in [
        ("BITS-Packet-Type", "Ping"),
        ("bits-session-id", "x"),
        ("Host", "other"),
        ("Content-Length", "5"),
        ("Content-Range", "bytes 0-1/2"),
        ("Transfer-Encoding", "chunked"),
        ("X-HTTP-Method-Override", "BITS_POST"),
        ("connection", "close"),
        ("Expect", "100-continue"),
        ("User-Agent", "other"),
        ("no name", "x"),
        ("", "x"),
        ("X-Case", "a\r\nb: c"),
    ] {
        let mut options = options();
        options.headers = vec![(name.to_owned(), value.to_owned())];
        let refused = Client::new("http://127.0.0.1/".parse().unwrap(), options);
        match refused.unwrap_err() {
            Error::Header {
                name: found,
                reason,
            } => {
                assert_eq!(found, name);
                assert!(!reason.is_empty());
            }
            error => panic!("{error}"),
        }
    }
}

#[test]
fn a_field_is_named_that_is_wrong_beside_others() {
    let refused = |agent: &str, headers: [(&str, &str); 3]| {
        let mut options = options();
        options.user_agent = agent.to_owned();
        options.headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        match Client::new("http://127.0.0.1/".parse().unwrap(), options) {
            Err(Error::Header { name, .. }) => name,
            other => panic!("{other:?}"),
        }
    };
    let twice = [
        ("X-Case", "7"),
        ("Accept-Encoding", "a"),
        ("Accept-Encoding", "b"),
    ];
    assert_eq!(refused("Test/1", twice), "Accept-Encoding");
    assert_eq!(
        refused("Test\r\n", [("A", "1"), ("B", "2"), ("C", "3")]),
        "User-Agent"
    );
}

#[test]
fn a_name_that_no_field_can_hold_is_left_out() {
    let (server, store) = Server::storing(|_, answer| answer);
    let file = file(b"x");
    let path = file.folder.path().join("a\nb");
    std::fs::write(&path, b"x").unwrap();
    let mut client = Client::new(server.url("/a"), options()).unwrap();
    let mut source = bits_client::Source::open(&path).unwrap();
    let mut upload = bits_client::session::Upload::new(1, client.options().session.clone());
    block_on(client.run(&mut upload, &mut source, &mut (), |_, _| Ok(()))).unwrap();
    assert_eq!(store.file(), b"x");
    assert!(
        server
            .seen()
            .iter()
            .all(|request| request.field("Content-Name").is_none())
    );
}

#[test]
fn an_empty_file_has_no_fragment() {
    let (server, _) = Server::storing(|_, answer| answer);
    complete(server.url("/a"), options(), b"");
    assert_eq!(server.packets(), ["Create-Session", "Close-Session"]);
}

#[test]
fn a_file_of_many_pieces_arrives_as_it_is() {
    let content = content(3 * 1024 * 1024 + 17);
    let (server, store) = Server::storing(|_, answer| answer);
    let mut options = options();
    options.session.fragment_size = 1_000_001;
    complete(server.url("/a"), options, &content);
    assert!(store.file() == content);
    assert_eq!(server.connections(), 1);
}
