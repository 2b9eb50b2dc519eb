//! Values: what their constructors take, and what they say.

use std::net::{Ipv4Addr, Ipv6Addr};

use bits_packet::{
    AbsoluteUrl, ContentLength, ContentName, ContentRange, DataFileName, Error, ErrorContext,
    ErrorKind, FallbackTimeout, Field, Guid, HResult, Host, HostId, PacketType,
    ReceivedContentRange, ReplyUrl, RequestType, SessionId, SupportedProtocols,
};

const GUID: &str = "{7df0354d-249b-430f-820d-3d2a9bef4931}";

#[track_caller]
fn refused<T: std::fmt::Debug>(read: Result<T, Error>, kind: ErrorKind, offset: usize) {
    let error = read.expect_err("refused");
    assert_eq!((error.kind(), error.offset()), (kind, offset), "{error}");
    assert_eq!(
        error.status_hint(),
        None,
        "a value by itself is answered by nobody"
    );
    assert!(error.field().is_some(), "{error}");
}

#[test]
fn guid_is_read_in_any_case_and_written_in_both() {
    let guid = Guid::parse(b"{A0ff5911-4144-45b3-Bf27-27AFc8ec8a67}").expect("a GUID");
    assert_eq!(guid, Guid::new(0xa0ff_5911_4144_45b3_bf27_27af_c8ec_8a67));
    assert_eq!(guid.as_u128(), 0xa0ff_5911_4144_45b3_bf27_27af_c8ec_8a67);
    assert_eq!(&guid.to_lower(), b"{a0ff5911-4144-45b3-bf27-27afc8ec8a67}");
    assert_eq!(&guid.to_upper(), b"{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}");
    assert_eq!(guid.to_string(), "{a0ff5911-4144-45b3-bf27-27afc8ec8a67}");
    assert_eq!(
        format!("{guid:?}"),
        "Guid({a0ff5911-4144-45b3-bf27-27afc8ec8a67})"
    );
    assert_eq!(GUID.parse(), Ok(Guid::BITS_1_5_UPLOAD));
    assert_eq!(
        &Guid::new(0).to_lower(),
        b"{00000000-0000-0000-0000-000000000000}"
    );
    assert_eq!(
        &Guid::new(u128::MAX).to_upper(),
        b"{FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF}"
    );
}

#[test]
fn guid_is_blamed_where_it_breaks() {
    refused(Guid::parse(b""), ErrorKind::InvalidValue, 0);
    refused(
        Guid::parse(b"7df0354d-249b-430f-820d-3d2a9bef4931"),
        ErrorKind::InvalidValue,
        0,
    );
    refused(
        Guid::parse(b"{7df0354d-249b-430f-820d-3d2a9bef4931"),
        ErrorKind::InvalidValue,
        37,
    );
    refused(
        Guid::parse(b"{7df0354d-249b-430f-820d-3d2a9bef4931}x"),
        ErrorKind::InvalidValue,
        38,
    );
    refused(
        Guid::parse(b"{7df0354d_249b-430f-820d-3d2a9bef4931}"),
        ErrorKind::InvalidValue,
        9,
    );
    refused(
        Guid::parse(b"{7df0354g-249b-430f-820d-3d2a9bef4931}"),
        ErrorKind::InvalidValue,
        8,
    );
    refused(
        Guid::parse(b"{7df0354d-249b-430f-820d-3d2a9bef493}"),
        ErrorKind::InvalidValue,
        36,
    );
}

#[test]
fn session_id_is_opaque_with_a_guid_view() {
    let id = SessionId::new(b"{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}").expect("an id");
    assert_eq!(
        id.guid(),
        Some(Guid::new(0xa0ff_5911_4144_45b3_bf27_27af_c8ec_8a67))
    );
    assert_eq!(id.as_bytes(), b"{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}");
    assert_eq!(id.to_string(), "{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}");
    assert_eq!(
        format!("{id:?}"),
        "SessionId({A0FF5911-4144-45B3-BF27-27AFC8EC8A67})"
    );
    let number = SessionId::new(b"-2838023778").expect("an id");
    assert_eq!(number.guid(), None);
    assert_eq!(
        SessionId::new(b"\xFFx").expect("an id").to_string(),
        r"\xFFx"
    );
    refused(SessionId::new(b""), ErrorKind::InvalidValue, 0);
    refused(SessionId::new(b"a b"), ErrorKind::InvalidValue, 1);
    refused(SessionId::new(b"ab\x7F"), ErrorKind::InvalidValue, 2);
    assert!(SessionId::new(&[b'x'; 4096]).is_ok());
    refused(SessionId::new(&[b'x'; 4097]), ErrorKind::ValueTooLong, 0);
}

