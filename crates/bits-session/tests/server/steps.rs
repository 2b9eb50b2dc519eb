//! The exchange by hand: what it asks for, in which order, what it does with what nobody asked for, and numbers at the
//! edge.

use bits_packet::Request;
use bits_session::server::{Receive, Step, Survey};

use super::*;

const FREE: Survey = Survey {
    sessions: 0,
    destination: Ok(()),
};

fn owner() -> Caller {
    caller(Some("ann"), "/a")
}

fn at_zero() -> SystemTime {
    SystemTime::UNIX_EPOCH
}

/// A session that has received so many of so many bytes.
fn session(received: u64, total: u64) -> Session {
    let mut session = Session::new(name(1), owner(), at_zero());
    session.received = received;
    session.total = Some(total);
    session
}

fn begin<'a>(policy: &'a Policy, request: &'a Request<'a>) -> Exchange<'a> {
    Exchange::new(policy, owner(), request, at_zero(), name(1))
}

/// What a poll says, without its borrows.
fn asked(exchange: &Exchange<'_>) -> String {
    format!("{:?}", exchange.poll())
}

/// Everything that nobody has asked for changes nothing.
fn is_deaf_to_others(exchange: &mut Exchange<'_>) {
    let before = format!("{exchange:?}");
    let step = asked(exchange);
    let asks = |what: &str| step.starts_with(what);
    if !asks("Find") {
        exchange.handle_found(Some(session(7, 10)));
        exchange.handle_found(None);
    }
    if !asks("Survey") {
        exchange.handle_survey(FREE);
        exchange.handle_survey(Survey {
            destination: Err(Fault::Full),
            ..FREE
        });
    }
    if !asks("Find") && !asks("Survey") {
        exchange.handle_unknown(Fault::Failed);
    }
    if !asks("Receive") {
        exchange.handle_received(3, None);
        exchange.handle_received(0, Some(Fault::Full));
    }
    if asks("Find") || asks("Survey") || asks("Receive") || asks("Answer") {
        exchange.handle_done(Ok(()));
        exchange.handle_done(Err(Fault::Gone));
    }
    assert_eq!(format!("{exchange:?}"), before, "{step}");
}

/// Takes an exchange through all its steps, and gives their names.
fn steps(packet: &Packet, found: &Session, policy: &Policy) -> Vec<String> {
    let request = packet.request();
    let mut exchange = begin(policy, &request);
    let mut steps = Vec::new();
    loop {
        is_deaf_to_others(&mut exchange);
        let step = asked(&exchange);
        steps.push(step.split([' ', '(']).next().unwrap().to_owned());
        match exchange.poll() {
            Step::Find(id) => {
                assert_eq!(id, name(1));
                exchange.handle_found(Some(found.clone()));
            }
            Step::Survey(of) => {
                assert_eq!(*of, owner());
                exchange.handle_survey(FREE);
            }
            Step::Receive(receive) => exchange.handle_received(receive.length, None),
            Step::Create(_) | Step::Settle(_) | Step::Publish { .. } | Step::Remove(_) => {
                exchange.handle_done(Ok(()));
            }
            Step::Answer => return steps,
        }
        assert!(steps.len() < 8);
    }
}

#[test]
fn each_request_asks_for_what_it_needs_and_for_nothing_else() {
    let (part, whole) = (session(4, 10), session(10, 10));
    let mut published = whole.clone();
    published.state = State::WaitForClose;
    let new = Session::new(name(1), owner(), at_zero());
    let mut empty = Policy::default();
    empty.empty_files = true;
    let cases: [(Packet, &Session, &[&str]); 13] = [
        (Packet::Ping, &part, &["Answer"]),
        (create(), &part, &["Survey", "Create", "Answer"]),
        (
            fragment(4, 6, 10),
            &part,
            &["Find", "Receive", "Settle", "Answer"],
        ),
        (
            fragment(4, 9, 10),
            &part,
            &["Find", "Receive", "Publish", "Answer"],
        ),
        (fragment(0, 3, 10), &part, &["Find", "Settle", "Answer"]),
        (fragment(5, 6, 10), &part, &["Find", "Settle", "Answer"]),
        (fragment(4, 6, 11), &part, &["Find", "Settle", "Answer"]),
        (fragment(4, 9, 10), &whole, &["Find", "Publish", "Answer"]),
        (
            fragment(4, 9, 10),
            &published,
            &["Find", "Settle", "Answer"],
        ),
        (close(), &part, &["Find", "Remove", "Answer"]),
        (close(), &published, &["Find", "Remove", "Answer"]),
        (close(), &whole, &["Find", "Publish", "Remove", "Answer"]),
        (close(), &new, &["Find", "Publish", "Remove", "Answer"]),
    ];
    for (packet, found, expected) in cases {
        assert_eq!(
            steps(&packet, found, &empty),
            expected,
            "{packet:?} {found:?}"
        );
    }
}

