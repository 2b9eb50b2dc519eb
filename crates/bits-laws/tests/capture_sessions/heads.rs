//! What heads say in other words than the specification.

use bits_laws::capture::Turn;

use super::scenes::{LENGTH, connection, seen, upload};
use super::{HERE, SERVER, found_in, is_whole_in_one};

/// The turns, with other ranges in the requests.
fn with_ranges(turns: Vec<Turn>, from: &str, to: &str) -> Vec<Turn> {
    let with_range = |turn: Turn| {
        let at = turn
            .bytes
            .windows(from.len())
            .position(|it| it == from.as_bytes());
        let Some(at) = at else {
            return turn;
        };
        let (before, behind) = turn.bytes.split_at(at);
        let bytes = [before, to.as_bytes(), &behind[from.len()..]].concat();
        Turn { bytes, ..turn }
    };
    turns.into_iter().map(with_range).collect()
}

#[test]
fn a_file_whose_length_is_not_told_is_followed_and_is_whole_when_it_is() {
    let (first, rest) = (0..4_000, 4_000..LENGTH);
    let open = with_ranges(upload().fragment(first), "/9000", "/*");
    let unknown = with_ranges(upload().fragment(rest.clone()), "/9000", "/*");
    let at_last = [
        upload().create(),
        open.clone(),
        upload().fragment(rest),
        upload().close(),
    ];
    is_whole_in_one(&[connection(HERE, SERVER, at_last.concat())]);

    let never = [upload().create(), open, unknown, upload().close()];
    let found = found_in(&[connection(HERE, SERVER, never.concat())]);
    let session = &found.sessions[0];
    assert_eq!(seen(&found, 0), std::slice::from_ref(&(0..LENGTH)));
    assert_eq!((session.content.total, session.content.dropped), (None, 0));
    assert_eq!(session.acknowledged, Some(LENGTH));
    assert!(!session.content.is_whole());
}

#[test]
fn a_range_that_goes_on_in_the_next_line_is_read() {
    let turns = with_ranges(
        upload().turns(LENGTH),
        "Range: bytes ",
        "Range:\r\n bytes\r\n\t",
    );
    is_whole_in_one(&[connection(HERE, SERVER, turns)]);
}

#[test]
fn a_length_that_contradicts_what_was_seen_is_not_taken() {
    let open = with_ranges(upload().fragment(0..4_000), "/9000", "/*");
    let shorter = with_ranges(upload().fragment(0..2_000), "/9000", "/2000");
    let turns = [upload().create(), open, shorter].concat();
    let found = found_in(&[connection(HERE, SERVER, turns)]);
    let content = &found.sessions[0].content;
    assert_eq!(content.seen.as_slice(), std::slice::from_ref(&(0..4_000)));
    assert_eq!((content.total, content.dropped), (None, 2_000));
}

#[test]
fn heads_whose_lines_end_with_lf_alone_are_read() {
    let bare = |turn: Turn| {
        let Some(end) = turn.bytes.windows(4).position(|it| it == b"\r\n\r\n") else {
            return turn;
        };
        let (head, body) = turn.bytes.split_at(end + 4);
        let head: Vec<u8> = head.iter().copied().filter(|byte| *byte != b'\r').collect();
        Turn {
            bytes: [&head[..], body].concat(),
            ..turn
        }
    };
    for mss in [1_448, 7] {
        let turns = upload().turns(4_000).into_iter().map(bare).collect();
        let mut connection = connection(HERE, SERVER, turns);
        connection.mss = mss;
        is_whole_in_one(&[connection]);
    }
}

#[test]
fn a_body_that_is_longer_than_any_file_ends_with_the_last_offset() {
    let last = u64::MAX;
    let range = format!("{}-{}/{last}", last - 615, last - 1);
    let fragment = with_ranges(upload().fragment(0..LENGTH), "0-8999/9000", &range);
    let turns = [upload().create(), fragment].concat();
    let found = found_in(&[connection(HERE, SERVER, turns)]);
    let content = &found.sessions[0].content;
    assert_eq!(
        content.seen.as_slice(),
        std::slice::from_ref(&(last - 615..last))
    );
    assert_eq!(content.dropped, LENGTH - 615);
}