#[test]
fn session_ids_name_the_same_session_in_any_case_if_they_are_guids() {
    let id = |text: &'static str| SessionId::new(text.as_bytes()).expect("an id");
    let upper = id("{A0FF5911-4144-45B3-BF27-27AFC8EC8A67}");
    let lower = id("{a0ff5911-4144-45b3-bf27-27afc8ec8a67}");
    assert_ne!(upper, lower);
    assert!(upper.names_same_session(&lower));
    assert!(!upper.names_same_session(&id(GUID)));
    assert!(id("abc").names_same_session(&id("abc")));
    assert!(!id("abc").names_same_session(&id("ABC")));
}

#[test]
fn protocols_are_iterated_as_spelled() {
    let list = format!("{{a}},\t{GUID}  x");
    let protocols = SupportedProtocols::new(list.as_bytes()).expect("a list");
    let items: Vec<_> = protocols
        .iter()
        .map(|item| item.as_bytes().to_vec())
        .collect();
    assert_eq!(
        items,
        [b"{a}".to_vec(), GUID.as_bytes().to_vec(), b"x".to_vec()]
    );
    let guids: Vec<_> = protocols.iter().map(|item| item.guid()).collect();
    assert_eq!(guids, [None, Some(Guid::BITS_1_5_UPLOAD), None]);
    assert!(protocols.offers(Guid::BITS_1_5_UPLOAD));
    assert!(!protocols.offers(Guid::new(0)));
    assert_eq!(protocols.to_string(), format!("{{a}} {GUID} x"));
    assert_eq!(
        format!("{protocols:?}"),
        format!("[Protocol({{a}}), Protocol({GUID}), Protocol(x)]")
    );
    assert!(SupportedProtocols::BITS_1_5_UPLOAD.offers(Guid::BITS_1_5_UPLOAD));
    assert_eq!(SupportedProtocols::BITS_1_5_UPLOAD.to_string(), GUID);
}

#[test]
fn protocol_lists_are_equal_by_meaning() {
    let list =
        |text: &str| SupportedProtocols::new(text.to_owned().leak().as_bytes()).expect("a list");
    assert_eq!(list(GUID), list(&format!(",{} ", GUID.to_uppercase())));
    assert_ne!(list(GUID), list(&format!("{GUID} {GUID}")));
    assert_ne!(list("a"), list("A"));
    assert_ne!(list("a"), list(GUID));
    assert_eq!(list("a,b"), list("a b"));
}

#[test]
fn protocol_list_of_nothing_is_refused() {
    refused(SupportedProtocols::new(b""), ErrorKind::InvalidValue, 0);
    refused(
        SupportedProtocols::new(b" ,\t,"),
        ErrorKind::InvalidValue,
        0,
    );
    refused(
        SupportedProtocols::new(b"a b\xE4"),
        ErrorKind::InvalidValue,
        3,
    );
    refused(
        SupportedProtocols::new(b"a\x01"),
        ErrorKind::InvalidValue,
        1,
    );
}

#[test]
fn protocol_list_ends_after_a_hundred_items() {
    let list = ["x"; 101].join(" ") + " \u{e4}";
    let protocols = SupportedProtocols::new(list.as_bytes()).expect("the rest is not looked at");
    assert_eq!(protocols.iter().count(), 100);
}

