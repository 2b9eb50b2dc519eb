//! The engine of the client before a server that answers what it likes.

use std::time::{Duration, Instant};

use arbitrary::Unstructured;
use bits_packet::{HResult, PingAck, ReceivedContentRange, Request, RequestType};
use bits_session::client::{Answer, Failure, Options, Outcome, Outgoing, Server, Step, Upload};

use super::reply::{Reply, Sent};

const SIZES: [u64; 8] = [10, 0, 1, 2, 12, 5121, 20_000, u64::MAX];
const FRAGMENTS: [u64; 4] = [4, 0, 1, u64::MAX];
/// How a client begins, as four bytes: the size of the file, the length of Fragments, whether it is patient, and
/// whether it begins with a Ping.
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
    /// The offset that the server wants next.
    wanted: u64,
    /// The furthest end of the Fragments of this session.
    most_sent: u64,
    /// The last answer was an Ack of an end, or said that the session is gone.
    has_ended: bool,
    was_cancelled: bool,
    requests: Vec<RequestType>,
}

/// The bytes are options and a list of what becomes of requests. Whatever it is, the client comes to an end, sends
/// what the server wants next of its file and nothing else, to no session that it was not told of, never two
/// requests at once, and claims to be done only if an Ack has said so. Gives what was sent, and the end.
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
        wanted: 0,
        most_sent: 0,
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
                    assert!(self.has_moved || outgoing.server == Server::Origin);
                    let told = &self.told;
                    let sent = check(&outgoing, self.size, self.wanted, &self.options, told);
                    assert_eq!(self.upload.poll(self.now), Step::Awaiting, "two at once");
                    self.requests.push(sent.request);
                    self.most_sent = self.most_sent.max(sent.end);
                    if let Some(reply) = replies.next() {
                        self.reply(sent, reply);
                    } else {
                        lonely += 1;
                        assert!(lonely < 100, "it goes on without any answer");
                        self.upload.handle_failure(Failure::Broken, self.now);
                    }
                }
                Step::Wait(until) => {
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
        match reply.kind % 16 {
            9 => return self.upload.handle_failure(reply.failure(), self.now),
            10 => return self.upload.handle_failure(Failure::Interrupted, self.now),
            11 => {
                let saved = self.upload.saved().clone();
                let again = Upload::resumed(saved, self.options.clone());
                self.upload = again.expect("what was saved is good");
                return;
            }
            12 => self.upload.suspend(),
            13 => {
                self.was_cancelled = true;
                self.upload.cancel();
            }
            _ => {}
        }
        let answer = reply.answer(sent, self.size);
        self.note(sent, &answer);
        let _ = self.upload.handle_answer(&answer, self.now);
        if reply.kind % 16 == 14 {
            // Nobody has asked for that one.
            let before = self.upload.saved().clone();
            let _ = self.upload.handle_answer(&answer, self.now);
            assert_eq!(*self.upload.saved(), before);
        }
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
                    self.wanted = 0;
                    self.most_sent = 0;
                }
            }
            RequestType::Fragment => {
                let offset = ack.received_content_range();
                let offset = offset.map(ReceivedContentRange::next_offset);
                self.is_whole |= offset == Some(self.size) && self.most_sent == self.size;
                let is_told = matches!(answer.status.as_u16(), 200 | 416);
                let ours = self.upload.saved().session_id.as_deref();
                let is_ours = ack.session_id().is_none_or(|theirs| {
                    ours.is_some_and(|ours| ours.eq_ignore_ascii_case(theirs.as_bytes()))
                });
                match offset {
                    Some(offset) if is_told && is_ours && offset <= self.most_sent => {
                        self.wanted = offset;
                    }
                    _ => {}
                }
            }
            RequestType::CloseSession | RequestType::CancelSession => {
                self.has_ended = is_success || is_gone;
            }
            _ => {}
        }
    }
}

/// What is sent is what is wanted of the file, to a session that the client was told of.
fn check(
    outgoing: &Outgoing<'_>,
    size: u64,
    wanted: u64,
    options: &Options,
    told: &[Vec<u8>],
) -> Sent {
    let request = outgoing.packet.request_type();
    if let Some(id) = outgoing.packet.session_id() {
        let is_told = told.iter().any(|it| it == id.as_bytes());
        assert!(is_told, "{id} was never told");
    }
    let mut end = 0;
    if let Request::Fragment(fragment) = outgoing.packet {
        let range = fragment.range;
        assert_eq!((range.first(), range.total()), (wanted, size));
        assert!(range.length() <= options.fragment_size.max(1));
        end = range.end();
    }
    Sent { request, end }
}
