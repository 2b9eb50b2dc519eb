//! Client and server over a link that loses, cuts, repeats and delays messages, with a server and a client that end and
//! begin again, until the file is whole. `PROPTEST_CASES` sets how many mixtures of faults are drawn.

use std::time::Duration;

use bits_laws::session::link::{Fault, World, patient};
use bits_session::server::{Overlap, Policy};
use proptest::collection::vec;
use proptest::prelude::*;

/// Ten bytes in Fragments of four, to a server that takes what is new of a Fragment or refuses it.
fn ten_bytes(overlap: Overlap, piece: usize) -> World {
    let mut policy = Policy::default();
    policy.overlap = overlap;
    World::new(10, policy, patient(4), piece)
}

const OVERLAPS: [Overlap; 2] = [Overlap::AcceptNew, Overlap::Refuse];

/// The lengths of all messages, when nothing goes wrong.
fn lengths() -> Vec<(usize, usize)> {
    let mut world = ten_bytes(Overlap::AcceptNew, usize::MAX);
    world.run(|_| None);
    let count = world.lengths.len();
    assert_eq!(
        count, 6,
        "Ping, Create-Session, three Fragments, Close-Session"
    );
    world.lengths
}

/// One fault, whatever the server does about overlaps, and whether it reads at once or byte by byte.
fn survives(at: usize, fault: Fault) {
    for overlap in OVERLAPS {
        for piece in [usize::MAX, 1] {
            let mut world = ten_bytes(overlap, piece);
            world.run(|number| (number == at).then_some(fault));
            assert!(world.lengths.len() > at, "the fault never came");
        }
    }
}

#[test]
fn a_request_may_be_cut_at_every_byte() {
    for (at, (request, _)) in lengths().into_iter().enumerate() {
        for through in 0..=request {
            survives(at, Fault::RequestCut(through));
        }
    }
}

#[test]
fn an_answer_may_be_cut_at_every_byte() {
    for (at, (_, answer)) in lengths().into_iter().enumerate() {
        for through in 0..=answer {
            survives(at, Fault::AnswerCut(through));
        }
    }
}

#[test]
fn a_request_that_was_cut_may_come_whole_at_any_time_later() {
    for (at, (request, _)) in lengths().into_iter().enumerate() {
        for through in 0..=request {
            for by in 1..=6 {
                survives(at, Fault::CutAndLate(through, by));
            }
        }
    }
}

#[test]
fn a_request_may_come_late_or_again_at_any_time() {
    for at in 0..6 {
        for by in 1..=6 {
            survives(at, Fault::Late(by));
            survives(at, Fault::Again(by));
        }
    }
}

#[test]
fn two_messages_may_be_cut_at_any_two_places() {
    // Around the ends of head and body, and in the middle of both.
    let places = |length: usize| {
        let near = (0..=10).filter_map(move |back| length.checked_sub(back));
        near.chain([0, 1, length / 2])
    };
    let lengths = lengths();
    for (one, (request, answer)) in lengths.iter().enumerate() {
        let faults = places(*request).map(Fault::RequestCut);
        for fault in faults.chain(places(*answer).map(Fault::AnswerCut)) {
            // The second cut hits what the first one makes the client send.
            for two in one + 1..lengths.len() + 1 {
                for other in places(*request) {
                    let mut world = ten_bytes(Overlap::AcceptNew, usize::MAX);
                    world.run(|number| match number {
                        _ if number == one => Some(fault),
                        _ if number == two => Some(Fault::RequestCut(other)),
                        _ => None,
                    });
                }
            }
        }
    }
}

#[test]
fn the_server_may_end_after_every_step_and_go_on_with_its_store() {
    for at in 0..6 {
        for steps in 0..=5 {
            survives(at, Fault::Crash(steps));
        }
    }
}

#[test]
fn the_client_may_end_or_be_suspended_at_every_request() {
    for at in 0..6 {
        survives(at, Fault::Restart);
        survives(at, Fault::Pause);
    }
}

#[test]
fn a_session_may_expire_before_every_request() {
    for at in 0..6 {
        survives(at, Fault::Expire);
    }
}

#[test]
fn every_request_may_be_lost_once() {
    for odd in [0, 1] {
        let mut world = ten_bytes(Overlap::AcceptNew, usize::MAX);
        world.run(|number| (number < 40 && number % 2 == odd).then_some(Fault::AnswerCut(0)));
    }
}

fn fault() -> impl Strategy<Value = Option<Fault>> {
    let through = prop_oneof![0..400usize, Just(usize::MAX)];
    let by = 1..8usize;
    prop_oneof![
        6 => Just(None),
        2 => through.clone().prop_map(|through| Some(Fault::RequestCut(through))),
        2 => through.clone().prop_map(|through| Some(Fault::AnswerCut(through))),
        1 => by.clone().prop_map(|by| Some(Fault::Late(by))),
        1 => by.clone().prop_map(|by| Some(Fault::Again(by))),
        1 => (through, by).prop_map(|(through, by)| Some(Fault::CutAndLate(through, by))),
        1 => (0..6usize).prop_map(|steps| Some(Fault::Crash(steps))),
        1 => Just(Some(Fault::Restart)),
        1 => Just(Some(Fault::Pause)),
        1 => Just(Some(Fault::Expire)),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    (prop::sample::select(OVERLAPS.to_vec()), any::<bool>()).prop_map(|(overlap, overwrite)| {
        let mut policy = Policy::default();
        policy.overlap = overlap;
        policy.overwrite = overwrite;
        policy.max_sessions = 1000;
        policy.idle_timeout = Duration::from_secs(100_000);
        policy
    })
}

proptest! {
    #[test]
    fn a_file_gets_through_whatever_happens(
        size in 1..=60u8,
        fragment in 1..=20u64,
        ping: bool,
        piece in prop_oneof![1..50usize, Just(usize::MAX)],
        policy in policy(),
        faults in vec(fault(), 0..40),
    ) {
        let mut options = patient(fragment);
        options.ping_first = ping;
        let mut world = World::new(size, policy, options, piece);
        world.run(|number| faults.get(number).copied().flatten());
    }

    /// No Ack of a Fragment proves that an empty file is there: the client takes a session that is gone at its Close-Session
    /// for one that has done its work (D-26), even if it has expired.
    #[test]
    fn an_empty_file_gets_through_while_its_session_lives(
        mut policy in policy(),
        faults in vec(fault().prop_map(|fault| fault.filter(|it| *it != Fault::Expire)), 0..40),
    ) {
        policy.empty_files = true;
        let mut world = World::new(0, policy, patient(4), usize::MAX);
        world.run(|number| faults.get(number).copied().flatten());
    }
}