#[test]
fn an_unpublished_file_is_settled_so_that_its_offset_may_be_told() {
    let policy = Policy::default();
    let packet = fragment(4, 9, 10);
    let request = packet.request();
    let mut exchange = begin(&policy, &request);
    exchange.handle_found(Some(session(4, 10)));
    exchange.handle_received(6, None);
    exchange.handle_done(Err(Fault::Full));
    assert!(asked(&exchange).starts_with("Settle"));
    assert_eq!(Said::read(&exchange.ack()).offset, None, "not yet");
    exchange.handle_done(Ok(()));
    assert_eq!(exchange.poll(), Step::Answer);
    assert_eq!(Said::read(&exchange.ack()).offset, Some(10));
}

#[test]
fn a_store_cannot_receive_more_than_it_was_asked_to() {
    let policy = Policy::default();
    let packet = fragment(4, 6, 10);
    let request = packet.request();
    let mut exchange = begin(&policy, &request);
    exchange.handle_found(Some(session(4, 10)));
    exchange.handle_received(u64::MAX, None);
    assert_eq!(exchange.session().received, 7);
}

#[test]
fn the_row_is_known_once_the_session_was_looked_up() {
    let policy = Policy::default();
    let packet = fragment(4, 6, 10);
    let request = packet.request();
    let mut exchange = begin(&policy, &request);
    assert_eq!(exchange.transition(), None);
    exchange.handle_found(Some(session(4, 10)));
    let row = exchange.transition().unwrap();
    assert_eq!((row.state, row.event), (State::Receive, Event::InSequence));
}

const MAX: u64 = u64::MAX;

/// What a Fragment asks to receive in a session, or the name of the step that comes in its place.
fn received(found: &Session, first: u64, last: u64, total: u64) -> Result<Receive, String> {
    let packet = Packet::Fragment {
        id: id(1),
        first,
        last,
        total,
        coding: None,
        body: Vec::new(),
    };
    let policy = Policy::default();
    let request = packet.request();
    let mut exchange = begin(&policy, &request);
    exchange.handle_found(Some(found.clone()));
    match exchange.poll() {
        Step::Receive(receive) => {
            exchange.handle_received(receive.length, None);
            assert_eq!(exchange.session().received, last + 1);
            let is_last = last + 1 == total;
            assert_eq!(asked(&exchange).starts_with("Publish"), is_last);
            exchange.handle_done(Ok(()));
            assert_eq!(Said::read(&exchange.ack()), told(200, last + 1));
            Ok(receive)
        }
        _ => {
            exchange.handle_done(Ok(()));
            Err(Said::read(&exchange.ack()).to_string())
        }
    }
}

#[test]
fn the_greatest_file_ends_at_the_greatest_offset() {
    let receive = |skip, at, length| {
        Ok(Receive {
            id: name(1),
            skip,
            at,
            length,
            total: MAX,
        })
    };
    let new = Session::new(name(1), owner(), at_zero());
    assert_eq!(received(&new, 0, MAX - 1, MAX), receive(0, 0, MAX));
    let nearly = session(MAX - 1, MAX);
    assert_eq!(
        received(&nearly, MAX - 1, MAX - 1, MAX),
        receive(0, MAX - 1, 1)
    );
    assert_eq!(
        received(&nearly, 0, MAX - 1, MAX),
        receive(MAX - 1, MAX - 1, 1)
    );
    assert_eq!(
        received(&nearly, 0, MAX - 2, MAX),
        Err(format!("200 @{}", MAX - 1))
    );
    let half = session(1 << 63, MAX);
    assert_eq!(
        received(&half, 1 << 62, MAX - 2, MAX),
        receive(1 << 62, 1 << 63, (1 << 63) - 2)
    );
    assert_eq!(
        received(&half, MAX - 1, MAX - 1, MAX),
        Err(format!("416 @{}", 1u64 << 63))
    );
    assert_eq!(
        received(&session(MAX, MAX), MAX - 1, MAX - 1, MAX),
        Err(format!("200 @{MAX}"))
    );
}

#[test]
fn a_body_of_4_gigabytes_and_more_is_counted_in_full() {
    let found = session(1 << 33, 1 << 40);
    let receive = received(&found, 1 << 32, (1 << 40) - 2, 1 << 40).unwrap();
    assert_eq!(receive.skip, (1 << 33) - (1 << 32));
    assert_eq!(receive.length, (1 << 40) - 1 - (1 << 33));
}
