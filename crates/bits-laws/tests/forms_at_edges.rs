//! Every field of the ten packets with values at the edges of what it may hold, and lines at the edges of what the
//! fast form looks at at once: both forms say the same.

use bits_laws::laws::{OPTIONS, fast_is_general, odd_limits};
use bits_laws::readings::Reading;
use bits_laws::traffic::{Kind, ten};
use bits_packet::{Field, Options};

/// Numbers, in digits and around what 8, 16, 32 and 64 bits hold.
const NUMBERS: [&str; 24] = [
    "",
    "0",
    "00",
    "5",
    "+5",
    "-5",
    "5 5",
    "0x10",
    "255",
    "256",
    "65535",
    "65536",
    "1234567",
    "12345678",
    "123456789",
    "4294967295",
    "4294967296",
    "999999999999999",
    "1234567890123456",
    "12345678901234567",
    "18446744073709551615",
    "18446744073709551616",
    "00000000000000000005",
    "000000000000000000005",
];

const RANGES: [&str; 15] = [
    "bytes 0-0/1",
    "bytes 0-4/5",
    "bytes 0-4/4",
    "bytes 4-3/5",
    "bytes 0-4:5",
    "bytes 0/4-5",
    "bytes 0-4/5 ",
    "bytes  0-4/5",
    "Bytes 0-4/5",
    "bytes 00000000-00000004/00000005",
    "bytes 0-18446744073709551614/18446744073709551615",
    "bytes 0-18446744073709551615/18446744073709551615",
    "bytes 0-18446744073709551615/18446744073709551616",
    "bytes 18446744073709551616-18446744073709551617/18446744073709551618",
    "bytes 1234567-12345678/123456789",
];

const CODES: [&str; 14] = [
    "0x0",
    "0x5",
    "0x7",
    "0x80070005",
    "0x800700057",
    "0x080070005",
    "0xFFFFFFFF",
    "0x100000000",
    "0xg",
    "0x`",
    "0x@",
    "0x:",
    "0X5",
    "x5",
];

const HOSTS: [&str; 20] = [
    "a",
    "a:",
    "a:0",
    "a:80",
    "a:65535",
    "a:65536",
    "a:0065535",
    "a:00065535",
    "a_b",
    "a/b",
    "a..b",
    "-a",
    "a.",
    "1.2.3.4",
    "01.2.3.4",
    "1.2.3.256",
    "1.2.3",
    "1.2.3.4.5",
    "[::1]",
    "255.255.255.255",
];

const TEXTS: [&str; 24] = [
    "Ping",
    "ping",
    "Fragment",
    "Create-Session",
    "Cancel-Session",
    "Close-Session",
    "Ack",
    "Acks",
    "{7df0354d-249b-430f-820d-3d2a9bef4931}",
    "{7DF0354D-249B-430F-820D-3D2A9BEF4931}",
    "{7df0354d-249b-430f-820d-3d2a9bef493g}",
    "{7df0354d 249b-430f-820d-3d2a9bef4931}",
    "{7df0354d-249b-430f-820d-3d2a9bef4931},x",
    "{7df0354d-249b-430f-820d-3d2a9bef4931} {0}",
    "identity",
    "gzip, identity;q=0",
    "gzip,,br",
    "http://a/b%20c",
    "http://a/b%zz",
    "https://a/b?c=d?e",
    "http://a:80/",
    "http:///b",
    "ftp://a/b",
    "BITS-Sessions\\Replies\\{1}\\r.bin",
];

