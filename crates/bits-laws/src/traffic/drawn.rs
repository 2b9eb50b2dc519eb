//! Heads of which nothing repeats.

use bits_packet::RequestType::{self, CreateSession, Fragment};

use super::lines::Lines;
use super::ten::PROTOCOL;
use super::{Head, Kind};
use crate::random::Random;

/// So many heads of any packet, with any numbers, names and lengths, and up to four fields that are not
/// of the protocol; the fields in the usual order.
#[must_use]
pub fn random(heads: usize, seed: u64) -> Vec<Head> {
    let mut random = Random::new(seed);
    (0..heads).map(|_| draw(&mut random).head()).collect()
}

/// The same with the fields of each head in any order.
#[must_use]
pub fn shuffled(heads: usize, seed: u64) -> Vec<Head> {
    let mut random = Random::new(seed);
    let mut shuffle = |_| {
        let mut lines = draw(&mut random);
        for at in (1..lines.fields.len()).rev() {
            lines.fields.swap(at, random.below(at + 1));
        }
        lines.head()
    };
    (0..heads).map(&mut shuffle).collect()
}

fn draw(random: &mut Random) -> Lines {
    let packet = RequestType::ALL[random.below(RequestType::ALL.len())];
    let mut lines = if random.below(2) == 0 {
        request(packet, random)
    } else {
        ack(packet, random)
    };
    for _ in 0..random.below(5) {
        push_unknown(&mut lines, random);
    }
    lines
}

fn request(packet: RequestType, random: &mut Random) -> Lines {
    let target = format!("/{}/{}.bin", random.word(3, 30), random.word(3, 40));
    let start = format!("BITS_POST {target} HTTP/1.1");
    let mut lines = Lines::new(Kind::Request(packet), start);
    lines.push("Accept", "*/*");
    lines.push("BITS-Packet-Type", packet.name());
    match packet {
        RequestType::Ping => {}
        CreateSession => lines.push("BITS-Supported-Protocols", PROTOCOL),
        _ => lines.push("BITS-Session-Id", random.guid()),
    }
    if matches!(packet, CreateSession | Fragment) {
        lines.push("Content-Name", format!("{}.bin", random.word(3, 24)));
    }
    let mut length = 0;
    if packet == Fragment {
        let first = random.number(11);
        length = 1 + random.number(8);
        let end = first + length;
        let total = end + random.number(12);
        let range = format!("bytes {first}-{}/{total}", end - 1);
        lines.push("Content-Range", range);
    }
    lines.push("User-Agent", "Microsoft BITS/7.8");
    lines.push("Host", format!("{}.example", random.word(3, 24)));
    lines.push("Content-Length", length.to_string());
    lines.push("Connection", "Keep-Alive");
    lines
}

fn ack(answering: RequestType, random: &mut Random) -> Lines {
    let has_failed = random.below(5) == 0;
    let start = match (has_failed, answering) {
        (false, _) => "HTTP/1.1 200 OK",
        (true, Fragment) => "HTTP/1.1 416 Requested Range Not Satisfiable",
        (true, _) => "HTTP/1.1 500 Internal Server Error",
    };
    let mut lines = Lines::new(Kind::Ack(answering), start);
    lines.push("Content-Length", "0");
    lines.push("Server", random.word(4, 24));
    lines.push("BITS-Packet-Type", "Ack");
    if answering == CreateSession && !has_failed {
        lines.push("BITS-Protocol", PROTOCOL);
    }
    if answering != RequestType::Ping {
        lines.push("BITS-Session-Id", random.guid());
    }
    if answering == CreateSession && !has_failed && random.below(2) == 0 {
        lines.push("BITS-Host-Id", random.word(4, 20));
        let seconds = random.number(6);
        lines.push("BITS-Host-Id-Fallback-Timeout", seconds.to_string());
    }
    if answering == Fragment {
        let next = random.number(12);
        lines.push("BITS-Received-Content-Range", next.to_string());
        if !has_failed && random.below(4) == 0 {
            let url = format!("http://{}/{}", random.word(4, 20), random.word(4, 40));
            lines.push("BITS-Reply-URL", url);
        }
    }
    if has_failed {
        let code = random.next() >> 32;
        lines.push("BITS-Error-Code", format!("0x{code:08x}"));
        lines.push("BITS-Error-Context", ["0x5", "0x7"][random.below(2)]);
    }
    lines.push("Date", "Mon, 23 Nov 2026 16:53:26 GMT");
    lines
}

fn push_unknown(lines: &mut Lines, random: &mut Random) {
    match random.below(6) {
        0 => lines.push("Via", format!("1.1 {}", random.word(4, 20))),
        1 => {
            let mut byte = || random.below(256);
            let address = format!("{}.{}.{}.{}", byte(), byte(), byte(), byte());
            lines.push("X-Forwarded-For", address);
        }
        2 => lines.push("X-Request-Id", random.word(16, 36)),
        3 => {
            let cookie = format!("{}={}", random.word(3, 10), random.word(10, 60));
            lines.push("Cookie", cookie);
        }
        4 => lines.push("Accept-Language", random.word(2, 12)),
        _ => lines.push(format!("X-{}", random.word(3, 16)), random.word(0, 40)),
    }
}
