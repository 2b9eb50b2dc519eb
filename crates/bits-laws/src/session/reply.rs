//! What becomes of a client's request, as eight bytes: for the fuzzer, and to be written by hand.

use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use bits_packet::{
    Ack, CancelSessionAck, CloseSessionAck, CreateSessionAck, ErrorAck, ErrorContext,
    FallbackTimeout, FragmentAck, Guid, HResult, HostId, PingAck, ReceivedContentRange,
    RequestType, SessionId, StatusCode,
};
use bits_session::client::{Answer, Failure};

const REQUESTS: [RequestType; 5] = [
    RequestType::Ping,
    RequestType::CreateSession,
    RequestType::Fragment,
    RequestType::CloseSession,
    RequestType::CancelSession,
];
const SESSIONS: [&[u8]; 3] = [
    b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
    b"{3f2504e0-4f89-11d3-9a0c-0305e82c3301}",
    b"another",
];
const HOST: &[u8] = b"other.example.net";
const STATUSES: [u16; 20] = [
    200, 201, 202, 204, 302, 400, 401, 403, 404, 407, 408, 413, 416, 425, 429, 500, 501, 503, 507,
    599,
];
const CODES: [u32; 6] = [
    0x8020_001F,
    0x8020_0020,
    0x8007_0070,
    0x8007_0112,
    0x8007_0057,
    0,
];

/// What becomes of a request, as eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Of 16: 5 answers another request, 6 is an error, 7 a 416, 8 a status without an Ack, 9 a failure, 10 gives the
    /// request up, 11 begins again from what was saved, 12 suspends, 13 cancels, 14 answers twice. The others are what
    /// was asked for.
    pub kind: u8,
    /// The status, where the kind leaves it open.
    pub status: u8,
    /// The error code, from 200 on none; of a failure, which.
    pub code: u8,
    /// The offset: so many bytes from the end of the Fragment, as a signed number up to 100; others are far out.
    pub offset: u8,
    /// Which session is named, the last of four none.
    pub session: u8,
    /// From 128 on, the session is at another host, which is given up after so many seconds.
    pub host: u8,
    /// `Retry-After` in seconds, if odd; whether there are credentials.
    pub asked: u8,
    /// How many seconds pass before.
    pub passes: u8,
}

impl Reply {
    /// How many bytes it has on file.
    pub const LENGTH: usize = 8;

    /// What is expected, or of that kind.
    #[must_use]
    pub const fn new(kind: u8) -> Self {
        Reply {
            kind,
            status: 0,
            code: 0,
            offset: 0,
            session: 0,
            host: 0,
            asked: 0,
            passes: 0,
        }
    }

    /// The bytes on file.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LENGTH] {
        [
            self.kind,
            self.status,
            self.code,
            self.offset,
            self.session,
            self.host,
            self.asked,
            self.passes,
        ]
    }

    /// Whether a user of the client does something: after that, nothing is bounded any more.
    pub(super) const fn is_ours(&self) -> bool {
        matches!(self.kind % 16, 10..=13)
    }

    /// The answer, to whatever was sent.
    pub(super) fn answer(&self, sent: Sent, size: u64) -> Answer<'static> {
        let status = STATUSES[usize::from(self.status) % STATUSES.len()];
        let status = StatusCode::new(status).expect("a status");
        let answer = match self.kind % 16 {
            5 => Answer::of_ack(self.success(REQUESTS[usize::from(self.code % 5)], sent, size)),
            6 => Answer::of_ack(self.error(status, sent, size)),
            7 => Answer::of_ack(self.error(StatusCode::RANGE_NOT_SATISFIABLE, sent, size)),
            8 => Answer::of_status(status),
            _ => Answer::of_ack(self.success(sent.request, sent, size)),
        };
        Answer {
            retry_after: (self.asked % 2 == 1).then(|| Duration::from_secs(self.asked.into())),
            has_credentials: self.asked & 2 != 0,
            ..answer
        }
    }

    /// What there is in the place of an answer.
    pub(super) fn failure(&self) -> Failure {
        [
            Failure::Connect,
            Failure::Broken,
            Failure::TimedOut,
            Failure::InvalidAnswer,
        ][usize::from(self.code % 4)]
    }

    fn session(&self) -> Option<SessionId<'static>> {
        let id = SESSIONS.get(usize::from(self.session % 4))?;
        Some(SessionId::new(id).expect("a session id"))
    }

    fn offset(&self, sent: Sent, size: u64) -> u64 {
        match self.offset.cast_signed() {
            by @ -100..=100 => sent.end.saturating_add_signed(by.into()),
            101 => size,
            102 => u64::MAX,
            _ => 0,
        }
    }

    fn error(&self, status: StatusCode, sent: Sent, size: u64) -> Ack<'static> {
        let error = ErrorAck::new(status);
        let error = error.or_else(|| ErrorAck::new(StatusCode::INTERNAL_SERVER_ERROR));
        let mut error = error.expect("500 is no success");
        if self.code < 200 {
            let code = HResult::new(CODES[usize::from(self.code) % CODES.len()]);
            error = error.with_error(code, ErrorContext::REMOTE_FILE);
        }
        if let Some(session) = self.session() {
            error = error.with_session_id(session);
        }
        if self.host < 128 {
            let offset = self.offset(sent, size);
            error = error.with_received(ReceivedContentRange::new(offset));
        }
        error.answering(sent.request)
    }

    fn success(&self, request: RequestType, sent: Sent, size: u64) -> Ack<'static> {
        let session_id = self.session();
        let id = session_id.unwrap_or(SessionId::new(SESSIONS[0]).expect("a session id"));
        match request {
            RequestType::Ping => PingAck.into(),
            RequestType::CreateSession => {
                let host_id = HostId::new(HOST).expect("a host id");
                let is_moved = self.host >= 128;
                let timeout = FallbackTimeout::new((self.host & 0x7F).into());
                let has_timeout = is_moved && self.host.is_multiple_of(2);
                let protocol = match self.code % 8 {
                    7 => Guid::new(1),
                    _ => Guid::BITS_1_5_UPLOAD,
                };
                Ack::from(CreateSessionAck {
                    host_id: is_moved.then_some(host_id),
                    host_id_fallback_timeout: has_timeout.then_some(timeout),
                    ..CreateSessionAck::new(protocol, id)
                })
            }
            RequestType::Fragment => Ack::from(FragmentAck {
                session_id,
                ..FragmentAck::new(id, ReceivedContentRange::new(self.offset(sent, size)))
            }),
            RequestType::CloseSession => CloseSessionAck::new(id).into(),
            RequestType::CancelSession => CancelSessionAck::new(id).into(),
        }
    }
}

impl<'a> Arbitrary<'a> for Reply {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut bytes = [0; Self::LENGTH];
        bytes.copy_from_slice(u.bytes(Self::LENGTH)?);
        let [kind, status, code, offset, session, host, asked, passes] = bytes;
        Ok(Reply {
            kind,
            status,
            code,
            offset,
            session,
            host,
            asked,
            passes,
        })
    }
}

/// What was sent, without its borrows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// The packet.
    pub(super) request: RequestType,
    /// The end of the range, or 0.
    pub(super) end: u64,
}
