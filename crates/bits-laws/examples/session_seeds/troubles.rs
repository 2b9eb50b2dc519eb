//! Limits, and a store in which things go wrong.

use super::Seed;
use super::operations::*;

pub(crate) fn limits() -> Vec<Seed> {
    let (ann, bob) = (2, 3);
    vec![
        (
            "server-too-many-sessions",
            server(
                [0, 0, 0, 1, 0, 0],
                &[
                    by(CREATE, ann, 0),
                    by(CREATE, ann, 2),
                    by(CREATE, bob, 3),
                    CLOSE,
                    by(CREATE, bob, 2),
                ],
            ),
        ),
        (
            "server-sessions-that-are-over-do-not-count",
            server([0, 0, 0, 1, 1, 0], &[CREATE, CREATE, pass(3), CREATE]),
        ),
        (
            "server-file-too-large",
            server(
                [0, 2, 0, 0, 0, 0],
                &[CREATE, next(4), CREATE, of(next(4), 10), of(REST, 11), REST],
            ),
        ),
        (
            "server-fragment-too-large",
            server(
                [0, 0, 1, 0, 0, 0],
                &[CREATE, next(9), next(8), next(8), REST],
            ),
        ),
        (
            "server-codings",
            server(RULES, &[CREATE, with(next(8), 3), with(next(8), 2), REST]),
        ),
    ]
}

pub(crate) fn troubles() -> Vec<Seed> {
    vec![
        (
            "server-disk-full",
            server(
                RULES,
                &[
                    CREATE,
                    fails(next(8), RECEIVE, FULL),
                    fails(REST, RECEIVE, FULL),
                    REST,
                ],
            ),
        ),
        (
            "server-publish-fails-and-the-fragment-tries-again",
            server(
                RULES,
                &[
                    CREATE,
                    fails(REST, PUBLISH, FULL),
                    pass(0),
                    fails(LAST, PUBLISH, FAILED),
                    pass(0),
                    LAST,
                    CLOSE,
                ],
            ),
        ),
        (
            "server-publish-fails-and-close-tries-again",
            server(
                RULES,
                &[
                    CREATE,
                    fails(REST, PUBLISH, 0),
                    fails(CLOSE, PUBLISH, 4),
                    CLOSE,
                ],
            ),
        ),
        (
            "server-publish-fails-of-an-empty-file",
            server(
                EMPTY,
                &[CREATE, fails(CLOSE, PUBLISH, FULL), next(4), CLOSE],
            ),
        ),
        (
            "server-settle-fails",
            server(
                RULES,
                &[
                    CREATE,
                    fails(next(8), SETTLE, FULL),
                    next(8),
                    fails(from(-2, 1), SETTLE, FAILED),
                    fails(from(2, 1), SETTLE, FAILED),
                    fails(of(next(1), 9), SETTLE, FAILED),
                ],
            ),
        ),
        (
            "server-remove-fails",
            server(
                RULES,
                &[
                    CREATE,
                    next(4),
                    fails(CLOSE, REMOVE, FAILED),
                    next(4),
                    fails(CANCEL, REMOVE, FAILED),
                    REST,
                    fails(CLOSE, REMOVE, FAILED),
                    LAST,
                    CLOSE,
                ],
            ),
        ),
        (
            "server-remove-fails-of-an-empty-file",
            server(
                EMPTY,
                &[CREATE, fails(CLOSE, REMOVE, FAILED), next(4), CLOSE, CLOSE],
            ),
        ),
        (
            "server-remove-fails-of-what-is-over",
            server(
                RULES,
                &[CREATE, next(4), pass(6), fails(next(4), REMOVE, FAILED)],
            ),
        ),
        (
            "server-session-gone-meanwhile",
            server(
                RULES,
                &[
                    CREATE,
                    fails(next(8), RECEIVE, GONE),
                    fails(next(8), SETTLE, GONE),
                    fails(REST, PUBLISH, GONE),
                    fails(CLOSE, REMOVE, GONE),
                ],
            ),
        ),
        (
            "server-store-cannot-say",
            server(
                RULES,
                &[
                    fails(CREATE, SURVEY, FAILED),
                    fails(CREATE, OPEN, FULL),
                    CREATE,
                    fails(next(8), FIND, FAILED),
                    fails(CLOSE, FIND, GONE),
                    REST,
                ],
            ),
        ),
    ]
}
