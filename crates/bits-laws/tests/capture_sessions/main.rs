//! Scenes of sessions: which requests are of one, and what is said of it.

mod heads;
mod hosts;
#[path = "../scenes/mod.rs"]
mod scenes;
mod users;

use bits_capture::session::State;
use bits_laws::capture::{
    Connection, Ending, File, Found, Segment, Side, Turn, Upload, answered, merged,
};
use proptest::prelude::*;
use scenes::{ID, LENGTH, connection, file, found, seen, upload};

const HERE: &str = "192.0.2.1:5000";
const SERVER: &str = "198.51.100.1:80";
const SECOND: u64 = 1_000_000_000;

/// The connection on which that is said, so many nanoseconds later than the first ones.
fn later(delay: u64, client: &str, server: &str, turns: Vec<Turn>) -> Connection {
    let mut connection = connection(client, server, turns);
    connection.start += delay;
    connection
}

fn found_in(connections: &[Connection]) -> Found {
    found(&merged(connections.iter().map(Connection::segments)))
}

fn is_whole_in_one(connections: &[Connection]) {
    let found = found_in(connections);
    assert_eq!(found.sessions.len(), 1, "{:?}", found.sessions);
    assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
    assert_eq!(found.sessions[0].state, State::Closed);
    assert_eq!(found.sessions[0].content.dropped, 0);
}

#[test]
fn a_client_that_gets_no_answer_goes_on_at_another_server() {
    let mut upload = upload();
    upload.host_id = Some(b"node7.example".to_vec());
    let first = [upload.create(), upload.fragment(0..4_000)].concat();
    // The host dies in a Fragment, and after a while the client is back where it has begun.
    let unanswered = vec![Turn::client(
        upload.fragment_request(4_000..8_000)[..2_000].to_vec(),
    )];
    upload.host_id = None;
    let rest = [upload.fragment(4_000..LENGTH), upload.close()].concat();
    for delay in [SECOND / 100, 60 * SECOND] {
        let mut dying = later(
            SECOND,
            "192.0.2.1:5001",
            "198.51.100.7:80",
            unanswered.clone(),
        );
        dying.ending = Ending::Open;
        is_whole_in_one(&[
            connection(HERE, SERVER, first.clone()),
            dying,
            later(SECOND + delay, "192.0.2.1:5002", SERVER, rest.clone()),
        ]);
    }
}

#[test]
fn a_session_goes_on_from_another_network() {
    let turns = upload().turns(4_500);
    let (first, rest) = turns.split_at(4);
    is_whole_in_one(&[
        connection(HERE, SERVER, first.to_vec()),
        later(
            SECOND,
            "[2001:db8::5]:6000",
            "[2001:db8::80]:80",
            rest.to_vec(),
        ),
    ]);
}

#[test]
fn an_id_that_is_no_guid_is_of_another_session_at_another_host() {
    let one = Upload::new("1", "/drop/a.bin", "files.example", file());
    let other = Upload::new("1", "/drop/a.bin", "other.example", file());
    let found = found_in(&[
        connection(
            HERE,
            SERVER,
            [one.create(), one.fragment(0..4_000)].concat(),
        ),
        later(
            SECOND,
            "192.0.2.1:5001",
            "198.51.100.9:80",
            [other.fragment(4_000..LENGTH), other.close()].concat(),
        ),
    ]);
    assert_eq!(found.sessions.len(), 2);
    assert!(found.sessions.iter().all(|it| !it.content.is_whole()));
}

#[test]
fn of_the_sessions_of_one_id_the_oldest_is_told_early() {
    let upload = Upload::new("1", "/drop/a.bin", "files.example", File::Bytes(vec![0]));
    let connections = (0..1_030).map(|number| {
        let server = format!("10.1.{}.{}:80", number / 250, number % 250);
        let turns = [upload.create(), upload.fragment(0..1)].concat();
        later(number * SECOND, HERE, &server, turns)
    });
    let found = found(&merged(connections.map(|it| it.segments())));
    let mut early: Vec<_> = found.sessions.iter().filter(|it| it.is_evicted).collect();
    early.sort_by_key(|it| it.times.0);
    assert_eq!((found.sessions.len(), early.len()), (1_030, 6));
    assert_eq!(early[0].server.to_string(), "10.1.0.0:80");
    assert_eq!(early[5].server.to_string(), "10.1.0.5:80");
}

#[test]
fn what_is_behind_the_range_of_a_fragment_is_not_of_the_file() {
    let head = |range: &str, length: u64| {
        format!(
            "BITS_POST /drop/a.bin HTTP/1.1\r\nHost: files.example\r\nBITS-Packet-Type: Fragment\r\n\
             BITS-Session-Id: {ID}\r\nContent-Range: bytes {range}/9000\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let mut turns = upload().create();
    let surplus = [&file().bytes(0..4_000)[..], &[b'?'; 300]].concat();
    turns.push(Turn::client(
        [head("0-3999", 4_300).as_bytes(), &surplus].concat(),
    ));
    turns.push(Turn::server(upload().fragment_ack(4_000)));
    let found = found_in(&[connection(HERE, SERVER, turns)]);
    assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..4_000)));
    assert_eq!(found.sessions[0].content.dropped, 300);
}

