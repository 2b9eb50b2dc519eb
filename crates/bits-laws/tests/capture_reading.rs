//! Captures that are made of conversations, and what is found in them.

use std::collections::HashMap;

use bits_capture::file::{Frame, Link};
use bits_capture::link::{Checksum, Dissector};
use bits_capture::tcp::Limits;
use bits_laws::capture::{
    Container, Disorder, mc_bup_4_1, mc_bup_4_2, read, strategy, whole, within,
};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(256)
    ))]

    #[test]
    fn every_upload_comes_out_of_any_capture_of_it(
        conversation in strategy::conversation(),
        container in strategy::container(),
    ) {
        let file = container.file(&conversation.segments());
        let (found, totals) = read(&[file], Limits::default());
        whole(&found, &conversation.uploads);
        prop_assert_eq!(totals.tcp.bytes.missing, 0);
        prop_assert_eq!(totals.tcp.forced, 0);
    }

    #[test]
    fn disorder_does_not_change_what_is_found(
        conversation in strategy::conversation(),
        disorder in strategy::disorder(20),
    ) {
        let file = Container::usual().file(&conversation.disordered(disorder));
        let (found, totals) = read(&[file], Limits::default());
        whole(&found, &conversation.uploads);
        prop_assert_eq!(totals.tcp.bytes.missing, 0);
    }

    #[test]
    fn a_capture_in_several_files_is_read_as_one(
        conversation in strategy::conversation(),
        disorder in strategy::disorder(8).prop_map(|disorder| Disorder { disagree: 0, ..disorder }),
        containers in strategy::containers(1..6),
        split in strategy::split(),
    ) {
        let parts = split.apply(&conversation.disordered(disorder));
        let files = parts.iter().zip(containers.iter().cycle());
        let files: Vec<_> = files.map(|(part, container)| container.file(part)).collect();
        let (found, _) = read(&files, Limits::default());
        whole(&found, &conversation.uploads);
    }

    #[test]
    fn nothing_is_claimed_of_a_damaged_capture_that_was_not_sent(
        conversation in strategy::conversation(),
        // Where the right bytes are lost, wrong ones in their place cannot be told.
        damage in strategy::damage(20).prop_map(|damage| Disorder { disagree: 0, ..damage }),
        (connection, total) in (200usize..20_000, 500usize..40_000),
    ) {
        let file = Container::usual().file(&conversation.disordered(damage));
        let limits = Limits { connection, total, ..Limits::default() };
        let (found, _) = read(&[file], limits);
        within(&found, &conversation.uploads);
    }

    #[test]
    fn a_flipped_bit_is_no_byte_of_a_file(
        conversation in strategy::conversation(),
        disorder in strategy::disorder(8).prop_map(|it| Disorder { disagree: 0, moves_syn: false, ..it }),
        flips in prop::collection::vec(any::<(u8, prop::sample::Index)>(), 64),
    ) {
        let mut file = Container::usual().file(&conversation.disordered(disorder));
        flip(&mut file, &flips);
        let (found, _) = read(&[file], Limits::default());
        within(&found, &conversation.uploads);
    }
}

fn ethernet(packet: &[u8]) -> Frame<'_> {
    Frame {
        time: 0,
        link: Link::Ethernet,
        bytes: packet,
        original: u32::try_from(packet.len()).unwrap(),
    }
}

/// Flips a bit of TCP in some of the packets of a file of Ethernet without VLANs, where packets of that direction were
/// right before: nothing is known of the first ones.
fn flip(file: &mut [u8], flips: &[(u8, prop::sample::Index)]) {
    let mut known = HashMap::<_, u32>::new();
    let mut rest = &mut file[24..];
    for number in 0.. {
        let Some((header, behind)) = rest.split_at_mut_checked(16) else {
            return;
        };
        let length = u32::from_le_bytes(*header[8..].first_chunk().unwrap());
        let (packet, behind) = behind.split_at_mut(length as usize);
        rest = behind;
        let mut dissector = Dissector::default();
        let segment = dissector.segment(&ethernet(packet)).unwrap();
        let right = known.entry((segment.source, segment.destination));
        let right = right.or_default();
        let (dice, place): (u8, prop::sample::Index) = flips[number % flips.len()];
        // What is longer than Ethernet carries was joined, and may have any checksum.
        let counts = segment.checksum == Checksum::Right && segment.payload.len() <= 1_460;
        if segment.syn {
            // It begins a connection, of which nothing is known.
            *right = 0;
        } else if *right > 0 && dice < 40 && counts {
            let tcp = if packet[12..14] == [0x08, 0x00] {
                34
            } else {
                54
            };
            let bit = place.index((packet.len() - tcp) * 8);
            let byte = tcp + bit / 8;
            packet[byte] ^= 1 << (bit % 8);
            // Of one in 65,536, the checksum looks like one that is not filled in.
            let mut dissector = Dissector::default();
            let flipped = dissector.segment(&ethernet(packet));
            if flipped.is_some_and(|it| it.checksum == Checksum::Unfilled) {
                packet[byte] ^= 1 << (bit % 8);
            }
        } else if !segment.payload.is_empty() && counts {
            // And so does data, where there was none.
            *right += 1;
        }
    }
}

#[test]
fn both_conversations_of_the_specification_are_found() {
    for conversation in [mc_bup_4_1(), mc_bup_4_2()] {
        let file = Container::usual().file(&conversation.segments());
        let (found, _) = read(&[file], Limits::default());
        whole(&found, &conversation.uploads);
        if let Some(reply) = &found.sessions[0].reply {
            assert_eq!(reply.status, Some(206));
            assert_eq!(reply.content.total, Some(10_240));
            assert_eq!(reply.content.holes().len(), 1);
            assert_eq!(reply.content.holes()[0], 9_977..10_240);
        }
    }
    let (found, _) = read(
        &[Container::usual().file(&mc_bup_4_2().segments())],
        Limits::default(),
    );
    assert!(found.sessions[0].reply.is_some());
    assert_eq!(
        found.sessions[0].host_id.as_deref(),
        Some(&b"FRANKCAO8"[..])
    );
}
