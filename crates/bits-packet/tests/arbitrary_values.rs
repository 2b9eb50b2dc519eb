//! What `Arbitrary` makes is legal: it reads back as itself.

mod support;

use std::collections::HashSet;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use bits_packet::{
    AbsoluteUrl, AcceptEncoding, Ack, Authority, CancelSession, CloseSession, ContentEncoding,
    ContentLength, ContentName, ContentRange, CreateSession, DataFileName, Deviation, Deviations,
    Error, ErrorContext, FallbackTimeout, Field, Fragment, Guid, HResult, HostId, Notification,
    NotificationResponse, Options, PacketType, Ping, ReceivedContentRange, ReplyUrl, Request,
    RequestLine, RequestType, ResponseHead, SessionId, StatusCode, StatusLine, SupportedProtocols,
    Target, Version,
};

/// Calls `check` with each of many inputs: short ones, long ones, bytes of every kind and text alone.
fn for_inputs(mut check: impl FnMut(&mut Unstructured<'_>)) {
    for input in inputs() {
        check(&mut Unstructured::new(input));
    }
}

fn draw<'a, T: Arbitrary<'a>>(u: &mut Unstructured<'a>) -> T {
    u.arbitrary().expect("a value")
}

fn inputs() -> &'static [Vec<u8>] {
    static INPUTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| random_inputs().collect());
    &INPUTS
}

/// Deterministic, so that a failure comes again: SplitMix64.
fn random_inputs() -> impl Iterator<Item = Vec<u8>> {
    let mut state = 0u64;
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    (0..10_000).map(move |input| {
        let length = match input % 100 {
            0 => next() % 8192,
            _ => next() % 256,
        };
        let is_text = input % 2 == 0;
        (0..length)
            .map(|_| {
                let [byte, ..] = next().to_le_bytes();
                if is_text { b' ' + byte % 95 } else { byte }
            })
            .collect()
    })
}

#[test]
fn makes_text_that_reads_back_as_itself() {
    for_inputs(|u| {
        let value: SessionId<'_> = draw(u);
        assert_eq!(SessionId::new(value.as_bytes()), Ok(value));
        let value: ContentName<'_> = draw(u);
        assert_eq!(ContentName::new(value.as_bytes()), Ok(value));
        let value: DataFileName<'_> = draw(u);
        assert_eq!(DataFileName::new(value.as_bytes()), Ok(value));
        let value: AcceptEncoding<'_> = draw(u);
        assert_eq!(AcceptEncoding::new(value.as_bytes()), Ok(value));
        let value: ContentEncoding<'_> = draw(u);
        assert_eq!(ContentEncoding::new(value.as_bytes()), Ok(value));
    });
    for_inputs(|u| {
        let value: HostId<'_> = draw(u);
        assert_eq!(HostId::new(value.as_bytes()), Ok(value));
        let value: AbsoluteUrl<'_> = draw(u);
        assert_eq!(AbsoluteUrl::new(value.as_bytes()), Ok(value));
        let reply: ReplyUrl<'_> = draw(u);
        assert_eq!(ReplyUrl::new(reply.as_bytes()), Ok(reply));
        if let Ok(resolved) = reply.resolve(&value) {
            let url = resolved.to_string();
            let again = AbsoluteUrl::new(url.as_bytes()).map(|url| url.authority());
            assert_eq!(again, Ok(resolved.authority()), "{url}");
        }
        let value: SupportedProtocols<'_> = draw(u);
        let items: Vec<&[u8]> = value.iter().map(|item| item.as_bytes()).collect();
        assert_eq!(SupportedProtocols::new(&items.join(&b' ')), Ok(value));
    });
}

#[test]
fn makes_numbers_that_read_back_as_themselves() {
    fn expect<T: FromStr<Err = Error> + Display + Debug + PartialEq>(value: &T) {
        assert_eq!(value.to_string().parse().as_ref(), Ok(value));
    }
    for_inputs(|u| {
        expect::<ContentLength>(&draw(u));
        expect::<ReceivedContentRange>(&draw(u));
        expect::<FallbackTimeout>(&draw(u));
        expect::<ContentRange>(&draw(u));
        expect::<HResult>(&draw(u));
        expect::<ErrorContext>(&draw(u));
        expect::<Guid>(&draw(u));
        expect::<PacketType>(&draw(u));
        expect::<RequestType>(&draw(u));
    });
}

