//! Any shuffling, repetition and cutting of the segments of streams gives the streams back.

use std::net::SocketAddr;
use std::ops::Range;

use bits_capture::link::{Checksum, Segment};
use bits_capture::tcp::{Limits, Side, Table};
use bits_laws::targets::capture_segments::recorder::{Recorder, Seen};
use proptest::prelude::*;
use proptest::sample::Index;

/// A segment of a direction: where its bytes stand, and whether SYN or FIN is with it.
#[derive(Clone, Debug)]
struct Cut {
    side: Side,
    range: Range<usize>,
    syn: bool,
    fin: bool,
}

/// A connection, and its segments in the order in which they are seen.
#[derive(Clone, Debug)]
struct Sent {
    isn: [u32; 2],
    streams: [Vec<u8>; 2],
    cuts: Vec<Cut>,
}

impl Sent {
    fn segments(&self, ends: [SocketAddr; 2]) -> impl Iterator<Item = Segment<'_>> {
        self.cuts.iter().map(move |cut| {
            let (own, other) = (cut.side as usize, cut.side.other() as usize);
            let place = u32::try_from(cut.range.start).unwrap() + u32::from(!cut.syn);
            Segment {
                time: 0,
                source: ends[own],
                destination: ends[other],
                seq: self.isn[own].wrapping_add(place),
                // Who sends data has got nothing yet, so that nothing is to come before it.
                ack: Some(self.isn[other].wrapping_add(1)),
                syn: cut.syn,
                fin: cut.fin,
                rst: false,
                payload: &self.streams[own][cut.range.clone()],
                cut: 0,
                checksum: Checksum::Unknown,
            }
        })
    }
}

/// Numbers that wrap around in the stream, often.
fn isn() -> impl Strategy<Value = u32> {
    prop_oneof![
        any::<u32>(),
        (0u32..3_000).prop_map(|before| u32::MAX - before)
    ]
}

/// The segments of a stream: cut anywhere, and further ones that overlap them in any way. SYN comes with the first in the list.
fn cuts(side: Side, length: usize) -> impl Strategy<Value = Vec<Cut>> {
    let cut = move |range, fin| Cut {
        side,
        range,
        syn: false,
        fin,
    };
    let places = prop::collection::vec(0..=length, 0..12);
    let others = prop::collection::vec((0..=length, 0..=length), 0..8);
    (places, others).prop_map(move |(mut places, others)| {
        places.extend([0, length]);
        places.sort_unstable();
        let once = places.windows(2).map(|it| it[0]..it[1]);
        let again = others
            .iter()
            .map(|(one, other)| *one.min(other)..*one.max(other));
        let syn = Cut {
            side,
            range: 0..0,
            syn: true,
            fin: false,
        };
        let cuts = once.chain(again).map(|range| {
            let fin = range.end == length;
            cut(range, fin)
        });
        std::iter::once(syn).chain(cuts).collect()
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    let stream = || prop::collection::vec(any::<u8>(), 1..2_000);
    (stream(), stream(), isn(), isn()).prop_flat_map(|(low, high, one, other)| {
        let cuts = (cuts(Side::Low, low.len()), cuts(Side::High, high.len()));
        cuts.prop_map(|(mut cuts, others)| {
            cuts.extend(others);
            cuts
        })
        .prop_shuffle()
        .prop_map(move |cuts| Sent {
            isn: [one, other],
            streams: [low.clone(), high.clone()],
            cuts,
        })
    })
}

fn ends() -> [SocketAddr; 2] {
    [([10, 0, 0, 1], 1000).into(), ([10, 0, 0, 2], 80).into()]
}

/// What is handed on of segments.
fn seen<'a>(segments: impl Iterator<Item = Segment<'a>>, recorder: Recorder) -> Vec<Seen> {
    let mut table = Table::new(Limits::default());
    let mut recorder = recorder;
    for segment in segments {
        table.segment(&segment, &mut recorder);
    }
    table.finish_all(&mut recorder);
    assert_eq!(table.totals().forced, 0);
    assert_eq!(table.totals().bytes.missing, 0);
    assert_eq!(table.totals().bytes.conflicting, 0);
    recorder.connections
}

fn habits() -> impl Strategy<Value = Recorder> {
    any::<[bool; 2]>().prop_map(|[takes_all, takes_turns]| Recorder {
        takes_all,
        takes_turns,
        ..Recorder::default()
    })
}

fn check(seen: &Seen, sent: &Sent) {
    assert!(seen.is_closed);
    for (seen, sent) in seen.streams.iter().zip(&sent.streams) {
        assert!(seen.bytes == *sent);
        assert_eq!(seen.ends, 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(256)
    ))]

    #[test]
    fn any_order_of_segments_gives_the_streams_back(sent in sent(), habits in habits()) {
        let seen = seen(sent.segments(ends()), habits);
        prop_assert_eq!(seen.len(), 1);
        check(&seen[0], &sent);
    }

    #[test]
    fn a_second_connection_on_the_same_pair_of_addresses_is_another(
        first in sent(),
        mut second in sent(),
        apart in 10_000_000u32..1 << 30,
        backward: bool,
        habits in habits(),
    ) {
        // As the first SYN shows that it is another, it comes first.
        let opening = second.cuts.iter().position(|cut| cut.syn).unwrap();
        let opening = second.cuts.remove(opening);
        second.cuts.insert(0, opening);
        let apart = if backward { apart.wrapping_neg() } else { apart };
        second.isn = first.isn.map(|isn| isn.wrapping_add(apart));
        let seen = seen(first.segments(ends()).chain(second.segments(ends())), habits);
        prop_assert_eq!(seen.len(), 2);
        check(&seen[0], &first);
        check(&seen[1], &second);
    }

    #[test]
    fn without_syn_a_stream_begins_with_its_first_byte(
        mut sent in sent(),
        habits in habits(),
        lost: Index,
    ) {
        let side = Side::BOTH[lost.index(2)];
        sent.cuts.retain(|cut| !(cut.syn && cut.side == side));
        let seen = seen(sent.segments(ends()), habits);
        prop_assert_eq!(seen.len(), 1);
        check(&seen[0], &sent);
    }
}
