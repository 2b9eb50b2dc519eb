//! The engine of the client before a server that answers what it likes.

use std::time::{Duration, Instant};

use arbitrary::{Arbitrary, Result, Unstructured};
use bits_packet::{
    Ack, CancelSessionAck, CloseSessionAck, CreateSessionAck, ErrorAck, ErrorContext,
    FallbackTimeout, FragmentAck, Guid, HResult, HostId, PingAck, ReceivedContentRange, Request,
    RequestType, SessionId, StatusCode,
};
use bits_session::client::{
    Answer, Failure, Options, Outcome, Outgoing, Phase, Server, Step, Upload,
};

const SESSIONS: [&[u8]; 3] = [
    b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
    b"{3f2504e0-4f89-11d3-9a0c-0305e82c3301}",
    b"another",
];
const HOST: &[u8] = b"other.example.net";
const SIZES: [u64; 8] = [10, 0, 1, 2, 12, 5121, 20_000, u64::MAX];
const FRAGMENTS: [u64; 4] = [4, 0, 1, u64::MAX];
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
    /// One of 16; the least make an upload go on.
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
    const fn is_ours(&self) -> bool {
        matches!(self.kind % 16, 10..=13)
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

/// How a client begins, as four bytes: the size of the file, the length of Fragments, whether it is patient, and whether it
/// begins with a Ping.
pub const BEGINNING: usize = 4;

fn options(bytes: [u8; BEGINNING]) -> Options {
    let mut options = Options {
        fragment_size: FRAGMENTS[usize::from(bytes[1] % 4)],
        ping_first: bytes[3].is_multiple_of(2),
        ..Options::default()
    };
    if bytes[2] % 2 == 1 {
        options.max_failures = 3;
        options.max_setbacks = 2;
        options.max_invalid = 1;
        options.max_disk_full = 1;
    }
    options
}

/// What was sent, without its borrows.
#[derive(Clone, Copy, Debug)]
struct Sent {
    request: RequestType,
    /// The end of the range, or 0.
    end: u64,
}

struct Run {
    upload: Upload,
    options: Options,
    size: u64,
    now: Instant,
    /// Sessions that the client was told of.
    told: Vec<Vec<u8>>,
    /// Whether a host id was told.
    has_moved: bool,
    /// Whether an Ack has said, since the last Create-Session's, that there is the whole file.
    is_whole: bool,
    /// The last answer was an Ack of an end, or said that the session is gone.
    has_ended: bool,
    was_cancelled: bool,
    requests: Vec<RequestType>,
}

/// The bytes are options and a list of what becomes of requests. Whatever it is, the client comes to an end, sends
/// nothing that is not in its file or to a session that it was not told of, and never two requests at once, and claims to be done
/// only if an Ack has said so. Gives what was sent, and the end.
///
/// # Panics
///
/// When it does not.
#[must_use]
pub fn run(input: &[u8]) -> (Vec<RequestType>, Outcome) {
    let mut u = Unstructured::new(input);
    let mut beginning = [0; BEGINNING];
    let _ = u.fill_buffer(&mut beginning);
    let options = options(beginning);
    let size = SIZES[usize::from(beginning[0] % 8)];
    let mut replies: Vec<Reply> = Vec::new();
    while let Ok(reply) = u.arbitrary() {
        replies.push(reply);
    }
    let mut run = Run {
        upload: Upload::new(size, options.clone()),
        options,
        size,
        now: Instant::now(),
        told: Vec::new(),
        has_moved: false,
        is_whole: false,
        has_ended: false,
        was_cancelled: false,
        requests: Vec::new(),
    };
    // The server begins again and again: of a small file, everything that makes a count begin again comes to its end.
    let again = if size <= 12 { usize::MAX } else { 1 };
    let endless = replies.iter().cycle().enumerate();
    let count = replies.len();
    let replies = endless
        .take_while(|(at, _)| at / count < again)
        .map(|(at, reply)| match at < count || !reply.is_ours() {
            true => *reply,
            false => Reply::new(0),
        })
        .take(30_000);
    let outcome = run.until_the_end(replies);
    (run.requests, outcome)
}

impl Run {
    fn until_the_end(&mut self, mut replies: impl Iterator<Item = Reply>) -> Outcome {
        let mut lonely = 0;
        loop {
            match self.upload.poll(self.now) {
                Step::Send(outgoing) => {
                    let sent = check(
                        &outgoing,
                        self.size,
                        &self.options,
                        &self.told,
                        self.has_moved,
                    );
                    assert_eq!(self.upload.poll(self.now), Step::Awaiting, "two at once");
                    self.requests.push(sent.request);
                    if let Some(reply) = replies.next() {
                        self.reply(sent, reply);
                    } else {
                        lonely += 1;
                        assert!(lonely < 100, "it goes on without any answer");
                        self.upload.handle_failure(Failure::Broken, self.now);
                    }
                }
                Step::Wait(until) => {
                    let until = if self.waits_for_the_past() {
                        until.max(self.now + Duration::from_secs(1))
                    } else {
                        until
                    };
                    assert!(until > self.now, "to wait for what has passed");
                    let longest = self.options.max_delay.max(self.options.max_retry_after);
                    assert!(until - self.now <= longest);
                    self.now = until;
                }
                Step::Suspended => self.upload.resume(self.now),
                Step::Awaiting => panic!("nothing is under way"),
                Step::Done(outcome) => {
                    self.ended(outcome);
                    return outcome;
                }
            }
            assert!(self.requests.len() < 20_000, "it never ends");
            let again = Upload::resumed(self.upload.saved().clone(), self.options.clone());
            assert!(
                again.is_ok(),
                "{:?} cannot be gone on with",
                self.upload.saved()
            );
        }
    }

    /// Known and not mended yet: a client that was started again without a session, but with the host id of the last one,
    /// does not fall back to the origin before its first Ping is answered, and waits for when it should have.
    fn waits_for_the_past(&self) -> bool {
        let saved = self.upload.saved();
        let is_alone = saved.session_id.is_none() && saved.host_id.is_some();
        is_alone && self.upload.phase() == Phase::FirstPing
    }

    /// The end is what it says, and stays.
    fn ended(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Complete => assert!(self.is_whole && self.has_ended, "nobody has said so"),
            Outcome::Cancelled => assert!(self.was_cancelled, "nobody wanted that"),
            Outcome::Failed(failed) => assert!(!failed.advice().is_empty()),
        }
        let _ = self
            .upload
            .handle_answer(&Answer::of_ack(PingAck.into()), self.now);
        self.upload.handle_failure(Failure::Broken, self.now);
        self.upload.suspend();
        self.upload.resume(self.now);
        self.upload.cancel();
        assert_eq!(self.upload.poll(self.now), Step::Done(outcome));
    }

    fn reply(&mut self, sent: Sent, reply: Reply) {
        self.now += Duration::from_secs(reply.passes.into());
        let status = STATUSES[usize::from(reply.status) % STATUSES.len()];
        let status = StatusCode::new(status).expect("a status");
        let session = SESSIONS.get(usize::from(reply.session % 4)).copied();
        let answer = match reply.kind % 16 {
            6 | 7 => Answer::of_ack(self.error(sent, status, session, reply)),
            8 => Answer::of_status(status),
            9 => {
                let failures = [
                    Failure::Connect,
                    Failure::Broken,
                    Failure::TimedOut,
                    Failure::InvalidAnswer,
                ];
                return self
                    .upload
                    .handle_failure(failures[usize::from(reply.code % 4)], self.now);
            }
            10 => return self.upload.handle_failure(Failure::Interrupted, self.now),
            11 => {
                let saved = self.upload.saved().clone();
                let again = Upload::resumed(saved, self.options.clone());
                self.upload = again.expect("what was saved is good");
                self.is_whole &= self.upload.saved().session_id.is_some();
                return;
            }
            kind => {
                match kind {
                    12 => self.upload.suspend(),
                    13 => {
                        self.was_cancelled = true;
                        self.upload.cancel();
                    }
                    _ => {}
                }
                // 5: the answer to another request.
                let other = [
                    RequestType::Ping,
                    RequestType::CreateSession,
                    RequestType::Fragment,
                    RequestType::CloseSession,
                    RequestType::CancelSession,
                ];
                let request = match kind {
                    5 => other[usize::from(reply.code % 5)],
                    _ => sent.request,
                };
                Answer::of_ack(success(
                    request,
                    session,
                    offset(sent, reply, self.size),
                    reply,
                ))
            }
        };
        let answer = Answer {
            retry_after: (reply.asked % 2 == 1).then(|| Duration::from_secs(reply.asked.into())),
            has_credentials: reply.asked & 2 != 0,
            ..answer
        };
        self.note(sent, &answer);
        let _ = self.upload.handle_answer(&answer, self.now);
        if reply.kind % 16 == 14 {
            // Nobody has asked for that one.
            let before = self.upload.saved().clone();
            let _ = self.upload.handle_answer(&answer, self.now);
            assert_eq!(*self.upload.saved(), before);
        }
    }

    fn error<'a>(
        &self,
        sent: Sent,
        status: StatusCode,
        session: Option<&'a [u8]>,
        reply: Reply,
    ) -> Ack<'a> {
        let status = match reply.kind % 16 {
            6 => status,
            _ => StatusCode::RANGE_NOT_SATISFIABLE,
        };
        let mut error = ErrorAck::new(status).unwrap_or_else(|| {
            ErrorAck::new(StatusCode::INTERNAL_SERVER_ERROR).expect("500 is no success")
        });
        if reply.code < 200 {
            let code = HResult::new(CODES[usize::from(reply.code) % CODES.len()]);
            error = error.with_error(code, ErrorContext::REMOTE_FILE);
        }
        if let Some(session) = session {
            error = error.with_session_id(SessionId::new(session).expect("a session id"));
        }
        if reply.host < 128 {
            let offset = offset(sent, reply, self.size);
            error = error.with_received(ReceivedContentRange::new(offset));
        }
        error.answering(sent.request)
    }

    /// Keeps what the client may take from an answer.
    fn note(&mut self, sent: Sent, answer: &Answer<'_>) {
        self.has_ended = false;
        let Some(ack) = answer.ack else {
            return;
        };
        let is_gone = ack.error_code() == Some(HResult::SESSION_NOT_FOUND);
        let is_success = answer.status.as_u16() <= 201;
        match sent.request {
            RequestType::CreateSession if is_success => {
                if let (Some(session), Some(_)) = (ack.session_id(), ack.protocol()) {
                    self.told.push(session.as_bytes().to_vec());
                    self.has_moved |= ack.host_id().is_some();
                    self.is_whole = self.size == 0;
                }
            }
            RequestType::Fragment => {
                let offset = ack
                    .received_content_range()
                    .map(ReceivedContentRange::next_offset);
                self.is_whole |= offset == Some(self.size);
            }
            RequestType::CloseSession | RequestType::CancelSession => {
                self.has_ended = is_success || is_gone;
            }
            _ => {}
        }
    }
}