/// Heads with one field added, or its value exchanged, spelled in some ways.
fn each_with(field: Field, value: &[u8], check: impl Fn(Reading, &[u8])) {
    let name = field.name();
    let lower = name.to_lowercase();
    for head in ten() {
        let reading = match head.kind {
            Kind::Request(_) => Reading::Request,
            Kind::Ack(answering) => Reading::Ack(Some(answering)),
        };
        let mut lines: Vec<Vec<u8>> = head.bytes[..head.bytes.len() - 4]
            .split(|&byte| byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
            .collect();
        let is_named = |line: &Vec<u8>| line.starts_with(format!("{name}:").as_bytes());
        let at = lines.iter().position(is_named).unwrap_or_else(|| {
            lines.push(Vec::new());
            lines.len() - 1
        });
        for (name, before, behind) in [(name, " ", ""), (&lower, "", ""), (name, "\t ", " \t")] {
            lines[at] = [
                name.as_bytes(),
                b":",
                before.as_bytes(),
                value,
                behind.as_bytes(),
            ]
            .concat();
            let bytes = [&lines.join(&b"\r\n"[..]), &b"\r\n\r\n"[..]].concat();
            check(reading, &bytes);
        }
    }
}

#[test]
fn values_at_their_edges_are_the_same_in_both_forms() {
    for field in Field::ALL {
        for values in [&NUMBERS[..], &RANGES, &CODES, &HOSTS, &TEXTS] {
            for value in values {
                each_with(field, value.as_bytes(), |reading, bytes| {
                    for options in OPTIONS {
                        fast_is_general(reading, bytes, &options);
                    }
                });
            }
        }
    }
}

#[test]
fn values_that_are_long_are_the_same_in_both_forms_under_every_limit() {
    const AROUND: [usize; 7] = [38, 80, 100, 260, 300, 2200, 4096];
    for field in Field::ALL {
        for length in AROUND.into_iter().flat_map(|it| it - 1..=it + 1) {
            for (first, fill) in [(&b"http://a/"[..], b'a'), (b"", b'a'), (b"", b'0')] {
                let mut value = first.to_vec();
                value.resize(length, fill);
                each_with(field, &value, |reading, bytes| {
                    fast_is_general(reading, bytes, &Options::INTEROP);
                    fast_is_general(reading, bytes, &Options::STRICT);
                });
            }
        }
    }
}

#[test]
fn short_limits_are_the_same_in_both_forms() {
    for field in Field::ALL {
        for value in ["a", "0", "bytes 0-0/1", "{0},{1},{2}", "a, b"] {
            each_with(field, value.as_bytes(), |reading, bytes| {
                for options in odd_limits(Options::INTEROP, bytes) {
                    fast_is_general(reading, bytes, &options);
                }
            });
        }
    }
}

/// A byte that ends a run, at each place of it, in all that has runs: target, query, phrase, names and values that
/// are known and that are not.
#[test]
fn every_byte_at_every_place_of_a_run_is_the_same_in_both_forms() {
    const RUN: usize = 140;
    const FIELDS: &[u8] = b"Host: a\r\nContent-Length: 0\r\n\r\n";
    let starts: [(&[u8], &[u8]); 9] = [
        (b"BITS_POST /", b" HTTP/1.1\r\nBITS-Packet-Type: Ping\r\n"),
        (b"BITS_POST /?", b" HTTP/1.1\r\nBITS-Packet-Type: Ping\r\n"),
        (b"BITS_POST /x HTTP/1.1\r\nBITS-Packet-Type: Ping\r\nX-", b": a\r\n"),
        (b"BITS_POST /x HTTP/1.1\r\nBITS-Packet-Type: Ping\r\nX: ", b"\r\n"),
        (b"BITS_POST /x HTTP/1.1\r\nBITS-Packet-Type: Close-Session\r\nBITS-Session-Id: ", b"\r\n"),
        (b"BITS_POST /x HTTP/1.1\r\nBITS-Packet-Type: Cancel-Session\r\nBITS-Session-Id: 1\r\nContent-Name: ", b"\r\n"),
        (b"HTTP/1.1 500 ", b"\r\nBITS-Packet-Type: Ack\r\n"),
        (b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Reply-URL: http://a/", b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Host-Id: ", b"\r\n"),
    ];
    for (start, end) in starts {
        let reading = Reading::of_packet(start)[0];
        let mut bytes = [start, &[b'a'; RUN], end, FIELDS].concat();
        for at in start.len()..start.len() + RUN {
            for byte in 0..=u8::MAX {
                bytes[at] = byte;
                fast_is_general(reading, &bytes, &Options::INTEROP);
            }
            bytes[at] = b'a';
        }
    }
}

/// The same in the last line of a head with nothing behind it, where fewer bytes are left than are looked at at once.
#[test]
fn every_byte_of_a_last_line_is_the_same_in_both_forms() {
    let starts: [&[u8]; 6] = [
        b"BITS_POST / HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Close-Session\r\nContent-Length: 0\r\nBITS-Session-Id: ",
        b"BITS_POST / HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\nContent-Length: 0\r\nX: ",
        b"BITS_POST / HTTP/1.1\r\nContent-Length: 0\r\nBITS-Packet-Type: Ping\r\nHost: ",
        b"BITS_POST / HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\nContent-Length:",
        b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Received-Content-Range: ",
        b"HTTP/1.1 500 A\r\nBITS-Packet-Type: Ack\r\nBITS-Error-Code: 0x",
    ];
    for start in starts {
        let reading = Reading::of_packet(start)[0];
        for length in 0..40 {
            let mut bytes = [start, &[b'0'; 40][..length], b"\r\n\r\n"].concat();
            for at in start.len()..bytes.len() {
                let sound = bytes[at];
                for byte in 0..=u8::MAX {
                    bytes[at] = byte;
                    fast_is_general(reading, &bytes, &Options::INTEROP);
                }
                bytes[at] = sound;
            }
        }
    }
}
