//! What is said in a conversation is there after any disorder, and is what was to be found there.

use std::collections::BTreeMap;

use bits_cli::stream::Settings;
use bits_laws::capture::strategy::{conversation, damage, disorder};
use bits_laws::capture::{
    Connection, Conversation, Disorder, Ending, Expected, Flags, ManyUploads, Opening, Segment,
    Side, Turn, mc_bup_4_1, mc_bup_4_2,
};
use bits_laws::targets::decode_stream::Told;
use bits_packet::{Parsed, Request};
use proptest::prelude::*;

/// The bytes of a side by their places in the stream, the first ones to arrive.
fn arrived(connection: &Connection, side: Side, segments: &[Segment]) -> BTreeMap<usize, u8> {
    let mut bytes = BTreeMap::new();
    for segment in segments.iter().filter(|segment| segment.side == side) {
        let start = segment
            .sequence
            .wrapping_sub(connection.first_sequence(side));
        for (place, &byte) in (start as usize..).zip(&segment.payload) {
            bytes.entry(place).or_insert(byte);
        }
    }
    bytes
}

fn check_streams(connection: &Connection, segments: &[Segment]) {
    for side in [Side::Client, Side::Server] {
        let bytes = arrived(connection, side, segments);
        let stream = connection.stream(side);
        assert_eq!(bytes.len(), stream.len(), "{side:?}");
        assert!(bytes.into_values().eq(stream), "{side:?}");
    }
}

/// The files of the Fragments on these connections, by session id; every range at its place.
fn sent(connections: &[Connection]) -> BTreeMap<Vec<u8>, BTreeMap<u64, u8>> {
    let mut files: BTreeMap<Vec<u8>, BTreeMap<u64, u8>> = BTreeMap::new();
    for connection in connections
        .iter()
        .filter(|connection| connection.server.port() == 80)
    {
        let stream = connection.stream(Side::Client);
        let told = Told::of(&stream, usize::MAX, Settings::INTEROP);
        if let Some(error) = &told.error {
            // A connection may break in the middle of a head.
            assert_eq!(
                (error.kind, error.end),
                ("truncated", stream.len()),
                "{error:?}"
            );
        }
        for message in told
            .messages
            .iter()
            .filter(|message| message.whole == Some(true))
        {
            let head = &stream[message.head.clone()];
            let parsed = Request::parse_with(head, &Settings::INTEROP.options).expect("a request");
            let Parsed::Complete { value, .. } = parsed else {
                panic!("a whole head");
            };
            let Some(Request::Fragment(fragment)) = value.packet().copied() else {
                continue;
            };
            let file = files
                .entry(fragment.session_id.as_bytes().to_vec())
                .or_default();
            for (place, &byte) in (fragment.range.first()..).zip(&message.body) {
                assert_eq!(*file.entry(place).or_insert(byte), byte, "{place}");
            }
        }
    }
    files
}

fn check_uploads(conversation: &Conversation) {
    let files = sent(&conversation.connections);
    for upload in &conversation.uploads {
        let file = files.get(&upload.session).cloned().unwrap_or_default();
        let bytes: Vec<u8> = file
            .range(..upload.acknowledged)
            .map(|(_, &byte)| byte)
            .collect();
        assert_eq!(bytes, upload.bytes(), "{upload:?}");
    }
}

#[test]
fn the_conversations_of_the_specification_upload_4892_bytes() {
    for conversation in [mc_bup_4_1(), mc_bup_4_2()] {
        check_uploads(&conversation);
        assert!(conversation.uploads.iter().all(Expected::is_whole));
        assert_eq!(conversation.uploads[0].bytes().len(), 4892);
        for connection in &conversation.connections {
            check_streams(connection, &connection.segments());
        }
    }
}

#[test]
fn sequence_numbers_begin_again_at_0() {
    let [client, server] =
        ["192.0.2.1:1", "192.0.2.2:2"].map(|address| address.parse().expect("an address"));
    let mut connection = Connection::new(client, server, vec![Turn::client(vec![1; 100])]);
    connection.client_isn = u32::MAX - 50;
    connection.mss = 30;
    let segments = connection.segments();
    let sent = segments
        .iter()
        .filter(|segment| !segment.payload.is_empty());
    let numbers: Vec<u32> = sent.map(|segment| segment.sequence).collect();
    assert_eq!(numbers, [u32::MAX - 49, u32::MAX - 19, 10, 40]);
    let fin = segments
        .iter()
        .find(|segment| segment.flags.has(Flags::FIN));
    assert_eq!(fin.map(|fin| fin.sequence), Some(50));
    assert_eq!(
        segments.last().map(|last| last.acknowledgement),
        Some(3_000_000_002)
    );
    check_streams(&connection, &segments);
}

