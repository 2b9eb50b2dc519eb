//! A session belongs to a user and a target, and is named in any letters.

use super::*;

/// Every packet that names a session.
fn packets(id: &[u8]) -> [Packet; 3] {
    let mut first = fragment(4, 9, 10);
    if let Packet::Fragment { id: place, .. } = &mut first {
        *place = id.to_vec();
    }
    [
        first,
        Packet::Close { id: id.to_vec() },
        Packet::Cancel { id: id.to_vec() },
    ]
}

#[test]
fn a_session_of_another_is_answered_as_one_that_never_was() {
    let others = [
        caller(Some("bob"), "/a"),
        caller(None, "/a"),
        caller(Some("ann"), "/b"),
        caller(Some("Ann"), "/a"),
        caller(Some("ann"), "/A"),
    ];
    for policy in [Policy::default(), refusing()] {
        for received in [4, 10] {
            for other in &others {
                for packet in packets(&id(1)) {
                    let mut bench = Bench::at(policy.clone(), received);
                    let before = bench.session().cloned();
                    let said = bench.ask_as(other, &packet);
                    let mismatch = (said, bench.bytes.clone(), bench.row);
                    assert_eq!(bench.session(), before.as_ref(), "it is left alone");

                    let mut without = Bench::new(policy.clone());
                    let said = without.ask_as(other, &packet);
                    assert_eq!(mismatch, (said, without.bytes, without.row));
                    assert_eq!(mismatch.0, not_found());
                }
            }
        }
    }
}

#[test]
fn a_fragment_that_breaks_a_rule_tells_the_offset_to_the_owner_alone() {
    for (received, state) in [(4, State::Receive), (10, State::WaitForClose)] {
        let mut bench = Bench::at(Policy::default(), received);
        let refused = Said::error(400, INVALID);
        let bob = caller(Some("bob"), "/a");
        assert_eq!(bench.ask_badly_as(&bob, 400), refused);
        let ann = bench.caller.clone();
        let told = refused.clone().of(&id(1)).at(received);
        // Whoever holds that for a success is mistaken.
        for status in [400, 200] {
            assert_eq!(bench.ask_badly_as(&ann, status), told);
        }
        assert_eq!((bench.received(), bench.state()), (Some(received), state));
        bench.second += 1_209_600;
        for _expired_then_removed in 0..2 {
            assert_eq!(bench.ask_badly_as(&ann, 400), refused);
        }
        assert_eq!(bench.state(), State::Absent);
    }
}

#[test]
fn a_session_that_has_expired_is_answered_as_one_that_never_was() {
    for received in [4, 10] {
        for packet in packets(&id(1)) {
            let mut bench = Bench::at(Policy::default(), received);
            bench.second += 1_209_600;
            assert_eq!(bench.ask(&packet), not_found());
            let expired = bench.bytes.clone();
            assert_eq!(bench.ask(&packet), not_found());
            assert_eq!(bench.bytes, expired);
        }
    }
}

#[test]
fn an_id_that_is_no_guid_is_not_looked_for() {
    let bare = &id(1)[1..37];
    let ids: [&[u8]; 4] = [b"1", bare, b"-1234567890", b"{ABCDEF01}"];
    for id in ids {
        for packet in packets(id) {
            let mut bench = Bench::at(Policy::default(), 4);
            // A store that was asked would fail.
            let said = bench.ask_in_trouble(&packet, Errand::Find, Fault::Failed);
            assert_eq!(said, not_found());
            assert_eq!(bench.event(), Some(Event::Stray));
        }
    }
}

#[test]
fn an_id_is_found_in_any_letters_and_repeated_in_those_of_the_client() {
    let lower = id(1).to_ascii_lowercase();
    let mut mixed = id(1);
    mixed[1..8].make_ascii_lowercase();
    for spelling in [id(1), lower, mixed] {
        for packet in packets(&spelling) {
            let mut bench = Bench::at(Policy::default(), 4);
            let said = bench.ask(&packet);
            assert_eq!((said.status, said.id), (200, Some(spelling.clone())));
        }
        // In refusals too.
        let mut bench = Bench::at(Policy::default(), 4);
        for (first, total, status) in [(6, 10, 416), (4, 11, 400)] {
            let mut packet = fragment(first, 9, total);
            if let Packet::Fragment { id, .. } = &mut packet {
                id.clone_from(&spelling);
            }
            let said = bench.ask(&packet);
            assert_eq!((said.status, said.id), (status, Some(spelling.clone())));
        }
    }
}

#[test]
fn a_new_session_is_named_in_capitals() {
    let mut bench = Bench::new(Policy::default());
    let said = bench.ask(&create());
    assert_eq!(
        said.id.as_deref(),
        Some(&b"{ABCDEF01-2345-6789-ABCD-EF0123456701}"[..])
    );
    let session = bench.session().unwrap();
    assert_eq!(
        *session,
        Session::new(name(1), bench.caller.clone(), bench.now())
    );
}

#[test]
fn a_ping_is_answered_without_a_look_at_any_session() {
    let mut bench = Bench::at(Policy::default(), 4);
    let before = bench.session().cloned();
    bench.second += 5;
    assert_eq!(bench.ask(&Packet::Ping), Said::status(200));
    assert_eq!(bench.event(), Some(Event::Ping));
    assert_eq!(bench.session(), before.as_ref());
}