#[test]
fn makes_start_lines_that_read_back_as_themselves() {
    for_inputs(|u| {
        let authority: Authority<'_> = draw(u);
        assert_eq!(Authority::new(authority.as_bytes()), Ok(authority));
        let target: Target<'_> = draw(u);
        assert_eq!(Target::new(&target.pieces().concat()), Ok(target));

        let line: RequestLine<'_> = draw(u);
        let again = RequestLine::new(line.method(), line.target(), line.version());
        assert_eq!(again, Ok(line));

        let line: StatusLine<'_> = draw(u);
        let start = format!("{} {} ", line.version(), line.status());
        let head = [start.as_bytes(), line.reason(), b"\r\n\r\n"].concat();
        let parsed = ResponseHead::parse(&head).expect("a head");
        let (head, _) = parsed.complete().expect("the whole of it");
        assert_eq!(head.line(), line);
    });
}

#[test]
fn makes_options_and_sets_of_what_is_known() {
    for_inputs(|u| {
        let options: Options = draw(u);
        let again = options
            .tolerated()
            .iter()
            .fold(Options::STRICT, Options::allow)
            .with_max_head(options.max_head())
            .with_max_value(options.max_value())
            .with_max_protocols(options.max_protocols());
        assert_eq!(again, options);
        let set: Deviations = draw(u);
        assert_eq!(set.iter().collect::<Deviations>(), set);
        let deviation: Deviation = draw(u);
        assert_eq!(Deviation::from_name(deviation.name()), Some(deviation));
        let field: Field = draw(u);
        assert_eq!(Field::from_name(field.name().as_bytes()), Some(field));
    });
}

/// The packet of a request with the fields of `request`.
fn expect_request(request: Request<'_>) {
    let target = Target::new(b"/drop/report.zip").expect("a target");
    let line = RequestLine::new(RequestLine::BITS_POST, target, Version::Http11).expect("a line");
    let list = support::fields_of_request(&request);
    let read = Request::from_fields(line, list.iter(), &Options::INTEROP).expect("a packet");
    assert_eq!(read.packet(), Some(&request));
}