#[test]
fn openings_and_endings_have_their_segments() {
    let [client, server] =
        ["[::1]:1", "[::2]:2"].map(|address| address.parse().expect("an address"));
    let mut connection = Connection::new(client, server, vec![Turn::server(*b"x")]);
    let flags = |connection: &Connection| -> Vec<(Side, u8)> {
        let segments = connection.segments();
        segments
            .iter()
            .map(|segment| (segment.side, segment.flags.bits()))
            .collect()
    };
    let (c, s) = (Side::Client, Side::Server);
    let hands = [(c, 2), (s, 18), (c, 16), (s, 24)];
    assert_eq!(
        flags(&connection),
        [&hands[..], &[(c, 17), (s, 17), (c, 16)]].concat()
    );
    connection.ending = Ending::Fin(s);
    assert_eq!(
        flags(&connection),
        [&hands[..], &[(s, 17), (c, 17), (s, 16)]].concat()
    );
    connection.ending = Ending::Reset(s);
    assert_eq!(flags(&connection), [&hands[..], &[(s, 20)]].concat());
    connection.ending = Ending::Open;
    connection.opening = Opening::Before;
    assert_eq!(flags(&connection), [(s, 24)]);
}

#[test]
fn many_uploads_are_open_at_once_and_each_is_whole() {
    let uploads = ManyUploads {
        connections: 20,
        open: 6,
        file_bytes: 200_000,
        fragment_bytes: 90_000,
        mss: 1448,
        seed: 5,
    };
    let segments: Vec<Segment> = uploads.segments().collect();
    assert!(segments.is_sorted_by_key(|segment| segment.time));
    let (mut open, mut most) = (0, 0);
    for segment in &segments {
        open += usize::from(segment.flags == Flags::SYN);
        most = most.max(open);
        open -= usize::from(segment.side == Side::Server && segment.flags.has(Flags::FIN));
    }
    assert_eq!((open, most), (0, 6));
    for index in 0..uploads.connections {
        let mut connection = uploads.connection(index);
        let upload = uploads.upload(index);
        connection.turns = upload.turns(uploads.fragment_bytes);
        let is_own =
            |segment: &&Segment| [segment.source, segment.destination].contains(&connection.client);
        let own: Vec<Segment> = segments.iter().filter(is_own).cloned().collect();
        check_streams(&connection, &own);
        let files = sent(&[connection]);
        let file: Vec<u8> = files[&upload.session].values().copied().collect();
        assert_eq!(file, upload.file.to_vec());
    }
}

#[test]
fn a_lost_segment_is_a_hole() {
    let [connection] = &mc_bup_4_1().connections[..] else {
        panic!("one connection");
    };
    let damage = Disorder {
        lose: 30,
        ..Disorder::NONE
    };
    let segments = damage.apply(connection.segments());
    let bytes = arrived(connection, Side::Client, &segments);
    let stream = connection.stream(Side::Client);
    assert!(bytes.len() < stream.len() && !bytes.is_empty());
    assert!(bytes.iter().all(|(&place, &byte)| stream[place] == byte));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_conversation_uploads_what_is_expected(conversation in conversation()) {
        check_uploads(&conversation);
    }

    #[test]
    fn any_disorder_keeps_the_streams(conversation in conversation(), disorder in disorder(30)) {
        for connection in &conversation.connections {
            let segments = disorder.apply(connection.segments());
            check_streams(connection, &segments);
            prop_assert!(segments.is_sorted_by(|one, other| one.time < other.time));
            // Nothing comes behind a RST, and by default nothing before a SYN.
            let reset = segments.iter().position(|segment| segment.flags.has(Flags::RST));
            prop_assert!(reset.is_none_or(|place| place + 1 == segments.len()));
            if connection.opening == Opening::Before {
                for side in [Side::Client, Side::Server] {
                    let first = segments.iter().find(|segment| segment.side == side);
                    let number = connection.first_sequence(side);
                    prop_assert!(first.is_none_or(|first| first.sequence == number));
                }
            }
            if !disorder.moves_syn && connection.opening == Opening::Handshake {
                prop_assert!(segments[0].flags == Flags::SYN);
            }
        }
    }

    #[test]
    fn any_damage_leaves_right_bytes(conversation in conversation(), damage in damage(30)) {
        for connection in &conversation.connections {
            let segments = damage.apply(connection.segments());
            for side in [Side::Client, Side::Server] {
                let stream = connection.stream(side);
                let bytes = arrived(connection, side, &segments);
                prop_assert!(bytes.iter().all(|(&place, &byte)| stream[place] == byte));
                prop_assert!(damage.only.is_none_or(|only| segments.iter().all(|segment| segment.side == only)));
            }
        }
    }
}
