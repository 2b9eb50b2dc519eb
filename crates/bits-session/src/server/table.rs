//! The states of a session, and what each event does in each of them.

/// Where a session stands ([MC-BUP] 3.2.1.4).
///
/// NOTIFY of the specification has no state here yet: as long as no server application is told of a file
/// (type NONE), it passes between the last byte and its Ack. COMPLETE and CANCEL end the session, which is
/// then [`State::Absent`].
///
/// [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// There is no session, or none that this client may know of.
    Absent,
    /// RECEIVE: bytes of the file are missing, or it is whole and could not be published yet.
    Receive,
    /// WAIT_FOR_CLOSE: the file is at its destination.
    WaitForClose,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Ping.
    Ping,
    /// Create-Session.
    Create,
    /// A packet of a session that is not there.
    Stray,
    /// A Fragment with the bytes that are wanted next, but not the last of the file.
    InSequence,
    /// A Fragment with the bytes that are wanted next, to the last of the file.
    Last,
    /// A Fragment whose bytes are all there, while others are missing.
    Repeat,
    /// A Fragment of a file whose bytes are all there.
    Whole,
    /// A Fragment that begins where it should not.
    OutOfSequence,
    /// A packet that breaks a rule; a Fragment with another total than before, too large, or coded.
    Invalid,
    /// Close-Session while bytes are missing.
    CloseEarly,
    /// Close-Session when no Fragment ever came, and empty files are allowed.
    CloseEmpty,
    /// Close-Session when all bytes are there.
    CloseWhole,
    /// Cancel-Session.
    Cancel,
    /// Nothing was heard for as long as a session may be idle.
    Expire,
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Says that all is well; of a Fragment, with the offset that is wanted next.
    Acknowledge,
    /// Opens a session, if protocol, destination and limits allow.
    Open,
    /// Stores the bytes that are new, and acknowledges.
    Store,
    /// Stores the bytes that are new, publishes the file, and acknowledges.
    StoreAndPublish,
    /// Publishes the file, which could not be done before, and acknowledges.
    Publish,
    /// Publishes the file, ends the session, and acknowledges.
    PublishAndEnd,
    /// Drops what was received, ends the session, and acknowledges.
    Delete,
    /// Ends the session, leaves the published file alone, and acknowledges.
    Forget,
    /// 416, with the offset that is wanted next.
    Resynchronise,
    /// The error of the rule that is broken.
    Refuse,
    /// 500 and BG_E_SESSION_NOT_FOUND.
    NotFound,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transition {
    /// In this state,
    pub state: State,
    /// when this happens,
    pub event: Event,
    /// this is done.
    pub action: Action,
    /// The state behind it, if it succeeds; if it fails, the state stays.
    pub next: State,
    /// Where that is said: a section of [MC-BUP], or a disagreement by its number.
    ///
    /// [MC-BUP]: https://learn.microsoft.com/openspecs/windows_protocols/mc-bup
    pub source: &'static str,
}

macro_rules! transitions {
    ($($state:ident $event:ident => $action:ident $next:ident $source:literal;)*) => {
        /// All that can happen to a session.
        #[doc = include_str!("table.md")]
        pub static TRANSITIONS: &[Transition] = &[$(Transition {
            state: State::$state,
            event: Event::$event,
            action: Action::$action,
            next: State::$next,
            source: $source,
        }),*];
    };
}

transitions! {
    Absent Ping => Acknowledge Absent "3.2.5.2.5, D-7";
    Absent Create => Open Receive "3.2.5.2.4";
    Absent Stray => NotFound Absent "3.2.5.2.3";
    Receive InSequence => Store Receive "3.2.5.2.6";
    Receive Last => StoreAndPublish WaitForClose "3.2.5.1.2, D-24";
    Receive Repeat => Acknowledge Receive "D-19";
    Receive Whole => Publish WaitForClose "3.2.5.1.2";
    Receive OutOfSequence => Resynchronise Receive "3.2.5.2.6, D-19";
    Receive Invalid => Refuse Receive "3.2.5.2.6";
    Receive CloseEarly => Delete Absent "3.2.5.2.7, D-25";
    Receive CloseEmpty => PublishAndEnd Absent "3.2.5.2.7";
    Receive CloseWhole => PublishAndEnd Absent "3.2.5.1.5";
    Receive Cancel => Delete Absent "3.2.5.2.8";
    Receive Expire => Delete Absent "3.2.2.1, D-49";
    WaitForClose Whole => Acknowledge WaitForClose "3.2.5.1.4";
    WaitForClose OutOfSequence => Resynchronise WaitForClose "3.2.5.1.4, D-19";
    WaitForClose Invalid => Refuse WaitForClose "3.2.5.2.6";
    WaitForClose CloseWhole => Forget Absent "3.2.5.2.7";
    WaitForClose Cancel => Forget Absent "3.2.5.2.8, D-27";
    WaitForClose Expire => Forget Absent "3.2.2.1";
}

impl State {
    /// The row for an event; `None` for one that cannot happen in this state.
    #[must_use]
    pub fn on(self, event: Event) -> Option<&'static Transition> {
        TRANSITIONS
            .iter()
            .find(|row| row.state == self && row.event == event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_state_and_event_have_two_rows() {
        for row in TRANSITIONS {
            assert_eq!(row.state.on(row.event), Some(row), "{row:?}");
        }
    }

    #[test]
    fn the_docs_show_the_table() {
        let mut shown =
            String::from("\n| State | Event | Action | Next | Source |\n|---|---|---|---|---|\n");
        for Transition {
            state,
            event,
            action,
            next,
            source,
        } in TRANSITIONS
        {
            shown += &format!("| {state:?} | {event:?} | {action:?} | {next:?} | {source} |\n");
        }
        assert_eq!(shown, include_str!("table.md"));
    }
}
