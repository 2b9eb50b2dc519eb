//! What becomes of the requests of a client.

use bits_laws::session::hostile::BEGINNING;
use bits_laws::session::reply::Reply;

use super::Seed;

/// Size, length of Fragments, patience, Ping: see `hostile`.
const BEGIN: [u8; BEGINNING] = [0, 0, 0, 0];
const GOOD: Reply = Reply::new(0);
const ERROR: Reply = Reply {
    // 500
    status: 15,
    code: 255,
    ..Reply::new(6)
};
/// 500 and BG_E_SESSION_NOT_FOUND.
const LOST: Reply = Reply { code: 0, ..ERROR };
const BROKEN: Reply = Reply::new(9);

/// An offset so far from the end of the Fragment.
const fn back(by: i8) -> Reply {
    Reply {
        offset: by.cast_unsigned(),
        ..GOOD
    }
}

/// A status by its place in the list, without an Ack.
const fn status(nth: u8) -> Reply {
    Reply {
        status: nth,
        ..Reply::new(8)
    }
}

fn client(begin: [u8; BEGINNING], replies: &[Reply]) -> Vec<u8> {
    let replies = replies.iter().flat_map(|it| it.to_bytes());
    [1].into_iter().chain(begin).chain(replies).collect()
}

pub(crate) fn clients() -> Vec<Seed> {
    let moved = Reply {
        host: 128 + 10,
        ..GOOD
    };
    let later = Reply {
        passes: 60,
        ..BROKEN
    };
    vec![
        ("client-whole-upload", client(BEGIN, &[GOOD; 6])),
        ("client-without-ping", client([0, 0, 0, 1], &[GOOD; 5])),
        ("client-empty-file", client([1, 0, 0, 0], &[GOOD; 3])),
        (
            "client-greatest-file",
            client([7, 3, 0, 0], &[GOOD, GOOD, back(-100), GOOD, GOOD]),
        ),
        (
            "client-one-byte-at-a-time",
            client([4, 2, 0, 0], &[GOOD; 16]),
        ),
        ("client-nobody-answers", client(BEGIN, &[])),
        (
            "client-offset-goes-back",
            client(
                BEGIN,
                &[
                    GOOD,
                    GOOD,
                    GOOD,
                    back(-6),
                    Reply {
                        kind: 7,
                        offset: 252,
                        ..ERROR
                    },
                    GOOD,
                ],
            ),
        ),
        (
            "client-offset-stays",
            client([0, 0, 1, 0], &[GOOD, GOOD, back(-4)]),
        ),
        (
            "client-offset-past-the-end",
            client(
                [0, 0, 1, 0],
                &[
                    GOOD,
                    GOOD,
                    Reply {
                        offset: 102,
                        ..GOOD
                    },
                ],
            ),
        ),
        (
            "client-whole-at-once",
            client(
                BEGIN,
                &[
                    GOOD,
                    GOOD,
                    Reply {
                        offset: 101,
                        ..GOOD
                    },
                    GOOD,
                ],
            ),
        ),
        (
            "client-offset-ahead",
            client(BEGIN, &[GOOD, GOOD, back(2), GOOD, GOOD]),
        ),
        (
            "client-200-without-an-ack-at-the-end",
            client(BEGIN, &[GOOD, GOOD, GOOD, GOOD, GOOD, status(0), GOOD]),
        ),
        (
            "client-session-lost",
            client(
                BEGIN,
                &[GOOD, GOOD, GOOD, LOST, GOOD, GOOD, GOOD, GOOD, GOOD],
            ),
        ),
        (
            "client-session-lost-at-the-end",
            client(BEGIN, &[GOOD, GOOD, GOOD, GOOD, GOOD, LOST]),
        ),
        (
            "client-session-lost-again-and-again",
            client([0, 0, 1, 0], &[GOOD, LOST]),
        ),
        (
            "client-session-of-another",
            client([0, 0, 1, 0], &[GOOD, GOOD, Reply { session: 2, ..GOOD }]),
        ),
        (
            "client-session-in-other-letters",
            client(
                BEGIN,
                &[
                    GOOD,
                    GOOD,
                    Reply { session: 1, ..GOOD },
                    Reply { session: 3, ..GOOD },
                    GOOD,
                    GOOD,
                ],
            ),
        ),
        (
            "client-content-too-large",
            client(
                [6, 3, 0, 0],
                &[
                    GOOD,
                    GOOD,
                    status(11),
                    status(11),
                    GOOD,
                    status(11),
                    status(11),
                ],
            ),
        ),
        (
            "client-file-too-large",
            client(BEGIN, &[GOOD, GOOD, Reply { code: 1, ..ERROR }]),
        ),
        (
            "client-disk-full",
            client(
                [0, 0, 1, 0],
                &[GOOD, GOOD, Reply { code: 2, ..ERROR }, status(18), GOOD],
            ),
        ),
        (
            "client-challenged",
            client(
                BEGIN,
                &[
                    Reply {
                        asked: 2,
                        ..status(6)
                    },
                    GOOD,
                    status(9),
                ],
            ),
        ),
        (
            "client-challenged-for-ever",
            client(
                BEGIN,
                &[Reply {
                    asked: 2,
                    ..status(6)
                }],
            ),
        ),
        (
            "client-200-without-an-ack",
            client([0, 0, 1, 0], &[status(0)]),
        ),
        (
            "client-answer-to-another-request",
            client(
                BEGIN,
                &[
                    Reply {
                        code: 2,
                        ..Reply::new(5)
                    },
                    GOOD,
                    Reply {
                        code: 2,
                        ..Reply::new(5)
                    },
                    GOOD,
                    Reply {
                        code: 3,
                        ..Reply::new(5)
                    },
                ],
            ),
        ),
        (
            "client-another-protocol",
            client([0, 0, 1, 0], &[GOOD, Reply { code: 7, ..GOOD }]),
        ),
        (
            "client-moved",
            client(BEGIN, &[GOOD, moved, GOOD, GOOD, GOOD, GOOD, GOOD]),
        ),
        (
            "client-moved-and-falls-back",
            client(BEGIN, &[GOOD, moved, BROKEN, later, GOOD, LOST, GOOD, GOOD]),
        ),
        (
            "client-moved-lost-and-started-again",
            client(
                BEGIN,
                &[
                    GOOD,
                    moved,
                    GOOD,
                    LOST,
                    Reply::new(11),
                    BROKEN,
                    BROKEN,
                    BROKEN,
                    BROKEN,
                    later,
                ],
            ),
        ),
        (
            "client-suspended",
            client(
                BEGIN,
                &[
                    GOOD,
                    Reply::new(12),
                    GOOD,
                    Reply::new(12),
                    GOOD,
                    Reply::new(12),
                ],
            ),
        ),
        (
            "client-cancelled",
            client(BEGIN, &[GOOD, GOOD, Reply::new(13), BROKEN, LOST]),
        ),
        (
            "client-started-again",
            client(
                BEGIN,
                &[
                    GOOD,
                    GOOD,
                    GOOD,
                    Reply::new(11),
                    GOOD,
                    GOOD,
                    Reply::new(11),
                    GOOD,
                    GOOD,
                ],
            ),
        ),
        (
            "client-gives-requests-up",
            client(
                BEGIN,
                &[
                    Reply::new(10),
                    GOOD,
                    Reply::new(10),
                    GOOD,
                    GOOD,
                    Reply::new(10),
                ],
            ),
        ),
        (
            "client-retry-after",
            client(
                BEGIN,
                &[
                    Reply {
                        asked: 251,
                        ..status(17)
                    },
                    Reply {
                        asked: 7,
                        ..status(14)
                    },
                    GOOD,
                    GOOD,
                ],
            ),
        ),
        (
            "client-answers-that-nobody-asked-for",
            client(BEGIN, &[Reply::new(14); 6]),
        ),
    ]
}
