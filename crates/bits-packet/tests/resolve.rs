//! Reply URLs, resolved to what a client has to fetch.

use bits_packet::{AbsoluteUrl, ErrorKind, Field, ReplyUrl};

#[track_caller]
fn resolves(upload: &str, reply: &str, expected: &str) {
    let upload = AbsoluteUrl::new(upload.as_bytes()).expect("a URL");
    let resolved = ReplyUrl::new(reply.as_bytes())
        .expect("a reply URL")
        .resolve(&upload)
        .expect("a URL");
    assert_eq!(resolved.to_string(), expected);
    let again = AbsoluteUrl::new(expected.as_bytes()).expect("a URL");
    assert_eq!(resolved.authority(), again.authority());
    assert_eq!(resolved.scheme(), again.scheme());
    let start = format!(
        "{}://{}",
        resolved.scheme().escape_ascii(),
        resolved.authority()
    );
    assert_eq!(resolved.target().to_string(), expected[start.len()..]);
    assert!(resolved.target().to_string().starts_with('/'));
}

#[test]
fn a_path_of_iis_is_resolved_against_the_directory() {
    resolves(
        "http://frankcao8/upload-ref-isapi-WebFarm/2100mb-rfc2119.txt",
        r"BITS-Sessions\Replies\{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}\responsefile.bin",
        "http://frankcao8/upload-ref-isapi-WebFarm/BITS-Sessions/Replies/%7BC85B4E0A-9EB9-4114-BFA4-8A43B4710091%7D/responsefile.bin",
    );
}

#[test]
fn an_absolute_url_is_taken_as_it_is() {
    resolves("http://a/b", "http://c/d%7Be?f#g", "http://c/d%7Be?f%23g");
    resolves("http://a/b", "https://c:8443/../d", "https://c:8443/../d");
    resolves("http://a/b", "http://c", "http://c/");
    resolves("http://a/b", "http://c?x", "http://c/?x");
    resolves(
        "http://a/b",
        r"http://c/d\..\{e}?\",
        "http://c/d/../%7Be%7D?%5C",
    );
    resolves("http://a/b", "HTTPS://c/", "HTTPS://c/");
}

#[test]
fn an_absolute_url_that_cannot_be_read_is_refused() {
    let upload = AbsoluteUrl::new(b"http://a/b").expect("a URL");
    let cases = [
        ("http://user:secret@c/d", 12),
        ("http://user@c/d", 11),
        ("http://", 7),
        ("http:///d", 7),
        (r"http:\\c\d", 5),
        (r"http://c\d", 8),
        ("ftp://c/d", 0),
        ("file://c/etc/passwd", 0),
        ("x+1.0-://c/", 0),
        ("http://c:80:80/", 11),
        ("http://[::1/d", 11),
    ];
    for (reply, at) in cases {
        let reply = ReplyUrl::new(reply.as_bytes()).expect("a reply URL");
        let error = reply.resolve(&upload).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{reply}");
        assert_eq!(error.field(), Some(Field::ReplyUrl));
        assert_eq!(error.offset(), at, "{reply}");
    }
}

#[test]
fn what_has_no_scheme_is_a_path() {
    for name in ["1http://c", "://c", "a_b://c", "a:/c", r"C:\c", "a", ":"] {
        let path = name.replace('\\', "/");
        resolves("http://a/b/c", name, &format!("http://a/b/{path}"));
    }
}

#[test]
fn a_path_from_the_root_stays_on_the_server() {
    resolves("http://a/b/c", "/d/e", "http://a/d/e");
    resolves("http://a/b/c", r"\d\e", "http://a/d/e");
    resolves("http://a/b/c", "//evil/e", "http://a/evil/e");
    resolves(
        "http://a/b/c",
        r"\\server\share\e",
        "http://a/server/share/e",
    );
    resolves("http://a/b/c", "/", "http://a/");
    resolves("http://a/d/f", "..//evil/x", "http://a/evil/x");
    resolves("http://a/d/f", r"..\\evil\x", "http://a/evil/x");
    resolves("http://a/f", ".//evil/x", "http://a/evil/x");
    resolves("http://a/f", "x/..//evil", "http://a/evil");
    resolves("http://a//b/c", "d", "http://a/b/d");
}

