//! Heads: what is blamed where, and what a server reads from them.

use bits_packet::{
    Authority, Body, Error, ErrorKind, Escaped, Field, HeadScanner, Options, Parsed, Request,
    RequestHead, RequestLine, ResponseHead, Scan, StatusCode, StatusLine, Target, TargetForm,
    Version, skip_empty_lines,
};

fn request(head: &[u8]) -> Result<RequestHead<'_>, Error> {
    match RequestHead::parse(head)? {
        Parsed::Complete { value, rest: [] } => Ok(value),
        other => panic!("{other:?}"),
    }
}

fn response(head: &[u8]) -> Result<ResponseHead<'_>, Error> {
    match ResponseHead::parse(head)? {
        Parsed::Complete { value, rest: [] } => Ok(value),
        other => panic!("{other:?}"),
    }
}

#[test]
fn targets_have_four_forms() {
    let origin = Target::new(b"/a/b?c?d").expect("a target");
    assert_eq!(
        (origin.form(), origin.path()),
        (TargetForm::Origin, &b"/a/b"[..])
    );
    assert_eq!(
        (origin.query(), origin.authority()),
        (Some(&b"c?d"[..]), None)
    );
    let absolute = Target::new(b"http://[::1]:8080/x").expect("a target");
    assert_eq!(
        (absolute.form(), absolute.scheme()),
        (TargetForm::Absolute, &b"http"[..])
    );
    let authority = absolute.authority().expect("an authority");
    assert_eq!(
        (authority.host(), authority.port()),
        (&b"[::1]"[..], Some(8080))
    );
    assert_eq!((absolute.path(), absolute.query()), (&b"/x"[..], None));
    let authority = Target::new(b"example.net:443").expect("a target");
    assert_eq!(
        (authority.form(), authority.path()),
        (TargetForm::Authority, &b""[..])
    );
    assert_eq!(
        Target::new(b"*").map(|target| target.form()),
        Ok(TargetForm::Asterisk)
    );
    // An asterisk may stand in a name: it is a sub-delimiter.
    let wild = Target::new(b"*.example.net:443").expect("a target");
    assert_eq!(wild.form(), TargetForm::Authority);
    for text in [
        "/a/b?c?d",
        "http://[::1]:8080/x",
        "http://h",
        "h:1",
        "*",
        "a+b-c.d://h?q",
    ] {
        let target = Target::new(text.as_bytes()).expect("a target");
        assert_eq!(target.to_string(), text);
        assert_eq!(target.pieces().concat(), text.as_bytes());
        assert_eq!(format!("{target:?}"), format!("Target({text})"));
    }
}

#[test]
fn targets_are_blamed_where_they_break() {
    let cases: [(&[u8], usize); 12] = [
        (b"", 0),
        (b" ", 0),
        (b"/a b", 2),
        (b"/a\x7F", 2),
        (b"*/", 1),
        (b"http:/h", 5),
        (b"http://", 7),
        (b"http:///x", 7),
        (b"http://u@h/", 8),
        (b"http://[::g]/", 10),
        (b"http://h:99999/", 9),
        (b"1http://h/", 6),
    ];
    for (target, offset) in cases {
        let error = Target::new(target).expect_err("refused");
        let found = (error.kind(), error.offset());
        assert_eq!(found, (ErrorKind::Target, offset), "{}", Escaped(target));
    }
}

#[test]
fn uri_grammar_is_checked_beside() {
    for target in [
        &b"/a-._~!$&'()*+,;=:@/%7B?x/?%20"[..],
        b"http://h/a",
        b"*",
        b"/",
    ] {
        assert!(
            Target::new(target).expect("a target").is_uri(),
            "{}",
            Escaped(target)
        );
    }
    for target in [
        &b"/{"[..],
        b"/\\",
        b"/#",
        b"/%7",
        b"/%7g",
        b"/%",
        b"/a?\"",
        b"/\xE4",
        b"/a?^",
    ] {
        assert!(
            !Target::new(target).expect("a target").is_uri(),
            "{}",
            Escaped(target)
        );
    }
}

#[test]
fn strict_blames_the_byte_that_is_no_uri() {
    for (target, offset) in [
        ("/ab{", 7),
        ("/a?b^c", 8),
        ("http://h:1/a?b^c", 18),
        ("/%4x", 5),
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
        let error =
            RequestHead::parse_with(head.as_bytes(), &Options::STRICT).expect_err("refused");
        assert_eq!(
            (error.kind(), error.offset()),
            (ErrorKind::Target, offset),
            "{target}"
        );
    }
}

