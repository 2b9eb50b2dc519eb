//! Scenes that captures show: what is found in each is said here one by one.

mod scenes;

use bits_capture::Analysis;
use bits_capture::file::CaptureFile;
use bits_capture::session::State;
use bits_capture::tcp::Limits;
use bits_laws::capture::{
    Checksums, Container, Dialect, Ending, File, Flags, Format, Found, Segment, Side, Upload,
    merged, read,
};
use scenes::{ID, LENGTH, connection, file, found, seen, upload};

/// A capture of an upload, with other bits in the segment whose data begins so many bytes into the file.
fn with_other_bits_at(at: usize, checksums: Checksums) -> Vec<u8> {
    let segments =
        connection("192.0.2.1:5000", "198.51.100.1:80", upload().turns(4_000)).segments();
    let mut container = Container::usual();
    if let Format::Pcap { framing, .. } = &mut container.format {
        framing.checksums = checksums;
    }
    let mut capture = container.file(&segments);
    let part = file().bytes(at as u64..at as u64 + 20);
    let place = capture.windows(20).position(|it| it == part).unwrap();
    capture[place + 3] ^= 0x20;
    capture
}

#[test]
fn a_segment_with_a_wrong_checksum_is_a_hole_where_others_are_right() {
    let capture = with_other_bits_at(3_000, Checksums::Right);
    let (found, totals) = read(std::slice::from_ref(&capture), Limits::default());
    assert_eq!(totals.tcp.damaged, 1);
    let seen = seen(&found, 0);
    assert_eq!(seen.len(), 2);
    assert!(
        seen[0].end <= 3_000 && seen[1].start >= 3_020,
        "{seen:?} has no wrong byte"
    );
    assert_eq!(seen[1].end, LENGTH);
    assert!(totals.tcp.bytes.missing <= 1_460, "and no hole is larger");

    let mut analysis = Analysis::new(Limits::default(), Found::default());
    analysis.ignore_checksums();
    let mut file = CaptureFile::new(&capture[..]).unwrap();
    while file.advance().is_some() {
        analysis.frame(&file.frame().unwrap());
    }
    let (found, totals) = analysis.finish();
    assert_eq!(totals.tcp.damaged, 0);
    assert!(
        found.sessions[0].content.is_whole(),
        "as who asks for it is told"
    );
}

#[test]
fn no_checksum_counts_where_network_cards_fill_them_in() {
    let capture = with_other_bits_at(3_000, Checksums::Offloaded);
    let (found, totals) = read(&[capture], Limits::default());
    assert_eq!(totals.tcp.damaged, 0);
    assert!(found.sessions[0].content.is_whole());
}

/// A capture of a long upload; a network card was still to fill in the checksums of the client's segments with so
/// much data that `is_unfilled` picks by their number.
fn partly_offloaded(is_unfilled: impl Fn(usize, usize) -> bool) -> (Vec<u8>, Option<usize>) {
    let file = File::Drawn {
        seed: 7,
        length: 300_000,
    };
    let turns = Upload::new(ID, "/drop/a.bin", "files.example", file).turns(100_000);
    let segments = connection("192.0.2.1:5000", "198.51.100.1:80", turns).segments();
    let of = |checksums| {
        let mut container = Container::usual();
        if let Format::Pcap { framing, .. } = &mut container.format {
            framing.checksums = checksums;
        }
        container.file(&segments)
    };
    let (mut capture, offloaded) = (of(Checksums::Right), of(Checksums::Offloaded));
    let (mut at, mut number, mut last) = (24, 0, None);
    for segment in &segments {
        let captured = u32::from_le_bytes(*capture[at + 8..].first_chunk().unwrap());
        let end = at + 16 + captured as usize;
        if segment.side == Side::Client && !segment.payload.is_empty() {
            if is_unfilled(number, segment.payload.len()) {
                capture[at..end].copy_from_slice(&offloaded[at..end]);
                last = Some(end - 1);
            }
            number += 1;
        }
        at = end;
    }
    assert_eq!(at, capture.len());
    (capture, last)
}

