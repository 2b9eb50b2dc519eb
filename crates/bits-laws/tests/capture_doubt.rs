//! Captures that begin in the middle of connections, or have lost a part of them: what is whole behind that is found,
//! what is inside a body is no request, and no answer is that to another request.

mod scenes;

use std::ops::Range;

use bits_capture::session::State;
use bits_laws::capture::{Connection, Ending, File, Found, Opening, Segment, Side, Turn, Upload};
use scenes::{ID, LENGTH, file, found, seen, upload};

const OTHER: &str = "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}";
const INNER: &str = "{0A0A0A0A-0B0B-0C0C-0D0D-0E0E0E0E0E0E}";

fn segments(turns: Vec<Turn>) -> Vec<Segment> {
    scenes::connection("192.0.2.1:5000", "198.51.100.1:80", turns).segments()
}

/// The places of segments with data of a side.
fn data(segments: &[Segment], side: Side) -> Vec<usize> {
    let has_data = |at: &usize| segments[*at].side == side && !segments[*at].payload.is_empty();
    (0..segments.len()).filter(has_data).collect()
}

/// Where the data of the client is that begins with these bytes.
fn place_of(segments: &[Segment], bytes: &[u8]) -> usize {
    segments
        .iter()
        .position(|it| it.payload.starts_with(bytes))
        .unwrap()
}

fn ids(found: &Found) -> Vec<&str> {
    let ids = found.sessions.iter().map(|it| it.id.as_deref());
    ids.map(|id| std::str::from_utf8(id.unwrap_or(b"-")).unwrap())
        .collect()
}

/// Another upload, of the same file.
fn other() -> Upload {
    Upload::new(OTHER, "/drop/b.bin", "files.example", file())
}

#[test]
fn what_follows_a_lost_start_is_found() {
    // A Fragment of an upload that goes on, and then a whole one.
    let mut turns = upload().fragment(4_000..LENGTH);
    turns.extend(upload().close());
    turns.extend(other().turns(4_000));
    let whole = segments(turns);
    let data = data(&whole, Side::Client);
    for lost in [0..1, 0..2, 1..3] {
        let gone = &data[lost.clone()];
        let mut kept = whole.clone();
        let mut at = 0;
        kept.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        let found = found(&kept);
        let index = ids(&found).iter().position(|id| *id == OTHER);
        let index = index.unwrap_or_else(|| panic!("without {lost:?}: {:?}", ids(&found)));
        assert_eq!(seen(&found, index), std::slice::from_ref(&(0..LENGTH)));
        assert_eq!(found.sessions[index].state, State::Closed);
        assert_eq!(found.sessions.len(), 2);
    }
}

#[test]
fn what_comes_in_front_of_the_first_request_is_passed_over() {
    let greeting = |bytes: &[u8], answer: &[u8]| vec![Turn::client(bytes), Turn::server(answer)];
    let proxied = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\x13\x88\0\x50";
    let mut socks = greeting(b"\x05\x01\0", b"\x05\0");
    socks.extend(greeting(
        b"\x05\x01\0\x01\xc0\0\x02\x01\0\x50",
        b"\x05\0\0\x01\0\0\0\0\0\0",
    ));
    for (preamble, name) in [
        (vec![Turn::client(*b"\r\n")], "an empty line"),
        (vec![Turn::client(*b"\r\n\r\n\r\n")], "empty lines"),
        (vec![Turn::client(*b"\n")], "a lone LF"),
        (
            vec![Turn::client(
                *b"PROXY TCP4 192.0.2.9 198.51.100.1 5000 80\r\n",
            )],
            "PROXY, version 1",
        ),
        (vec![Turn::client(*proxied)], "PROXY, version 2"),
        (socks, "SOCKS 5"),
        (
            greeting(b"\x04\x01\0\x50\xc0\0\x02\x01user\0", b"\0\x5a\0\0\0\0\0\0"),
            "SOCKS 4",
        ),
    ] {
        let apart = preamble.iter().cloned().chain(upload().turns(4_000));
        let apart = segments(apart.collect());
        let mut turns = upload().turns(4_000);
        if let [Turn { bytes, .. }] = &preamble[..] {
            turns[0].bytes = [bytes, &turns[0].bytes[..]].concat();
        }
        for capture in [apart, segments(turns)] {
            let found = found(&capture);
            assert_eq!(ids(&found), [ID], "{name}");
            assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
        }
    }
}

