//! Client and server over a link that does everything wrong.
//!
//! What goes over it are bytes: `bits-serializer` writes them, `bits-packet` reads them, and
//! [`HeadScanner`] finds where heads end. There is one clock, which goes on when the client waits.

use std::time::{Duration, Instant, SystemTime};

use bits_packet::{
    Ack, Authority, Guid, HeadScanner, Options as Reading, Parsed, Request, RequestType, Scan,
    StatusCode, Target,
};
use bits_serializer::Draft;
use bits_session::client::{Answer, Failure, Options, Outcome, Outgoing, Step, Upload};
use bits_session::server::{Caller, Exchange, Policy};

use super::store::MemoryStore;

/// What happens to one request, or before it. Numbers of bytes count from the beginning of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The link breaks when so many bytes of the request are through.
    RequestCut(usize),
    /// The link breaks when so many bytes of the answer are through.
    AnswerCut(usize),
    /// The request comes after the client has given it up: before the so-many-th request from now, or at the end.
    Late(usize),
    /// The request comes once more, before the so-many-th request from now, or at the end.
    Again(usize),
    /// The link breaks when so many bytes are through, and all of the request comes later.
    CutAndLate(usize, usize),
    /// The server ends after so many steps of the exchange; another one goes on with its store.
    Crash(usize),
    /// The client ends before it hears the answer; another one goes on from what was saved.
    Restart,
    /// The client is suspended after this request, and goes on.
    Pause,
    /// So long passes before it that every session is over.
    Expire,
}

/// A file on its way.
#[derive(Debug)]
pub struct World {
    file: Vec<u8>,
    policy: Policy,
    options: Options,
    /// How many bytes the server reads at once.
    piece: usize,
    store: MemoryStore,
    upload: Upload,
    begin: Instant,
    passed: Duration,
    sessions: u128,
    /// Requests that are still to come, and before which one.
    late: Vec<(usize, Vec<u8>)>,
    /// The lengths in bytes of every request, and of its answer if there was one.
    pub lengths: Vec<(usize, usize)>,
    has_expired: bool,
}

const TARGET: &[u8] = b"/drop/file";
const HOST: &[u8] = b"upload.example.net";

fn owner() -> Caller {
    Caller {
        user: Some("ann".to_owned()),
        target: "/drop/file".to_owned(),
    }
}

/// Options that give nothing up but an upload that comes to no end: what is bounded here is the number of faults.
#[must_use]
pub fn patient(fragment_size: u64) -> Options {
    Options {
        fragment_size,
        max_failures: 1000,
        max_setbacks: 1000,
        no_progress_timeout: Duration::MAX,
        ..Options::default()
    }
}

impl World {
    /// A file of so many bytes that is about to be sent.
    #[must_use]
    pub fn new(size: u8, policy: Policy, options: Options, piece: usize) -> Self {
        World {
            file: (1..=size).collect(),
            upload: Upload::new(size.into(), options.clone()),
            policy,
            options,
            piece,
            store: MemoryStore::default(),
            begin: Instant::now(),
            passed: Duration::ZERO,
            sessions: 0,
            late: Vec::new(),
            lengths: Vec::new(),
            has_expired: false,
        }
    }

    /// Runs to the end; `fault` says what happens to the request of each number.
    ///
    /// # Panics
    ///
    /// When a byte is wrong, a part is published, two requests are under way at once, there is no end, or the end is
    /// not a whole file at the server and a client that knows it.
    pub fn run(&mut self, mut fault: impl FnMut(usize) -> Option<Fault>) {
        let outcome = self.outcome(&mut fault);
        // What comes when all is over.
        for (_, request) in std::mem::take(&mut self.late) {
            self.serve(&request, usize::MAX);
        }
        let is_whole = self.store.files.get(&owner().target) == Some(&self.file);
        assert!(is_whole, "{outcome:?}, and the file is not there");
        match outcome {
            Outcome::Complete => {}
            // The session was over before the client heard that the file is there, and it may not be sent again.
            Outcome::Failed(failed) if self.has_expired && !self.policy.overwrite => {
                let status = failed.problem.status.map(StatusCode::as_u16);
                let asked = (failed.problem.request, status);
                assert_eq!(asked, (RequestType::CreateSession, Some(403)), "{failed:?}");
            }
            outcome => panic!("{outcome:?}"),
        }
    }

    fn outcome(&mut self, fault: &mut dyn FnMut(usize) -> Option<Fault>) -> Outcome {
        for _ in 0..5000 {
            let now = self.begin + self.passed;
            match self.upload.poll(now) {
                Step::Send(outgoing) => {
                    let request = outgoing.packet.request_type();
                    let bytes = write(&outgoing, &self.file);
                    assert_eq!(self.upload.poll(now), Step::Awaiting, "two at once");
                    let number = self.lengths.len();
                    self.lengths.push((bytes.len(), 0));
                    let due = |(at, _): &mut (usize, _)| *at <= number;
                    let late: Vec<_> = self.late.extract_if(.., due).collect();
                    for (_, request) in late {
                        self.serve(&request, usize::MAX);
                    }
                    self.exchange(request, &bytes, fault(number));
                }
                Step::Wait(until) => {
                    assert!(until > now, "to wait for what has passed");
                    self.passed = until - self.begin;
                }
                Step::Suspended => self.upload.resume(now),
                Step::Awaiting => panic!("nothing is under way"),
                Step::Done(outcome) => return outcome,
            }
        }
        panic!("no end after {} requests", self.lengths.len());
    }