#[test]
fn a_segment_that_is_wrong_and_looks_unfilled_is_a_hole_where_all_like_it_are_right() {
    let (mut capture, last) = partly_offloaded(|number, _| number == 150);
    capture[last.unwrap()] ^= 1;
    let (found, totals) = read(&[capture], Limits::default());
    assert_eq!(totals.tcp.damaged, 1);
    let missing = 300_000 - found.sessions[0].content.seen.length();
    assert_eq!(missing, totals.tcp.bytes.missing);
    assert!((1_000..1_500).contains(&missing), "{missing}");
}

#[test]
fn no_byte_is_lost_where_some_segments_are_unfilled() {
    let all = |_, _| true;
    let most = |number: usize, _| !number.is_multiple_of(100);
    let some = |number: usize, _| number.is_multiple_of(20);
    let some_late = |number: usize, _| number % 60 == 59;
    let from_then_on = |number: usize, _| number >= 150;
    let last_of_its_length = |number: usize, _| number == 212;
    let large = |_, length| length > 500;
    let small = |_, length| length < 1_400;
    let pickers: [&dyn Fn(usize, usize) -> bool; 8] = [
        &all,
        &most,
        &some,
        &some_late,
        &from_then_on,
        &last_of_its_length,
        &large,
        &small,
    ];
    for (index, is_unfilled) in pickers.into_iter().enumerate() {
        let (capture, last) = partly_offloaded(is_unfilled);
        assert!(last.is_some());
        let (found, totals) = read(&[capture], Limits::default());
        assert_eq!(totals.tcp.damaged, 0, "{index}");
        assert!(found.sessions[0].content.is_whole(), "{index}");
    }
}

#[test]
fn what_comes_again_with_a_right_checksum_counts() {
    let capture = with_other_bits_at(3_000, Checksums::Right);
    let right = connection("192.0.2.1:5000", "198.51.100.1:80", upload().turns(4_000)).segments();
    let right = Container::usual().file(&right);
    let (found, totals) = read(&[capture, right], Limits::default());
    assert_eq!(totals.tcp.damaged, 1);
    assert_eq!(totals.tcp.bytes.conflicting, 0);
    assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
}

#[test]
fn an_ack_counts_for_the_session_that_it_names_though_its_request_is_missing() {
    let mut upload = upload();
    upload.dialect = Dialect::Canonical;
    upload.reply_url = Some(b"/r".to_vec());
    let refused = upload.fragment_out_of_sequence(6_000..LENGTH, 3_000);
    for (last, acknowledged, status, failures) in [
        (upload.fragment(6_000..LENGTH), LENGTH, 200, 0),
        (refused, 3_000, 416, 1),
    ] {
        let turns = [upload.create(), upload.fragment(0..6_000), last].concat();
        let mut segments = connection("192.0.2.1:5000", "198.51.100.1:80", turns).segments();
        let head = upload.fragment_request(6_000..LENGTH);
        let at = segments
            .iter()
            .position(|segment| segment.payload.starts_with(&head[..200]))
            .unwrap();
        let is_lost = |index: usize, segment: &Segment| {
            index >= at && segment.side == Side::Client && !segment.payload.is_empty()
        };
        let mut index = 0..;
        segments.retain(|segment| !is_lost(index.next().unwrap(), segment));
        let (found, totals) = read(&[Container::usual().file(&segments)], Limits::default());
        assert_eq!(totals.session.orphans, 1);
        let session = &found.sessions[0];
        assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..6_000)));
        assert_eq!(session.acknowledged, Some(acknowledged));
        assert_eq!(session.status, Some(status));
        assert_eq!(session.reply.is_some(), status == 200);
        assert_eq!(session.failures.len(), failures);
        assert!(session.failures.iter().all(|it| it.packet.is_none()));
    }
}

