use core::fmt::Debug;
use core::net::Ipv4Addr;
use std::prelude::rust_2024::*;
use std::{format, vec};

use crate::fast::Read;
use crate::fast::leaf::{
    Line, Whole, first_number, first_three, guid, hex, host, ipv4, is_host_name, length, number,
    number_between, packet_type, protocols, range, session_id, text, url, visible,
};
use crate::packet::{PacketType, RequestType};
use crate::value::{ContentRange, Guid, HostId};

/// What a leaf makes of a value that stands alone, and of one on a line: behind it something, much or nothing.
macro_rules! read {
    ($leaf:ident, $value:expr) => {{
        let value = <[u8]>::to_vec($value);
        let value = value.as_slice();
        let alone = ended($leaf::<Whole>(value), b"");
        for behind in [
            &b""[..],
            b"\r\n",
            b"Host: example.net\r\nContent-Length: 1234567890\r\n\r\n",
        ] {
            let line = [value, b"\r\n", behind].concat();
            let on_line = ended($leaf::<Line>(&line), behind);
            assert_eq!(on_line, alone, "{:?}", line.escape_ascii().to_string());
        }
        let open = [value, b"\r"].concat();
        assert_eq!(ended($leaf::<Line>(&open), b""), None);
        alone
    }};
}

/// The value in letters of its own; nothing for a miss.
fn ended<T: Debug>(read: Read<'_, T>, behind: &[u8]) -> Option<String> {
    let (rest, value) = read.ok()?;
    assert_eq!(rest, behind);
    Some(format!("{value:?}"))
}

fn said<T: Debug>(value: T) -> Option<String> {
    Some(format!("{value:?}"))
}

