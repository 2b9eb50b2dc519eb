//! Capture files hold what was to be written, as other people's crates read them.

mod reader;

use bits_laws::capture::strategy::{container, conversation, disorder};
use bits_laws::capture::{
    ByteOrder, Checksums, Clock, Compression, Connection, Container, Extensions, Format,
    FragmentOrder, Framing, Interface, Link, Packet, Pcap, PcapWriter, Precision, Section, Segment,
    Split, Tag, Turn, mc_bup_4_1, mc_bup_4_2,
};
use proptest::prelude::*;
use reader::{Captured, Seen};

fn captured(container: &Container, segments: &[Segment]) -> Vec<Captured> {
    let file = reader::uncompressed(&container.file(segments), container.compression);
    match container.format {
        Format::Pcap { .. } => reader::pcap(&file),
        Format::Pcapng(_) => reader::pcapng(&file),
    }
}

fn seen(segment: &Segment, is_checksum_right: bool) -> Seen {
    Seen {
        source: segment.source,
        destination: segment.destination,
        sequence: segment.sequence,
        acknowledgement: segment.acknowledgement,
        flags: segment.flags.bits(),
        payload: segment.payload.clone(),
        is_checksum_right,
    }
}

/// A connection over IPv4 or IPv6 on which both sides say something long.
fn connection(is_ipv6: bool) -> Connection {
    let turns = vec![
        Turn::client(vec![b'c'; 4001]),
        Turn::server(vec![b's'; 3000]),
    ];
    let (client, server) = if is_ipv6 {
        ("[2001:db8::5]:50000", "[2001:db8::1]:80")
    } else {
        ("192.0.2.5:50000", "198.51.100.1:80")
    };
    let [client, server] = [client, server].map(|address| address.parse().expect("an address"));
    Connection::new(client, server, turns)
}

/// Writes both connections with a framing and reads them again.
fn check(framing: &Framing) -> Vec<Captured> {
    let mut all = Vec::new();
    for is_ipv6 in [false, true] {
        if !framing.link.carries(is_ipv6) {
            continue;
        }
        let segments = connection(is_ipv6).segments();
        let format = Format::Pcap {
            pcap: Pcap::USUAL,
            framing: framing.clone(),
        };
        let packets = captured(&Container::new(format), &segments);
        let is_right = framing.checksums == Checksums::Right;
        let expected: Vec<Seen> = segments
            .iter()
            .map(|segment| seen(segment, is_right))
            .collect();
        assert_eq!(reader::segments(&packets), expected, "{framing:?}");
        all.extend(packets);
    }
    assert!(!all.is_empty(), "{framing:?}");
    all
}

#[test]
fn every_link_type_carries_what_was_sent() {
    let tags = [
        vec![],
        vec![Tag::Dot1Q(7)],
        vec![Tag::Dot1Ad(8), Tag::Dot1Q(9)],
    ];
    let mut links = vec![
        Link::LinuxCooked,
        Link::LinuxCooked2,
        Link::Raw,
        Link::RawIpv4,
        Link::RawIpv6,
        Link::Loopback {
            order: ByteOrder::Little,
            ipv6: 30,
        },
        Link::Loopback {
            order: ByteOrder::Big,
            ipv6: 24,
        },
        Link::OpenBsdLoopback,
    ];
    for tags in tags {
        links.extend([false, true].map(|is_padded| Link::Ethernet {
            tags: tags.clone(),
            is_padded,
        }));
    }
    for link in links {
        let packets = check(&Framing::new(link.clone()));
        assert!(
            packets
                .iter()
                .all(|packet| packet.link == i32::from(link.number()))
        );
        if let Link::Ethernet { tags, is_padded } = link {
            let shortest = packets.iter().map(|packet| packet.bytes.len()).min();
            // The header, its tags, and IPv4 and TCP without options.
            let bare = 14 + tags.len() * 4 + 40;
            let expected = if is_padded { bare.max(60) } else { bare };
            assert_eq!(shortest, Some(expected), "{tags:?}");
        }
    }
}

#[test]
fn fragments_in_any_order_and_extension_headers_carry_what_was_sent() {
    let orders = [
        FragmentOrder::Forward,
        FragmentOrder::Backward,
        FragmentOrder::Shuffled(3),
    ];
    for fragments in orders {
        for headers in 0..16_u8 {
            let [hop_by_hop, routing, fragment, destination] =
                [1, 2, 4, 8].map(|bit| headers & bit != 0);
            for mtu in [None, Some(1280), Some(300)] {
                let packets = check(&Framing {
                    extensions: Extensions {
                        hop_by_hop,
                        routing,
                        fragment,
                        destination,
                    },
                    ipv4_options: vec![1; usize::from(headers % 11) * 4],
                    mtu,
                    fragments,
                    has_timestamps: headers % 2 == 0,
                    ..Framing::new(Link::Raw)
                });
                let longest = packets.iter().map(|packet| packet.bytes.len()).max();
                assert!(
                    longest <= mtu.map(usize::from).or(Some(1600)),
                    "{longest:?}"
                );
            }
        }
    }
}

#[test]
fn an_offloaded_checksum_is_wrong_and_any_other_right() {
    check(&Framing {
        checksums: Checksums::Offloaded,
        ..Framing::new(Link::ETHERNET)
    });
}