#[test]
fn authorities_are_hosts_with_ports() {
    for (text, host, port) in [
        ("h", "h", None),
        ("h:", "h", None),
        ("h:0", "h", Some(0)),
        ("h:65535", "h", Some(65_535)),
        ("[2001:db8::1]:8", "[2001:db8::1]", Some(8)),
        ("a_b~!$&'()*+,;=%7e", "a_b~!$&'()*+,;=%7e", None),
    ] {
        let authority = Authority::new(text.as_bytes()).expect("an authority");
        assert_eq!(
            (authority.host(), authority.port()),
            (host.as_bytes(), port)
        );
        assert_eq!(
            (authority.as_bytes(), authority.to_string()),
            (text.as_bytes(), text.to_owned())
        );
        assert_eq!(format!("{authority:?}"), format!("Authority({text})"));
    }
    for (text, offset) in [
        ("", 0),
        (":80", 0),
        ("h:65536", 2),
        ("h:8x", 3),
        ("h h", 1),
        ("[::1]x", 5),
        ("u@h", 1),
        ("h/", 1),
        ("%7", 2),
        ("%zz", 1),
        ("[]", 1),
        ("[::1", 4),
    ] {
        let error = Authority::new(text.as_bytes()).expect_err("refused");
        let found = (error.kind(), error.field(), error.offset());
        assert_eq!(
            found,
            (ErrorKind::InvalidValue, Some(Field::Host), offset),
            "{text}"
        );
    }
}

#[test]
fn a_request_head_says_whom_it_is_for() {
    let head = request(b"GET /x HTTP/1.1\r\nHost: h:1\r\nA: b\r\n\r\n").expect("a head");
    assert_eq!(head.line().method(), b"GET");
    assert_eq!(head.line().version(), Version::Http11);
    assert!(!head.line().is_bits_post());
    assert_eq!(head.authority().map(|host| host.port()), Some(Some(1)));
    let absolute = request(b"GET http://a/x HTTP/1.1\r\nHost: b\r\n\r\n").expect("a head");
    assert_eq!(absolute.authority().expect("one").host(), b"a");
    let none = request(b"GET /x HTTP/1.0\r\n\r\n").expect("a head");
    assert_eq!(none.authority(), None);
}

#[test]
fn bodies_are_framed() {
    let head = |fields: &str| {
        format!("PUT /x HTTP/1.1\r\nHost: h\r\n{fields}\r\n")
            .leak()
            .as_bytes()
    };
    let body = |fields| request(head(fields)).map(|head| (head.body(), head.content_length()));
    assert_eq!(body(""), Ok((Body::Length(0), None)));
    assert_eq!(
        body("Content-Length: 07\r\n"),
        Ok((Body::Length(7), Some(7)))
    );
    assert_eq!(
        body("Transfer-Encoding: gzip, Chunked\r\n"),
        Ok((Body::Chunked, None))
    );
    let refused = body("Transfer-Encoding: gzip\r\n").expect_err("refused");
    assert_eq!(
        (refused.kind(), refused.status_hint()),
        (ErrorKind::InvalidValue, Some(400))
    );
    let refused = body("Transfer-Encoding: chunked, chunked\r\n").expect_err("refused");
    assert_eq!((refused.offset(), refused.status_hint()), (54, Some(400)));
    let reply = |start: &str, fields: &str| {
        let head = format!("HTTP/1.1 {start}\r\n{fields}\r\n").leak();
        response(head.as_bytes()).map(|head| head.body())
    };
    assert_eq!(reply("200 OK", ""), Ok(Body::UntilClose));
    assert_eq!(
        reply("200 OK", "Content-Length: 3\r\n"),
        Ok(Body::Length(3))
    );
    assert_eq!(
        reply("200 OK", "Transfer-Encoding: chunked\r\n"),
        Ok(Body::Chunked)
    );
    assert_eq!(
        reply("200 OK", "Transfer-Encoding: gzip\r\n"),
        Ok(Body::UntilClose)
    );
    for bodiless in [
        "100 Continue",
        "199 x",
        "204 No Content",
        "304 Not Modified",
    ] {
        assert_eq!(
            reply(bodiless, "Content-Length: 3\r\n"),
            Ok(Body::Length(0)),
            "{bodiless}"
        );
    }
}