#[test]
fn content_range_holds_first_last_and_total() {
    let range = ContentRange::parse(b"bytes 128-212/4892").expect("a range");
    assert_eq!(
        (range.first(), range.last(), range.total()),
        (128, 212, 4892)
    );
    assert_eq!(
        (range.length(), range.end(), range.is_last()),
        (85, 213, false)
    );
    assert_eq!(range.to_string(), "bytes 128-212/4892");
    assert_eq!(format!("{range:?}"), "ContentRange(bytes 128-212/4892)");
    assert_eq!("BYTES\t 0128-0212 /\t4892".parse(), Ok(range));
    let last = ContentRange::new(0, 4891, 4892).expect("a range");
    assert!(last.is_last());
    let largest = ContentRange::new(0, u64::MAX - 1, u64::MAX).expect("a range");
    assert_eq!(
        (largest.length(), largest.end(), largest.is_last()),
        (u64::MAX, u64::MAX, true)
    );
}

#[test]
fn rejects_range_past_total() {
    refused(ContentRange::new(1, 0, 2), ErrorKind::InvalidRange, 0);
    refused(ContentRange::new(0, 2, 2), ErrorKind::InvalidRange, 0);
    refused(
        ContentRange::parse(b"bytes 10-9/10"),
        ErrorKind::InvalidRange,
        0,
    );
    refused(
        ContentRange::parse(b"bytes 0-9/9"),
        ErrorKind::InvalidRange,
        0,
    );
}

#[test]
fn range_is_blamed_where_it_breaks() {
    let cases: [(&[u8], ErrorKind, usize); 13] = [
        (b"", ErrorKind::InvalidValue, 0),
        (b"byte 0-9/10", ErrorKind::InvalidValue, 4),
        (b"bytes=0-9/10", ErrorKind::InvalidValue, 5),
        (b"bytes0-9/10", ErrorKind::InvalidValue, 5),
        (b"bytes -9/10", ErrorKind::InvalidValue, 6),
        (b"bytes */10", ErrorKind::InvalidValue, 6),
        (b"bytes 0 -9/10", ErrorKind::InvalidValue, 7),
        (b"bytes 0-9", ErrorKind::InvalidValue, 9),
        (b"bytes 0-9/*", ErrorKind::InvalidValue, 10),
        (b"bytes 0-9/10 ", ErrorKind::InvalidValue, 12),
        (b"bytes 0-9/10x", ErrorKind::InvalidValue, 12),
        (b"bytes 0-9/18446744073709551616", ErrorKind::OutOfRange, 10),
        (b"bytes 0-99999999999999999999/1", ErrorKind::OutOfRange, 8),
    ];
    for (value, kind, offset) in cases {
        refused(ContentRange::parse(value), kind, offset);
    }
}

#[test]
fn numbers_know_their_bounds() {
    assert_eq!("0042".parse(), Ok(ContentLength::new(42)));
    assert_eq!(
        ContentLength::parse(b"18446744073709551615").map(ContentLength::bytes),
        Ok(u64::MAX)
    );
    refused(
        ContentLength::parse(b"18446744073709551616"),
        ErrorKind::OutOfRange,
        0,
    );
    refused(ContentLength::parse(b"+5"), ErrorKind::InvalidValue, 0);
    refused(ContentLength::parse(b"5, 5"), ErrorKind::InvalidValue, 1);
    refused(ContentLength::parse(b""), ErrorKind::InvalidValue, 0);
    assert_eq!("213".parse(), Ok(ReceivedContentRange::new(213)));
    assert_eq!(ReceivedContentRange::new(7).next_offset(), 7);
    refused(
        ReceivedContentRange::parse(b"0-4891"),
        ErrorKind::InvalidValue,
        1,
    );
    refused(
        ReceivedContentRange::parse(b"bytes 4892"),
        ErrorKind::InvalidValue,
        0,
    );
    assert_eq!("4294967295".parse(), Ok(FallbackTimeout::NEVER));
    assert!(FallbackTimeout::NEVER.is_never());
    assert!(!FallbackTimeout::new(86_400).is_never());
    assert_eq!(FallbackTimeout::new(86_400).seconds(), 86_400);
    refused(
        FallbackTimeout::parse(b"4294967296"),
        ErrorKind::OutOfRange,
        0,
    );
    refused(FallbackTimeout::parse(b"1s"), ErrorKind::InvalidValue, 1);
    assert_eq!(ContentLength::new(5).to_string(), "5");
    assert_eq!(ReceivedContentRange::new(6).to_string(), "6");
    assert_eq!(FallbackTimeout::new(7).to_string(), "7");
}

