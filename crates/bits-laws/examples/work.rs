//! Reads a head of one shape and about that many bytes, that many times, or writes one, or what else grows
//! with its input: what `.ci/linear` counts the instructions of.
//!
//!     cargo run --release -p bits-laws --example work -- SHAPE BYTES TIMES

use std::hint::black_box;
use std::{env, process};

use bits_cli::stream::{Decoder, Settings};
use bits_packet::{AbsoluteUrl, Authority, HeadScanner, Options, Ping, ReplyUrl, Request, Target};
use bits_serializer::Draft;

use bits_laws::readings::Reading;

/// A shape: its name, what is done with it, and a head (or a target, or a URL) of about so many bytes.
type Shape = (&'static str, fn(&[u8]), fn(usize) -> Vec<u8>);

const SHAPES: [Shape; 22] = [
    ("unknown-fields", read, |n| {
        request(&repeat(b"X-Note: v\r\n", n))
    }),
    ("known-fields", read, |n| {
        request(&repeat(b"Content-Name: v\r\n", n))
    }),
    ("odd-spelling", read, |n| {
        request(&repeat(b"cOnTeNt-nAmE:\t v \r\n", n))
    }),
    ("empty-values", read, |n| request(&repeat(b"a:\r\n", n))),
    ("long-value", read, |n| {
        request(&[b"X: ", &repeat(b"v ", n)[..], b"v\r\n"].concat())
    }),
    ("long-target", read, |n| get(&repeat(b"a/%7B", n))),
    ("blanks-in-target", read, |n| {
        [b"GET /", &repeat(b"a HTTP ", n)[..], b"\r\n\r\n"].concat()
    }),
    ("long-method", read, |n| {
        [&repeat(b"M", n)[..], b" / HTTP/1.1\r\n\r\n"].concat()
    }),
    ("codings", read, |n| {
        let codings = repeat(b"gzip,", n);
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: ",
            &codings[..],
            b"chunked\r\n\r\n",
        ]
        .concat()
    }),
    ("reason", read, |n| {
        [b"HTTP/1.1 200 ", &repeat(b"O K", n)[..], b"\r\n\r\n"].concat()
    }),
    ("error-at-the-end", read, |n| {
        request(&[&repeat(b"X: v\r\n", n)[..], b"X\r\n"].concat())
    }),
    ("no-end", read, |n| {
        [b"GET / HTTP/1.1\r\n", &repeat(b"X: v\r\n", n)[..]].concat()
    }),
    ("scanned-by-bytes", scan, |n| {
        request(&repeat(b"\r\r\n\r", n))
    }),
    ("decoded-by-bytes", decode, |n| {
        request(&repeat(b"X-Note: v\r\n", n))
    }),
    ("protocols", read, |n| {
        [
            b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Create-Session\r\n\
                Content-Length: 0\r\nBITS-Supported-Protocols: ",
            &repeat(b"{7df0354d-249b-430f-820d-3d2a9bef4931} ", n)[..],
            b"x\r\n\r\n",
        ]
        .concat()
    }),
    ("dots-in-target", read, |n| get(&repeat(b"a/../", n))),
    ("chunk-lines", decode, |n| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunks = repeat(b"1;x=y\r\na\r\n", n);
        [head, &chunks[..], b"0\r\n\r\n"].concat()
    }),
    ("trailers", decode, |n| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        [head, &b"0\r\n"[..], &repeat(b"X: v\r\n", n), b"\r\n"].concat()
    }),
    ("written-target", write, |n| {
        [b"/", &repeat(b"a/%7B", n)[..]].concat()
    }),
    // No reply URL is longer than 2,200 bytes, and no other than 4,096: an eighth of the bytes, and a quarter.
    ("reply-dots", resolve_reply, |n| repeat(b"a/../", n / 8)),
    ("reply-segments", resolve_reply, |n| repeat(b"a/", n / 8)),
    ("reply-to-upload", resolve_upload, |n| {
        [b"http://h/", &repeat(b"a/", n / 4 - 16)[..]].concat()
    }),
];

fn repeat(text: &[u8], bytes: usize) -> Vec<u8> {
    text.repeat(bytes.div_ceil(text.len()))
}

fn get(target: &[u8]) -> Vec<u8> {
    [b"GET /", target, b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat()
}

fn request(fields: &[u8]) -> Vec<u8> {
    let start =
        b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\nContent-Length: 0\r\n";
    [start, fields, b"\r\n"].concat()
}

fn options() -> Options {
    Options::INTEROP
        .with_max_head(u32::MAX)
        .with_max_value(u32::MAX)
}

fn read(head: &[u8]) {
    for reading in Reading::of_packet(head) {
        let _ = black_box(reading.parse(head, &options()));
    }
}

fn scan(head: &[u8]) {
    let mut scanner = HeadScanner::new(u32::MAX);
    for end in 1..=head.len() {
        let _ = black_box(scanner.scan(&head[..end]));
    }
}

fn decode(head: &[u8]) {
    let settings = Settings {
        options: options(),
        answering: None,
    };
    let mut decoder = Decoder::new(settings);
    for mut piece in head.chunks(1) {
        while black_box(decoder.push(&mut piece)).is_some() {}
    }
}

fn write(target: &[u8]) {
    let host = Authority::new(b"h").expect("a host");
    let target = Target::new(target).expect("a target");
    let draft = Draft::request(&Request::Ping(Ping), target, host).expect("a path");
    let _ = black_box(draft.to_vec());
}

fn resolve_reply(reply: &[u8]) {
    resolve(reply, b"http://h/x");
}

fn resolve_upload(upload: &[u8]) {
    resolve(b"r", upload);
}

fn resolve(reply: &[u8], upload: &[u8]) {
    let upload = AbsoluteUrl::new(upload).expect("a URL");
    let reply = ReplyUrl::new(reply).expect("a reply URL");
    let resolved = reply.resolve(&upload).expect("a URL of that server");
    let _ = black_box(resolved.to_string());
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, bytes, times] = &arguments[..] else {
        for (name, ..) in SHAPES {
            println!("{name}");
        }
        return;
    };
    let shape = SHAPES.iter().find(|(it, ..)| it == name);
    let (Some((_, read, make)), Ok(bytes), Ok(times)) =
        (shape, bytes.parse(), times.parse::<u32>())
    else {
        eprintln!("usage: work SHAPE BYTES TIMES");
        process::exit(2);
    };
    let head = make(bytes);
    for _ in 0..times {
        read(black_box(&head));
    }
}
