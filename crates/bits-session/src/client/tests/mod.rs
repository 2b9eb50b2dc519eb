mod ends;
mod failures;
mod flow;
mod hosts;
mod offsets;
mod pauses;
mod random;
mod refusals;

use std::time::{Duration, Instant, SystemTime};

use bits_packet::{
    Ack, CloseSessionAck, CreateSessionAck, ErrorAck, ErrorContext, FragmentAck, Guid, HResult,
    HostId, PingAck, ReceivedContentRange, Request, RequestType, SessionId, StatusCode,
};

use super::{
    Answer, Connection, Failed, Failure, Options, Outcome, Outgoing, Reason, Saved, Server, Step,
    Upload,
};

const ID: &[u8] = b"{3F2504E0-4F89-11D3-9A0C-0305E82C3301}";
const OTHER_ID: &[u8] = b"{3F2504E0-4F89-11D3-9A0C-0305E82C3302}";

fn id() -> SessionId<'static> {
    SessionId::new(ID).unwrap()
}

/// Without a first Ping, and in Fragments of 10 bytes.
fn options() -> Options {
    Options {
        ping_first: false,
        fragment_size: 10,
        ..Options::default()
    }
}

/// With a first Ping.
fn pinging() -> Options {
    Options {
        ping_first: true,
        ..options()
    }
}

/// An upload with a clock of its own.
struct Driver {
    upload: Upload,
    now: Instant,
    start: Instant,
}

impl Driver {
    fn new(size: u64, options: Options) -> Self {
        Self::of(Upload::new(size, options))
    }

    fn of(upload: Upload) -> Self {
        let now = Instant::now();
        Driver {
            upload,
            now,
            start: now,
        }
    }

    /// With a session, and about to send the first Fragment.
    fn in_session(size: u64, options: Options) -> Self {
        let mut driver = Self::new(size, options);
        assert_eq!(driver.next(), "Create-Session");
        driver.created();
        driver
    }

    /// Waits, and tells the request that is sent: its name, and the range of a Fragment.
    fn next(&mut self) -> String {
        self.next_outgoing(|outgoing| match outgoing.packet {
            Request::Fragment(fragment) => {
                assert_eq!(fragment.session_id.as_bytes(), ID);
                fragment.range.to_string()
            }
            packet => packet.request_type().name().to_owned(),
        })
    }

    fn next_outgoing<T>(&mut self, tell: impl FnOnce(Outgoing<'_>) -> T) -> T {
        let until = match self.upload.poll(self.now) {
            Step::Send(outgoing) => return tell(outgoing),
            Step::Wait(until) => until,
            other => panic!("{other:?}"),
        };
        assert!(until > self.now, "waits for what is past");
        self.now = until;
        match self.upload.poll(self.now) {
            Step::Send(outgoing) => tell(outgoing),
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, answer: &Answer<'_>) -> Connection {
        self.upload.handle_answer(answer, self.now)
    }

    fn ack(&mut self, ack: impl Into<Ack<'static>>) {
        let kept = self.answer(&Answer::of_ack(ack.into()));
        assert_eq!(kept, Connection::Keep);
    }

    fn created(&mut self) {
        self.ack(CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id()));
    }

    fn received(&mut self, offset: u64) {
        self.ack(FragmentAck::new(id(), ReceivedContentRange::new(offset)));
    }

    /// Sends all of a file of 10 bytes.
    fn send_all(&mut self) {
        assert_eq!(self.next(), "bytes 0-9/10");
        self.received(10);
    }

    fn fails(&mut self, failure: Failure) {
        self.upload.handle_failure(failure, self.now);
    }

    /// A status without an Ack.
    fn status(&mut self, status: u16) -> Connection {
        self.answer(&Answer::of_status(StatusCode::new(status).unwrap()))
    }

    fn error(&mut self, status: u16, code: HResult) {
        let answer = error_ack(status, code, self.answering());
        assert_eq!(self.answer(&answer), Connection::Keep);
    }

    fn answering(&self) -> RequestType {
        self.upload.phase().request().unwrap()
    }

    /// How long it waits now.
    fn pause(&mut self) -> Duration {
        match self.upload.poll(self.now) {
            Step::Wait(until) => until - self.now,
            other => panic!("{other:?}"),
        }
    }

    fn outcome(&mut self) -> Outcome {
        match self.upload.poll(self.now) {
            Step::Done(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    fn failed(&mut self) -> Failed {
        match self.outcome() {
            Outcome::Failed(failed) => failed,
            other => panic!("{other:?}"),
        }
    }

    fn reason(&mut self) -> Reason {
        self.failed().reason
    }
}

fn error_ack(status: u16, code: HResult, answering: RequestType) -> Answer<'static> {
    let status = StatusCode::new(status).unwrap();
    let failed = ErrorAck::new(status).unwrap();
    let failed = failed.with_error(code, ErrorContext::REMOTE_FILE);
    Answer::of_ack(failed.answering(answering))
}

fn moved(host: &'static [u8], timeout: Option<u32>) -> Ack<'static> {
    let session = CreateSessionAck {
        host_id: Some(HostId::new(host).unwrap()),
        host_id_fallback_timeout: timeout.map(bits_packet::FallbackTimeout::new),
        ..CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id())
    };
    session.into()
}
