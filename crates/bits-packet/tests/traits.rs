//! The common traits of public types, where they say more than `derive` does.

use std::collections::HashSet;
use std::fmt::{Debug, Display};
use std::hash::{BuildHasher, Hash, RandomState};

use bits_packet::{
    Ack, CreateSession, Deviation, Deviations, Error, ErrorKind, Escaped, Field, FieldLine,
    Fragment, HeadScanner, Message, Notification, Options, Parsed, Request, RequestHead,
    RequestLine, RequestType, ResponseHead, Scan, StatusCode, SupportedProtocols,
};

/// What users put into maps, logs and threads.
fn is_common<T: Copy + Debug + Eq + Hash + Send + Sync + Unpin + 'static>() {}

#[test]
fn packets_have_the_common_traits() {
    is_common::<Request<'static>>();
    is_common::<Fragment<'static>>();
    is_common::<Ack<'static>>();
    is_common::<Notification<'static>>();
    is_common::<RequestHead<'static>>();
    is_common::<Message<RequestLine<'static>, Request<'static>>>();
    is_common::<Parsed<'static, RequestHead<'static>>>();
    is_common::<Options>();
    is_common::<Error>();
    fn is_error<T: std::error::Error + Display>() {}
    is_error::<Error>();
}

fn protocols(list: &'static [u8]) -> SupportedProtocols<'static> {
    SupportedProtocols::new(list).expect("a list")
}

#[test]
fn lists_that_are_equal_have_equal_hashes() {
    let hasher = RandomState::new();
    let lower = protocols(b"{7df0354d-249b-430f-820d-3d2a9bef4931} none");
    let upper = protocols(b"{7DF0354D-249B-430F-820D-3D2A9BEF4931},none");
    assert_eq!(lower, upper);
    assert_eq!(hasher.hash_one(lower), hasher.hash_one(upper));
    let sets: HashSet<CreateSession<'_>> = [lower, upper].map(CreateSession::new).into();
    assert_eq!(sets.len(), 1);

    let shorter = protocols(b"{7df0354d-249b-430f-820d-3d2a9bef4931}");
    let other_text = protocols(b"{7df0354d-249b-430f-820d-3d2a9bef4931} NONE");
    for other in [shorter, other_text] {
        assert_ne!(lower, other);
        assert_ne!(hasher.hash_one(lower), hasher.hash_one(other));
    }
}

#[test]
fn iterates_over_lists_by_value_and_by_reference() {
    let list = protocols(b"a,,\tb");
    let by_reference: Vec<String> = (&list).into_iter().map(|item| item.to_string()).collect();
    let by_value: Vec<String> = list.into_iter().map(|item| item.to_string()).collect();
    assert_eq!(by_reference, ["a", "b"]);
    assert_eq!(by_value, ["a", "b"]);
    let mut items = list.iter();
    let again = items.clone();
    assert_eq!(items.next(), again.clone().next());
    assert_eq!(again.count(), 2);
    assert_eq!(items.count(), 1);
}

#[test]
fn sets_of_deviations_are_sets() {
    let mut set = Deviations::NONE;
    assert_eq!((set.len(), set.to_string()), (0, String::new()));
    set.extend([Deviation::AckBody, Deviation::Http10, Deviation::AckBody]);
    assert_eq!(set.len(), 2);
    assert_eq!(set.to_string(), "http-1-0, ack-body");
    assert_eq!(format!("{set:?}"), "{Http10, AckBody}");
    let members: Vec<Deviation> = set.into_iter().collect();
    assert_eq!(members, [Deviation::Http10, Deviation::AckBody]);
    assert!(Deviations::NONE.is_empty() && !set.is_empty());
    assert_eq!(set.union(set.without(Deviation::Http10)), set);
    let all: Deviations = Deviation::ALL.into_iter().collect();
    assert!(all.into_iter().eq(Deviation::ALL));
    assert_eq!(
        set,
        [Deviation::Http10, Deviation::AckBody]
            .into_iter()
            .collect()
    );
}

#[test]
fn reads_the_type_of_a_request_from_text() {
    for request in RequestType::ALL {
        let spelled = request.name().to_ascii_uppercase();
        assert_eq!(spelled.parse(), Ok(request));
    }
    let kind_of = |text: &str| text.parse::<RequestType>().map_err(|error| error.kind());
    assert_eq!(kind_of("Ack"), Err(ErrorKind::WrongPacketType));
    assert_eq!(kind_of("Pong"), Err(ErrorKind::UnknownPacketType));
}

#[test]
fn shows_start_lines_and_fields_as_text() {
    let parsed = RequestHead::parse(b"GET http://a/\xE9?b HTTP/1.0\r\nX:\t y\xE9 \r\n\r\n");
    let (head, _) = parsed.expect("a head").complete().expect("the whole of it");
    assert_eq!(head.line().to_string(), r"GET http://a/\xE9?b HTTP/1.0");
    let lines: Vec<String> = head.fields().map(|line| line.to_string()).collect();
    assert_eq!(lines, [r"X: y\xE9"]);

    let parsed = ResponseHead::parse(b"HTTP/1.1 404 Not Found\r\n\r\n");
    let (head, _) = parsed.expect("a head").complete().expect("the whole of it");
    assert_eq!(head.line().to_string(), "HTTP/1.1 404 Not Found");
}

#[test]
fn scans_by_default_up_to_the_default_limit() {
    let limit = Options::default().max_head() as usize;
    let long = vec![b'a'; limit];
    assert_eq!(
        HeadScanner::default().scan(&long[..limit - 1]),
        Scan::NeedMore
    );
    assert_eq!(HeadScanner::default().scan(&long), Scan::TooLarge);
}

#[test]
#[cfg(feature = "alloc")]
fn borrows_text_that_needs_no_escape() {
    use std::borrow::Cow;

    assert!(matches!(Escaped(b"a").to_cow(), Cow::Borrowed("a")));
    assert_eq!(Escaped(b"a\xFF").to_cow(), r"a\xFF");
}

#[test]
fn compares_escaped_text_by_its_bytes() {
    let distinct: HashSet<Escaped<'_>> = [Escaped(b"a"), Escaped(b"a"), Escaped(b"b")].into();
    assert_eq!(distinct.len(), 2);
}

#[test]
fn knows_which_status_has_no_body() {
    for code in 0..1000 {
        let status = StatusCode::new(code).expect("three digits");
        let expected = (100..200).contains(&code) || code == 204 || code == 304;
        assert_eq!(status.has_no_body(), expected, "{code}");
    }
}

#[test]
fn tells_guids_of_protocols_apart() {
    let one = SupportedProtocols::new(b"{7df0354d-249b-430f-820d-3d2a9bef4931}").expect("a list");
    let same = SupportedProtocols::new(b"{7DF0354D-249B-430F-820D-3D2A9BEF4931}").expect("a list");
    let other = SupportedProtocols::new(b"{7df0354d-249b-430f-820d-3d2a9bef4932}").expect("a list");
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[test]
fn makes_a_field_line_of_legal_parts_only() {
    let line = FieldLine::from_parts(b"X-Note", b"a\t\xFF b").expect("a line");
    assert_eq!(
        (line.name(), line.value()),
        (&b"X-Note"[..], &b"a\t\xFF b"[..])
    );
    assert_eq!((line.offset(), line.field()), (0, None));
    assert_eq!(
        FieldLine::from_parts(b"host", b"").map(|line| line.field()),
        Ok(Some(Field::Host))
    );
    let cases: [(&[u8], &[u8], ErrorKind); 8] = [
        (b"", b"a", ErrorKind::FieldName),
        (b"a b", b"a", ErrorKind::FieldName),
        (b"a:", b"a", ErrorKind::FieldName),
        (b"a", b" b", ErrorKind::FieldValue),
        (b"a", b"b\t", ErrorKind::FieldValue),
        (b"a", b"b\r\nc: d", ErrorKind::FieldValue),
        (b"a", b"\0", ErrorKind::FieldValue),
        (b"a", b"b\x7F", ErrorKind::FieldValue),
    ];
    for (name, value, kind) in cases {
        let error = FieldLine::from_parts(name, value).expect_err("refused");
        assert_eq!(
            (error.kind(), error.status_hint()),
            (kind, None),
            "{name:?} {value:?}"
        );
    }
}