#[test]
fn a_guid_is_the_same_without_its_braces() {
    let bare = Upload::new(
        &ID[1..37].to_lowercase(),
        "/drop/a.bin",
        "files.example",
        file(),
    );
    let turns = [upload().create(), bare.fragment(0..LENGTH), bare.close()].concat();
    is_whole_in_one(&[connection(HERE, SERVER, turns)]);
}

#[test]
fn one_server_that_does_not_know_a_session_does_not_end_it() {
    let upload = upload();
    is_whole_in_one(&[
        connection(
            HERE,
            SERVER,
            [upload.create(), upload.fragment(0..4_000)].concat(),
        ),
        later(
            SECOND,
            "192.0.2.1:5001",
            SERVER,
            upload.fragment_of_lost_session(4_000..LENGTH),
        ),
        later(
            2 * SECOND,
            "192.0.2.1:5002",
            SERVER,
            [upload.fragment(4_000..LENGTH), upload.close()].concat(),
        ),
    ]);
}

/// The connections of a session that is interrupted.
fn parts() -> [Connection; 3] {
    let upload = upload();
    [
        connection(
            HERE,
            SERVER,
            [upload.create(), upload.fragment(0..3_000)].concat(),
        ),
        connection("192.0.2.1:5001", SERVER, upload.fragment(3_000..6_000)),
        connection(
            "192.0.2.1:5002",
            SERVER,
            [upload.fragment(6_000..LENGTH), upload.close()].concat(),
        ),
    ]
}

#[test]
fn the_connections_of_a_session_come_in_any_order() {
    let parts = parts();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let at = |place: usize| {
            let mut part = parts[order[place]].clone();
            part.start += place as u64 * SECOND;
            part
        };
        is_whole_in_one(&[at(0), at(1), at(2)]);
    }
}

proptest! {
    #[test]
    fn the_segments_of_the_connections_of_a_session_come_in_any_order(
        keys in prop::collection::vec(any::<u64>(), 64),
    ) {
        let segments = merged(parts().iter().map(Connection::segments));
        prop_assert!(segments.len() <= keys.len());
        let times = segments.iter().map(|segment| segment.time);
        let mut shuffled: Vec<_> = segments.iter().cloned().zip(&keys).collect();
        shuffled.sort_by_key(|(_, key)| **key);
        let shuffled = shuffled.into_iter().zip(times);
        let shuffled: Vec<_> = shuffled.map(|((segment, _), time)| Segment { time, ..segment }).collect();
        let found = found(&shuffled);
        prop_assert_eq!(found.sessions.len(), 1);
        prop_assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
    }
}

#[test]
fn two_uploads_that_are_asked_for_at_once_are_two() {
    let other = File::Drawn {
        seed: 6,
        length: 5_000,
    };
    let uploads = [
        upload(),
        Upload::new(
            "{00000000-0000-0000-0000-000000000002}",
            "/drop/a.bin",
            "files.example",
            other,
        ),
    ];
    let challenge =
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    let connections = uploads.each_ref().map(|upload| {
        let length = upload.file.length();
        let mut turns = answered(upload.create_request(), *challenge);
        turns.extend(upload.turns(length));
        turns
    });
    let [one, two] = connections;
    let found = found_in(&[
        connection(HERE, SERVER, one),
        later(30_000, "192.0.2.1:5001", SERVER, two),
    ]);
    assert_eq!(found.sessions.len(), 2);
    for upload in &uploads {
        let mut sessions = found.sessions.iter();
        let session = sessions.find(|it| it.id.as_deref() == Some(&upload.session));
        let session = session.unwrap();
        let length = upload.file.length();
        let bytes = session.file.as_ref().unwrap().bytes(0..length);
        assert_eq!(bytes, Some(upload.file.bytes(0..length)));
    }
}

#[test]
fn what_a_server_says_that_it_has_lost_is_what_is_sent_again() {
    let other = Upload::new(
        ID,
        "/drop/a.bin",
        "files.example",
        File::Drawn {
            seed: 6,
            length: LENGTH,
        },
    );
    let turns = [
        other.create(),
        other.fragment(0..6_000),
        upload().fragment_out_of_sequence(6_000..LENGTH, 0),
        upload().fragment(0..LENGTH),
        upload().close(),
    ];
    is_whole_in_one(&[connection(HERE, SERVER, turns.concat())]);
}

fn get(target: &str, host: &str, answer: &str) -> Vec<Turn> {
    answered(
        format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        ),
    )
}