#[test]
fn a_move_to_a_host_id_is_one_session() {
    let mut upload = upload();
    upload.host_id = Some(b"node7.example".to_vec());
    let turns = upload.turns(4_000);
    let (first, rest) = turns.split_at(2);
    let mut there = connection("192.0.2.1:5001", "198.51.100.7:80", rest.to_vec());
    let here = connection("192.0.2.1:5000", "198.51.100.1:80", first.to_vec());
    there.start = here.start + 1_000_000_000;
    let found = found(&merged([here.segments(), there.segments()]));
    assert_eq!(found.sessions.len(), 1);
    let session = &found.sessions[0];
    assert_eq!(session.state, State::Closed);
    assert_eq!(session.server, "198.51.100.7:80".parse().unwrap());
    assert_eq!(session.peers.server, "198.51.100.1:80".parse().unwrap());
    assert!(session.content.is_whole());
    assert_eq!(seen(&found, 0).len(), 1);
}

#[test]
fn both_legs_of_an_upload_through_a_proxy_are_sessions_of_their_own() {
    // The proxy passes each request on while the client waits.
    let outer = connection("192.0.2.1:5000", "198.51.100.1:80", upload().turns(4_000));
    let mut inner = connection(
        "198.51.100.1:6000",
        "198.51.100.9:8080",
        upload().turns(4_000),
    );
    inner.start = outer.start + 400_000;
    let found = found(&merged([outer.segments(), inner.segments()]));
    assert_eq!(found.sessions.len(), 2);
    for session in 0..2 {
        assert!(found.sessions[session].content.is_whole());
        assert_eq!(found.sessions[session].connection_count, 1);
        assert_eq!(seen(&found, session).len(), 1);
    }
}

#[test]
fn the_side_of_the_client_alone_shows_the_file() {
    let segments =
        connection("192.0.2.1:5000", "198.51.100.1:80", upload().turns(4_000)).segments();
    let segments: Vec<_> = segments
        .into_iter()
        .filter(|it| it.side == Side::Client)
        .collect();
    let found = found(&segments);
    assert_eq!(found.sessions.len(), 1);
    assert!(found.sessions[0].content.is_whole());
    assert_eq!(found.sessions[0].acknowledged, None);
    assert_eq!(found.sessions[0].state, State::Closing);
}

#[test]
fn the_side_of_the_server_alone_shows_nothing() {
    let segments =
        connection("192.0.2.1:5000", "198.51.100.1:80", upload().turns(4_000)).segments();
    let segments: Vec<_> = segments
        .into_iter()
        .filter(|it| it.side == Side::Server)
        .collect();
    let found = found(&segments);
    assert_eq!(found.sessions.len(), 0);
    assert_eq!(found.packets, 5, "its Acks are packets");
}

#[test]
fn a_segment_that_is_lost_in_a_body_is_a_hole_of_its_length() {
    let connection = connection("192.0.2.1:5000", "198.51.100.1:80", upload().turns(LENGTH));
    let mut segments = connection.segments();
    let of_body = |it: &Segment| {
        it.side == Side::Client && it.payload.len() == 1_448 && it.payload[..4] != *b"BITS"
    };
    let lost = segments
        .iter()
        .enumerate()
        .filter(|(_, it)| of_body(it))
        .nth(2)
        .unwrap()
        .0;
    segments.remove(lost);
    let found = found(&segments);
    let seen = seen(&found, 0);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert_eq!(seen[1].start - seen[0].end, 1_448);
    assert_eq!(
        found.sessions[0].state,
        State::Closed,
        "what follows is framed still"
    );
}

#[test]
fn heads_that_are_lost_take_their_fragment_with_them_and_nothing_else() {
    let turns = upload().turns(3_000);
    let connection = connection("192.0.2.1:5000", "198.51.100.1:80", turns);
    let mut segments = connection.segments();
    let heads = segments
        .iter()
        .enumerate()
        .filter(|(_, it)| it.payload.starts_with(b"BITS_POST"));
    // Create-Session, and three Fragments.
    let second = heads.map(|(at, _)| at).nth(2).unwrap();
    segments.remove(second);
    let found = found(&segments);
    assert_eq!(found.sessions.len(), 1);
    assert_eq!(seen(&found, 0), [0..3_000, 6_000..9_000]);
}

