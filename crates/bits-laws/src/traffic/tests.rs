use std::collections::HashSet;

use bits_packet::{Ack, Deviation, Deviations, Parsed, Request};

use super::{
    Corpus, Head, Kind, corpora, damaged, each_of_ten, random, refused, repeated, sessions,
    shuffled, ten,
};

/// What was tolerated in a head, which is read to its end and as what it says it is.
fn read(head: &Head) -> Option<Deviations> {
    let (packet, rest, deviations) = match head.kind {
        Kind::Request(_) => {
            let (value, rest) = Request::parse(&head.bytes).ok()?.complete()?;
            let packet = value.packet()?.request_type();
            (Kind::Request(packet), rest, value.deviations())
        }
        Kind::Ack(answering) => {
            let read = Ack::parse(&head.bytes, Some(answering)).ok()?;
            let (value, rest) = read.complete()?;
            // A success says all that the request asks for; only then has it that reading.
            value.packet()?.reading()?;
            (Kind::Ack(answering), rest, value.deviations())
        }
    };
    (packet == head.kind && rest.is_empty()).then_some(deviations)
}

fn every() -> Vec<Corpus> {
    let mut all = corpora();
    all.extend(each_of_ten());
    all
}

#[test]
fn every_head_is_the_packet_that_it_says_without_a_deviation() {
    for corpus in every() {
        for head in &corpus.heads {
            let text = String::from_utf8_lossy(&head.bytes);
            assert_eq!(
                read(head),
                Some(Deviations::NONE),
                "{}\n{text}",
                corpus.name
            );
        }
    }
}

#[test]
fn no_corpus_is_empty_and_each_has_its_own_name() {
    let mut names = HashSet::new();
    for corpus in every() {
        assert!(names.insert(corpus.name), "{} twice", corpus.name);
        assert!(corpus.mean_length() > 100, "{}", corpus.name);
    }
}

#[test]
fn drawn_corpora_hold_every_packet() {
    for heads in [ten(), random(1024, 1), shuffled(1024, 2)] {
        let kinds: HashSet<Kind> = heads.iter().map(|head| head.kind).collect();
        let acks = kinds.iter().filter(|kind| matches!(kind, Kind::Ack(_)));
        assert_eq!(kinds.len() - acks.count(), 5);
    }
}

#[test]
fn no_two_heads_of_a_drawn_corpus_are_the_same() {
    for heads in [random(1024, 1), shuffled(1024, 2)] {
        let distinct: HashSet<&[u8]> = heads.iter().map(|head| &head.bytes[..]).collect();
        assert!(distinct.len() > 1000, "{} of 1024", distinct.len());
    }
}

#[test]
fn sessions_interleave_whole_uploads() {
    let heads = sessions(64, 3);
    let count = |name: &str| {
        let line = format!("BITS-Packet-Type: {name}\r\n").into_bytes();
        let has = |head: &&Head| head.bytes.windows(line.len()).any(|at| at == line);
        heads.iter().filter(has).count()
    };
    assert_eq!((count("Create-Session"), count("Close-Session")), (64, 64));
    let fragments = count("Fragment");
    assert!((64 * 4..=64 * 40).contains(&fragments), "{fragments}");
    assert_eq!(count("Ack"), 64 + 64 + fragments);
    let first_close = heads
        .iter()
        .position(|head| head.kind == Kind::Request(bits_packet::RequestType::CloseSession));
    let is_create =
        |head: &Head| head.kind == Kind::Request(bits_packet::RequestType::CreateSession);
    assert!(first_close < heads.iter().rposition(is_create));
}

#[test]
fn the_same_seed_gives_the_same_heads_and_another_seed_gives_others() {
    assert_eq!(random(50, 7), random(50, 7));
    assert_ne!(random(50, 7), random(50, 8));
    assert_eq!(sessions(3, 7), sessions(3, 7));
    assert_ne!(sessions(3, 7), sessions(3, 8));
    assert!(damaged(7, 50).eq(damaged(7, 50)));
    assert!(damaged(7, 50).ne(damaged(8, 50)));
}

/// The figures that are published are of these very bytes (FNV-1a).
#[test]
fn the_corpora_are_those_that_the_figures_were_made_with() {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for head in corpora().iter().flat_map(|corpus| &corpus.heads) {
        for byte in &head.bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
    assert_eq!(hash, 0x06EB_0B64_2BD6_8473, "{hash:#018X}");
}

#[test]
fn long_heads_are_as_long_as_they_say() {
    for bytes in [8 * 1024, 64 * 1024] {
        assert_eq!(super::long_target(bytes).bytes.len(), bytes);
        assert_eq!(super::long_value(bytes).bytes.len(), bytes);
    }
}

#[test]
fn of_damaged_heads_some_are_accepted_and_more_are_refused() {
    let (mut accepted, mut refused, mut unfinished) = (0, 0, 0);
    for head in damaged(1, 10_000) {
        let read = match head.kind {
            Kind::Request(_) => Request::parse(&head.bytes).map(|read| read.map(|_| ())),
            Kind::Ack(answering) => {
                Ack::parse(&head.bytes, Some(answering)).map(|read| read.map(|_| ()))
            }
        };
        match read {
            Ok(Parsed::Complete { .. }) => accepted += 1,
            Ok(Parsed::NeedMore) => unfinished += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(
        accepted > 1500 && refused > 3000 && unfinished > 50,
        "{accepted} accepted, {refused} refused, {unfinished} unfinished"
    );
}

#[test]
fn repeated_fields_are_tolerated_and_refused_heads_are_refused() {
    let expected = Some(Deviations::NONE.with(Deviation::RepeatedField));
    assert!(repeated().iter().all(|head| read(head) == expected));
    let heads = refused(1, 100);
    assert_eq!(heads.len(), 100);
    assert!(heads.iter().all(|head| read(head).is_none()));
}
