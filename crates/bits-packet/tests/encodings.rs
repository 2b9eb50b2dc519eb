//! `Accept-Encoding` and `Content-Encoding`.

use bits_packet::{AcceptEncoding, ContentEncoding, ErrorKind};

/// Where a value is wrong.
fn wrong<T: std::fmt::Debug>(read: Result<T, bits_packet::Error>) -> usize {
    let error = read.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
    error.offset()
}

#[test]
fn lists_the_codings_of_a_body() {
    let codings = ContentEncoding::new(b"gzip , Identity,\t*").expect("codings");
    let names: Vec<&[u8]> = codings.iter().collect();
    assert_eq!(names, [&b"gzip"[..], b"Identity", b"*"]);
    assert!(codings.contains(b"identity") && codings.contains(b"GZIP"));
    assert!(!codings.contains(b"br"));
    assert_eq!(codings.as_bytes(), b"gzip , Identity,\t*");
    assert_eq!(codings.to_string(), "gzip , Identity,\t*");
    assert_eq!(
        format!("{codings:?}"),
        "ContentEncoding(gzip , Identity,\t*)"
    );
    let sparse = ContentEncoding::new(b",a ,,b,").expect("codings");
    assert_eq!(sparse.iter().collect::<Vec<_>>(), [&b"a"[..], b"b"]);
}

#[test]
fn refuses_a_coding_that_is_no_token() {
    let cases: [(&[u8], usize); 8] = [
        (b"", 0),
        (b", ,", 0),
        (b"a b", 1),
        (b"a;q=1, b", 1),
        (b"a, b;r=1", 4),
        (b"\"a\", b", 0),
        (b"a;\0", 1),
        (b" gzip", 0),
    ];
    for (list, at) in cases {
        assert_eq!(wrong(ContentEncoding::new(list)), at, "{list:?}");
    }
}

#[test]
fn lists_what_a_server_accepts_with_weights() {
    let list = b"gzip;q=0.5, br ;\tQ=1.000,,x;q=0.,y;q=0.123,*;q=0";
    let accepted = AcceptEncoding::new(list).expect("codings");
    let expected: [(&[u8], u16); 5] = [
        (b"gzip", 500),
        (b"br", 1000),
        (b"x", 0),
        (b"y", 123),
        (b"*", 0),
    ];
    assert!(accepted.iter().eq(expected));
    assert_eq!(accepted.as_bytes(), list);
    assert_eq!(accepted.to_string().as_bytes(), list);
    let identity = AcceptEncoding::IDENTITY;
    assert_eq!(format!("{identity:?}"), "AcceptEncoding(identity)");
    assert!(identity.iter().eq([(&b"identity"[..], 1000)]));
}

#[test]
fn knows_which_coding_is_accepted() {
    let cases: [(&[u8], &[u8], bool); 10] = [
        (b"identity", b"identity", true),
        (b"identity", b"gzip", false),
        (b"Gzip", b"gZIP", true),
        (b"gzip", b"identity", true),
        (b"", b"identity", true),
        (b"", b"gzip", false),
        (b"*", b"gzip", true),
        (b"*;q=0", b"identity", false),
        (b"identity;q=0, *", b"identity", false),
        (b"*;q=0, gzip;q=0.001", b"gzip", true),
    ];
    for (list, coding, accepts) in cases {
        let accepted = AcceptEncoding::new(list).expect("codings");
        assert_eq!(accepted.accepts(coding), accepts, "{list:?} {coding:?}");
    }
}

#[test]
fn refuses_a_weight_that_is_none() {
    let cases: [(&[u8], usize); 12] = [
        (b"a;q=2", 4),
        (b"a;q=1.001", 8),
        (b"a;q=0.1234", 9),
        (b"a;q=", 4),
        (b"a;q=.5", 4),
        (b"a;q=-1", 4),
        (b"a;r=1", 2),
        (b"a;q=1;q=1", 5),
        (b"a, b;q=x, c", 7),
        (b";q=1", 0),
        (b"gzip ", 0),
        (b"\tgzip", 0),
    ];
    for (list, at) in cases {
        assert_eq!(wrong(AcceptEncoding::new(list)), at, "{list:?}");
    }
}