#[test]
fn the_path_of_the_upload_is_read_in_one_way() {
    resolves(r"http://a/b\c/d", "x", "http://a/b%5Cc/x");
    resolves(r"http://a/b\c/d", "?q", "http://a/b%5Cc/d?q");
    resolves("http://a/b/c/../d", "../x", "http://a/x");
    resolves("http://a/b/./c/d", "x", "http://a/b/c/x");
    resolves("http://a/../b/c", "x", "http://a/b/x");
}

#[test]
fn dots_climb_and_stop_at_the_root() {
    resolves("http://a/b/c/d", "..", "http://a/b/");
    resolves("http://a/b/c/d", ".", "http://a/b/c/");
    resolves("http://a/b/c/d", "../x", "http://a/b/x");
    resolves("http://a/b/c/d", r"..\..\x", "http://a/x");
    resolves("http://a/b/c/d", "../../../../x", "http://a/x");
    resolves("http://a/b/c/d", "x/../y", "http://a/b/c/y");
    resolves("http://a/b/c/d", "x/./y", "http://a/b/c/x/y");
    resolves("http://a/b/c/d", "x/y/../../z", "http://a/b/c/z");
    resolves("http://a/b/c/d", "x/../../y", "http://a/b/y");
    resolves("http://a/b/c/d", "x/y/..", "http://a/b/c/x/");
    resolves("http://a/b/c/d", "x/./../y", "http://a/b/c/y");
    resolves("http://a/b/c/d", "x/y/z/../w/../../v", "http://a/b/c/x/v");
    resolves("http://a/b/c/d", "...", "http://a/b/c/...");
}

#[test]
fn an_upload_without_a_path_is_the_root() {
    resolves("http://a", "x", "http://a/x");
    resolves("http://a?q", "x", "http://a/x");
    resolves("http://a/", "x", "http://a/x");
    resolves("http://a/b c".replace(' ', "{").as_str(), "x", "http://a/x");
    resolves("http://a/{/c", "x", "http://a/%7B/x");
}

#[test]
fn what_no_url_may_hold_is_escaped() {
    resolves("http://a/", "x y#z", "http://a/x%20y%23z");
    resolves("http://a/", "100%", "http://a/100%25");
    resolves("http://a/", "100%2", "http://a/100%252");
    resolves("http://a/", "100%2g", "http://a/100%252g");
    resolves("http://a/", "100%2F%7b", "http://a/100%2F%7b");
    resolves("http://a/", "caf\u{e9}", "http://a/caf%C3%A9");
    resolves("http://a/", "a//b", "http://a/a//b");
}

#[test]
fn a_query_keeps_its_backslashes_escaped() {
    resolves("http://a/b/", r"x\y?p=\q&r=?", r"http://a/b/x/y?p=%5Cq&r=?");
    resolves("http://a/b/", "?q", "http://a/b/?q");
    resolves("http://a/b/c", "?q", "http://a/b/c?q");
    resolves("http://a", "?", "http://a/?");
    resolves("http://a/b/", "x?", "http://a/b/x?");
}

#[test]
fn a_path_of_thousands_of_segments_is_resolved_in_rounds() {
    let upload = format!("http://a{}{}", "/".repeat(3000), "x/".repeat(500));
    let reply = format!("{}{}z", "y/".repeat(700), "../".repeat(250));
    let expected = format!("http://a/{}{}z", "x/".repeat(500), "y/".repeat(450));
    resolves(&upload, &reply, &expected);
    let above = format!("{}z", "../".repeat(733));
    resolves(&upload, &above, "http://a/z");
}
