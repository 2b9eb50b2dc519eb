//! The state machine as data.

use std::fmt;

use bits_packet::RequestType;

use Event::*;
use Phase::*;

/// What the client is about to send, or has sent ([MC-BUP] 3.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A Ping before there is a session (D-3).
    FirstPing,
    /// Create-Session.
    CreateSession,
    /// A Ping to the server that the session has moved to, or after a suspension.
    Ping,
    /// A Fragment.
    Fragment,
    /// Close-Session: the server has the whole file.
    CloseSession,
    /// Cancel-Session: the caller does not want the upload any more.
    CancelSession,
    /// Nothing: the upload has ended.
    End,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The Ack of a success; a Fragment's has a higher offset, which is not yet the end of the file.
    Accepted,
    /// The same, and the server has every byte. An empty file has this from the start.
    AcceptedWhole,
    /// A session at the server of a host id.
    Moved,
    /// The Ack of a Fragment, 200 or 416, whose offset is not above the one before.
    NotAdvanced,
    /// The error code 0x8020001F.
    SessionNotFound,
    /// The same to a Close-Session, of which an Ack has said before that it does not pass.
    FileLost,
    /// 401 or 407, and there are credentials that have not been sent.
    Challenged,
    /// 401 or 407, and there are none.
    Unauthorized,
    /// 413 to a Fragment that can be smaller: it has more than 5 KiB.
    ContentTooLarge,
    /// The server's disk is full: 0x80070070 or 0x80070112 with 500, or 507.
    DiskFull,
    /// A failure that may pass: 408, 425, 429, 5xx.
    Transient,
    /// A failure that does not pass: the other 3xx and 4xx, 501, 505, 0x80200020.
    Refused,
    /// An answer that is no valid Ack where one must be, or names another session.
    Invalid,
    /// No answer: no connection, one that broke, a time-out.
    Broken,
    /// The sender has given the request up on its own.
    Interrupted,
    /// A limit of the options is reached.
    Exhausted,
    /// The host id's fallback time has run out.
    FellBack,
    /// A limit of the options is reached before that, and the server of the host id does not speak any more.
    Silent,
    /// The caller goes on after a suspension.
    Resumed,
    /// The caller does not want the upload any more.
    Cancelled,
}

/// What the client does with what has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Go on at once: all counts begin again.
    Proceed,
    /// Keep session, host id and fallback time: all counts begin again.
    KeepSession,
    /// Go on from the offset of the Ack, which is progress: all counts begin again.
    TakeOffset,
    /// Go on from the offset of the Ack, and count a setback; wait from the second one on.
    TakeOffsetBack,
    /// Forget the session, count a setback, and begin again at offset 0.
    Restart,
    /// Send it again at once.
    Resend,
    /// Send a Fragment of half the length, not below 5 KiB.
    Shrink,
    /// Send it again after a delay, or as long after as `Retry-After` says.
    Retry,
    /// The same, counted apart: the other end may not speak the protocol at all.
    RetryInvalid,
    /// Send it again after the longest delay, counted apart.
    RetrySlowly,
    /// Forget the host id, and go on at once: all counts begin again.
    UseOrigin,
    /// The same, once: not again before more of the file is acknowledged than ever before.
    UseOriginEarly,
    /// Report that the server has the file.
    Complete,
    /// Report that nothing is left of the session.
    Cancel,
    /// Report what has happened.
    Fail,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// In which phases.
    pub phases: &'static [Phase],
    /// What has happened.
    pub event: Event,
    /// What is done.
    pub action: Action,
    /// The phase after it; `None` if it stays.
    pub next: Option<Phase>,
    /// The section of [MC-BUP], or the number of the disagreement, that it follows.
    pub source: &'static str,
}

const fn row(
    phases: &'static [Phase],
    event: Event,
    action: Action,
    next: Option<Phase>,
    source: &'static str,
) -> Transition {
    Transition {
        phases,
        event,
        action,
        next,
        source,
    }
}

const REQUESTS: &[Phase] = &[
    FirstPing,
    CreateSession,
    Ping,
    Fragment,
    CloseSession,
    CancelSession,
];
const IN_SESSION: &[Phase] = &[Ping, Fragment, CloseSession, CancelSession];