#[test]
fn empty_lines_between_requests_are_passed_over() {
    for lines in ["\r\n", "\n", "\r\n\r\n\r\n", "\r\n\n"] {
        let mut turns = upload().turns(4_000);
        for at in 1..turns.len() {
            if turns[at].side == Side::Server {
                turns[at - 1].bytes.extend(lines.as_bytes());
            }
        }
        let found = found(&segments(turns));
        assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
        assert_eq!(found.sessions[0].state, State::Closed, "{lines:?}");
    }
}

/// What a client says of an upload, as a log of HTTP holds it.
fn log() -> Vec<u8> {
    let inner = Upload::new(INNER, "/inner", "inner.example", file());
    let turns = inner.turns(4_000).into_iter();
    let turns = turns.filter(|it| it.side == Side::Client);
    turns.flat_map(|turn| turn.bytes).collect()
}

/// An upload of such a file in one Fragment, whose head comes in a segment of its own, and then another upload.
fn upload_of(bytes: Vec<u8>) -> Vec<Segment> {
    let length = bytes.len() as u64;
    let outer = Upload::new(ID, "/log", "files.example", File::Bytes(bytes));
    let mut turns = outer.create();
    let request = outer.fragment_request(0..length);
    let head = request.len() - usize::try_from(length).unwrap();
    turns.push(Turn::client(&request[..head]));
    turns.push(Turn::client(&request[head..]));
    turns.push(Turn::server(outer.fragment_ack(length)));
    turns.extend(outer.close());
    turns.extend(other().turns(4_000));
    segments(turns)
}

/// The other upload is there, and nothing is claimed of what is inside the first one.
fn holds_no_inner(segments: &[Segment], name: &str) {
    for side in [None, Some(Side::Client)] {
        let mut segments = segments.to_vec();
        segments.retain(|it| side.is_none_or(|side| it.side == side));
        let found = found(&segments);
        let mut ids = ids(&found);
        ids.sort_unstable();
        assert!(ids == [OTHER, ID] || ids == [OTHER], "{name}: {ids:?}");
        let session = found
            .sessions
            .iter()
            .position(|it| it.target == b"/drop/b.bin");
        let session = session.unwrap_or_else(|| panic!("{name}: it has another target"));
        assert_eq!(seen(&found, session), std::slice::from_ref(&(0..LENGTH)));
        if side.is_none() {
            assert_eq!(found.sessions[session].state, State::Closed, "{name}");
            assert_eq!(found.sessions[session].acknowledged, Some(LENGTH), "{name}");
        }
    }
}

#[test]
fn requests_inside_a_body_whose_head_is_lost_are_none() {
    let mut capture = upload_of(log());
    let head = place_of(&capture, b"BITS_POST /log");
    let fragment = head + 1 + place_of(&capture[head + 1..], b"BITS_POST /log");
    capture.remove(fragment);
    holds_no_inner(&capture, "without its head");
}

#[test]
fn requests_inside_a_body_that_a_capture_begins_in_are_none() {
    let capture = upload_of(log());
    let begins = place_of(&capture, b"BITS_POST /inner");
    holds_no_inner(&capture[begins..], "from the middle on");
    // The last of them says that it is longer than the body is, by far.
    let long = b"BITS_POST /inner HTTP/1.1\r\nHost: inner.example\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: \
        {0A0A0A0A-0B0B-0C0C-0D0D-0E0E0E0E0E0E}\r\nContent-Range: bytes 0-999999/1000000\r\nContent-Length: \
        1000000\r\n\r\n";
    let capture = upload_of([&long[..], &[b'.'; 3_000]].concat());
    let begins = place_of(&capture, b"BITS_POST /inner");
    holds_no_inner(&capture[begins..], "with one that is longer than the body");
}

#[test]
fn a_request_that_ends_with_the_body_around_it_is_none() {
    // Its Ack names another session.
    let inner = Upload::new(INNER, "/inner", "inner.example", file());
    let capture = upload_of(inner.fragment_request(0..4_000));
    let begins = place_of(&capture, b"BITS_POST /inner");
    let found = found(&capture[begins..]);
    assert!(!ids(&found).contains(&INNER), "{:?}", ids(&found));
    assert!(ids(&found).contains(&OTHER), "{:?}", ids(&found));
}