#[test]
fn hresult_is_read_in_every_spelling() {
    for value in [
        "0x8020001F",
        "0X8020001f",
        "x8020001F",
        "X8020001F",
        "8020001f",
        "0x8020001FL",
        "8020001fl",
    ] {
        assert_eq!(value.parse(), Ok(HResult::SESSION_NOT_FOUND), "{value}");
    }
    assert_eq!(HResult::parse(b"0x0"), Ok(HResult::S_OK));
    assert_eq!(HResult::parse(b"1"), Ok(HResult::new(1)));
    assert_eq!(HResult::new(0xA).to_string(), "0x0000000A");
    assert_eq!(format!("{:?}", HResult::TOO_LARGE), "HResult(0x80200020)");
    assert_eq!(HResult::TOO_LARGE.code(), 0x8020_0020);
    refused(HResult::parse(b""), ErrorKind::InvalidValue, 0);
    refused(HResult::parse(b"0x"), ErrorKind::InvalidValue, 2);
    refused(HResult::parse(b"0xG"), ErrorKind::InvalidValue, 2);
    refused(HResult::parse(b"0x1LL"), ErrorKind::InvalidValue, 4);
    refused(HResult::parse(b"-1"), ErrorKind::InvalidValue, 0);
    refused(HResult::parse(b"0x100000000"), ErrorKind::OutOfRange, 0);
    refused(HResult::parse(b"0x000000001"), ErrorKind::OutOfRange, 0);
    refused(
        HResult::parse(b"0x11111111111111111"),
        ErrorKind::OutOfRange,
        2,
    );
}

#[test]
fn hresults_are_known_by_name() {
    let names = [
        (0, "S_OK"),
        (0x8007_0057, "E_INVALIDARG"),
        (0x8007_0005, "E_ACCESSDENIED"),
        (0x8020_001F, "BG_E_SESSION_NOT_FOUND"),
        (0x8020_0020, "BG_E_TOO_LARGE"),
        (0x8020_0022, "BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH"),
        (0x8020_0023, "BG_E_SERVER_EXECUTE_ENABLE"),
        (0x8007_0070, "ERROR_DISK_FULL"),
        (
            0x8007_0112,
            "ERROR_DISK_FULL (as [MC-BUP] prints it) or time-out",
        ),
    ];
    for (code, name) in names {
        assert_eq!(HResult::new(code).name(), Some(name));
    }
    assert_eq!(HResult::new(0x8000_4005).name(), None);
    assert!(HResult::new(0xA000_0001).is_customer());
    assert!(!HResult::INVALID_ARGUMENT.is_customer());
}

#[test]
fn error_context_is_five_or_seven() {
    assert_eq!("0x5".parse(), Ok(ErrorContext::REMOTE_FILE));
    assert_eq!("7".parse(), Ok(ErrorContext::REMOTE_APPLICATION));
    assert_eq!("0x00000005".parse(), Ok(ErrorContext::REMOTE_FILE));
    assert_eq!(
        ErrorContext::REMOTE_FILE.name(),
        Some("BG_ERROR_CONTEXT_REMOTE_FILE")
    );
    assert_eq!(
        ErrorContext::REMOTE_APPLICATION.name(),
        Some("BG_ERROR_CONTEXT_REMOTE_APPLICATION")
    );
    assert_eq!(ErrorContext::new(4).name(), None);
    assert_eq!(ErrorContext::parse(b"0x4"), Ok(ErrorContext::new(4)));
    assert_eq!(ErrorContext::new(0x1F).value(), 31);
    assert_eq!(ErrorContext::new(0x1F).to_string(), "0x1F");
    assert_eq!(
        format!("{:?}", ErrorContext::REMOTE_FILE),
        "ErrorContext(0x5)"
    );
    refused(ErrorContext::parse(b""), ErrorKind::InvalidValue, 0);
}

