//! Whole lives of sessions.

use super::Seed;
use super::operations::*;

pub(crate) fn fragments() -> Vec<Seed> {
    let whole = [PING, CREATE, next(12), next(8), LAST, CLOSE, CLOSE];
    vec![
        ("server-whole-upload", server(RULES, &whole)),
        (
            "server-whole-upload-without-overlaps",
            server(REFUSE_OVERLAP, &whole),
        ),
        (
            "server-gap",
            server(RULES, &[CREATE, next(4), from(2, 4), from(-1, 5), REST]),
        ),
        (
            "server-overlap-takes-what-is-new",
            server(RULES, &[CREATE, next(8), from(-4, 8), REST, CLOSE]),
        ),
        (
            "server-overlap-refused",
            server(REFUSE_OVERLAP, &[CREATE, next(8), from(-4, 8), REST, CLOSE]),
        ),
        (
            "server-repeated-fragment",
            server(RULES, &[CREATE, next(8), from(-8, 8), from(-3, 2), REST]),
        ),
        (
            "server-repeated-last-fragment",
            server(RULES, &[CREATE, REST, LAST, LAST, CLOSE, LAST]),
        ),
        (
            "server-repeated-last-fragment-refuses-others",
            server(REFUSE_OVERLAP, &[CREATE, REST, LAST, from(-5, 2)]),
        ),
        (
            "server-other-total",
            server(
                RULES,
                &[CREATE, next(4), of(next(4), 21), next(4), of(REST, 19)],
            ),
        ),
        (
            "server-other-total-when-published",
            server(RULES, &[CREATE, REST, of(LAST, 21), LAST]),
        ),
        (
            "server-short-body",
            server(
                RULES,
                &[
                    CREATE,
                    short(next(8), 3),
                    short(REST, 0),
                    short(REST, 16),
                    REST,
                ],
            ),
        ),
        (
            "server-body-of-the-old-bytes-only",
            server(RULES, &[CREATE, next(8), short(from(-4, 8), 3), REST]),
        ),
        (
            "server-file-of-2-to-the-64",
            server(
                RULES,
                &[
                    CREATE,
                    of(next(5), 203),
                    next(5),
                    from(102, 1),
                    from(101, 0),
                ],
            ),
        ),
        (
            "server-one-byte-at-a-time",
            server(RULES, &[CREATE, of(next(1), 3), next(1), next(1), CLOSE]),
        ),
    ]
}

pub(crate) fn ends() -> Vec<Seed> {
    vec![
        (
            "server-close-before-the-end",
            server(RULES, &[CREATE, next(8), CLOSE, next(8), CREATE, REST]),
        ),
        ("server-empty-file", server(EMPTY, &[CREATE, CLOSE, CREATE])),
        (
            "server-empty-file-not-allowed",
            server(RULES, &[CREATE, CLOSE, CREATE]),
        ),
        (
            "server-empty-file-never-over-another",
            server([6, 0, 0, 0, 0, 1], &[CREATE, CLOSE, REST, CLOSE]),
        ),
        (
            "server-empty-file-not-after-a-fragment",
            server(EMPTY, &[CREATE, short(next(4), 0), CLOSE, CREATE]),
        ),
        (
            "server-empty-file-not-after-a-gap",
            server(EMPTY, &[CREATE, from(4, 4), CLOSE, CREATE]),
        ),
        (
            "server-cancel-before-the-end",
            server(RULES, &[CREATE, next(8), CANCEL, CANCEL, CREATE]),
        ),
        (
            "server-cancel-after-the-end",
            server(RULES, &[CREATE, REST, CANCEL, CREATE]),
        ),
        (
            "server-expires",
            server(RULES, &[CREATE, next(8), pass(6), next(8), CLOSE, CANCEL]),
        ),
        (
            "server-expires-when-published",
            server(RULES, &[CREATE, REST, pass(6), LAST, CLOSE]),
        ),
        (
            "server-lives-as-long-as-it-is-heard",
            server(
                RULES,
                &[
                    CREATE,
                    next(4),
                    pass(5),
                    next(4),
                    pass(5),
                    from(-2, 1),
                    pass(5),
                    REST,
                    pass(5),
                    LAST,
                    pass(5),
                    CLOSE,
                ],
            ),
        ),
        (
            "server-refusals-keep-nothing-alive",
            server(
                RULES,
                &[
                    CREATE,
                    next(4),
                    pass(5),
                    from(3, 1),
                    of(next(1), 9),
                    pass(0),
                    next(1),
                ],
            ),
        ),
        (
            "server-swept",
            server(
                RULES,
                &[
                    CREATE,
                    CREATE,
                    pass(5),
                    next(8),
                    pass(0),
                    SWEEP,
                    next(8),
                    named(next(8), 1),
                ],
            ),
        ),
    ]
}

pub(crate) fn owners() -> Vec<Seed> {
    let (ann, bob) = (2, 3);
    vec![
        (
            "server-session-of-another-user",
            server(
                RULES,
                &[
                    by(CREATE, ann, 1),
                    next(8),
                    by(next(8), bob, 0),
                    by(CLOSE, 1, 0),
                    by(CANCEL, bob, 0),
                    REST,
                ],
            ),
        ),
        (
            "server-session-of-another-target",
            server(
                RULES,
                &[
                    by(CREATE, ann, 1),
                    next(8),
                    by(next(8), 0, 2),
                    by(CLOSE, 0, 3),
                    by(CANCEL, 0, 2),
                    REST,
                ],
            ),
        ),
        (
            "server-session-id-in-other-letters",
            server(
                RULES,
                &[
                    CREATE,
                    named(next(8), 0x10),
                    named(from(3, 1), 0x20),
                    named(REST, 0x20),
                    named(CLOSE, 0x10),
                ],
            ),
        ),
        (
            "server-session-id-that-is-no-guid",
            server(
                RULES,
                &[
                    CREATE,
                    named(next(8), 13),
                    named(CLOSE, 14),
                    named(CANCEL, 12),
                    named(next(8), 15),
                ],
            ),
        ),
        (
            "server-two-sessions-for-one-file",
            server(
                RULES,
                &[
                    CREATE,
                    CREATE,
                    REST,
                    named(REST, 1),
                    named(CLOSE, 1),
                    named(LAST, 1),
                    CLOSE,
                ],
            ),
        ),
        (
            "server-two-sessions-for-one-file-overwrite",
            server(
                OVERWRITE,
                &[CREATE, CREATE, REST, named(REST, 1), named(CLOSE, 1), CLOSE],
            ),
        ),
        (
            "server-file-exists",
            server(EXISTS, &[CREATE, by(CREATE, 0, 2), REST, CLOSE]),
        ),
        (
            "server-destinations",
            server(
                RULES,
                &[by(CREATE, 0, 4), by(CREATE, 0, 5), by(CREATE, 0, 3), REST],
            ),
        ),
        (
            "server-protocols",
            server(
                RULES,
                &[with(CREATE, 3), with(CREATE, 1), with(CREATE, 2), REST],
            ),
        ),
    ]
}