#[test]
fn a_pair_of_addresses_that_is_used_again_without_a_syn_is_another_connection() {
    let turns = upload().turns(4_000);
    let (first, rest) = turns.split_at(4);
    let mut one = connection("192.0.2.1:5000", "198.51.100.1:80", first.to_vec());
    one.ending = Ending::Open;
    let mut two = connection("192.0.2.1:5000", "198.51.100.1:80", rest.to_vec());
    two.start = one.start + 60_000_000_000;
    two.client_isn = one.client_isn.wrapping_add(1 << 31).wrapping_add(5_000);
    two.server_isn = one.server_isn.wrapping_add(1 << 31).wrapping_add(5_000);
    let syn = |it: &Segment| it.payload.is_empty() && it.time < two.start + 1_000;
    let later = two.segments().into_iter().filter(|it| !syn(it)).collect();
    let found = found(&merged([one.segments(), later]));
    assert_eq!(found.sessions.len(), 1);
    assert!(
        found.sessions[0].content.is_whole(),
        "{:?}",
        found.sessions[0].content
    );
}

#[test]
fn what_is_sent_again_with_other_bytes_does_not_replace_what_was_acknowledged() {
    let right = upload();
    let other = File::Drawn {
        seed: 6,
        length: LENGTH,
    };
    let wrong = Upload::new(ID, "/drop/a.bin", "files.example", other);
    let mut turns = right.create();
    turns.extend(right.fragment(0..4_000));
    turns.extend(wrong.fragment(2_000..4_000));
    turns.extend(right.fragment(4_000..LENGTH));
    turns.extend(right.close());
    let found = found(&connection("192.0.2.1:5000", "198.51.100.1:80", turns).segments());
    let session = &found.sessions[0];
    assert!(session.content.is_whole());
    assert!(
        session.content.conflicting > 1_900,
        "{}",
        session.content.conflicting
    );
    assert_eq!(session.content.repeated, 2_000);
    assert_eq!(seen(&found, 0).len(), 1);
}

#[test]
fn an_answer_that_acknowledges_the_end_of_the_client_is_seen_in_its_place() {
    let upload = upload();
    let mut one = connection("192.0.2.1:5000", "198.51.100.1:80", upload.create());
    one.ending = Ending::Open;
    let mut segments = one.segments();
    // The client sends a part of a Fragment and ends; the server answers that, and says what it has.
    let last = segments.last().unwrap().clone();
    let client = segments
        .iter()
        .rfind(|it| it.side == Side::Client)
        .unwrap()
        .clone();
    let fragment = upload.fragment_request(0..LENGTH);
    let next = client
        .sequence
        .wrapping_add(u32::try_from(client.payload.len()).unwrap());
    let payload = fragment[..800].to_vec();
    let end = next.wrapping_add(801);
    let part = Segment {
        time: last.time + 1_000,
        sequence: next,
        flags: Flags::ACK | Flags::FIN,
        payload,
        ..client
    };
    let server = segments
        .iter()
        .rfind(|it| it.side == Side::Server && !it.payload.is_empty())
        .unwrap()
        .clone();
    let of_server = server
        .sequence
        .wrapping_add(u32::try_from(server.payload.len()).unwrap());
    let payload = b"HTTP/1.1 408 Request Timeout\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\
        BITS-Received-Content-Range: 100\r\n\r\n";
    let answer = Segment {
        time: part.time + 1_000,
        sequence: of_server,
        acknowledgement: end,
        payload: payload.to_vec(),
        ..server
    };
    segments.extend([part, answer]);
    let mut two = connection(
        "192.0.2.1:5001",
        "198.51.100.1:80",
        upload.fragment(0..LENGTH),
    );
    two.start = one.start + 1_000_000_000;
    let found = found(&merged([segments, two.segments()]));
    assert_eq!(found.sessions.len(), 1);
    assert_eq!(
        found.sessions[0].acknowledged,
        Some(LENGTH),
        "the last that was told"
    );
    assert_eq!(found.sessions[0].failures.len(), 1);
    assert!(found.sessions[0].content.is_whole());
}
