use super::*;

const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

fn decode_body(body: &[u8]) -> Vec<Said> {
    decode(&[HEAD, body].concat())
}

/// The data of a chunked body that is whole, and that a Ping follows.
fn data(body: &[u8]) -> Vec<u8> {
    let said = decode_body(&[body, PING].concat());
    let ping = (HEAD.len() + body.len()) as u64;
    let name = body.escape_ascii();
    assert_eq!(heads(&said), [(0, None), (ping, Some("Ping"))], "{name}");
    let data = match &said[1] {
        Said::Body(data) => data.clone(),
        _ => Vec::new(),
    };
    let end = Said::End {
        body_bytes: data.len() as u64,
        whole: true,
    };
    assert!(said.contains(&end), "{name}: {said:?}");
    data
}

#[test]
fn reads_chunks() {
    let bodies: [(&[u8], &[u8]); 17] = [
        (b"0\r\n\r\n", b""),
        (b"000\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", b"abc"),
        (b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
        (
            b"0000000000000000000000000000000A\r\n0123456789\r\n0\r\n\r\n",
            b"0123456789",
        ),
        (b"4\r\n0\r\n\r\r\n0\r\n\r\n", b"0\r\n\r"),
        (b"5;x\r\nhello\r\n0;y=1\r\n\r\n", b"hello"),
        (b"5;x;y;z=1\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5 ; x = y ; z\r\nhello\r\n0\t;\tx\t=\ty\r\n\r\n", b"hello"),
        (b"1;x=\"\"\r\na\r\n0\r\n\r\n", b"a"),
        (b"1;x=\"a;b\\\"c\\\\\t\xFF\" ;y\r\na\r\n0\r\n\r\n", b"a"),
        (b"1;x=\"a\";y=\"b\"\r\na\r\n0\r\n\r\n", b"a"),
        (b"1;x;y\t;z\r\na\r\n0\r\n\r\n", b"a"),
        (b"0\r\nA: b\r\n\r\n", b""),
        (b"0\r\nA:\r\nB: c\t d\xFF\r\n\r\n", b""),
        (b"1\r\na\r\n0;x\r\nA:b:c\r\n\r\n", b"a"),
    ];
    for (body, expected) in bodies {
        assert_eq!(data(body), expected);
    }
}

#[test]
fn takes_sizes_in_either_letter_case() {
    let chunk = [&b"\r\n"[..], &[b'x'; 0xABCDEF], b"\r\n0\r\n\r\n"].concat();
    for size in ["abcdef", "ABCDEF", "aBcDeF"] {
        assert_eq!(data(&[size.as_bytes(), &chunk].concat()).len(), 0xABCDEF);
    }
}

#[test]
fn takes_every_tchar_in_names_and_values() {
    let token = "!#$%&'*+-.^_`|~09azAZ";
    let body = format!("1;{token}={token}\r\na\r\n0\r\n{token}: x\r\n\r\n");
    assert_eq!(data(body.as_bytes()), b"a");
}

#[test]
fn refuses_what_breaks_the_grammar_at_the_wrong_byte() {
    use ChunkFault::{Extension, LineEnd, Size, Trailer};
    // The byte after the bar is wrong.
    let bodies: [(&str, ChunkFault); 53] = [
        ("|\r\n", Size),
        ("|\n", LineEnd),
        ("|G\r\n", Size),
        ("| 5\r\n", Size),
        ("|+5\r\n", Size),
        ("|-5\r\n", Size),
        ("0|x5\r\n", Size),
        ("5|_0\r\n", Size),
        ("5|,5\r\n", Size),
        ("5|\0\r\n", Size),
        ("|;x\r\n", Size),
        ("5|\nhello\r\n", LineEnd),
        ("5\r|hello\r\n", LineEnd),
        ("5 |\r\nhello\r\n", Extension),
        ("5 |5\r\n", Extension),
        ("5 |\nhello", LineEnd),
        ("5;|\r\nhello", Extension),
        ("5;|;x\r\n", Extension),
        ("5;|=x\r\n", Extension),
        ("5;|\nhello", LineEnd),
        ("5;x|\nhello", LineEnd),
        ("5;x|/\r\n", Extension),
        ("5;x |y\r\n", Extension),
        ("5;x |\r\n", Extension),
        ("5;x=|\r\n", Extension),
        ("5;x=|;\r\n", Extension),
        ("5;x=|=\r\n", Extension),
        ("5;x=y|=z\r\n", Extension),
        ("5;x=y|\"\r\n", Extension),
        ("5;x=y |z\r\n", Extension),
        ("5;x=\"|\r\n", Extension),
        ("5;x=\"|\n", LineEnd),
        ("5;x=\"|\0\"\r\n", Extension),
        ("5;x=\"|\x7F\"\r\n", Extension),
        ("5;x=\"\\|\r\"\r\n", Extension),
        ("5;x=\"\\|\n\"\r\n", LineEnd),
        ("5;x=\"y\"|z\r\n", Extension),
        ("5;x=\"y\" |z\r\n", Extension),
        ("5\r\nhello|0\r\n", LineEnd),
        ("5\r\nhello|\n0\r\n", LineEnd),
        ("5\r\nhello|!\r\n0\r\n", LineEnd),
        ("5\r\nhello\r|0\r\n", LineEnd),
        ("5\r\nhello\r|\r\n0\r\n", LineEnd),
        ("5\r\nhello\r\n|\r\n", Size),
        ("0\r|0", LineEnd),
        ("0\r\n\r|\r", LineEnd),
        ("0\r\n|\n", LineEnd),
        ("0\r\n| A: b\r\n\r\n", Trailer),
        ("0\r\n|:b\r\n\r\n", Trailer),
        ("0\r\nA| : b\r\n\r\n", Trailer),
        ("0\r\nA|\r\n\r\n", Trailer),
        ("0\r\nA: |\0\r\n\r\n", Trailer),
        ("0\r\nA: b\r|C: d\r\n\r\n", LineEnd),
    ];
    for (body, expected) in bodies {
        let (before, after) = body.split_once('|').unwrap();
        let stream = [HEAD, before.as_bytes(), after.as_bytes()].concat();
        let said = decode(&stream);
        let at = (HEAD.len() + before.len()) as u64;
        let fault = fault(&said);
        assert_eq!(fault, Fault::of_chunk(expected, at, false), "{body:?}");
        let failure = Said::Failure {
            offset: 0,
            length: at + 1,
            fault,
            head: Vec::new(),
            body: [before.as_bytes(), &after.as_bytes()[..1]].concat(),
        };
        assert_eq!(said.last(), Some(&failure));
        let end = &said[said.len() - 2];
        assert!(matches!(end, Said::End { whole: false, .. }), "{said:?}");
    }
}

#[test]
fn says_what_was_there_before_a_body_went_wrong() {
    let said = decode(&[PING, HEAD, b"5\r\nhello\r\n1\r\nxyz"].concat());
    let start = PING.len() as u64;
    let at = HEAD.len() as u64 + 14;
    let expected = [
        Said::Body(b"hellox".to_vec()),
        Said::End {
            body_bytes: 6,
            whole: false,
        },
        Said::Failure {
            offset: start,
            length: at + 1,
            fault: Fault::of_chunk(ChunkFault::LineEnd, at, false),
            head: Vec::new(),
            body: b"5\r\nhello\r\n1\r\nxy".to_vec(),
        },
    ];
    assert_eq!(said[3..], expected);
}

#[test]
fn gives_the_last_bytes_before_a_wrong_one_however_they_came() {
    let counted: Vec<u8> = (0..=255).collect();
    for data in [1, 50, 54, 55, 56, 57, 58, 59, 200] {
        let size = format!("{data:x}\r\n");
        let chunk = [size.as_bytes(), &counted[..data], b"\r\n"].concat();
        let body = [&chunk[..], b"3;\xFF"].concat();
        let stream = [HEAD, &body].concat();
        let expected = &body[body.len().saturating_sub(58)..];
        for piece in [1, 2, 7, 56, 57, 58, 59, stream.len()] {
            let said = transcript(stream.chunks(piece), Settings::INTEROP);
            let Some(Said::Failure { body, .. }) = said.last() else {
                panic!("{said:?}");
            };
            assert_eq!(body, expected, "{data} in pieces of {piece}");
        }
    }
}

#[test]
fn gives_no_byte_of_a_head_that_came_in_pieces_for_one_of_the_body() {
    let stream = [HEAD, b"G"].concat();
    let said = transcript(stream.chunks(HEAD.len() - 1), Settings::INTEROP);
    let Some(Said::Failure { head, body, .. }) = said.last() else {
        panic!("{said:?}");
    };
    assert_eq!((&head[..], &body[..]), (&b""[..], &b"G"[..]));
}

#[test]
fn describes_what_is_wrong_with_a_body() {
    let request = Fault::of_chunk(ChunkFault::Size, 99, false);
    assert_eq!(request.kind(), "chunked-body");
    assert_eq!(request.field(), None);
    assert_eq!(request.error(), None);
    assert_eq!(request.section(), Some("[RFC 9112] 7.1"));
    assert_eq!(request.offset(), 99);
    assert_eq!(request.status_hint(), Some(400));
    let of_response = decode(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nG");
    assert_eq!(fault(&of_response).status_hint(), None);

    let messages = [
        (
            ChunkFault::Size,
            "the size of a chunk must be hexadecimal digits, followed by CRLF or `;`",
        ),
        (
            ChunkFault::SizeTooLarge,
            "the size of a chunk must be below 2^64",
        ),
        (
            ChunkFault::Extension,
            "a chunk extension must be a name, or a name, `=` and a value",
        ),
        (
            ChunkFault::LineEnd,
            "CR and LF must follow the data of a chunk, and every line around it",
        ),
        (
            ChunkFault::Trailer,
            "a trailer must be a name, a colon and a value",
        ),
        (
            ChunkFault::TooLong,
            "the lines between the data of chunks are longer than the limit",
        ),
    ];
    for (fault, message) in messages {
        let fault = Fault::of_chunk(fault, 7, true);
        assert_eq!(fault.explanation(), message);
        assert_eq!(
            fault.to_string(),
            format!("{message} (at 7, [RFC 9112] 7.1)")
        );
    }
}

#[test]
fn takes_sizes_of_64_bits() {
    for size in [
        "FFFFFFFFFFFFFFFF",
        "00000FFFFFFFFFFFFFFFF",
        "8000000000000000",
    ] {
        let body = format!("{size}\r\nabc");
        let expected = Said::End {
            body_bytes: 3,
            whole: false,
        };
        assert_eq!(decode_body(body.as_bytes()).last(), Some(&expected));
    }
}

#[test]
fn refuses_sizes_above_64_bits_at_the_first_digit_too_many() {
    let long = format!("FFFFFFFFFFFFFFFF|{}", "F".repeat(1000));
    for size in ["1000000000000000|0", "00FFFFFFFFFFFFFFFF|F;x", &long] {
        let (before, after) = size.split_once('|').unwrap();
        let stream = [HEAD, before.as_bytes(), after.as_bytes(), b"\r\nabc"].concat();
        let at = (HEAD.len() + before.len()) as u64;
        let expected = Fault::of_chunk(ChunkFault::SizeTooLarge, at, false);
        for settings in [Settings::INTEROP, Settings::STRICT] {
            let said = transcript([&stream[..]], settings);
            assert_eq!(fault(&said), expected, "{size}");
        }
    }
}

#[test]
fn takes_an_input_that_ends_inside_chunks() {
    let body = b"5;x=\"y\"\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for end in 0..body.len() {
        let said = decode_body(&body[..end]);
        let expected = Said::End {
            body_bytes: end.saturating_sub(9).min(5) as u64,
            whole: false,
        };
        assert_eq!(said.last(), Some(&expected), "{end}");
        assert_eq!(heads(&said).len(), 1);
    }
}

#[test]
fn bounds_the_lines_between_data() {
    let limit = 65_536;
    let size = |length: usize| [&vec![b'0'; length - 3], &b"1\r\n"[..]].concat();
    let rest = b"a\r\n0\r\n\r\n";
    assert_eq!(data(&[&size(limit)[..], rest].concat()), b"a");
    let second = [b"1\r\nb\r\n", &size(limit)[..], rest].concat();
    assert_eq!(data(&second), b"ba");
    let long = decode_body(&[&size(limit + 1)[..], rest].concat());
    let at = (HEAD.len() + limit) as u64;
    assert_eq!(
        fault(&long),
        Fault::of_chunk(ChunkFault::TooLong, at, false)
    );
}

#[test]
fn bounds_the_trailers() {
    let trailers = |length: usize| {
        let filler = "x".repeat(length - 12);
        format!("1\r\na\r\n0\r\nA: b\r\nC:{filler}\r\n\r\n")
    };
    let limit = 65_536;
    assert_eq!(data(trailers(limit).as_bytes()), b"a");
    let long = decode_body(trailers(limit + 1).as_bytes());
    assert_eq!(fault(&long).kind(), "chunked-body");
    let at = fault(&long).offset();
    assert_eq!(at, (HEAD.len() + 9 + limit) as u64);
}