#[test]
fn every_byte_order_and_precision_of_pcap_tells_the_time() {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        for (precision, time) in [
            (Precision::Micro, 1_234_567_890_123_456_000),
            (Precision::Nano, 1_234_567_890_123_456_789),
        ] {
            let pcap = Pcap {
                order,
                precision,
                snap_length: 5,
            };
            let mut writer = PcapWriter::new(pcap, 101, Vec::new()).expect("memory");
            let packet = Packet::new(1_234_567_890_123_456_789, vec![0x45; 9]);
            writer.write(&packet).expect("memory");
            let read = reader::pcap(&writer.finish().expect("memory"));
            assert_eq!(read.len(), 1);
            assert_eq!(read[0].time.map(|(time, _)| time), Some(time));
            assert_eq!((read[0].bytes.len(), read[0].length), (5, 9));
        }
    }
}

#[test]
fn every_clock_of_pcapng_tells_the_time() {
    let segments = connection(false).segments();
    let times: Vec<u64> = segments.iter().map(|segment| segment.time).collect();
    for resolution in [
        None,
        Some(0),
        Some(3),
        Some(6),
        Some(9),
        Some(10),
        Some(0x80),
        Some(0x80 | 10),
        Some(0x80 | 32),
    ] {
        for offset in [None, Some(1_699_999_999), Some(-5)] {
            if resolution == Some(10) && offset != Some(1_699_999_999) {
                // More than 64 bits of ticks have passed since 1970.
                continue;
            }
            let clock = Clock { resolution, offset };
            let interface = Interface {
                framing: Framing::new(Link::Raw),
                clock,
                snap_length: 0,
            };
            let section = |order| Section {
                order,
                interfaces: vec![interface.clone()],
                is_simple: false,
                has_others: true,
            };
            let sections = vec![section(ByteOrder::Big), section(ByteOrder::Little)];
            let packets = captured(&Container::new(Format::Pcapng(sections)), &segments);
            assert_eq!(packets.len(), segments.len());
            for (packet, &time) in packets.iter().zip(&times) {
                let (told, tick) = packet.time.expect("a time");
                assert_eq!(told, clock.told(time));
                assert!(
                    (told..told + tick + 1).contains(&time),
                    "{told} of {time} by {clock:?}"
                );
            }
        }
    }
}

#[test]
fn simple_packets_have_no_time() {
    let segments = connection(true).segments();
    let section = Section {
        order: ByteOrder::Big,
        interfaces: vec![Interface {
            framing: Framing::new(Link::ETHERNET),
            clock: Clock::default(),
            snap_length: 100,
        }],
        is_simple: true,
        has_others: true,
    };
    let packets = captured(&Container::new(Format::Pcapng(vec![section])), &segments);
    assert_eq!(packets.len(), segments.len());
    for (packet, segment) in packets.iter().zip(&segments) {
        assert_eq!(packet.time, None);
        assert!(packet.bytes.len() <= 100);
        assert!(packet.length as usize > segment.payload.len());
    }
}

#[test]
fn noise_is_beside_what_was_sent() {
    let segments = connection(true).segments();
    let mut container = Container::usual();
    container.has_noise = true;
    let packets = captured(&container, &segments);
    assert_eq!(packets.len(), segments.len() * 2);
    assert!(packets.iter().any(|packet| packet.bytes.is_empty()));
    let expected: Vec<Seen> = segments.iter().map(|segment| seen(segment, true)).collect();
    assert_eq!(reader::segments(&packets), expected);
}

#[test]
fn a_split_capture_has_every_segment_once_and_each_file_in_order() {
    let segments = mc_bup_4_2().segments();
    for split in [
        Split::Rotated(3),
        Split::Rotated(500),
        Split::BySide,
        Split::Drawn(4, 1),
    ] {
        let files = split.apply(&segments);
        for file in &files {
            assert!(file.is_sorted_by_key(|segment| segment.time), "{split:?}");
        }
        let mut all = files.concat();
        all.sort_by_key(|segment| segment.time);
        let mut expected = segments.clone();
        let key = |segment: &Segment| (segment.time, segment.side as u8, segment.sequence);
        all.sort_by_key(key);
        expected.sort_by_key(key);
        assert_eq!(all, expected, "{split:?}");
    }
}

#[test]
fn compressed_files_are_as_long_as_they_were() {
    let segments = mc_bup_4_1().segments();
    let mut container = Container::usual();
    let file = container.file(&segments);
    for compression in [
        Compression::Gzip(1 << 20),
        Compression::Gzip(1000),
        Compression::Zstd(1 << 20),
        Compression::Zstd(999),
    ] {
        container.compression = compression;
        let compressed = container.file(&segments);
        assert_ne!(compressed, file);
        assert_eq!(
            reader::uncompressed(&compressed, compression),
            file,
            "{compression:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_file_holds_any_conversation(
        conversation in conversation(),
        disorder in disorder(20),
        container in container(),
    ) {
        let segments = conversation.disordered(disorder);
        let packets = captured(&container, &segments);
        prop_assert!(packets.iter().all(|packet| packet.bytes.len() == packet.length as usize));
        let mut read = reader::segments(&packets);
        for segment in &mut read {
            // Whether it is depends on the interface.
            segment.is_checksum_right = true;
        }
        let expected: Vec<Seen> = segments.iter().map(|segment| seen(segment, true)).collect();
        prop_assert_eq!(read, expected);
    }
}
