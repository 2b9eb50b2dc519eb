//! How a capture is written down.

use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::capture::{
    ByteOrder, Checksums, Clock, Compression, Container, Extensions, Format, FragmentOrder,
    Framing, Interface, Link, Pcap, Precision, Section, Split, Tag,
};

fn order() -> impl Strategy<Value = ByteOrder> {
    select(vec![ByteOrder::Little, ByteOrder::Big])
}

/// A link type that carries both versions of IP.
fn link() -> impl Strategy<Value = Link> {
    let tag = prop_oneof![
        (0..0x1000_u16).prop_map(Tag::Dot1Q),
        (0..0x1000_u16).prop_map(Tag::Dot1Ad),
    ];
    let ethernet = (vec(tag, 0..=2), any::<bool>());
    prop_oneof![
        3 => ethernet.prop_map(|(tags, is_padded)| Link::Ethernet { tags, is_padded }),
        1 => Just(Link::LinuxCooked),
        1 => Just(Link::LinuxCooked2),
        1 => Just(Link::Raw),
        1 => (order(), select(vec![24, 28, 30]))
            .prop_map(|(order, ipv6)| Link::Loopback { order, ipv6 }),
        1 => Just(Link::OpenBsdLoopback),
    ]
    .boxed()
}

/// How packets look; both versions of IP can. Their checksums are right.
fn framing() -> impl Strategy<Value = Framing> {
    // No operation, up to the last byte.
    let options = (0..=10_usize).prop_map(|words| vec![1; words * 4]);
    let extensions =
        any::<[bool; 4]>().prop_map(|[hop_by_hop, routing, fragment, destination]| Extensions {
            hop_by_hop,
            routing,
            fragment,
            destination,
        });
    let extensions = prop_oneof![2 => Just(Extensions::default()), 1 => extensions];
    let fragments = prop_oneof![
        Just(FragmentOrder::Forward),
        Just(FragmentOrder::Backward),
        any::<u64>().prop_map(FragmentOrder::Shuffled),
    ];
    let mtu = prop_oneof![2 => Just(None), 1 => (100..=1500_u16).prop_map(Some)];
    let options = prop_oneof![2 => Just(Vec::new()), 1 => options];
    (link(), options, extensions, mtu, fragments, any::<bool>())
        .prop_map(
            |(link, ipv4_options, extensions, mtu, fragments, has_timestamps)| Framing {
                link,
                ipv4_options,
                extensions,
                mtu,
                fragments,
                checksums: Checksums::Right,
                has_timestamps,
            },
        )
        .boxed()
}

fn clock() -> impl Strategy<Value = Clock> {
    let resolution = select(vec![
        None,
        Some(6),
        Some(7),
        Some(9),
        Some(0x80 | 20),
        Some(0x80 | 30),
    ]);
    let offset = select(vec![None, Some(0), Some(1_600_000_000), Some(-3600)]);
    // Picoseconds since 1970 are no number of 64 bits.
    let fine = Clock {
        resolution: Some(12),
        offset: Some(1_699_000_000),
    };
    prop_oneof![
        5 => (resolution, offset).prop_map(|(resolution, offset)| Clock { resolution, offset }),
        1 => Just(fine),
    ]
}

fn section() -> impl Strategy<Value = Section> {
    let snap_length = select(vec![0, 0x1_0000, 0x4_0000]);
    let interface =
        (framing(), clock(), snap_length).prop_map(|(framing, clock, snap_length)| Interface {
            framing,
            clock,
            snap_length,
        });
    let only = select(vec![None, None, Some(Link::RawIpv4), Some(Link::RawIpv6)]);
    (order(), vec(interface, 1..=3), only, any::<bool>())
        .prop_map(|(order, mut interfaces, only, has_others)| {
            // One that carries one version alone, beside those that carry both.
            if let Some(link) = only {
                let mut interface = interfaces[0].clone();
                interface.framing.link = link;
                interfaces.push(interface);
            }
            Section {
                order,
                interfaces,
                is_simple: false,
                has_others,
            }
        })
        .boxed()
}

/// How a file is compressed.
pub fn compression() -> impl Strategy<Value = Compression> {
    prop_oneof![
        2 => Just(Compression::None),
        1 => (100..100_000_usize).prop_map(Compression::Gzip),
        1 => (100..100_000_usize).prop_map(Compression::Zstd),
    ]
}

/// A file that keeps every packet whole, with its time as its format can tell it. Checksums are right.
fn right_container() -> impl Strategy<Value = Container> {
    let precision = select(vec![Precision::Micro, Precision::Nano]);
    let pcap =
        (order(), precision, framing()).prop_map(|(order, precision, framing)| Format::Pcap {
            pcap: Pcap {
                order,
                precision,
                snap_length: 0x4_0000,
            },
            framing,
        });
    let pcapng = vec(section(), 1..=3).prop_map(Format::Pcapng);
    (prop_oneof![pcap, pcapng], compression(), any::<bool>())
        .prop_map(|(format, compression, has_noise)| Container {
            format,
            compression,
            has_noise,
        })
        .boxed()
}

/// Files that keep every packet whole, with its time as its format can tell it.
///
/// Whether packets are captured before their checksums are filled in hangs on who sends them: it is the same in all of
/// the files.
pub fn containers(count: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Container>> {
    let checksums = select(vec![Checksums::Right, Checksums::Offloaded]);
    (vec(right_container(), count), checksums)
        .prop_map(|(mut containers, checksums)| {
            for container in &mut containers {
                for framing in container.framings_mut() {
                    framing.checksums = checksums;
                }
            }
            containers
        })
        .boxed()
}

/// A file like those of [`containers`].
pub fn container() -> impl Strategy<Value = Container> {
    containers(1).prop_map(|mut containers| containers.remove(0))
}

/// How a capture is in several files.
pub fn split() -> impl Strategy<Value = Split> {
    prop_oneof![
        (1..=4_usize).prop_map(Split::Rotated),
        Just(Split::BySide),
        (1..=4_usize, any::<u64>()).prop_map(|(count, seed)| Split::Drawn(count, seed)),
    ]
}