#[test]
fn a_request_is_none_that_is_granted_by_what_is_no_ack() {
    let inner = Upload::new(INNER, "/inner", "inner.example", file());
    for request in [inner.create_request(), inner.fragment_request(0..4_000)] {
        let mut turns = vec![
            Turn::client(request),
            Turn::server(*b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"),
        ];
        turns.extend(other().turns(4_000));
        // It ends a body that the capture begins in.
        let connection = Connection {
            opening: Opening::Before,
            ..scenes::connection("192.0.2.1:5000", "198.51.100.1:80", turns)
        };
        let found = found(&connection.segments());
        assert_eq!(ids(&found), [OTHER]);
        assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
    }
}

#[test]
fn what_a_body_holds_does_not_say_who_asks() {
    let answer = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 5000000\r\n\r\n";
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for bytes in [&answer[..], short] {
        let capture = upload_of([bytes, &[b'.'; 9_000]].concat());
        let begins = place_of(&capture, bytes);
        holds_no_inner(&capture[begins..], "from the middle on");
    }
}

#[test]
fn a_capture_that_begins_with_a_fragment_holds_the_rest() {
    let capture = segments(upload().turns(3_000));
    let second = capture
        .iter()
        .enumerate()
        .filter(|(_, it)| it.payload.starts_with(b"BITS_POST"))
        .nth(2)
        .unwrap()
        .0;
    for side in [None, Some(Side::Client)] {
        let mut capture = capture[second..].to_vec();
        capture.retain(|it| side.is_none_or(|side| it.side == side));
        let found = found(&capture);
        assert_eq!(ids(&found), [ID]);
        assert_eq!(seen(&found, 0), std::slice::from_ref(&(3_000..LENGTH)));
    }
}

#[test]
fn a_fragment_whose_end_is_lost_is_one_though_it_was_in_doubt() {
    let turns = upload().turns(3_000);
    // Of the client: Create-Session, and the last of the four segments of the first Fragment.
    let found = without(turns, &[(Side::Client, 1..2), (Side::Client, 5..6)]);
    assert_eq!(ids(&found), [ID]);
    let missing = 3_000 - 2 * 1_448;
    assert_eq!(seen(&found, 0), [0..3_000 - missing, 3_000..LENGTH]);
}

#[test]
fn an_ack_may_spell_the_session_otherwise_or_be_further_on_than_a_range_that_it_refuses() {
    let bare = ID.trim_matches(['{', '}']).to_lowercase();
    for (status, received) in [("200 OK", 3_000), ("416 Range Not Satisfiable", 6_000)] {
        let ack = format!(
            "HTTP/1.1 {status}\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: {bare}\r\n\
             BITS-Received-Content-Range: {received}\r\nContent-Length: 0\r\n\r\n"
        );
        let mut turns = upload().create();
        turns.push(Turn::client(upload().fragment_request(0..3_000)));
        turns.push(Turn::server(ack));
        let capture = segments(turns);
        let fragment = capture
            .iter()
            .rposition(|it| it.payload.starts_with(b"BITS_POST"));
        let found = found(&capture[fragment.unwrap()..]);
        assert_eq!(ids(&found), [ID], "{status}");
        assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..3_000)));
        assert_eq!(found.sessions[0].acknowledged, Some(received), "{status}");
    }
}

/// An upload without the segments of these sides, of all that have a payload or a SYN.
fn without(turns: Vec<Turn>, lost: &[(Side, Range<usize>)]) -> Found {
    let connection = Connection {
        ending: Ending::Open,
        ..scenes::connection("192.0.2.1:5000", "198.51.100.1:80", turns)
    };
    let mut count = [0usize; 2];
    let mut segments = connection.segments();
    segments.retain(|it| {
        let is_syn = it.flags.has(bits_laws::capture::Flags::SYN);
        if it.payload.is_empty() && !is_syn {
            return true;
        }
        let number = &mut count[it.side as usize];
        *number += 1;
        !lost
            .iter()
            .any(|(side, lost)| *side == it.side && lost.contains(&(*number - 1)))
    });
    found(&segments)
}

