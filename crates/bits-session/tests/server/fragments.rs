//! The order of Fragments ([MC-BUP] 3.2.5.2.6; D-19).

use super::*;

/// A status and an offset.
type Answer = (u16, u64);

/// E = 4, T = 10: first, last, and what is said to it when the overlap is taken, and when it is refused.
const TABLE: [(u64, u64, Answer, Answer); 11] = [
    (4, 6, (200, 7), (200, 7)),
    (4, 9, (200, 10), (200, 10)),
    (4, 4, (200, 5), (200, 5)),
    (5, 6, (416, 4), (416, 4)),
    (9, 9, (416, 4), (416, 4)),
    (3, 6, (200, 7), (416, 4)),
    (0, 9, (200, 10), (416, 4)),
    (0, 4, (200, 5), (416, 4)),
    (0, 3, (200, 4), (416, 4)),
    (1, 2, (200, 4), (416, 4)),
    (3, 3, (200, 4), (416, 4)),
];

#[test]
fn every_order_has_the_answer_of_the_table() {
    for (first, last, accepted, refused) in TABLE {
        for (policy, (status, offset)) in [(Policy::default(), accepted), (refusing(), refused)] {
            let mut bench = Bench::at(policy, 4);
            let said = bench.ask(&fragment(first, last, 10));
            assert_eq!(said, told(status, offset), "{first}-{last}");
            assert_eq!(bench.received(), Some(offset), "{first}-{last}");
            let is_whole = offset == 10;
            assert_eq!(bench.file().is_some(), is_whole, "{first}-{last}");
        }
    }
}

#[test]
fn every_event_of_a_fragment_is_told_from_the_others() {
    let cases = [
        (4, 6, Event::InSequence),
        (4, 9, Event::Last),
        (2, 3, Event::Repeat),
        (5, 6, Event::OutOfSequence),
    ];
    for (first, last, event) in cases {
        let mut bench = Bench::at(Policy::default(), 4);
        bench.ask(&fragment(first, last, 10));
        assert_eq!(bench.event(), Some(event), "{first}-{last}");
    }
}

#[test]
fn of_an_overlap_the_old_bytes_stay() {
    let mut bench = Bench::at(Policy::default(), 4);
    let Packet::Fragment { mut body, .. } = fragment(2, 9, 10) else {
        unreachable!();
    };
    body[..2].copy_from_slice(b"XX");
    let overlap = Packet::Fragment {
        id: id(1),
        first: 2,
        last: 9,
        total: 10,
        coding: None,
        body,
    };
    assert_eq!(bench.ask(&overlap), told(200, 10));
    assert_eq!(bench.file(), Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..]));
}

#[test]
fn a_repeated_last_fragment_gets_its_stored_ack() {
    for policy in [Policy::default(), refusing()] {
        let mut bench = Bench::at(policy, 4);
        let last = fragment(4, 9, 10);
        assert_eq!(bench.ask(&last), told(200, 10));
        let ack = bench.bytes.clone();
        for packet in [&last, &fragment(0, 9, 10), &fragment(9, 9, 10)] {
            assert_eq!(bench.ask(packet), told(200, 10));
            assert_eq!(bench.bytes, ack);
        }
        assert_eq!(bench.state(), State::WaitForClose);
    }
}

#[test]
fn a_fragment_in_the_midst_of_a_published_file_is_answered_by_the_policy() {
    for (policy, status) in [(Policy::default(), 200), (refusing(), 416)] {
        let mut bench = Bench::at(policy, 10);
        assert_eq!(bench.ask(&fragment(2, 5, 10)), told(status, 10));
        assert_eq!(bench.file().map(<[u8]>::len), Some(10));
    }
}

#[test]
fn the_total_is_that_of_the_first_fragment_whatever_became_of_it() {
    // Stored, too far behind, coded: each says how long the file is.
    let mut coded = fragment(0, 3, 10);
    if let Packet::Fragment { coding, .. } = &mut coded {
        *coding = Some("gzip");
    }
    for first in [fragment(0, 3, 10), fragment(5, 9, 10), coded] {
        let mut bench = Bench::opened(Policy::default());
        let offset = bench.ask(&first).offset.unwrap();
        for total in [9, 11] {
            let expected = Said::error(400, INVALID).of(&id(1)).at(offset);
            assert_eq!(bench.ask(&fragment(offset, 8, total)), expected);
            assert_eq!(bench.event(), Some(Event::Invalid));
        }
        assert_eq!(bench.ask(&fragment(offset, 9, 10)), told(200, 10));
    }
}

#[test]
fn another_total_is_refused_when_the_file_is_published_too() {
    let mut bench = Bench::at(Policy::default(), 10);
    let said = bench.ask(&fragment(0, 9, 11));
    assert_eq!(said, Said::error(400, INVALID).of(&id(1)).at(10));
    assert_eq!(bench.state(), State::WaitForClose);
}

#[test]
fn only_identity_is_a_coding() {
    for (coding, status) in [("gzip", 400), ("identity, gzip", 400), ("Identity", 200)] {
        let mut bench = Bench::opened(Policy::default());
        let mut packet = fragment(0, 3, 10);
        if let Packet::Fragment { coding: place, .. } = &mut packet {
            *place = Some(coding);
        }
        assert_eq!(bench.ask(&packet).status, status, "{coding}");
        assert_eq!(bench.received(), Some(if status == 200 { 4 } else { 0 }));
    }
}

fn short(first: u64, last: u64, sent: usize) -> Packet {
    let mut packet = fragment(first, last, 10);
    if let Packet::Fragment { body, .. } = &mut packet {
        body.truncate(sent);
    }
    packet
}

#[test]
fn of_a_short_body_everything_that_came_is_kept() {
    for sent in 0..6 {
        let mut bench = Bench::at(Policy::default(), 4);
        let offset = 4 + sent as u64;
        assert_eq!(bench.ask(&short(4, 9, sent)), told(408, offset));
        assert_eq!(bench.received(), Some(offset));
        assert_eq!(bench.state(), State::Receive);
        assert_eq!(bench.file(), None);
        assert_eq!(bench.ask(&fragment(offset, 9, 10)), told(200, 10));
        assert_eq!(bench.file(), Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..]));
    }
}

#[test]
fn of_a_short_body_the_old_bytes_are_passed_over() {
    for (sent, offset) in [(0, 4), (2, 4), (3, 5), (7, 9)] {
        let mut bench = Bench::at(Policy::default(), 4);
        assert_eq!(bench.ask(&short(2, 9, sent)), told(408, offset), "{sent}");
        assert_eq!(bench.received(), Some(offset), "{sent}");
    }
}

#[test]
fn a_body_that_is_longer_than_its_range_ends_with_it() {
    let mut bench = Bench::at(Policy::default(), 4);
    let mut packet = fragment(4, 5, 10);
    if let Packet::Fragment { body, .. } = &mut packet {
        body.extend_from_slice(b"more");
    }
    assert_eq!(bench.ask(&packet), told(200, 6));
    assert_eq!(bench.ask(&fragment(6, 9, 10)), told(200, 10));
    assert_eq!(bench.file(), Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..]));
}