/// Every transition of [`Upload`](super::Upload), which follows this table and nothing else.
///
#[doc = include_str!("transitions.md")]
#[rustfmt::skip] // a table
pub static TRANSITIONS: &[Transition] = &[
    row(&[FirstPing], Accepted, Action::Proceed, Some(CreateSession), "2.2.5, D-3, D-56"),
    row(&[FirstPing], SessionNotFound, Action::Proceed, Some(CreateSession), "D-7, D-56"),
    row(&[CreateSession], Accepted, Action::KeepSession, Some(Fragment), "2.2.3, D-16"),
    row(&[CreateSession], AcceptedWhole, Action::KeepSession, Some(CloseSession), "2.2.6.1"),
    row(&[CreateSession], Moved, Action::KeepSession, Some(Ping), "2.2.3.2, 2.2.4"),
    row(&[CreateSession], SessionNotFound, Action::Retry, None, "3.1.7.1"),
    row(&[Ping], Accepted, Action::Proceed, Some(Fragment), "2.2.5, D-56"),
    row(&[Ping], AcceptedWhole, Action::Proceed, Some(CloseSession), "3.1.4.3"),
    row(&[Fragment], Accepted, Action::TakeOffset, None, "3.1.5.2.4, D-19, D-34"),
    row(&[Fragment], AcceptedWhole, Action::TakeOffset, Some(CloseSession), "3.1.5.2.4"),
    row(&[Fragment], NotAdvanced, Action::TakeOffsetBack, None, "3.1.5.1.4, D-23, D-34"),
    row(&[Fragment], ContentTooLarge, Action::Shrink, None, "3.1.5.2.4, D-20"),
    row(&[Ping, Fragment], SessionNotFound, Action::Restart, Some(CreateSession), "3.1.5.2.1, D-26"),
    row(&[CloseSession], Accepted, Action::Complete, Some(End), "2.2.9"),
    row(&[CloseSession], SessionNotFound, Action::Complete, Some(End), "D-26"),
    row(&[CloseSession], FileLost, Action::Restart, Some(CreateSession), "2.2.9, D-26, D-37"),
    row(&[CancelSession], Accepted, Action::Cancel, Some(End), "2.2.11"),
    row(&[CancelSession], SessionNotFound, Action::Cancel, Some(End), "D-26"),
    row(REQUESTS, Challenged, Action::Resend, None, "3.1.5.1.7"),
    row(REQUESTS, Unauthorized, Action::Fail, Some(End), "3.1.5.1.7"),
    row(REQUESTS, DiskFull, Action::RetrySlowly, None, "D-21"),
    row(REQUESTS, Transient, Action::Retry, None, "3.1.7.1, 2.2.9"),
    row(REQUESTS, Refused, Action::Fail, Some(End), "2.2.1.2, D-15, D-20, D-37"),
    row(REQUESTS, Invalid, Action::RetryInvalid, None, "3.1.5.2, D-8, D-12"),
    row(REQUESTS, Broken, Action::Retry, None, "3.1.7.1"),
    row(REQUESTS, Interrupted, Action::Resend, None, "3.1.1.2"),
    row(REQUESTS, Exhausted, Action::Fail, Some(End), "3.1.7.1"),
    row(REQUESTS, FellBack, Action::UseOrigin, None, "3.1.6.3, D-17, D-36"),
    row(REQUESTS, Silent, Action::UseOriginEarly, None, "3.1.6.3, 3.1.7.1, D-36"),
    row(&[FirstPing, CreateSession, CancelSession], Resumed, Action::Proceed, None, "D-35"),
    row(&[Ping, Fragment, CloseSession], Resumed, Action::Proceed, Some(Ping), "3.1.4.3"),
    row(&[FirstPing, CreateSession], Cancelled, Action::Cancel, Some(End), "2.2.10"),
    row(IN_SESSION, Cancelled, Action::Proceed, Some(CancelSession), "2.2.10"),
];

impl Transition {
    /// The row for an event in a phase; `None` where it cannot happen, or means nothing.
    #[must_use]
    pub fn of(phase: Phase, event: Event) -> Option<&'static Transition> {
        TRANSITIONS
            .iter()
            .find(|row| row.event == event && row.phases.contains(&phase))
    }
}

impl Phase {
    /// The request that is sent in it.
    #[must_use]
    pub const fn request(self) -> Option<RequestType> {
        Some(match self {
            FirstPing | Ping => RequestType::Ping,
            CreateSession => RequestType::CreateSession,
            Fragment => RequestType::Fragment,
            CloseSession => RequestType::CloseSession,
            CancelSession => RequestType::CancelSession,
            End => return None,
        })
    }
}

impl fmt::Display for Transition {
    /// A row of a Markdown table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phases: Vec<_> = self
            .phases
            .iter()
            .map(|phase| format!("{phase:?}"))
            .collect();
        let phases = match self.phases {
            REQUESTS => "any".to_owned(),
            _ => phases.join(", "),
        };
        let next = self
            .next
            .map_or("the same".to_owned(), |next| format!("{next:?}"));
        let Transition {
            event,
            action,
            source,
            ..
        } = self;
        write!(
            f,
            "| {phases} | {event:?} | {action:?} | {next} | {source} |"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHASES: [Phase; 7] = [
        FirstPing,
        CreateSession,
        Ping,
        Fragment,
        CloseSession,
        CancelSession,
        End,
    ];

    #[test]
    fn no_event_has_two_rows_in_one_phase() {
        for (index, one) in TRANSITIONS.iter().enumerate() {
            for other in &TRANSITIONS[..index] {
                let shared = one.phases.iter().any(|phase| other.phases.contains(phase));
                assert!(!shared || one.event != other.event, "{one} {other}");
            }
        }
    }

    #[test]
    fn the_docs_show_the_table() {
        let mut text =
            String::from("| Phase | Event | Action | Next | Source |\n|---|---|---|---|---|\n");
        for row in TRANSITIONS {
            text += &format!("{row}\n");
        }
        assert_eq!(include_str!("transitions.md"), text, "\n{text}");
    }

    #[test]
    fn what_can_go_wrong_with_every_request_has_a_row_in_every_phase() {
        for phase in PHASES.into_iter().filter(|phase| *phase != End) {
            for event in [
                SessionNotFound,
                Challenged,
                Unauthorized,
                DiskFull,
                Transient,
                Refused,
                Invalid,
                Broken,
                Interrupted,
                Exhausted,
                FellBack,
                Silent,
                Resumed,
                Cancelled,
            ] {
                assert!(
                    Transition::of(phase, event).is_some(),
                    "{phase:?} {event:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_leads_out_of_the_end_and_every_phase_leads_there() {
        assert!(TRANSITIONS.iter().all(|row| !row.phases.contains(&End)));
        for row in TRANSITIONS {
            let ends = matches!(row.action, Action::Complete | Action::Cancel | Action::Fail);
            assert_eq!(row.next == Some(End), ends, "{row}");
        }
    }
}
