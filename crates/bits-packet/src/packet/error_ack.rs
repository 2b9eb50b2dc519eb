//! The Ack of a request that has failed: [MC-BUP] 2.2.1.2.

use crate::presence::{Outcome, Presence, presence};
use crate::{
    Ack, ErrorContext, Field, HResult, ReceivedContentRange, RequestType, SessionId, StatusCode,
};

/// The request has failed ([MC-BUP] 2.2.1.2).
///
/// ```
/// use bits_packet::{Ack, ErrorAck, ErrorContext, HResult, RequestType, StatusCode};
///
/// let failed = ErrorAck::new(StatusCode::INTERNAL_SERVER_ERROR)
///     .expect("500 is no success")
///     .with_error(HResult::SESSION_NOT_FOUND, ErrorContext::REMOTE_FILE);
/// let ack = failed.answering(RequestType::Fragment);
/// assert_eq!(ack.error_code(), Some(HResult::SESSION_NOT_FOUND));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorAck<'a> {
    status: StatusCode,
    error_code: Option<HResult>,
    error_context: Option<ErrorContext>,
    session_id: Option<SessionId<'a>>,
    received: Option<ReceivedContentRange>,
}

impl<'a> ErrorAck<'a> {
    /// With that status and nothing else; `None` for 200 and 201, which report success, and for the
    /// interim 1xx, which answer nothing.
    #[must_use]
    pub fn new(status: StatusCode) -> Option<Self> {
        let ack = Ack::new(status, None);
        let is_failure = ack.outcome() != Outcome::Success && !status.is_informational();
        is_failure.then(|| Self::of(&ack))
    }

    /// Client and server are out of step: status 416, and the offset that the server wants next.
    #[must_use]
    pub fn out_of_sequence(session_id: SessionId<'a>, received: ReceivedContentRange) -> Self {
        Self::of(&Ack {
            session_id: Some(session_id),
            received: Some(received),
            ..Ack::new(StatusCode::RANGE_NOT_SATISFIABLE, None)
        })
    }

    pub(crate) const fn of(ack: &Ack<'a>) -> Self {
        ErrorAck {
            status: ack.status,
            error_code: ack.error_code,
            error_context: ack.error_context,
            session_id: ack.session_id,
            received: ack.received,
        }
    }

    /// With an error code and who met it.
    #[must_use]
    pub const fn with_error(mut self, code: HResult, context: ErrorContext) -> Self {
        self.error_code = Some(code);
        self.error_context = Some(context);
        self
    }

    /// With the session of the request.
    #[must_use]
    pub const fn with_session_id(mut self, session_id: SessionId<'a>) -> Self {
        self.session_id = Some(session_id);
        self
    }

    /// With the offset that the server wants next.
    #[must_use]
    pub const fn with_received(mut self, received: ReceivedContentRange) -> Self {
        self.received = Some(received);
        self
    }

    /// The answer to a request of that type. What such an answer has no use for is left out: a
    /// session id for Ping, an offset for all but Fragment.
    #[must_use]
    pub fn answering(self, request: RequestType) -> Ack<'a> {
        let ack = Ack::new(self.status, Some(request));
        let is_used = |field| presence(field, ack.form()) != Presence::Unused;
        Ack {
            error_code: self.error_code,
            error_context: self.error_context,
            session_id: self.session_id.filter(|_| is_used(Field::SessionId)),
            received: self
                .received
                .filter(|_| is_used(Field::ReceivedContentRange)),
            ..ack
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What went wrong.
    #[must_use]
    pub const fn error_code(&self) -> Option<HResult> {
        self.error_code
    }

    /// Who met it: advice only, as others than Windows use it freely.
    #[must_use]
    pub const fn error_context(&self) -> Option<ErrorContext> {
        self.error_context
    }

    /// The session.
    #[must_use]
    pub const fn session_id(&self) -> Option<SessionId<'a>> {
        self.session_id
    }

    /// The offset that the server wants next.
    #[must_use]
    pub const fn received_content_range(&self) -> Option<ReceivedContentRange> {
        self.received
    }
}