#[test]
fn fields_are_walked_in_order_and_found_by_name() {
    let text = b"GET / HTTP/1.1\r\nHost: h\r\nx: \t1 \r\nX:2\r\nEmpty:\r\n\r\n";
    let head = request(text).expect("a head");
    let lines: Vec<_> = head
        .fields()
        .map(|line| (line.name(), line.value(), line.offset()))
        .collect();
    assert_eq!(
        lines,
        [
            (&b"Host"[..], &b"h"[..], 16),
            (b"x", b"1", 25),
            (b"X", b"2", 33),
            (b"Empty", b"", 38),
        ]
    );
    assert_eq!(head.fields().get(b"X"), Some(&b"1"[..]));
    assert_eq!(head.fields().get(b"y"), None);
    let first = head.fields().next().expect("a line");
    assert_eq!(
        (first.field(), format!("{first:?}")),
        (Some(Field::Host), r#""Host": "h""#.to_owned())
    );
    assert_eq!(head.as_bytes(), text);
    assert_eq!(head.fields().as_bytes(), &text[16..46]);
    assert!(
        format!("{head:?}").starts_with("Head { line: RequestLine { method: \"GET\", target: ")
    );
    let mut rest = head.fields();
    rest.next();
    assert_eq!(rest.as_bytes(), &text[25..46]);
}

#[test]
fn start_lines_are_built_from_their_parts() {
    let target = Target::new(b"/x").expect("a target");
    let line = RequestLine::new(b"BITS_POST", target, Version::Http10).expect("a line");
    assert!(line.is_bits_post());
    assert_eq!(
        (line.target(), line.version().as_str()),
        (target, "HTTP/1.0")
    );
    for method in [&b""[..], b"A B", b"A\r\n"] {
        let error = RequestLine::new(method, target, Version::Http11).expect_err("refused");
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Method, 0));
        assert_eq!(error.status_hint(), Some(400));
    }
    let line = StatusLine::new(Version::Http11, StatusCode::OK, b"very \t\xE4 OK").expect("a line");
    assert_eq!(
        (line.status(), line.reason()),
        (StatusCode::OK, &b"very \t\xE4 OK"[..])
    );
    assert_eq!(line.version().to_string(), "HTTP/1.1");
    let debug =
        r#"StatusLine { version: Http11, status: StatusCode(200), reason: "very \t \xE4 OK" }"#;
    assert_eq!(format!("{line:?}").replace("\\t\\xE4", "\\t \\xE4"), debug);
    let error = StatusLine::new(Version::Http11, StatusCode::OK, b"a\0").expect_err("refused");
    assert_eq!(
        (error.kind(), error.status_hint()),
        (ErrorKind::ReasonPhrase, None)
    );
}

#[test]
fn status_codes_know_their_class() {
    let code = |number| StatusCode::new(number).expect("three digits");
    assert_eq!(StatusCode::new(1000), None);
    assert_eq!(code(999).as_u16(), 999);
    assert_eq!(
        (code(7).digits(), code(7).to_string()),
        (*b"007", "007".to_owned())
    );
    assert_eq!(code(416).digits(), *b"416");
    assert!(code(100).is_informational() && code(199).is_informational());
    assert!(!code(99).is_informational() && !code(200).is_informational());
    for number in [100, 199, 401, 407, 413, 500, 599, 600, 99, 0] {
        assert!(code(number).may_be_http_layer(), "{number}");
    }
    for number in [200, 400, 403, 404, 416, 499] {
        assert!(!code(number).may_be_http_layer(), "{number}");
    }
    assert!(
        code(500).is_server_error() && code(600).is_server_error() && code(99).is_server_error()
    );
    assert!(!code(499).is_server_error());
    assert!(code(100).is_in_class() && code(599).is_in_class());
    assert!(!code(99).is_in_class() && !code(600).is_in_class());
    for (number, reason) in [
        (200, "OK"),
        (201, "Created"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (407, "Proxy Authentication Required"),
        (408, "Request Timeout"),
        (409, "Conflict"),
        (411, "Length Required"),
        (413, "Content Too Large"),
        (416, "Range Not Satisfiable"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
        (503, "Service Unavailable"),
        (299, ""),
    ] {
        assert_eq!(code(number).reason(), reason);
    }
}

#[test]
fn the_limit_of_a_head_is_exact() {
    let head = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let length = u32::try_from(head.len()).expect("short");
    let just = Options::default().with_max_head(length);
    assert!(RequestHead::parse_with(head, &just).is_ok_and(|head| head.complete().is_some()));
    let less = Options::default().with_max_head(length - 1);
    let error = RequestHead::parse_with(head, &less).expect_err("refused");
    assert_eq!(
        (error.kind(), error.offset()),
        (ErrorKind::HeadTooLarge, head.len() - 1)
    );
    assert_eq!(error.status_hint(), Some(431));
    assert_eq!(
        RequestHead::parse_with(&head[..head.len() - 2], &less),
        Ok(Parsed::NeedMore)
    );
    let long = "x".repeat(70_000);
    let line = format!("GET /{long}");
    let error = RequestHead::parse(line.as_bytes()).expect_err("refused");
    assert_eq!(
        (error.kind(), error.offset()),
        (ErrorKind::HeadTooLarge, 65_536)
    );
    let broken = [b"GET /\0", long.as_bytes()].concat();
    let error = RequestHead::parse(&broken).expect_err("refused");
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Target, 5));
}