#[test]
fn an_answer_is_none_to_a_request_that_was_sent_after_it() {
    // Create-Session, Fragments of four segments each, Close-Session; each is answered by one segment.
    let turns = || upload().turns(3_000);
    // Of the server: SYN, and the Ack to Create-Session.
    let found = without(turns(), &[(Side::Server, 0..2)]);
    assert_eq!(found.sessions[0].state, State::Closed);
    assert_eq!(found.sessions[0].acknowledged, Some(LENGTH));
    // Of the client: SYN, and Create-Session.
    let found = without(turns(), &[(Side::Client, 0..2)]);
    assert_eq!(found.sessions[0].acknowledged, Some(LENGTH));
    assert_eq!(found.sessions[0].state, State::Closed);
    // The head of the last Fragment, and the last Ack.
    let found = without(turns(), &[(Side::Client, 10..11), (Side::Server, 5..6)]);
    assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..6_000)));
    assert_eq!(found.sessions[0].state, State::Closing);
}

#[test]
fn acknowledgements_that_mean_nothing_take_no_answer_away_where_all_is_seen() {
    let mut turns = upload().turns(4_000);
    turns.extend(other().turns(4_000));
    let right = segments(turns);
    let last = |side| {
        let own = right.iter().rev().find(|it| it.side == side);
        own.map_or(0, |it| it.acknowledgement)
    };
    let first = |side| {
        let mut own = right.iter().filter(|it| it.side == side);
        own.find(|it| it.acknowledgement > 0)
            .map_or(0, |it| it.acknowledgement)
    };
    for (what, of) in [
        ("0", &(|_| 0_u32) as &dyn Fn(Side) -> u32),
        ("the first one", &first),
        ("the last one", &last),
        ("far off", &|side| last(side).wrapping_add(1 << 28)),
    ] {
        for changes in [
            &[Side::Client][..],
            &[Side::Server],
            &[Side::Client, Side::Server],
        ] {
            let mut segments = right.clone();
            for segment in &mut segments {
                if changes.contains(&segment.side) && !segment.payload.is_empty() {
                    segment.acknowledgement = of(segment.side);
                }
            }
            let found = found(&segments);
            assert_eq!(ids(&found), [ID, OTHER], "{what}: {changes:?}");
            for (at, session) in found.sessions.iter().enumerate() {
                let what = format!("{what}: {changes:?}: {session:?}");
                assert_eq!(session.state, State::Closed, "{what}");
                assert_eq!(
                    seen(&found, at),
                    std::slice::from_ref(&(0..LENGTH)),
                    "{what}"
                );
            }
        }
    }
}

/// A connection whose start is not there, with numbers as tools make them that write captures: `of` changes those of
/// acknowledgements; or all at one time.
fn by_a_tool(of: impl Fn(u32) -> u32, is_at_once: bool) -> Vec<Segment> {
    let mut connection =
        scenes::connection("192.0.2.1:5000", "198.51.100.1:80", upload().turns(4_000));
    connection.opening = Opening::Before;
    connection.ending = Ending::Open;
    let mut segments = connection.segments();
    for segment in &mut segments {
        segment.acknowledgement = of(segment.acknowledgement);
        if is_at_once {
            segment.time = connection.start;
        }
    }
    segments
}

#[test]
fn a_capture_that_a_tool_has_made_is_read_though_its_numbers_are_none() {
    let ways: [(&str, &dyn Fn(u32) -> u32); 5] = [
        ("as hosts send them", &|ack| ack),
        ("0", &|_| 0),
        ("one too many", &|ack| ack.wrapping_add(1)),
        ("one too few", &|ack| ack.wrapping_sub(1)),
        ("far off", &|ack| ack.wrapping_add(1 << 28)),
    ];
    for (what, of) in ways {
        for is_at_once in [false, true] {
            let found = found(&by_a_tool(of, is_at_once));
            let what = format!("{what}, {is_at_once}");
            assert_eq!(ids(&found), [ID], "{what}");
            assert_eq!(found.sessions[0].state, State::Closed, "{what}");
            assert_eq!(
                seen(&found, 0),
                std::slice::from_ref(&(0..LENGTH)),
                "{what}"
            );
        }
    }
}
