//! When connections are over, and when they are not: times that step, wild ones, silence; and what comes late.

mod scenes;

use bits_capture::session::State;
use bits_capture::tcp::Limits;
use bits_laws::capture::{
    Connection, Container, Ending, Opening, Segment, Side, Turn, Upload, merged, read,
};
use scenes::{ID, LENGTH, connection, file, found, seen, upload};

const SECOND: u64 = 1_000_000_000;

/// The segments of an upload that takes a minute, on a connection of its own, from `start` on.
fn slow(client: &str, id: &str, start: u64) -> Vec<Segment> {
    let upload = Upload::new(id, "/drop/a.bin", "files.example", file());
    let mut turns = upload.turns(4_000);
    let pause = 60 * SECOND / turns.len() as u64;
    turns.iter_mut().for_each(|turn| turn.pause = pause);
    let mut connection = connection(client, "198.51.100.1:80", turns);
    connection.start = start;
    connection.segments()
}

/// Ten uploads that run together from `start` on.
fn together(first: u8, start: u64) -> Vec<Segment> {
    let uploads = (first..first + 10).map(|number| {
        let id = format!("{{7DF0354D-249B-430F-820D-3D2A9BEF49{number:02}}}");
        let client = format!("192.0.2.{number}:5000");
        slow(&client, &id, start + u64::from(number) * 1_000)
    });
    merged(uploads)
}

/// All is found of so many uploads, and nothing else.
fn check_times(segments: &[Segment], uploads: usize, what: &str) {
    let capture = Container::usual().file(segments);
    let (found, totals) = read(&[capture], Limits::default());
    assert_eq!(found.sessions.len(), uploads, "{what}");
    for session in &found.sessions {
        assert!(session.content.is_whole(), "{what}: {session:?}");
        assert_eq!(session.state, State::Closed, "{what}");
        assert_eq!(session.connection_count, 1, "{what}");
    }
    assert_eq!(totals.tcp.connections, uploads as u64, "{what}");
    assert_eq!(totals.tcp.bytes.missing, 0, "{what}");
    assert_eq!(totals.session.orphans, 0, "{what}");
}

#[test]
fn no_connection_is_over_where_times_step() {
    let start = 1_700_000_000 * SECOND;
    for hours in [1, 2, 24 * 365] {
        let late = start + hours * 3_700 * SECOND;
        // Files that were joined in the wrong order.
        let joined = [together(10, late), together(20, start)].concat();
        check_times(&joined, 20, "files in the wrong order");
        // A clock that is set in the middle of it.
        for is_back in [true, false] {
            let mut segments = together(10, late);
            let from = if is_back { segments.len() / 2 } else { 0 };
            let to = if is_back {
                segments.len()
            } else {
                segments.len() / 2
            };
            for segment in &mut segments[from..to] {
                segment.time -= late - start;
            }
            check_times(&segments, 10, "a clock that is set");
        }
        // Two clocks.
        let mut segments = together(10, start);
        for segment in segments.iter_mut().filter(|it| it.side == Side::Server) {
            segment.time += late - start;
        }
        check_times(&segments, 10, "two clocks");
    }
}

#[test]
fn a_wild_time_ends_no_connection() {
    let start = 1_700_000_000 * SECOND;
    let segments = together(10, start);
    for wild in [
        0,
        start - 4_000 * SECOND,
        start + 4_000 * SECOND,
        4_294_967_295 * SECOND,
    ] {
        for every in [segments.len() - 1, 50] {
            let mut segments = segments.clone();
            segments
                .iter_mut()
                .skip(every / 2)
                .step_by(every)
                .for_each(|it| it.time = wild);
            let found = found(&segments);
            assert_eq!(found.sessions.len(), 10);
            for session in &found.sessions {
                assert!(session.content.is_whole(), "{wild}: {session:?}");
                assert_eq!(session.connection_count, 1, "{wild}");
            }
        }
    }
}

#[test]
fn a_connection_that_is_silent_is_over() {
    let start = 1_700_000_000 * SECOND;
    let mut silent = slow("192.0.2.1:5000", ID, start);
    let last = silent.len() - 5;
    silent.truncate(last);
    let silent_until = silent.last().unwrap().time;
    // Others are heard of for more than an hour, and then it goes on.
    let others = (1..70u64).map(|minute| {
        let id = format!("{{8DF0354D-249B-430F-820D-3D2A9BEF49{minute:02}}}");
        slow(
            &format!("192.0.2.{}:5000", 100 + minute),
            &id,
            start + minute * 60 * SECOND,
        )
    });
    let mut segments = merged(others.chain([silent.clone()]));
    let mut again = silent.last().unwrap().clone();
    again.time = silent_until + 90 * 60 * SECOND;
    segments.push(again);
    let capture = Container::usual().file(&segments);
    let (_, totals) = read(&[capture], Limits::default());
    assert_eq!(totals.tcp.connections, 71);
}