#[test]
fn names_are_text_without_blanks_at_the_ends() {
    let name = ContentName::new(b"a\t \xE4.txt").expect("a name");
    assert_eq!(name.as_bytes(), b"a\t \xE4.txt");
    assert_eq!(name.to_string(), "a\t \\xE4.txt");
    assert_eq!(format!("{name:?}"), "ContentName(a\t \\xE4.txt)");
    refused(ContentName::new(b""), ErrorKind::InvalidValue, 0);
    refused(ContentName::new(b" a"), ErrorKind::InvalidValue, 0);
    refused(ContentName::new(b"\ta"), ErrorKind::InvalidValue, 0);
    refused(ContentName::new(b"ab "), ErrorKind::InvalidValue, 2);
    refused(ContentName::new(b"ab\t"), ErrorKind::InvalidValue, 2);
    refused(ContentName::new(b"a\r\nb"), ErrorKind::InvalidValue, 1);
    assert!(ContentName::new(&[b'x'; 261]).is_ok());
    let path = DataFileName::new(br"C:\a b\c").expect("a path");
    assert_eq!(path.as_bytes(), br"C:\a b\c");
    assert_eq!(path.to_string(), r"C:\a b\c");
    assert_eq!(format!("{path:?}"), r"DataFileName(C:\a b\c)");
    refused(DataFileName::new(b""), ErrorKind::InvalidValue, 0);
}

#[test]
fn content_name_that_windows_would_not_have_is_told() {
    assert!(
        ContentName::new(b"rfc2119.txt")
            .expect("a name")
            .is_windows_name()
    );
    for byte in br#"\/:*?"<>|"# {
        let name = [b'a', *byte];
        assert!(
            !ContentName::new(&name).expect("a name").is_windows_name(),
            "{byte}"
        );
    }
}

#[test]
fn host_id_is_a_name_or_an_address() {
    let host = |text: &'static [u8]| HostId::new(text).map(|id| (id.host(), id.port()));
    assert_eq!(host(b"FRANKCAO8"), Ok((Host::Name("FRANKCAO8"), None)));
    assert_eq!(host(b"a-1.example"), Ok((Host::Name("a-1.example"), None)));
    assert_eq!(
        host(b"192.0.2.7"),
        Ok((Host::Ipv4(Ipv4Addr::new(192, 0, 2, 7)), None))
    );
    assert_eq!(host(b"::1"), Ok((Host::Ipv6(Ipv6Addr::LOCALHOST), None)));
    assert_eq!(host(b"[::1]"), Ok((Host::Ipv6(Ipv6Addr::LOCALHOST), None)));
    assert_eq!(
        host(b"[::1]:80"),
        Ok((Host::Ipv6(Ipv6Addr::LOCALHOST), Some(80)))
    );
    assert_eq!(host(b"SRV_1"), Ok((Host::Name("SRV_1"), None)));
    assert_eq!(host(b"a:8080"), Ok((Host::Name("a"), Some(8080))));
    assert_eq!(
        host(b"192.0.2.7:1"),
        Ok((Host::Ipv4(Ipv4Addr::new(192, 0, 2, 7)), Some(1)))
    );
    let id = HostId::new(b"FRANKCAO8").expect("a host id");
    assert_eq!(
        (id.as_bytes(), id.to_string()),
        (&b"FRANKCAO8"[..], "FRANKCAO8".to_owned())
    );
    assert_eq!(format!("{id:?}"), "HostId(FRANKCAO8)");
    assert_eq!(Host::Name("a").to_string(), "a");
    assert_eq!(Host::Ipv4(Ipv4Addr::LOCALHOST).to_string(), "127.0.0.1");
    assert_eq!(Host::Ipv6(Ipv6Addr::LOCALHOST).to_string(), "[::1]");
}

#[test]
fn a_range_is_the_last_if_the_file_ends_with_it() {
    let is_last = |last, total| ContentRange::new(0, last, total).map(|range| range.is_last());
    assert_eq!(is_last(9, 10), Ok(true));
    assert_eq!(is_last(8, 10), Ok(false));
    assert_eq!(is_last(u64::MAX - 1, u64::MAX), Ok(true));
    assert_eq!(is_last(u64::MAX - 2, u64::MAX), Ok(false));
}