#[test]
fn a_reply_is_what_its_url_leads_to() {
    for (url, asked) in [
        ("/r/get?id=1", "/r/get?id=1"),
        ("../r/get?id=1", "/r/get?id=1"),
        ("http://FILES.example:80/r/get?id=1", "/r/get?id=1"),
        (r"r\get?id=1", "/drop/r/get?id=1"),
    ] {
        let mut upload = upload();
        upload.reply_url = Some(url.into());
        let turns = [
            upload.turns(LENGTH),
            get(asked, "other.example", "another host"),
            get(&asked.replace("=1", "=2"), "files.example", "another query"),
            get(asked, "files.example", "the reply"),
        ];
        let found = found_in(&[connection(HERE, SERVER, turns.concat())]);
        let reply = found.sessions[0].reply.as_ref().unwrap();
        let bytes = reply.file.as_ref().unwrap().bytes(0..9);
        assert_eq!(bytes.as_deref(), Some(&b"the reply"[..]), "{url}");
        assert_eq!(reply.content.total, Some(9));
    }
}

#[test]
fn an_answer_is_not_that_to_a_request_whose_own_is_missing() {
    let mut upload = upload();
    upload.reply_url = Some(b"/r".to_vec());
    let turns = [
        upload.turns(LENGTH),
        get("/r", "files.example", "the reply"),
        get("/logo", "files.example", "a picture"),
    ];
    let mut segments = connection(HERE, SERVER, turns.concat()).segments();
    let is_lost =
        |payload: &[u8]| payload.ends_with(b"the reply") || payload.starts_with(b"GET /logo");
    segments.retain(|segment| !is_lost(&segment.payload));
    let found = found(&segments);
    let reply = found.sessions[0].reply.as_ref().unwrap();
    assert_eq!((reply.status, reply.content.total), (None, None));
}

#[test]
fn an_empty_file_is_one_if_nothing_is_missing() {
    let nothing = File::Drawn { seed: 0, length: 0 };
    let upload = Upload::new(ID, "/drop/a.bin", "files.example", nothing);
    let connection = connection(HERE, SERVER, upload.turns(1));
    let all = found(&connection.segments());
    assert!(all.sessions[0].content.is_whole());
    assert!(all.sessions[0].file.is_some());

    let odd =
        b"bits_post /drop/a.bin HTTP/1.1\r\nHost: files.example\r\nContent-Length: 1\r\n\r\nx";
    let mut turns = upload.turns(1);
    let close = turns.split_off(2);
    turns.extend(answered(*odd, *b"HTTP/1.1 204 No Content\r\n\r\n"));
    turns.extend(close);
    let with_odd = found(
        &Connection {
            turns,
            ..connection.clone()
        }
        .segments(),
    );

    let mut segments = Connection {
        turns: [
            upload.create(),
            get("/", "files.example", "x"),
            upload.close(),
        ]
        .concat(),
        ..connection
    }
    .segments();
    segments.retain(|segment| segment.side == Side::Server || !segment.payload.starts_with(b"GET"));
    let with_hole = found(&segments);
    for found in [with_odd, with_hole] {
        assert_eq!(found.sessions[0].state, State::Closed);
        assert!(!found.sessions[0].content.is_whole());
        assert!(found.sessions[0].file.is_none());
    }
}

#[test]
fn passwords_in_urls_are_not_kept() {
    for scheme in ["http:", ""] {
        let create = format!(
            "BITS_POST {scheme}//u:secret@files.example/a HTTP/1.1\r\nHost: u:secret@files.example\r\n\
             BITS-Packet-Type: Create-Session\r\nContent-Length: 0\r\n\r\n"
        );
        let found = found_in(&[connection(HERE, SERVER, vec![Turn::client(create)])]);
        assert_eq!(found.sessions.len(), 1);
        let session = format!("{:?}", found.sessions[0]);
        let secret = format!("{:?}", b"secret");
        assert!(!session.contains(&secret[1..secret.len() - 1]), "{session}");
    }
}

#[test]
fn a_pair_of_addresses_is_another_connection_after_two_minutes() {
    let first = connection(HERE, SERVER, upload().turns(4_000));
    let other = Upload::new(
        "{00000000-0000-0000-0000-000000000002}",
        "/b",
        "files.example",
        file(),
    );
    let mut again = later(3 * 60 * SECOND, HERE, SERVER, other.turns(4_000));
    // Numbers that the first one has used, too.
    again.client_isn = first.client_isn.wrapping_add(5_000);
    again.server_isn = first.server_isn.wrapping_add(100);
    let found = found_in(&[first, again]);
    assert_eq!(found.sessions.len(), 2);
    for session in 0..2 {
        assert_eq!(seen(&found, session), std::slice::from_ref(&(0..LENGTH)));
    }
}
