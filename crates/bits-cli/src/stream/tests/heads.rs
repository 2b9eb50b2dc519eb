use super::*;

#[test]
fn reads_heads_one_after_another() {
    let stream = [PING, FRAGMENT, b"hello", PING].concat();
    let said = decode(&stream);
    let head = |offset: usize, head: &[u8], packet| Said::Head {
        offset: offset as u64,
        head: head.to_vec(),
        packet: Some(packet),
    };
    let no_body = Said::End {
        body_bytes: 0,
        whole: true,
    };
    let expected = [
        head(0, PING, "Ping"),
        no_body.clone(),
        head(PING.len(), FRAGMENT, "Fragment"),
        Said::Body(b"hello".to_vec()),
        Said::End {
            body_bytes: 5,
            whole: true,
        },
        head(PING.len() + FRAGMENT.len() + 5, PING, "Ping"),
        no_body,
    ];
    assert_eq!(said, expected);
}

#[test]
fn says_nothing_of_an_empty_stream() {
    assert_eq!(decode(b""), []);
    assert_eq!(transcript([], Settings::INTEROP), []);
    assert_eq!(transcript([&b""[..], b"", b""], Settings::INTEROP), []);
}

#[test]
fn tells_requests_from_responses_head_by_head() {
    let stream = [ACK, PING, ACK, ACK, PING].concat();
    let (ack, ping) = (ACK.len() as u64, PING.len() as u64);
    let expected = [
        (0, Some("Ack")),
        (ack, Some("Ping")),
        (ack + ping, Some("Ack")),
        (2 * ack + ping, Some("Ack")),
        (3 * ack + ping, Some("Ping")),
    ];
    assert_eq!(heads(&decode(&stream)), expected);
}

#[test]
fn takes_a_method_that_begins_like_a_version_for_a_method() {
    for method in ["H", "HT", "HTTP", "HTTPS", "HTTQ"] {
        let stream = format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        let pieces = stream.as_bytes().chunks(1);
        let said = transcript(pieces, Settings::INTEROP);
        assert_eq!(heads(&said), [(0, None)], "{method}");
    }
}

#[test]
fn has_no_status_for_a_response_to_answer_with() {
    let hints = [
        (&b"H"[..], None),
        (b"HTTP", None),
        (b"HTTP/", None),
        (b"HTTQ", Some(400)),
        (b"HTTP/1.1 200 OK\r\n", None),
        (b"GET", Some(400)),
    ];
    for (stream, hint) in hints {
        let fault = fault(&decode(stream));
        assert_eq!(fault.kind(), "truncated");
        assert_eq!(fault.status_hint(), hint);
    }
}

