use super::*;

fn response(status: &str, fields: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{fields}\r\n").into_bytes()
}

#[test]
fn does_not_take_a_body_for_a_head() {
    let fragment = String::from_utf8(FRAGMENT.to_vec()).unwrap();
    let fragment = fragment
        .replace("0-4/10", &format!("0-{}/999", PING.len() - 1))
        .replace("Length: 5", &format!("Length: {}", PING.len()));
    let stream = [fragment.as_bytes(), PING, ACK].concat();
    let said = decode(&stream);
    let ack = (fragment.len() + PING.len()) as u64;
    assert_eq!(heads(&said), [(0, Some("Fragment")), (ack, Some("Ack"))]);
    assert_eq!(said[1], Said::Body(PING.to_vec()));
}

#[test]
fn knows_a_body_that_begins_like_a_head_however_it_is_cut() {
    let bodies: [(&[u8], bool); 10] = [
        (b"HTTP/1.", true),
        (b"HTTP/1.1 200 OK\r\n\r\n", true),
        (b"HTTP/1.0 ", true),
        (b"BITS_POST ", true),
        (PING, true),
        (b"", false),
        (b"HTTP/1", false),
        (b"HTTP/2.0 200", false),
        (b"BITS_POST", false),
        (b" HTTP/1.1 200", false),
    ];
    for (body, expected) in bodies {
        let length = response("200 OK", &format!("Content-Length: {}\r\n", body.len()));
        let until_close = response("200 OK", "");
        let chunked = response("200 OK", "Transfer-Encoding: chunked\r\n");
        let chunks: Vec<u8> = body
            .chunks(4)
            .flat_map(|data| [format!("{}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat())
            .collect();
        for stream in [
            [&length, body].concat(),
            [&until_close, body].concat(),
            [&chunked[..], &chunks, b"0\r\n\r\n"].concat(),
        ] {
            for piece in [1, 2, 9, 10, stream.len()] {
                let said = transcript(stream.chunks(piece), Settings::INTEROP);
                let name = stream.escape_ascii();
                assert_eq!(said.contains(&Said::LikeHead), expected, "{name}");
                assert!(matches!(said.last(), Some(Said::End { whole: true, .. })));
            }
        }
    }
}

#[test]
fn looks_anew_at_the_start_of_each_body() {
    let ok = response("200 OK", "Content-Length: 7\r\n");
    let said = decode(&[&ok, &b"HTTP/1."[..], &ok, b"HTTP/2."].concat());
    let like_head = said.iter().filter(|&it| *it == Said::LikeHead);
    assert_eq!(like_head.count(), 1);
}

#[test]
fn takes_an_input_that_ends_inside_a_body() {
    for length in 0..5 {
        let stream = [FRAGMENT, &b"hello"[..length]].concat();
        let expected = Said::End {
            body_bytes: length as u64,
            whole: false,
        };
        assert_eq!(decode(&stream).last(), Some(&expected));
    }
}

#[test]
fn finds_no_body_after_1xx_204_and_304() {
    for status in ["100 Continue", "103 Early Hints", "199 ", "204 ", "304 "] {
        for fields in [
            "",
            "Content-Length: 7\r\n",
            "Transfer-Encoding: chunked\r\n",
        ] {
            let head = response(status, fields);
            let said = decode(&[&head, PING].concat());
            let second = head.len() as u64;
            assert_eq!(
                heads(&said),
                [(0, None), (second, Some("Ping"))],
                "{status}"
            );
        }
    }
}

#[test]
fn takes_the_rest_of_the_input_for_the_body_of_a_response_without_framing() {
    for fields in ["Connection: close\r\n", "Transfer-Encoding: gzip\r\n"] {
        for body in [&b""[..], PING] {
            let said = decode(&[&response("200 OK", fields), body].concat());
            let expected = Said::End {
                body_bytes: body.len() as u64,
                whole: true,
            };
            assert_eq!(heads(&said), [(0, None)]);
            assert_eq!(said.last(), Some(&expected));
        }
    }
}

#[test]
fn finds_no_body_after_a_request_without_framing() {
    let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let said = decode(&[head, PING].concat());
    assert_eq!(heads(&said), [(0, None), (head.len() as u64, Some("Ping"))]);
}

#[test]
fn passes_over_a_long_body_without_keeping_it() {
    let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000000\r\n\r\n";
    let mut decoder = Decoder::new(Settings::INTEROP);
    let mut input = &head[..];
    assert!(matches!(decoder.push(&mut input), Some(Event::Head(_))));
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..4768 {
        let mut input = &piece[..];
        assert_eq!(decoder.push(&mut input), Some(Event::Body(&piece)));
        assert_eq!(decoder.push(&mut input), None);
        assert_eq!(decoder.buffered(), 0);
    }
    // 4,768 MiB are there, and less than one is missing.
    let mut input = &piece[..];
    let missing = 5_000_000_000 - (4768 << 20);
    assert_eq!(
        decoder.push(&mut input),
        Some(Event::Body(&piece[..missing]))
    );
    let end = Event::End(End {
        body_bytes: 5_000_000_000,
        whole: true,
        is_like_head: false,
    });
    assert_eq!(decoder.push(&mut input), Some(end));
    assert_eq!(input.len(), piece.len() - missing);
}

#[test]
fn takes_a_body_of_5_gb_that_is_cut_short() {
    let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000000\r\n\r\n";
    let body = vec![b'x'; 100_000];
    let said = transcript([&head[..], &body, &body], Settings::INTEROP);
    let expected = Said::End {
        body_bytes: 200_000,
        whole: false,
    };
    assert_eq!(said.last(), Some(&expected));
}

#[test]
fn takes_the_greatest_length() {
    let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n";
    let expected = Said::End {
        body_bytes: 3,
        whole: false,
    };
    assert_eq!(
        decode(&[&head[..], b"abc"].concat()).last(),
        Some(&expected)
    );
}

#[test]
fn ends_a_message_without_body_before_more_arrives() {
    let mut decoder = Decoder::new(Settings::INTEROP);
    let mut input = PING;
    assert!(matches!(decoder.push(&mut input), Some(Event::Head(_))));
    assert!(matches!(decoder.push(&mut input), Some(Event::End(_))));
    assert_eq!(decoder.push(&mut input), None);
}

#[test]
fn knows_at_the_end_whether_a_body_is_whole() {
    for (stream, whole) in [(PING, true), (FRAGMENT, false)] {
        let mut decoder = Decoder::new(Settings::INTEROP);
        let mut input = stream;
        assert!(matches!(decoder.push(&mut input), Some(Event::Head(_))));
        let end = Event::End(End {
            body_bytes: 0,
            whole,
            is_like_head: false,
        });
        assert_eq!(decoder.finish(), Some(end));
        assert_eq!(decoder.finish(), None);
    }
}
