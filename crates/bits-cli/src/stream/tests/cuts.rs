use super::*;

/// Streams of every kind, good and bad.
fn streams() -> Vec<Vec<u8>> {
    let chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
        5;name=\"va\\\"lue\" ; x\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
    let long_head = [
        &b"GET / HTTP/1.1\r\nHost: a\r\n"[..],
        &b"X-Field: value\r\n".repeat(20),
        b"\r\n",
    ]
    .concat();
    let parts: [&[&[u8]]; 14] = [
        &[PING, FRAGMENT, b"hello", PING],
        &[ACK, b"HTTP/1.1 100 \r\n\r\n", ACK, b"HTTP/1.1 200 OK\r\n\r\n", PING],
        &[b"\r\n", PING, b"\r\n\r\n", ACK, b"\r\n\r\n"],
        &[chunked, PING, &long_head, ACK],
        &[chunked, &chunked[..100]],
        &[PING, b"HTTP/1.1 200 OK\r\nBITS-Packet-Type : Ack\r\n\r\n", PING],
        &[PING, b"\r\n\r\n\r\n", PING],
        &[FRAGMENT, b"hello", b"BITS_POST /x HTTP/1.1\nHost: a\n\nHost: b"],
        &[b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloGET"],
        &[b"BITS_POST /x HTTP/1.1\r\nBITS-Packet-Type: Ping\r\n\r\n", PING],
        &[b"HTTPX / HTTP/1.1\r\nHost: a\r\n\r\nHTTP/1.1 999 \r\nContent-Length: 4\r\n\r\nHTTPHTTP/"],
        &[PING, b"\r\n\r"],
        &[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 ", ACK],
        &[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n", &[b'-'; 64], b"\r\n;"],
    ];
    parts.into_iter().map(<[&[u8]]>::concat).collect()
}

#[test]
fn says_the_same_wherever_the_stream_is_cut_in_two() {
    for stream in streams() {
        let at_once = decode(&stream);
        for cut in 0..=stream.len() {
            let (one, two) = stream.split_at(cut);
            let said = transcript([one, two], Settings::INTEROP);
            assert_eq!(said, at_once, "cut at {cut} of {}", stream.escape_ascii());
        }
    }
}

#[test]
fn says_the_same_for_pieces_of_any_length() {
    for stream in streams() {
        let at_once = decode(&stream);
        for length in 1..50 {
            let said = transcript(stream.chunks(length), Settings::INTEROP);
            assert_eq!(said, at_once, "{length} of {}", stream.escape_ascii());
        }
    }
}

#[test]
fn says_the_same_when_empty_pieces_come_between() {
    for stream in streams() {
        let pieces = stream.chunks(1).flat_map(|piece| [piece, b""]);
        assert_eq!(transcript(pieces, Settings::INTEROP), decode(&stream));
    }
}

#[test]
fn says_the_same_of_damaged_streams() {
    for stream in streams() {
        for at in 0..stream.len() {
            for byte in *b"\n:0" {
                let mut damaged = stream.clone();
                damaged[at] = byte;
                let at_once = decode(&damaged);
                let (one, two) = damaged.split_at(at);
                for said in [
                    transcript([one, two], Settings::INTEROP),
                    transcript(damaged.chunks(11), Settings::INTEROP),
                ] {
                    assert_eq!(said, at_once, "{byte} at {at} of {}", stream.escape_ascii());
                }
            }
        }
    }
}
