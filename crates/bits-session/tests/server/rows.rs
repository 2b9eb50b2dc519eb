//! The table, row by row.

use bits_session::server::{Action, TRANSITIONS};

use super::*;

/// What brings a row about, whether it succeeds, and the session behind it.
fn bring_about(row: &Transition) -> (Bench, Said) {
    let empty = policy(|policy| policy.empty_files = true);
    let mut unpublished = Bench::at(Policy::default(), 4);
    unpublished.ask_in_trouble(&fragment(4, 9, 10), Errand::Publish, Fault::Full);
    let mut bench = match (row.state, row.event) {
        (State::Absent, _) => Bench::new(Policy::default()),
        (State::Receive, Event::CloseEmpty) => Bench::opened(empty),
        (State::Receive, Event::Whole | Event::CloseWhole) => unpublished,
        (State::Receive, _) => Bench::at(Policy::default(), 4),
        (State::WaitForClose, Event::OutOfSequence) => Bench::at(refusing(), 10),
        (State::WaitForClose, _) => Bench::at(Policy::default(), 10),
    };
    let packet = match row.event {
        Event::Ping => Packet::Ping,
        Event::Create => create(),
        Event::Stray => fragment(0, 3, 10),
        Event::InSequence => fragment(4, 6, 10),
        Event::Last => fragment(4, 9, 10),
        Event::Repeat => fragment(0, 3, 10),
        Event::Whole => fragment(4, 9, 10),
        Event::OutOfSequence if row.state == State::Receive => fragment(5, 6, 10),
        Event::OutOfSequence => fragment(5, 6, 10),
        Event::Invalid => fragment(4, 9, 11),
        Event::CloseEarly | Event::CloseEmpty | Event::CloseWhole => close(),
        Event::Cancel => cancel(),
        Event::Expire => {
            bench.second += 2_000_000;
            cancel()
        }
    };
    assert_eq!(bench.state(), row.state, "{row:?}");
    let said = bench.ask(&packet);
    (bench, said)
}

#[test]
fn every_row_is_followed_to_the_state_that_it_names() {
    for row in TRANSITIONS {
        let (bench, said) = bring_about(row);
        assert_eq!(bench.row, Some(row));
        assert_eq!(bench.state(), row.next, "{row:?}");
        let status = match row.action {
            Action::Resynchronise => 416,
            Action::Refuse => 400,
            Action::NotFound => 500,
            _ if row.event == Event::Expire => 500,
            _ => 200,
        };
        assert_eq!(said.status, status, "{row:?}");
    }
}

#[test]
fn a_row_that_fails_stays_where_it_was() {
    let mut tried = 0;
    for row in TRANSITIONS.iter().filter(|row| row.next != row.state) {
        let errand = match row.action {
            Action::Open => Errand::Create,
            Action::StoreAndPublish | Action::Publish | Action::PublishAndEnd => Errand::Publish,
            Action::Delete => Errand::Remove,
            // What is published stays published, whatever becomes of its session.
            _ => continue,
        };
        let (bench, _) = bring_about(row);
        assert_eq!(bench.state(), row.next);
        let mut bench = before(row);
        let packet = match row.event {
            Event::Create => create(),
            Event::Last | Event::Whole => fragment(4, 9, 10),
            Event::Cancel | Event::Expire => cancel(),
            _ => close(),
        };
        bench.ask_in_trouble(&packet, errand, Fault::Failed);
        assert_eq!((bench.row, bench.state()), (Some(row), row.state));
        tried += 1;
    }
    assert_eq!(tried, 8);
}

/// The session in which a row that fails is tried.
fn before(row: &Transition) -> Bench {
    match row.event {
        Event::Create => Bench::new(Policy::default()),
        Event::CloseEmpty => Bench::opened(policy(|policy| policy.empty_files = true)),
        Event::Whole | Event::CloseWhole => {
            let mut bench = Bench::at(Policy::default(), 4);
            bench.ask_in_trouble(&fragment(4, 9, 10), Errand::Publish, Fault::Full);
            bench
        }
        event => {
            let mut bench = Bench::at(Policy::default(), 4);
            bench.second += if event == Event::Expire { 2_000_000 } else { 0 };
            bench
        }
    }
}