#[test]
fn takes_garbage_after_a_response_for_one() {
    for garbage in [&b"\x16\x03\x01\r\n\r\n"[..], b"GET /\0", b"\r", b"H"] {
        for (before, hint) in [(ACK, None), (PING, Some(400))] {
            let stream = [before, garbage].concat();
            for piece in [1, stream.len()] {
                let said = transcript(stream.chunks(piece), Settings::INTEROP);
                let hint = hint.filter(|_| garbage != b"H");
                assert_eq!(fault(&said).status_hint(), hint, "{garbage:?}");
            }
        }
    }
    let request = [ACK, b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"].concat();
    assert_eq!(fault(&decode(&request)).status_hint(), Some(400));
}

#[test]
fn passes_over_two_empty_lines_outside_offset_and_length() {
    for empty in ["", "\r\n", "\r\n\r\n"] {
        let stream = [empty.as_bytes(), PING, empty.as_bytes(), ACK].concat();
        let first = empty.len() as u64;
        let second = 2 * first + PING.len() as u64;
        let said = decode(&stream);
        assert_eq!(heads(&said), [(first, Some("Ping")), (second, Some("Ack"))]);
        let Said::Head { head, .. } = &said[0] else {
            panic!("{said:?}");
        };
        assert_eq!(head, PING);
    }
}

#[test]
fn refuses_a_third_empty_line() {
    let said = decode(&[b"\r\n\r\n\r\n", PING].concat());
    let fault = fault(&said);
    assert_eq!((fault.kind(), fault.offset()), ("empty-line", 0));
    let expected = Said::Failure {
        offset: 4,
        length: 2 + PING.len() as u64,
        fault,
        head: [b"\r\n", PING].concat(),
        body: Vec::new(),
    };
    assert_eq!(said, [expected]);
}

#[test]
fn needs_no_message_after_empty_lines() {
    assert_eq!(decode(b"\r\n"), []);
    assert_eq!(decode(b"\r\n\r\n"), []);
    assert_eq!(decode(&[PING, b"\r\n\r\n"].concat()), decode(PING));
}

#[test]
fn refuses_half_an_empty_line_at_the_end() {
    for (stream, offset) in [(&b"\r"[..], 0), (b"\r\n\r", 2)] {
        let said = decode(stream);
        let fault = fault(&said);
        assert_eq!((fault.kind(), fault.offset()), ("truncated", 1));
        let expected = Said::Failure {
            offset,
            length: 1,
            fault,
            head: b"\r".to_vec(),
            body: Vec::new(),
        };
        assert_eq!(said, [expected]);
    }
}

#[test]
fn refuses_an_input_that_ends_inside_a_head_at_its_end() {
    for end in 1..FRAGMENT.len() {
        let stream = [PING, &FRAGMENT[..end]].concat();
        let said = decode(&stream);
        let fault = fault(&said);
        assert_eq!((fault.kind(), fault.offset()), ("truncated", end as u64));
        assert_eq!(fault.section(), Some("[RFC 9112] 2.1"));
        assert_eq!(fault.field(), None);
        let expected = Said::Failure {
            offset: PING.len() as u64,
            length: end as u64,
            fault,
            head: FRAGMENT[..end].to_vec(),
            body: Vec::new(),
        };
        assert_eq!(said[2..], [expected]);
    }
}

#[test]
fn explains_a_fault_with_its_field_and_without_its_place() {
    let streams: [(&[u8], &str); 3] = [
        (b"GET / HTTP/1.1\r\nHost", "the input ends inside the head"),
        (
            b"BITS_POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "BITS-Packet-Type: the field is missing",
        ),
        (
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "no blank may stand between a field name and its colon",
        ),
    ];
    for (stream, expected) in streams {
        let fault = fault(&decode(stream));
        assert_eq!(fault.explanation(), expected);
        let (offset, section) = (fault.offset(), fault.section().unwrap());
        let whole = format!("{expected} (at {offset}, {section})");
        assert_eq!(fault.to_string(), whole);
    }
}

#[test]
fn prefers_an_earlier_error_to_the_end_of_the_input() {
    let fault = fault(&decode(b"GET / HTTP/1.1\r\nHost : a\r\nX: "));
    assert_eq!((fault.kind(), fault.offset()), ("space-before-colon", 20));
}

#[test]
fn looks_at_a_malformed_head_up_to_its_empty_line() {
    let head = b"GET / HTTP/1.1\r\nHost : a\r\n\r\n";
    let said = decode(&[PING, head, PING].concat());
    let fault = fault(&said);
    let expected = Said::Failure {
        offset: PING.len() as u64,
        length: head.len() as u64,
        fault,
        head: head.to_vec(),
        body: Vec::new(),
    };
    assert_eq!(said[2..], [expected]);
    assert_eq!(fault.error().map(|it| it.offset()), Some(20));
}

#[test]
fn says_nothing_after_a_failure() {
    let mut decoder = Decoder::new(Settings::INTEROP);
    let mut input = &b"GET / HTTP/9.9\r\n\r\n"[..];
    let event = decoder.push(&mut input);
    assert!(matches!(event, Some(Event::Failure(_))));
    for mut input in [PING, b"", PING] {
        assert_eq!(decoder.push(&mut input), None);
        assert_eq!(input, b"");
    }
    assert_eq!(decoder.finish(), None);
}

#[test]
fn keeps_a_head_that_comes_in_pieces_until_its_message_is_over() {
    let mut decoder = Decoder::new(Settings::INTEROP);
    let (mut first, mut second) = FRAGMENT.split_at(30);
    assert_eq!(decoder.push(&mut first), None);
    assert_eq!(decoder.buffered(), 30);
    assert!(matches!(decoder.push(&mut second), Some(Event::Head(_))));
    assert_eq!(decoder.buffered(), FRAGMENT.len());
    let mut body = &b"hello"[..];
    assert_eq!(decoder.push(&mut body), Some(Event::Body(b"hello")));
    assert!(matches!(decoder.push(&mut body), Some(Event::End(_))));
    assert_eq!(decoder.buffered(), 0);
}

/// A head of `length` bytes.
fn long_head(length: usize) -> Vec<u8> {
    let (start, end) = (&b"GET / HTTP/1.1\r\nHost: a\r\nX: "[..], &b"\r\n\r\n"[..]);
    let filler = vec![b'x'; length - start.len() - end.len()];
    [start, &filler, end].concat()
}

#[test]
fn takes_a_head_of_65536_bytes() {
    for empty in [&b""[..], b"\r\n\r\n"] {
        for piece in [1000, 65_535, 65_536, 65_537, 100_000] {
            let stream = [empty, &long_head(65_536), PING].concat();
            let said = transcript(stream.chunks(piece), Settings::INTEROP);
            let second = empty.len() as u64 + 65_536;
            let expected = [(empty.len() as u64, None), (second, Some("Ping"))];
            assert_eq!(heads(&said), expected, "{piece}");
        }
    }
}

#[test]
fn refuses_a_head_of_65537_bytes() {
    for empty in [&b""[..], b"\r\n\r\n"] {
        for piece in [1000, 65_535, 65_536, 65_537, 100_000] {
            let head = long_head(65_537);
            let stream = [empty, &head, PING].concat();
            let said = transcript(stream.chunks(piece), Settings::INTEROP);
            let fault = fault(&said);
            assert_eq!((fault.kind(), fault.offset()), ("head-too-large", 65_536));
            assert_eq!(fault.status_hint(), Some(431));
            let expected = Said::Failure {
                offset: empty.len() as u64,
                length: 65_536,
                fault,
                head: head[..65_536].to_vec(),
                body: Vec::new(),
            };
            assert_eq!(said, [expected], "{piece}");
        }
    }
}

#[test]
fn prefers_an_earlier_error_to_the_limit() {
    let mut head = long_head(100_000);
    head[500] = 0;
    for piece in [100, 65_536, 100_000] {
        let said = transcript(head.chunks(piece), Settings::INTEROP);
        let fault = fault(&said);
        assert_eq!((fault.kind(), fault.offset()), ("field-value", 500));
    }
}

#[test]
fn keeps_to_the_limit_of_its_options() {
    let settings = Settings {
        options: Settings::INTEROP
            .options
            .with_max_head(u32::try_from(PING.len()).unwrap()),
        answering: None,
    };
    let said = transcript(PING.chunks(3), settings);
    assert_eq!(heads(&said), [(0, Some("Ping"))]);
    let said = transcript(FRAGMENT.chunks(3), settings);
    assert_eq!(fault(&said).kind(), "head-too-large");
}

#[test]
fn tolerates_by_its_settings() {
    let override_ping = b"POST /x HTTP/1.1\r\nHost: a\r\nX-HTTP-Method-Override: BITS_POST\r\n\
        BITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n";
    let packet = |settings| heads(&transcript([&override_ping[..]], settings));
    assert_eq!(packet(Settings::INTEROP), [(0, Some("Ping"))]);
    assert_eq!(packet(Settings::STRICT), [(0, None)]);

    let no_length = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\r\n";
    let said = transcript([&no_length[..]], Settings::INTEROP);
    assert_eq!(heads(&said), [(0, Some("Ping"))]);
    let fault = fault(&transcript([&no_length[..]], Settings::STRICT));
    assert_eq!(
        (fault.kind(), fault.status_hint()),
        ("missing-field", Some(411))
    );
}

#[test]
fn reads_responses_as_the_answer_to_a_request() {
    let settings = Settings::INTEROP.answering(Some(RequestType::Ping));
    assert_eq!(heads(&transcript([ACK], settings)), [(0, Some("Ack"))]);
    let settings = Settings::INTEROP.answering(Some(RequestType::Fragment));
    let fault = fault(&transcript([ACK], settings));
    assert_eq!(fault.kind(), "missing-field");
    assert_eq!(
        fault.field(),
        Some(bits_packet::Field::ReceivedContentRange)
    );
    assert_eq!(fault.to_string(), fault.error().unwrap().to_string());
}
