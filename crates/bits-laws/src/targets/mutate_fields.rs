//! A mutator that knows what a head is made of, and the laws on what it makes.

use bits_packet::Field;

use super::chunks::{chunks, join};
use crate::laws;
use crate::random::Random;

/// The laws of heads, of packets and of pieces.
pub fn mutate_fields(input: &[u8]) {
    if input.starts_with(b"HTTP/") {
        laws::response_head(input);
    } else {
        laws::request_head(input);
    }
    laws::packet(input);
    let lengths = [17, 1, u8::try_from(input.len() % 251).unwrap_or(1), 90, 2];
    chunks(&join(input, &lengths));
}

/// Numbers at the edges of what fields can hold, and spellings of numbers that are none.
const NUMBERS: [&[u8]; 25] = [
    b"0",
    b"00",
    b"1",
    b"-1",
    b"+1",
    b"0x10",
    b"1e3",
    b"1_0",
    b" 1",
    b"1 ",
    b"1,1",
    b"1, 1",
    b"127",
    b"128",
    b"65535",
    b"65536",
    b"2147483648",
    b"4294967295",
    b"4294967296",
    b"4294967301",
    b"9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"99999999999999999999999",
    b"",
];

/// Lines that decide where a message ends.
const FRAMING: [&[u8]; 16] = [
    b"Content-Length: 0",
    b"Content-Length: 5",
    b"content-length: 5",
    b"Content-Length: 5, 5",
    b"Content-Length : 5",
    b"Content-Length:\t5",
    b"Content-Length: +5",
    b"Content_Length: 5",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: gzip, chunked",
    b"transfer-encoding:\x0Bchunked",
    b"Transfer-Encoding : chunked",
    b"Host: b",
    b"X-HTTP-Method-Override: BITS_POST",
];

/// Bytes and pairs of them that end lines, words or strings for somebody.
const SEPARATORS: [&[u8]; 12] = [
    b"\r", b"\n", b"\0", b"\t", b" ", b":", b",", b";", b"\r\n", b"\n\n", b"\x0B", b"\x80",
];

/// Start lines.
const START_LINES: [&[u8]; 11] = [
    b"BITS_POST /drop/a.zip HTTP/1.1",
    b"BITS_POST http://a.example:80/drop?x HTTP/1.1",
    b"bits_post /x HTTP/1.1",
    b"POST /x HTTP/1.1",
    b"GET / HTTP/1.0",
    b"OPTIONS * HTTP/1.1",
    b"options * HTTP/1.1",
    b"CONNECT a:443 HTTP/1.1",
    b"HTTP/1.1 200 OK",
    b"HTTP/1.1 416 Range Not Satisfiable",
    b"HTTP/1.0 500 ",
];

/// A head as lines: the start line, the fields, and what stands behind the empty line.
struct Lines {
    lines: Vec<Vec<u8>>,
    rest: Vec<u8>,
}

impl Lines {
    fn of(head: &[u8]) -> Self {
        let end = head.windows(4).position(|window| window == b"\r\n\r\n");
        let (block, rest) = head.split_at(end.unwrap_or(head.len()));
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let mut line = Vec::new();
        for &byte in block {
            line.push(byte);
            if line.ends_with(b"\r\n") {
                line.truncate(line.len() - 2);
                lines.push(std::mem::take(&mut line));
            }
        }
        lines.push(line);
        Lines {
            lines,
            rest: rest.strip_prefix(b"\r\n\r\n").unwrap_or_default().to_vec(),
        }
    }

    fn write(&self) -> Vec<u8> {
        let mut head = self.lines.join(&b"\r\n"[..]);
        head.extend_from_slice(b"\r\n\r\n");
        head.extend_from_slice(&self.rest);
        head
    }

    /// Any line.
    fn any(&mut self, random: &mut Random) -> &mut Vec<u8> {
        let at = random.below(self.lines.len());
        &mut self.lines[at]
    }

    /// The place of a field line, or behind the last.
    fn place(&self, random: &mut Random) -> usize {
        1 + random.below(self.lines.len())
    }
}

type Edit = fn(&mut Lines, &mut Random);

const EDITS: [Edit; 12] = [
    swap_lines,
    drop_line,
    repeat_line,
    change_case,
    change_blanks,
    change_number,
    insert_framing,
    insert_separator,
    insert_field,
    change_start_line,
    exchange_values,
    change_rest,
];

/// Changes a head in a few places: swaps, drops and repeats fields; changes case, blanks and numbers;
/// inserts what frames messages, separators, and fields of the protocol.
#[must_use]
pub fn mutate(head: &[u8], max_length: usize, seed: u32) -> Vec<u8> {
    let mut random = Random::new(seed.into());
    let mut lines = Lines::of(head);
    for _ in 0..=random.below(3) {
        EDITS[random.below(EDITS.len())](&mut lines, &mut random);
    }
    let mut head = lines.write();
    head.truncate(max_length);
    head
}

fn swap_lines(lines: &mut Lines, random: &mut Random) {
    let (one, other) = (
        random.below(lines.lines.len()),
        random.below(lines.lines.len()),
    );
    lines.lines.swap(one, other);
}

fn drop_line(lines: &mut Lines, random: &mut Random) {
    if lines.lines.len() > 1 {
        let at = random.below(lines.lines.len());
        lines.lines.remove(at);
    }
}