#[test]
fn numbers_of_any_length_are_read_whole_or_not_at_all() {
    let mut texts = vec![String::new(), "x".into(), "1x".into(), "12345678x".into()];
    for digits in 1..=23 {
        texts.push("9".repeat(digits));
        texts.push("1234567890".repeat(3)[..digits].to_owned());
        texts.push(format!("{:0>digits$}", 7));
    }
    texts.extend([u64::MAX.to_string(), "18446744073709551616".into()]);
    texts.extend((0..1200).map(|number: u64| number.pow(3).to_string()));
    for text in texts {
        // Leading zeros beyond the digits of any number are left to the general form.
        let expected = text.parse::<u64>().ok().filter(|_| text.len() <= 20);
        let expected = expected.and_then(said);
        assert_eq!(read!(number, text.as_bytes()), expected, "{text}");
        assert_eq!(read!(length, text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn ranges_are_read_side_by_side() {
    let numbers = [
        0,
        1,
        9,
        10,
        99,
        12_345,
        9_999_999,
        12_345_678,
        123_456_789,
        9_999_999_999,
        9_999_999_999_999_999,
        12_345_678_901_234_567,
        u64::MAX - 1,
    ];
    for first in numbers {
        for last in numbers {
            for total in [last, last.saturating_add(1), u64::MAX] {
                let text = format!("bytes {first}-{last}/{total}");
                let expected = ContentRange::new(first, last, total).ok().and_then(said);
                assert_eq!(read!(range, text.as_bytes()), expected, "{text}");
            }
        }
    }
    for wrong in [
        "bytes 0-4/10x",
        "bytes 0-4",
        "bytes -4/10",
        "bytes 0-/10",
        "bytes 0-4/",
        "bytes 0/4-10",
        "bytes */10",
        "Bytes 0-4/10",
        "bytes  0-4/10",
        "bytes 0-4/18446744073709551616",
        "bytes",
        "bytes 0 - 4/10",
        "bytes 0-4 /10",
    ] {
        assert_eq!(read!(range, wrong.as_bytes()), None, "{wrong}");
    }
}

#[test]
fn the_parts_of_a_range_are_found_without_its_long_form() {
    assert_eq!(first_three(0b1010_0100), Some([2, 5, 7]));
    assert_eq!(first_three(0b111), Some([0, 1, 2]));
    assert_eq!(first_three(1 << 31 | 1 << 30 | 1 << 4), Some([4, 30, 31]));
    assert_eq!([0, 1, 0b11, 1 << 31 | 1].map(first_three), [None; 4]);
    let text = b"bytes 1234567890123456-7";
    for (length, number) in [
        (1, 1),
        (7, 1_234_567),
        (8, 12_345_678),
        (9, 123_456_789),
        (15, 123_456_789_012_345),
        (16, 1_234_567_890_123_456),
    ] {
        // Of a number that ends before eight bytes are there the window knows.
        let between = Some(number).filter(|_| length > 1);
        assert_eq!(number_between(text, 6, 6 + length), between);
        let mut window = [b'-'; 32];
        window[..length].copy_from_slice(&text[6..6 + length]);
        assert_eq!(first_number(&window, text, length), Some(number));
    }
    assert_eq!(number_between(text, 6, 6), None);
    assert_eq!(number_between(text, 6, 23), None);
    assert_eq!(number_between(text, 23, 24), Some(7));
}

#[test]
fn hexadecimal_numbers_have_one_to_eight_digits() {
    for text in [
        "0", "7", "f", "F", "80070057", "8020002B", "ffffffff", "00000000", "abc",
    ] {
        let expected = u32::from_str_radix(text, 16).ok().and_then(said);
        assert_eq!(
            read!(hex, format!("0x{text}").as_bytes()),
            expected,
            "{text}"
        );
        assert_eq!(read!(hex, text.as_bytes()), None);
    }
    for wrong in [
        "0x",
        "0x123456789",
        "0xg",
        "0x1g",
        "0X1",
        "x1",
        "0x8007005G",
        "0x1L",
    ] {
        assert_eq!(read!(hex, wrong.as_bytes()), None, "{wrong}");
    }
    for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_hexdigit()) {
        for place in 0..8 {
            let mut digits = *b"01234567";
            digits[place] = byte;
            assert_eq!(read!(hex, &[b"0x", &digits[..]].concat()), None);
        }
    }
}

#[test]
fn guids_are_read_as_the_general_form_reads_them() {
    let texts = [
        &b"{7df0354d-249b-430f-820d-3d2a9bef4931}"[..],
        b"{7DF0354D-249B-430F-820D-3D2A9BEF4931}",
        b"{00112233-4455-6677-8899-aAbBcCdDeEfF}",
    ];
    for text in texts {
        assert_eq!(read!(guid, text), Guid::parse(text).ok().and_then(said));
        for place in 0..text.len() {
            for byte in 0..=u8::MAX {
                let mut other = text.to_vec();
                other[place] = byte;
                assert_eq!(read!(guid, &other), Guid::parse(&other).ok().and_then(said));
            }
        }
        assert_eq!(read!(guid, &text[1..]), None);
    }
}

#[test]
fn addresses_are_what_the_standard_library_takes_for_one() {
    let octets: Vec<String> = [
        "", "0", "00", "01", "001", "1", "10", "010", "99", "100", "199", "255", "256", "260",
        "300", "999", "1000", "a", "-1", " 1",
    ]
    .map(String::from)
    .to_vec();
    for octet in &octets {
        for other in ["0", "192"] {
            for text in [
                format!("{octet}.{other}.0.1"),
                format!("{other}.{octet}.0.1"),
                format!("{other}.0.{octet}.1"),
                format!("{other}.0.1.{octet}"),
                format!("{other}.0.{octet}"),
                format!("{other}.0.1.2.{octet}"),
                octet.clone(),
            ] {
                assert_eq!(
                    ipv4(text.as_bytes()),
                    text.parse::<Ipv4Addr>().ok(),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn hosts_have_a_name_and_perhaps_a_port() {
    for text in [
        "a",
        "example.net",
        "192.0.2.1",
        "a:0",
        "a:80",
        "a:65535",
        "a:00080",
        "-",
        "...",
    ] {
        let name = text.split(':').next().unwrap_or_default();
        let expected = match text.contains(':') {
            true => said(text.as_bytes()),
            false => said(name.as_bytes()),
        };
        assert_eq!(read!(host, text.as_bytes()), expected, "{text}");
    }
    for wrong in [
        "",
        ":80",
        "a:",
        "a:65536",
        "a:8x",
        "a b",
        "[::1]",
        "a_b",
        "a:123456789",
        "a%41",
    ] {
        assert_eq!(read!(host, wrong.as_bytes()), None, "{wrong}");
    }
}

#[test]
fn texts_begin_and_end_with_no_blank() {
    let long = "a long text ".repeat(20);
    for text_ in ["a", "a b", "report 2026.zip", long.trim_end()] {
        assert_eq!(read!(text, text_.as_bytes()), said(text_.as_bytes()));
    }
    for wrong in [&b""[..], b" ", b" a", b"a ", b"a\0b", b"a\x7Fb", b"\t"] {
        assert_eq!(read!(text, wrong), None);
    }
    // On a line these are read with their line as a whole.
    for (text_, is_text) in [
        (&b"caf\xC3\xA9.zip"[..], true),
        (b"a\tb", true),
        (b"\ta", false),
    ] {
        let expected = said(text_).filter(|_| is_text);
        assert_eq!(ended(text::<Whole>(text_), b""), expected);
        assert_eq!(ended(text::<Line>(&[text_, b"\r\n"].concat()), b""), None);
    }
    assert_eq!(read!(visible, b"a b"), None);
    assert_eq!(read!(visible, b"a~b"), said(b"a~b"));
}

#[test]
fn session_ids_are_visible_whatever_their_length() {
    for length in 1..=120 {
        let id = "{7DF0354D-249B}".repeat(8)[..length].to_owned();
        assert_eq!(
            read!(session_id, id.as_bytes()),
            said(id.as_bytes()),
            "{length}"
        );
        for place in 0..length {
            let mut other = id.clone().into_bytes();
            other[place] = b' ';
            assert_eq!(
                read!(session_id, &other),
                None,
                "{length} with a blank at {place}"
            );
        }
    }
}

#[test]
fn packet_types_are_told_by_their_first_bytes() {
    for packet in PacketType::ALL {
        let name = packet.name().as_bytes();
        assert_eq!(read!(packet_type, name), said(packet));
        for place in 0..name.len() {
            let mut other = name.to_vec();
            other[place] ^= 0x20;
            assert_eq!(read!(packet_type, &other), None);
            assert_eq!(read!(packet_type, &name[..place]), None);
        }
        assert_eq!(read!(packet_type, &[name, b"s"].concat()), None);
    }
    assert_eq!(read!(packet_type, b"Ack"), said(PacketType::Ack));
    assert_eq!(
        read!(packet_type, b"Ping"),
        said(PacketType::Request(RequestType::Ping))
    );
}

#[test]
fn urls_are_plain_or_mere_text() {
    for plain in [
        "http://a",
        "https://example.net/",
        "http://192.0.2.1/a/b.rsp",
        "http://a/b?c=d&e",
        "https://a/?",
    ] {
        assert_eq!(
            read!(url, plain.as_bytes()),
            said((plain.as_bytes(), true)),
            "{plain}"
        );
    }
    for other in [
        "ftp://a/",
        "HTTP://a/",
        "http://",
        "http:///a",
        "/a/b",
        "http://a:80/",
        "http://a/%41",
        "http://a?b",
        "http://a/b c",
        "http://a/b#c",
        "x",
    ] {
        assert_eq!(
            read!(url, other.as_bytes()),
            said((other.as_bytes(), false)),
            "{other}"
        );
    }
    assert_eq!(read!(url, b""), None);
}

#[test]
fn protocol_lists_are_the_usual_one_or_mere_text() {
    let usual = &b"{7df0354d-249b-430f-820d-3d2a9bef4931}"[..];
    for list in [
        usual,
        b"{7DF0354D-249B-430F-820D-3D2A9BEF4931}",
        &[usual, b" x"].concat(),
        b"x, y",
    ] {
        assert_eq!(read!(protocols, list), said(list));
    }
    assert_eq!(read!(protocols, b""), None);
}

#[test]
fn host_ids_are_names_without_the_long_way() {
    for text in ["a", "upload.example.net", "a-1.b-2"] {
        let name = HostId::of_name(text.as_bytes());
        assert_eq!(name, HostId::new(text.as_bytes()).ok(), "{text}");
    }
}

#[test]
fn a_host_name_begins_with_a_letter() {
    for (text, is_name) in [
        (&b"a"[..], true),
        (b"example-1.net", true),
        (b"1a", false),
        (b"a_b", false),
        (b"a:80", false),
        (b"", false),
    ] {
        assert_eq!(is_host_name(text), is_name);
    }
}