    fn exchange(&mut self, request: RequestType, bytes: &[u8], fault: Option<Fault>) {
        let number = self.lengths.len() - 1;
        if fault == Some(Fault::Expire) {
            self.has_expired = true;
            self.passed += self.policy.idle_timeout;
        }
        let mut cut = usize::MAX;
        let mut failure = Failure::Broken;
        let answer = match fault {
            Some(Fault::RequestCut(through)) => {
                self.serve(&bytes[..through.min(bytes.len())], usize::MAX);
                None
            }
            Some(Fault::CutAndLate(through, by)) => {
                self.serve(&bytes[..through.min(bytes.len())], usize::MAX);
                self.late.push((number + by, bytes.to_vec()));
                None
            }
            Some(Fault::Late(by)) => {
                failure = Failure::TimedOut;
                self.late.push((number + by, bytes.to_vec()));
                None
            }
            Some(Fault::Crash(steps)) => self.serve(bytes, steps),
            _ => self.serve(bytes, usize::MAX),
        };
        match fault {
            Some(Fault::AnswerCut(through)) => cut = through,
            Some(Fault::Again(by)) => self.late.push((number + by, bytes.to_vec())),
            Some(Fault::Restart) => {
                let saved = self.upload.saved().clone();
                let again = Upload::resumed(saved, self.options.clone());
                self.upload = again.expect("what was saved is good");
                return;
            }
            Some(Fault::Pause) => self.upload.suspend(),
            _ => {}
        }
        let answer = answer.unwrap_or_default();
        self.lengths[number].1 = answer.len();
        let now = self.begin + self.passed;
        let through = &answer[..answer.len().min(cut)];
        match Ack::parse(through, Some(request)).expect("an Ack of ours") {
            Parsed::Complete { value, rest } => {
                assert_eq!(rest, b"");
                let ack = *value.packet().expect("an Ack of ours");
                let _ = self.upload.handle_answer(&Answer::of_ack(ack), now);
            }
            Parsed::NeedMore => self.upload.handle_failure(failure, now),
        }
    }

    /// What the server makes of the bytes of a connection, which end where the link breaks. It answers, if it lives for
    /// so many steps.
    fn serve(&mut self, bytes: &[u8], steps: usize) -> Option<Vec<u8>> {
        let mut scanner = HeadScanner::new(Reading::INTEROP.max_head());
        let mut received = Vec::new();
        let mut pieces = bytes.chunks(self.piece);
        loop {
            received.extend_from_slice(pieces.next()?);
            if let Scan::End(_) = scanner.scan(&received) {
                break;
            }
        }
        received.extend(pieces.flatten());
        let Ok(Parsed::Complete { value, rest: body }) = Request::parse(&received) else {
            panic!("{} is no request", received.escape_ascii());
        };
        let packet = value.packet().expect("a packet of ours");
        assert!(body.len() as u64 <= packet.content_length());
        self.sessions += 1;
        let now = SystemTime::UNIX_EPOCH + self.passed;
        let id = Guid::new(0xABCD << 64 | self.sessions);
        let mut exchange = Exchange::new(&self.policy, owner(), packet, now, id);
        for _ in 0..steps {
            let is_over = self.store.step(&self.policy, now, &mut exchange, body);
            self.check(now);
            if is_over {
                return Some(Draft::ack(&exchange.ack()).to_vec());
            }
        }
        None
    }

    /// No byte is wrong, and no part is published.
    fn check(&self, now: SystemTime) {
        if let Some(file) = self.store.files.get(&owner().target) {
            assert_eq!(*file, self.file, "published");
        }
        for (session, bytes) in self.store.alive(&self.policy, now) {
            assert!(self.file.starts_with(bytes), "{session:?}: {bytes:?}");
        }
    }
}

/// A request with its body.
fn write(outgoing: &Outgoing<'_>, file: &[u8]) -> Vec<u8> {
    let target = Target::new(TARGET).expect("a target");
    let host = Authority::new(HOST).expect("a host");
    let draft = Draft::request(&outgoing.packet, target, host).expect("a request goes there");
    let mut bytes = draft.to_vec();
    if let Request::Fragment(fragment) = outgoing.packet {
        let place = |at| usize::try_from(at).expect("in the file");
        let range = fragment.range;
        assert_eq!(range.total(), file.len() as u64);
        bytes.extend_from_slice(&file[place(range.first())..place(range.end())]);
    }
    bytes
}
