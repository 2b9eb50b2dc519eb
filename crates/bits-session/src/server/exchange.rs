//! One request and its Ack.

use std::time::SystemTime;

use bits_packet::{
    AcceptEncoding, Ack, CancelSessionAck, CloseSessionAck, ContentRange, CreateSession,
    CreateSessionAck, ErrorAck, FragmentAck, Guid, HResult, PingAck, ReceivedContentRange, Request,
    RequestType, SessionId, StatusCode,
};

use super::classify::classify;
use super::refusal::{Refusal, refusal, status};
use super::{Action, Caller, Event, Fault, Policy, Session, State, Survey, Transition};

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'e> {
    /// Look the session up, and tell [`Exchange::handle_found`].
    Find(Guid),
    /// Count the sessions of the user, look at the destination, and tell [`Exchange::handle_survey`].
    Survey(&'e Caller),
    /// Keep this new session, and tell [`Exchange::handle_done`].
    Create(&'e Session),
    /// Put bytes of the body into the file, and tell [`Exchange::handle_received`].
    Receive(Receive),
    /// Make the bytes that are there, and the time, as durable as they are to be before they are told of, and tell
    /// [`Exchange::handle_done`].
    Settle(&'e Session),
    /// Put the file, which is as long as [`Session::received`] says, at its destination, whole and at once, so that a
    /// crash at any moment leaves it there or not, and the session in [`State::WaitForClose`] or not, both alike; and
    /// tell [`Exchange::handle_done`].
    Publish {
        /// The session.
        session: &'e Session,
        /// Whether another file may be overwritten.
        overwrite: bool,
    },
    /// Forget the session and what it has received but not published, and tell [`Exchange::handle_done`].
    Remove(&'e Session),
    /// Send [`Exchange::ack`]. The exchange is over.
    Answer,
}

/// Where the bytes of a Fragment belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receive {
    /// The session.
    pub id: Guid,
    /// How many bytes of the body to pass over: they are there.
    pub skip: u64,
    /// Where the byte behind them belongs, in the file: at its end.
    pub at: u64,
    /// How many bytes to put there: the rest of the body.
    pub length: u64,
    /// How many bytes the file will have.
    pub total: u64,
}

/// How a request is answered, step by step.
///
/// Knows no socket, clock, storage or randomness: [`poll`](Exchange::poll) says what is to be done, one of the
/// `handle_` methods takes what came of it, and so on until [`Step::Answer`]. A `handle_` method that
/// nobody asked for changes nothing. Two exchanges of one session must not overlap, nor two Create-Sessions of one
/// user.
#[derive(Debug)]
pub struct Exchange<'a> {
    policy: &'a Policy,
    asked: Asked<'a>,
    now: SystemTime,
    session: Session,
    new_id: [u8; Guid::LENGTH],
    stage: Stage,
    reply: Reply,
    /// Whether the offset may be told.
    is_settled: bool,
    row: Option<&'static Transition>,
}

/// What is answered.
#[derive(Clone, Copy, Debug)]
enum Asked<'a> {
    Packet(&'a Request<'a>),
    /// A packet that names its session, but breaks a rule.
    Bad(RequestType, SessionId<'a>, Refusal),
}

impl<'a> Asked<'a> {
    fn session_id(self) -> Option<SessionId<'a>> {
        match self {
            Asked::Packet(request) => request.session_id(),
            Asked::Bad(_, id, _) => Some(id),
        }
    }

    const fn request_type(self) -> RequestType {
        match self {
            Asked::Packet(request) => request.request_type(),
            Asked::Bad(kind, ..) => kind,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Find(Guid),
    Survey,
    Create,
    Receive(Receive),
    Settle,
    Publish,
    Remove,
    Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    Success,
    OutOfSequence,
    Refused(Refusal),
}

impl<'a> Exchange<'a> {
    /// Begins to answer `request`.
    ///
    /// `new_id` names the session if one is opened: 128 bits that nobody can guess.
    #[must_use]
    pub fn new(
        policy: &'a Policy,
        caller: Caller,
        request: &'a Request<'a>,
        now: SystemTime,
        new_id: Guid,
    ) -> Self {
        Self::begin(policy, caller, Asked::Packet(request), now, new_id)
    }

    /// Begins to refuse a packet that breaks a rule of its type, but says of which session it is: with `status` and
    /// E_INVALIDARG, and, for the client that has the session, with its id; with the offset that is wanted as well, if
    /// it is a Fragment, which counts as one that came.
    ///
    /// A `status` that is none of a refusal is taken for 400.
    #[must_use]
    pub fn of_bad_packet(
        policy: &'a Policy,
        caller: Caller,
        kind: RequestType,
        id: SessionId<'a>,
        status: StatusCode,
        now: SystemTime,
    ) -> Self {
        let status = match ErrorAck::new(status) {
            Some(_) => status,
            None => StatusCode::BAD_REQUEST,
        };
        let refusal = Refusal::new(status, HResult::INVALID_ARGUMENT);
        let asked = Asked::Bad(kind, id, refusal);
        Self::begin(policy, caller, asked, now, Guid::new(0))
    }

    fn begin(
        policy: &'a Policy,
        caller: Caller,
        asked: Asked<'a>,
        now: SystemTime,
        new_id: Guid,
    ) -> Self {
        let mut exchange = Exchange {
            policy,
            asked,
            now,
            session: Session::new(new_id, caller, now),
            new_id: new_id.to_upper(),
            stage: Stage::Answer,
            reply: Reply::Success,
            is_settled: false,
            row: None,
        };
        match asked {
            Asked::Packet(Request::Ping(_)) => exchange.enter(State::Absent, Event::Ping),
            Asked::Packet(Request::CreateSession(_)) => {
                exchange.enter(State::Absent, Event::Create);
            }
            _ => match asked.session_id().and_then(|id| id.guid()) {
                Some(id) => exchange.stage = Stage::Find(id),
                None => exchange.enter(State::Absent, Event::Stray),
            },
        }
        exchange
    }

    /// What is to be done next; the same until a `handle_` method takes what came of it.
    #[must_use]
    pub fn poll(&self) -> Step<'_> {
        let session = &self.session;
        match self.stage {
            Stage::Find(id) => Step::Find(id),
            Stage::Survey => Step::Survey(&session.owner),
            Stage::Create => Step::Create(session),
            Stage::Receive(receive) => Step::Receive(receive),
            Stage::Settle => Step::Settle(session),
            Stage::Publish => Step::Publish {
                session,
                // An empty file says too little to take the place of another.
                overwrite: self.policy.overwrite && session.received > 0,
            },
            Stage::Remove => Step::Remove(session),
            Stage::Answer => Step::Answer,
        }
    }

    /// The row of the table that is being followed; `None` as long as the session was not looked up.
    #[must_use]
    pub const fn transition(&self) -> Option<&'static Transition> {
        self.row
    }

    /// The session as it is now: of a Ping, a refused Create-Session, and a session that is not there, one that only
    /// names the caller.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The session that was looked up. One of another user or target is as good as none, and so is one that was idle
    /// for too long.
    pub fn handle_found(&mut self, found: Option<Session>) {
        if !matches!(self.stage, Stage::Find(_)) {
            return;
        }
        let owned = found.filter(|session| session.owner == self.session.owner);
        let Some(session) = owned else {
            return self.enter(State::Absent, Event::Stray);
        };
        self.session = session;
        let state = self.session.state;
        if self.session.is_expired(self.policy, self.now) {
            return self.enter(state, Event::Expire);
        }
        // Whatever comes of a Fragment: from the first one on it is known that there are bytes, and how many.
        let event = match self.asked {
            Asked::Bad(kind, _, refusal) => {
                self.session.had_bad_fragment |= kind == RequestType::Fragment;
                Err(refusal)
            }
            Asked::Packet(request) => {
                if let Request::Fragment(fragment) = request {
                    self.session.total.get_or_insert(fragment.range.total());
                }
                classify(self.policy, &self.session, request)
            }
        };
        match event {
            Ok(event) => self.enter(state, event),
            Err(refusal) => {
                self.reply = Reply::Refused(refusal);
                self.enter(state, Event::Invalid);
            }
        }
    }

    /// The store cannot say what [`Step::Find`] or [`Step::Survey`] asks for. Nothing is changed.
    pub fn handle_unknown(&mut self, fault: Fault) {
        if matches!(self.stage, Stage::Find(_) | Stage::Survey) {
            self.reply = Reply::Refused(refusal(fault));
            self.stage = Stage::Answer;
        }
    }

    /// What the store says about the destination.
    pub fn handle_survey(&mut self, survey: Survey) {
        if self.stage != Stage::Survey {
            return;
        }
        let destination = match survey.destination {
            Err(Fault::Exists) if self.policy.overwrite => Ok(()),
            destination => destination,
        };
        match destination {
            Err(fault) => self.reply = Reply::Refused(refusal(fault)),
            Ok(()) if survey.sessions >= self.policy.max_sessions => {
                self.reply = Reply::Refused(Refusal::TOO_MANY_SESSIONS);
            }
            Ok(()) => return self.stage = Stage::Create,
        }
        self.stage = Stage::Answer;
    }

    /// How many bytes were put into the file, and why no more, if that is the store's fault. If nobody's, the client
    /// has sent too few.
    pub fn handle_received(&mut self, count: u64, fault: Option<Fault>) {
        let Stage::Receive(receive) = self.stage else {
            return;
        };
        let count = count.min(receive.length);
        self.session.received = receive.at.saturating_add(count);
        if count > 0 {
            self.session.touched = self.now;
        }
        self.stage = Stage::Settle;
        match fault {
            Some(fault) => self.reply = Reply::Refused(refusal(fault)),
            None if count < receive.length => {
                self.reply = Reply::Refused(Refusal::plain(status(408)));
            }
            None if self.action() == Action::StoreAndPublish => self.stage = Stage::Publish,
            None => {}
        }
    }

    /// What came of [`Step::Create`], [`Step::Settle`], [`Step::Publish`] or [`Step::Remove`].
    pub fn handle_done(&mut self, done: Result<(), Fault>) {
        match (self.stage, done) {
            (Stage::Create | Stage::Remove, Ok(())) => self.stage = Stage::Answer,
            (Stage::Settle, Ok(())) => {
                self.is_settled = true;
                self.stage = Stage::Answer;
            }
            (Stage::Publish, Ok(())) => {
                self.session.state = State::WaitForClose;
                self.is_settled = true;
                self.stage = match self.action() {
                    Action::PublishAndEnd => Stage::Remove,
                    _ => Stage::Answer,
                };
            }
            (Stage::Publish, Err(fault)) => {
                self.reply = Reply::Refused(refusal(fault));
                // What could not be an empty file may still become another.
                self.session.total = self.session.total.filter(|total| *total > 0);
                self.stage = Stage::Settle;
            }
            // The file is where it belongs. What is left of its session will expire.
            (Stage::Remove, Err(_)) if self.session.state == State::WaitForClose => {
                self.stage = Stage::Answer;
            }
            (Stage::Create | Stage::Settle | Stage::Remove, Err(fault)) => {
                if self.reply == Reply::Success || self.reply == Reply::OutOfSequence {
                    self.reply = Reply::Refused(refusal(fault));
                }
                self.stage = Stage::Answer;
            }
            (Stage::Find(_) | Stage::Survey | Stage::Receive(_) | Stage::Answer, _) => {}
        }
    }

    /// The answer; what it says holds from [`Step::Answer`] on.
    #[must_use]
    pub fn ack(&self) -> Ack<'_> {
        let asked = self.asked.request_type();
        let received = ReceivedContentRange::new(self.session.received);
        let request = match (self.reply, self.asked) {
            (Reply::Refused(refusal), _) | (_, Asked::Bad(.., refusal)) => {
                return self.refused(refusal).answering(asked);
            }
            (_, Asked::Packet(request)) => request,
        };
        match (self.reply, request) {
            (Reply::OutOfSequence, Request::Fragment(fragment)) => {
                ErrorAck::out_of_sequence(fragment.session_id, received).answering(asked)
            }
            (_, Request::Ping(_)) => PingAck.into(),
            (_, Request::CreateSession(_)) => match SessionId::new(&self.new_id) {
                Ok(id) => Ack::from(CreateSessionAck {
                    accept_encoding: Some(AcceptEncoding::IDENTITY),
                    ..CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id)
                }),
                Err(_) => unreachable!("a GUID is a session id"),
            },
            (_, Request::Fragment(fragment)) => {
                FragmentAck::new(fragment.session_id, received).into()
            }
            (_, Request::CloseSession(close)) => CloseSessionAck::new(close.session_id).into(),
            (_, Request::CancelSession(cancel)) => CancelSessionAck::new(cancel.session_id).into(),
        }
    }

    fn refused(&self, refusal: Refusal) -> ErrorAck<'_> {
        let mut ack = refusal.ack();
        let is_known = self.row.is_some_and(|row| row.state != State::Absent);
        if let Some(id) = self
            .asked
            .session_id()
            .filter(|_| is_known && !self.is_over())
        {
            ack = ack.with_session_id(id);
        }
        if self.is_settled && !self.is_over() {
            ack = ack.with_received(ReceivedContentRange::new(self.session.received));
        }
        ack
    }

    /// Whether the session was found and is no more.
    fn is_over(&self) -> bool {
        self.reply == Reply::Refused(Refusal::NOT_FOUND)
            || self.row.is_some_and(|row| row.event == Event::Expire)
    }

    /// What is said where there is no session. What breaks a rule breaks it whatever the session is.
    const fn absence(&self) -> Refusal {
        match self.asked {
            Asked::Packet(_) => Refusal::NOT_FOUND,
            Asked::Bad(.., refusal) => refusal,
        }
    }

    fn action(&self) -> Action {
        self.row.map_or(Action::NotFound, |row| row.action)
    }

    const fn packet(&self) -> Option<&'a Request<'a>> {
        match self.asked {
            Asked::Packet(request) => Some(request),
            Asked::Bad(..) => None,
        }
    }

    /// Begins what the table says.
    fn enter(&mut self, state: State, event: Event) {
        self.row = state.on(event);
        self.stage = match (self.action(), self.packet()) {
            (Action::Acknowledge, Some(Request::Fragment(_))) => {
                self.session.touched = self.now;
                Stage::Settle
            }
            (Action::Acknowledge, _) => Stage::Answer,
            (Action::Open, Some(Request::CreateSession(create))) => self.open(create),
            (Action::Store | Action::StoreAndPublish, Some(Request::Fragment(fragment))) => {
                Stage::Receive(self.receive(fragment.range))
            }
            (Action::Publish, _) => {
                self.session.touched = self.now;
                Stage::Publish
            }
            (Action::PublishAndEnd, _) => {
                // Of an empty file no Fragment has said it.
                self.session.total = Some(self.session.received);
                Stage::Publish
            }
            (Action::Delete | Action::Forget, _) => {
                if event == Event::Expire {
                    self.reply = Reply::Refused(self.absence());
                }
                Stage::Remove
            }
            (Action::Resynchronise, _) => {
                self.reply = Reply::OutOfSequence;
                Stage::Settle
            }
            (Action::Refuse, _) => Stage::Settle,
            _ => {
                self.reply = Reply::Refused(self.absence());
                Stage::Answer
            }
        };
    }

    fn open(&mut self, create: &CreateSession<'_>) -> Stage {
        if create.protocols.offers(Guid::BITS_1_5_UPLOAD) {
            return Stage::Survey;
        }
        self.reply = Reply::Refused(Refusal::INVALID);
        Stage::Answer
    }

    fn receive(&self, range: ContentRange) -> Receive {
        let at = self.session.received;
        let skip = at.saturating_sub(range.first());
        Receive {
            id: self.session.id,
            skip,
            at,
            length: range.length().saturating_sub(skip),
            total: range.total(),
        }
    }
}