#[test]
fn makes_requests_that_read_back_as_themselves() {
    for_inputs(|u| {
        expect_request(draw(u));
        expect_request(Request::Ping(Ping::arbitrary(u).expect("a packet")));
        expect_request(Request::CreateSession(draw::<CreateSession<'_>>(u)));
        expect_request(Request::Fragment(draw::<Fragment<'_>>(u)));
        expect_request(Request::CloseSession(draw::<CloseSession<'_>>(u)));
        expect_request(Request::CancelSession(draw::<CancelSession<'_>>(u)));
    });
}

#[test]
fn makes_acks_that_read_back_as_themselves() {
    for_inputs(|u| {
        let ack: Ack<'_> = draw(u);
        let line = StatusLine::new(Version::Http11, ack.status(), b"").expect("a line");
        let list = support::fields_of_ack(&ack);
        let answering = ack.answering();
        let read = Ack::from_fields(line, list.iter(), answering, &Options::INTEROP);
        assert_eq!(read.expect("an Ack").packet(), Some(&ack));
        assert!(ack.reading().is_some());
    });
}

#[test]
fn makes_notifications_that_read_back_as_themselves() {
    let target = Target::new(b"/app").expect("a target");
    let line = RequestLine::new(b"POST", target, Version::Http11).expect("a line");
    let options = Options::INTEROP;
    for_inputs(|u| {
        let notification: Notification<'_> = draw(u);
        let list = support::fields_of_notification(&notification);
        let read = Notification::from_fields(line, list.iter(), &options).expect("a packet");
        assert_eq!(read.packet(), Some(&notification));

        let response: NotificationResponse<'_> = draw(u);
        let line = StatusLine::new(Version::Http11, response.status(), b"").expect("a line");
        let list = support::fields_of_notification_response(&response);
        let read = NotificationResponse::from_fields(line, list.iter(), &options);
        assert_eq!(read.expect("a packet").packet(), Some(&response));
    });
}

/// How many values there are of those that `draw` makes of every input.
fn distinct<T: Eq + Hash>(draw: impl Fn(&mut Unstructured<'_>) -> T) -> HashSet<T> {
    let mut values = HashSet::new();
    for_inputs(|u| {
        values.insert(draw(u));
    });
    values
}

/// The values of a type that borrows nothing.
fn all<T: Eq + Hash + for<'a> Arbitrary<'a>>() -> HashSet<T> {
    distinct(|u| draw(u))
}

#[test]
fn draws_numbers_to_their_edges() {
    let lengths = all::<ContentLength>();
    for edge in [
        0,
        1,
        2,
        0x7FFF_FFFF,
        0xFFFF_FFFF,
        0x1_0000_0000,
        0x7FFF_FFFF_FFFF_FFFF,
        u64::MAX - 1,
        u64::MAX,
    ] {
        assert!(lengths.contains(&ContentLength::new(edge)), "{edge}");
    }
    assert!(lengths.len() > 2000, "{}", lengths.len());
    let timeouts = all::<FallbackTimeout>();
    for edge in [0, 1, u32::MAX] {
        assert!(timeouts.contains(&FallbackTimeout::new(edge)), "{edge}");
    }
    let codes = all::<HResult>();
    assert!(codes.contains(&HResult::SESSION_NOT_FOUND));
    assert!(codes.contains(&HResult::new(0x2000_0000)));
    let contexts = all::<ErrorContext>();
    assert!(contexts.contains(&ErrorContext::REMOTE_APPLICATION));
    assert!(contexts.contains(&ErrorContext::new(u32::MAX)));
    let ranges = all::<ContentRange>();
    assert!(ranges.iter().any(|range| range.length() == 1));
    assert!(ranges.iter().any(|range| range.total() == u64::MAX));
    assert!(ranges.iter().any(ContentRange::is_last));
    assert!(
        ranges
            .iter()
            .any(|range| range.first() > 0 && !range.is_last())
    );
    let statuses = all::<StatusCode>();
    assert!(statuses.len() > 500, "{}", statuses.len());
    assert!(statuses.contains(&StatusCode::OK));
}

#[test]
fn draws_every_member_of_a_closed_set() {
    assert_eq!(all::<PacketType>().len(), PacketType::ALL.len());
    assert_eq!(all::<RequestType>().len(), RequestType::ALL.len());
    assert_eq!(all::<Field>().len(), Field::COUNT);
    assert_eq!(all::<Deviation>().len(), Deviation::ALL.len());
    assert_eq!(all::<Version>().len(), 2);
    let guids = all::<Guid>();
    assert!(guids.contains(&Guid::BITS_1_5_UPLOAD) && guids.len() > 2000);
    assert!(all::<Deviations>().len() > 2000);
    let options = all::<Options>();
    assert!(options.contains(&Options::INTEROP) && options.contains(&Options::STRICT));
    assert!(options.iter().any(|options| options.max_head() == 0));
}

#[test]
fn draws_every_kind_of_packet() {
    let requests = distinct(|u| draw::<Request<'_>>(u).request_type());
    assert_eq!(requests.len(), RequestType::ALL.len());
    let acks = distinct(|u| {
        let ack: Ack<'_> = draw(u);
        (ack.answering(), ack.outcome())
    });
    assert_eq!(acks.len(), 3 * RequestType::ALL.len());
    let errors = distinct(|u| {
        let ack: Ack<'_> = draw(u);
        let received = ack.received_content_range().is_some();
        (
            ack.error_code().is_some(),
            ack.session_id().is_some(),
            received,
        )
    });
    assert_eq!(errors.len(), 8);
    let bodies = distinct(|u| {
        let notification: Notification<'_> = draw(u);
        notification.content_length() == 0
    });
    assert_eq!(bodies.len(), 2);
    let responses = distinct(|u| draw::<NotificationResponse<'_>>(u).content_length.is_some());
    assert_eq!(responses.len(), 2);
}

/// What is drawn from these very bytes. The first says whether the piece may be a long one, the next
/// how long it is.
fn drawn_from<'a, T: Arbitrary<'a>>(input: &'a [u8]) -> T {
    draw(&mut Unstructured::new(input))
}

#[test]
fn takes_the_longest_legal_prefix_of_the_input() {
    let id: SessionId<'_> = drawn_from(b"\x01\x05ab cdef");
    assert_eq!(id.as_bytes(), b"ab");
    let name: ContentName<'_> = drawn_from(b"\x01\x05ab cdef");
    assert_eq!(name.as_bytes(), b"ab cd");
    let name: ContentName<'_> = drawn_from(b"\x01\x03ab cdef");
    assert_eq!(name.as_bytes(), b"ab");
    let name: ContentName<'_> = drawn_from(b"\x01\x50ab");
    assert_eq!(name.as_bytes(), b"ab");
}

#[test]
fn halves_a_piece_that_is_wrong_as_a_whole() {
    let host: HostId<'_> = drawn_from(b"\x01\x08node~~~~");
    assert_eq!(host.as_bytes(), b"node");
    let long = [&b"\x00\x13\x88"[..], &[b'a'; 5000]].concat();
    let id: SessionId<'_> = drawn_from(&long);
    assert_eq!(id.as_bytes(), [b'a'; 2500]);
}

#[test]
fn stands_in_a_common_value_where_there_is_no_prefix() {
    let id: SessionId<'_> = drawn_from(b"");
    assert_eq!(id.as_bytes(), b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}");
    let id: SessionId<'_> = drawn_from(b"\x01\x03 ab\x02");
    assert_eq!(id.as_bytes(), b"-1");
}