#[test]
fn the_scanner_finds_the_end_once() {
    let text = b"a\r\r\n\r\nrest\r\n\r\n";
    for cut in 0..=text.len() {
        let mut scanner = HeadScanner::new(100);
        let first = scanner.scan(&text[..cut]);
        if cut < 6 {
            assert_eq!((first, scanner.scanned()), (Scan::NeedMore, cut));
            assert_eq!(scanner.scan(text), Scan::End(6));
        } else {
            assert_eq!(first, Scan::End(6));
        }
        assert_eq!(scanner.scanned(), 6);
    }
    let mut scanner = HeadScanner::new(6);
    assert_eq!(scanner.scan(text), Scan::End(6));
    let mut scanner = HeadScanner::new(5);
    assert_eq!((scanner.scan(text), scanner.scanned()), (Scan::TooLarge, 5));
    for text in [
        &b"\r\n\n\r\n"[..],
        b"\r\n\r\r\n",
        b"\n\r\n\r",
        b"\r\nx\r\n",
        b"\n\n\n\n",
    ] {
        assert_eq!(
            HeadScanner::new(100).scan(text),
            Scan::NeedMore,
            "{}",
            Escaped(text)
        );
    }
    assert_eq!(HeadScanner::new(100).scan(b"\r\n\r\n"), Scan::End(4));
    assert_eq!(HeadScanner::new(100).scan(b"\r\r\n\r\n"), Scan::End(5));
}

#[test]
fn empty_lines_are_passed_over_twice() {
    for (input, expected) in [
        (&b"GET"[..], Some(0)),
        (b"\r\nG", Some(2)),
        (b"\r\n\r\nG", Some(4)),
        (b"\r\n\r\n\r\n", Some(4)),
        (b"\n", Some(0)),
        (b"\rG", Some(0)),
        (b"\r\n\rG", Some(2)),
        (b"", None),
        (b"\r", None),
        (b"\r\n", None),
        (b"\r\n\r", None),
    ] {
        let skipped = skip_empty_lines(input);
        assert_eq!(
            skipped.complete().map(|(skipped, _)| skipped),
            expected,
            "{}",
            Escaped(input)
        );
        if let Parsed::Complete { value, rest } = skipped {
            assert_eq!(rest, &input[value..]);
        }
    }
    assert_eq!(
        skip_empty_lines(b"\r\n\r\n"),
        Parsed::Complete {
            value: 4,
            rest: b""
        }
    );
}

#[test]
fn a_list_of_fields_is_blamed_by_index() {
    let target = Target::new(b"/x").expect("a target");
    let line = RequestLine::new(b"BITS_POST", target, Version::Http11).expect("a line");
    let read = |fields: &[(&'static str, &'static str)]| {
        let fields = fields
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let fields: Vec<(&[u8], &[u8])> = fields.collect();
        let error = Request::from_fields(line, fields, &Options::INTEROP).expect_err("refused");
        (error.kind(), error.offset(), error.field())
    };
    let host = ("Host", "h");
    assert_eq!(read(&[host, ("", "x")]), (ErrorKind::FieldName, 1, None));
    assert_eq!(read(&[host, ("a b", "x")]), (ErrorKind::FieldName, 1, None));
    assert_eq!(
        read(&[host, ("a", "x"), ("b", "x\r\ny: z")]),
        (ErrorKind::FieldValue, 2, None)
    );
    assert_eq!(read(&[host, ("b", "\0")]), (ErrorKind::FieldValue, 1, None));
    let length = ("Content-Length", " 12x\t");
    let bad_length = (ErrorKind::InvalidValue, 1, Some(Field::ContentLength));
    assert_eq!(read(&[host, length]), bad_length);
    let missing = (ErrorKind::Missing, 2, Some(Field::PacketType));
    assert_eq!(read(&[host, ("Content-Length", "0")]), missing);
}