fn repeat_line(lines: &mut Lines, random: &mut Random) {
    let mut line = lines.any(random).clone();
    match random.below(3) {
        0 => line.push(b'x'),
        1 => line.make_ascii_lowercase(),
        _ => {}
    }
    let at = lines.place(random);
    lines.lines.insert(at, line);
}

fn change_case(lines: &mut Lines, random: &mut Random) {
    let change = random.below(3);
    let line = lines.any(random);
    match change {
        0 => line.make_ascii_lowercase(),
        1 => line.make_ascii_uppercase(),
        _ => {
            let at = random.below(line.len() + 1);
            if let Some(byte) = line.get_mut(at).filter(|byte| byte.is_ascii_alphabetic()) {
                *byte ^= 0x20;
            }
        }
    }
}

fn change_blanks(lines: &mut Lines, random: &mut Random) {
    const BLANKS: [&[u8]; 8] = [
        b"", b" ", b"  ", b"\t", b" \t ", b"\r\n ", b"\r\n\t", b"\x0C",
    ];
    let blanks = random.choose(&BLANKS);
    let line = lines.any(random);
    let colon = line.iter().position(|&byte| byte == b':');
    let places = [Some(0), colon, colon.map(|at| at + 1), Some(line.len())];
    if let Some(at) = places[random.below(places.len())] {
        let end = match line.get(at) {
            Some(b' ') => at + 1,
            _ => at,
        };
        line.splice(at..end, blanks.iter().copied());
    }
}

fn change_number(lines: &mut Lines, random: &mut Random) {
    let number = random.choose(&NUMBERS);
    let line = lines.any(random);
    let digits: Vec<usize> = (0..line.len())
        .filter(|&at| line[at].is_ascii_digit())
        .collect();
    if digits.is_empty() {
        return;
    }
    let at = digits[random.below(digits.len())];
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let from = at
        - line[..at]
            .iter()
            .rev()
            .take_while(|byte| is_digit(byte))
            .count();
    let to = at + line[at..].iter().take_while(|byte| is_digit(byte)).count();
    line.splice(from..to, number.iter().copied());
}

fn insert_framing(lines: &mut Lines, random: &mut Random) {
    let (at, line) = (lines.place(random), random.choose(&FRAMING));
    lines.lines.insert(at, line.to_vec());
}

fn insert_separator(lines: &mut Lines, random: &mut Random) {
    let separator = random.choose(&SEPARATORS);
    let line = lines.any(random);
    let at = random.below(line.len() + 1);
    line.splice(at..at, separator.iter().copied());
}

fn insert_field(lines: &mut Lines, random: &mut Random) {
    const VALUES: [&[u8]; 14] = [
        b"Ping",
        b"Create-Session",
        b"Fragment",
        b"Close-Session",
        b"Cancel-Session",
        b"Ack",
        b"{7df0354d-249b-430f-820d-3d2a9bef4931}",
        b"bytes 0-4/10",
        b"5",
        b"0x80070057",
        b"0x5",
        br"BITS-Sessions\Replies\{1}\r.bin",
        b"http://a/b",
        b"",
    ];
    let field = Field::ALL[random.below(Field::ALL.len())];
    let line = [field.name().as_bytes(), b": ", random.choose(&VALUES)].concat();
    let at = lines.place(random);
    lines.lines.insert(at, line);
}

fn change_start_line(lines: &mut Lines, random: &mut Random) {
    if let Some(line) = lines.lines.first_mut() {
        *line = random.choose(&START_LINES).to_vec();
    }
}

/// Gives one field the value of another.
fn exchange_values(lines: &mut Lines, random: &mut Random) {
    let value = |line: &[u8]| line.iter().position(|&byte| byte == b':').map(|at| at + 1);
    let from = lines.any(random).clone();
    let to = lines.any(random);
    if let (Some(from_at), Some(to_at)) = (value(&from), value(to)) {
        to.truncate(to_at);
        to.extend_from_slice(&from[from_at..]);
    }
}

fn change_rest(lines: &mut Lines, random: &mut Random) {
    match random.below(3) {
        0 => lines.rest.clear(),
        1 => lines.rest = lines.write(),
        _ => lines.rest.extend_from_slice(b"hello"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\
        Content-Length: 0\r\n\r\nrest";

    #[test]
    fn the_same_seed_makes_the_same_head() {
        for seed in 0..100 {
            assert_eq!(mutate(HEAD, 1000, seed), mutate(HEAD, 1000, seed));
        }
    }

    #[test]
    fn keeps_to_the_length() {
        for seed in 0..1000 {
            assert!(mutate(HEAD, 50, seed).len() <= 50);
        }
    }

    #[test]
    fn takes_a_head_apart_and_puts_it_together() {
        for head in [HEAD, b"\r\n\r\n", b"a\r\nb: c\r\n\r\n\r\n"] {
            assert_eq!(Lines::of(head).write(), head);
        }
        assert_eq!(Lines::of(b"").write(), b"\r\n\r\n");
        assert_eq!(Lines::of(b"a\r").write(), b"a\r\r\n\r\n");
    }

    #[test]
    fn makes_heads_of_many_kinds_that_keep_the_laws() {
        let mut heads = std::collections::HashSet::new();
        let mut accepted = 0;
        for seed in 0..5000 {
            let head = mutate(HEAD, 1000, seed);
            mutate_fields(&head);
            accepted += usize::from(bits_packet::RequestHead::parse(&head).is_ok());
            heads.insert(head);
        }
        assert!(heads.len() > 2000, "{} different heads", heads.len());
        assert!((500..4500).contains(&accepted), "{accepted} accepted");
    }
}