#[test]
fn host_id_that_is_none_is_refused() {
    refused(HostId::new(b""), ErrorKind::InvalidValue, 0);
    refused(HostId::new(b"a b"), ErrorKind::InvalidValue, 1);
    refused(HostId::new(b"a/b"), ErrorKind::InvalidValue, 1);
    refused(HostId::new(b"a~b"), ErrorKind::InvalidValue, 1);
    refused(HostId::new(b"a_%41"), ErrorKind::InvalidValue, 2);
    refused(HostId::new(b"a:80:80"), ErrorKind::InvalidValue, 4);
    refused(HostId::new(b"a:65536"), ErrorKind::InvalidValue, 2);
    refused(HostId::new(b"http://a"), ErrorKind::InvalidValue, 5);
    refused(HostId::new(b"[::1"), ErrorKind::InvalidValue, 4);
    assert!(HostId::new(&[b'a'; 300]).is_ok());
    refused(HostId::new(&[b'a'; 301]), ErrorKind::ValueTooLong, 0);
}

#[test]
fn absolute_url_has_scheme_authority_path_and_query() {
    let url = AbsoluteUrl::new(b"HTTPS://h:8443/a/b?c=d").expect("a URL");
    assert_eq!((url.scheme(), url.is_http()), (&b"HTTPS"[..], true));
    assert_eq!(
        (url.authority().host(), url.authority().port()),
        (&b"h"[..], Some(8443))
    );
    assert_eq!((url.path(), url.query()), (&b"/a/b"[..], Some(&b"c=d"[..])));
    assert_eq!(url.as_bytes(), b"HTTPS://h:8443/a/b?c=d");
    assert_eq!(url.to_string(), "HTTPS://h:8443/a/b?c=d");
    assert_eq!(format!("{url:?}"), "AbsoluteUrl(HTTPS://h:8443/a/b?c=d)");
    assert!(AbsoluteUrl::new(b"http://h").is_ok_and(|url| url.is_http() && url.path().is_empty()));
    assert!(AbsoluteUrl::new(b"ftp://h/").is_ok_and(|url| !url.is_http()));
    refused(AbsoluteUrl::new(b"/a"), ErrorKind::InvalidValue, 0);
    refused(AbsoluteUrl::new(b"h:80"), ErrorKind::InvalidValue, 0);
    refused(
        AbsoluteUrl::new(b"http://h/a b"),
        ErrorKind::InvalidValue,
        10,
    );
}

#[test]
fn reply_url_is_opaque() {
    let reply = ReplyUrl::new(br"BITS-Sessions\Replies\{x}\r.bin").expect("a reply URL");
    assert_eq!(reply.as_bytes(), br"BITS-Sessions\Replies\{x}\r.bin");
    assert_eq!(reply.to_string(), r"BITS-Sessions\Replies\{x}\r.bin");
    assert_eq!(
        format!("{reply:?}"),
        r"ReplyUrl(BITS-Sessions\Replies\{x}\r.bin)"
    );
    refused(ReplyUrl::new(b""), ErrorKind::InvalidValue, 0);
    refused(ReplyUrl::new(b"a\n"), ErrorKind::InvalidValue, 1);
    assert!(ReplyUrl::new(&[b'a'; 2200]).is_ok());
    refused(ReplyUrl::new(&[b'a'; 2201]), ErrorKind::ValueTooLong, 0);
}

#[test]
fn packet_type_is_read_in_any_case() {
    for packet in PacketType::ALL {
        assert_eq!(packet.name().to_uppercase().parse(), Ok(packet));
        assert_eq!(packet.to_string(), packet.name());
        assert_eq!(
            packet
                .request()
                .map(PacketType::from)
                .unwrap_or(PacketType::Ack),
            packet
        );
    }
    assert_eq!(RequestType::CreateSession.to_string(), "Create-Session");
    assert_eq!(
        "FRAgmENT".parse(),
        Ok(PacketType::Request(RequestType::Fragment))
    );
    for value in ["", "Fragment, Fragment", "Fragments", "Create_Session"] {
        let error = value.parse::<PacketType>().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::UnknownPacketType, "{value}");
        assert_eq!(error.field(), Some(Field::PacketType));
    }
    assert_eq!("ping".parse(), Ok(RequestType::Ping));
    refused("ack".parse::<RequestType>(), ErrorKind::WrongPacketType, 0);
    refused(
        "nack".parse::<RequestType>(),
        ErrorKind::UnknownPacketType,
        0,
    );
}