fn offset(sent: Sent, reply: Reply, size: u64) -> u64 {
    match reply.offset.cast_signed() {
        by @ -100..=100 => sent.end.saturating_add_signed(by.into()),
        101 => size,
        102 => u64::MAX,
        _ => 0,
    }
}

fn success<'a>(
    request: RequestType,
    session: Option<&'a [u8]>,
    offset: u64,
    reply: Reply,
) -> Ack<'a> {
    let id = SessionId::new(session.unwrap_or(SESSIONS[0])).expect("a session id");
    match request {
        RequestType::Ping => PingAck.into(),
        RequestType::CreateSession => {
            let host_id = HostId::new(HOST).expect("a host id");
            let is_moved = reply.host >= 128;
            let timeout = FallbackTimeout::new((reply.host & 0x7F).into());
            let protocol = match reply.code % 8 {
                7 => Guid::new(1),
                _ => Guid::BITS_1_5_UPLOAD,
            };
            Ack::from(CreateSessionAck {
                host_id: is_moved.then_some(host_id),
                host_id_fallback_timeout: (is_moved && reply.host.is_multiple_of(2))
                    .then_some(timeout),
                ..CreateSessionAck::new(protocol, id)
            })
        }
        RequestType::Fragment => Ack::from(FragmentAck {
            session_id: session.map(|_| id),
            ..FragmentAck::new(id, ReceivedContentRange::new(offset))
        }),
        RequestType::CloseSession => CloseSessionAck::new(id).into(),
        RequestType::CancelSession => CancelSessionAck::new(id).into(),
    }
}

/// What is sent is in the file, to a session and a server that were told of.
fn check(
    outgoing: &Outgoing<'_>,
    size: u64,
    options: &Options,
    told: &[Vec<u8>],
    has_moved: bool,
) -> Sent {
    assert!(has_moved || outgoing.server == Server::Origin);
    let request = outgoing.packet.request_type();
    if let Some(id) = outgoing.packet.session_id() {
        assert!(
            told.iter().any(|it| it == id.as_bytes()),
            "{id} was never told"
        );
    }
    let mut end = 0;
    if let Request::Fragment(fragment) = outgoing.packet {
        let range = fragment.range;
        assert_eq!(range.total(), size);
        assert!(range.end() <= size && range.length() <= options.fragment_size.max(1));
        end = range.end();
    }
    Sent { request, end }
}