#[test]
fn what_comes_again_on_a_connection_that_is_over_is_not_lost() {
    let upload = upload().turns(4_000);
    for ending in [Ending::Fin(Side::Client), Ending::Reset(Side::Server)] {
        let mut once = connection("192.0.2.1:5000", "198.51.100.1:80", upload.clone());
        once.ending = ending;
        let once = once.segments();
        // As on a second interface, which each segment passes a little later.
        let mut again = once.clone();
        again.iter_mut().for_each(|segment| segment.time += 50_000);
        let capture = Container::usual().file(&merged([once.clone(), again]));
        let (found, totals) = read(&[capture], Limits::default());
        assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
        assert_eq!(
            (totals.tcp.connections, totals.tcp.late),
            (1, 0),
            "{ending:?}"
        );

        // Of all segments, one comes for the first time when its connection is over.
        let of_body = |it: &Segment| it.side == Side::Client && it.payload.len() > 1_000;
        let lost = once.iter().position(of_body).unwrap();
        let over = once.last().unwrap().time + 3 * SECOND;
        let other = connection("192.0.2.2:5000", "198.51.100.1:80", upload.clone());
        let other = Connection {
            start: over,
            ..other
        };
        let mut late = once.clone();
        late.iter_mut()
            .for_each(|segment| segment.time += 10 * SECOND);
        late.retain(|it| !it.payload.is_empty());
        let mut rest = once.clone();
        rest.remove(lost);
        let capture = Container::usual().file(&merged([rest, other.segments(), late]));
        let (_, totals) = read(&[capture], Limits::default());
        assert_eq!(
            (totals.tcp.connections, totals.tcp.late),
            (2, 1),
            "{ending:?}"
        );
        assert_eq!(totals.tcp.bytes.missing, once[lost].payload.len() as u64);
    }
}

#[test]
fn an_older_connection_whose_start_is_not_there_does_not_say_how_a_session_has_ended() {
    // It is waited for its start, so that it is told when the other one is over.
    let before = upload().fragment(0..4_000);
    let older = Connection {
        opening: Opening::Before,
        ending: Ending::Open,
        ..connection(
            "192.0.2.1:5000",
            "198.51.100.1:80",
            [before, upload().fragment_of_lost_session(4_000..6_000)].concat(),
        )
    };
    let mut turns = upload().fragment(4_000..LENGTH);
    turns.extend(upload().close());
    let newer = Connection {
        start: older.start + 10 * SECOND,
        ..connection("192.0.2.1:5001", "198.51.100.1:80", turns)
    };
    let found = found(&merged([older.segments(), newer.segments()]));
    let [session] = &found.sessions[..] else {
        panic!("{:?}", found.sessions);
    };
    assert_eq!(session.state, State::Closed);
    assert_eq!(session.acknowledged, Some(LENGTH));
    assert_eq!(session.status, Some(200));
    assert_eq!(session.peers.client, older.client);
    assert_eq!(session.failures.len(), 1);
    assert_eq!(session.content.dropped, 0);
    assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
}

#[test]
fn what_an_older_connection_has_brought_counts_though_it_is_told_late() {
    let older = Connection {
        opening: Opening::Before,
        ending: Ending::Open,
        ..connection(
            "192.0.2.1:5000",
            "198.51.100.1:80",
            upload().fragment(0..LENGTH),
        )
    };
    let newer = Connection {
        start: older.start + 10 * SECOND,
        ..connection("192.0.2.1:5001", "198.51.100.1:80", upload().close())
    };
    let found = found(&merged([older.segments(), newer.segments()]));
    assert_eq!(found.sessions.len(), 1);
    assert_eq!(found.sessions[0].state, State::Closed);
    assert_eq!(found.sessions[0].acknowledged, Some(LENGTH));
    assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
}

#[test]
fn a_create_session_that_is_told_late_makes_no_second_session() {
    // It is asked for a name; a part of the page that comes with that is lost, so that its connection is waited for.
    let page = [
        &b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\"\r\nContent-Length: 4000\r\n\r\n"[..],
        &[b'.'; 4_000],
    ]
    .concat();
    let asked = connection(
        "192.0.2.1:5000",
        "198.51.100.1:80",
        vec![
            Turn::client(upload().create_request()),
            Turn::server(page),
            Turn::client(upload().create_request()),
            Turn::server(upload().create_ack()),
        ],
    );
    let mut first = asked.segments();
    let lost = first.iter().position(|it| it.payload == [b'.'; 1_448]);
    first.remove(lost.unwrap());
    let mut rest = upload().fragment(4_000..LENGTH);
    rest[0].pause = 10 * SECOND;
    let turns = [upload().fragment(0..4_000), rest, upload().close()].concat();
    let second = Connection {
        start: asked.start + SECOND,
        ..connection("192.0.2.1:5001", "198.51.100.1:80", turns)
    };
    let is_one = found(&merged([first.clone(), second.segments()]));
    assert_eq!(is_one.sessions.len(), 1, "{:?}", is_one.sessions);
    assert_eq!(seen(&is_one, 0), std::slice::from_ref(&(0..LENGTH)));
    assert_eq!(is_one.sessions[0].state, State::Closed);
    assert_eq!(is_one.sessions[0].peers.client, asked.client);

    // But one at another server is another leg of it, seen behind what translates addresses.
    let turns = [upload().create(), upload().fragment(0..LENGTH)].concat();
    let other = Connection {
        start: asked.start + SECOND,
        ..connection("192.0.2.1:5001", "198.51.100.2:80", turns)
    };
    let are_two = found(&merged([first, other.segments()]));
    assert_eq!(are_two.sessions.len(), 2, "{:?}", are_two.sessions);
}
