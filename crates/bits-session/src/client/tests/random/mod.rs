//! The engine against a naive server, over a link that does everything wrong.

mod naive;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use naive::{NaiveServer, Packet, Reply};

/// What happens to one request.
#[derive(Clone, Debug)]
enum Fault {
    None,
    /// The request does not arrive.
    RequestLost,
    /// Only so many bytes of the body do, and the server keeps them.
    RequestCut(usize),
    AnswerLost,
    /// The request arrives twice; the second answer is the one that is seen.
    Twice,
    /// The last request arrives once more, before this one.
    OldOneAgain,
    /// A status without an Ack.
    Status(u16),
    /// An Ack with an error code.
    Error(u16, HResult),
    /// The answer cannot be read.
    Garbage,
    WrongSession,
    OffsetPastEnd,
    /// The server says that it has so many bytes more than were ever sent, or the whole file.
    Overstated(u64),
    /// The server forgets the session, whole or not.
    SessionLost,
    /// The server goes back to an earlier state: so many bytes are gone.
    RolledBack(usize),
    /// A session is told to be at another host.
    HostId(bool),
    Interrupted,
    Suspended,
    /// The process ends, and another one goes on.
    Restarted,
}

fn fault() -> impl Strategy<Value = Fault> {
    let status = prop::sample::select(vec![200, 302, 404, 408, 413, 416, 500, 502, 503, 507]);
    let code = prop::sample::select(vec![HResult::DISK_FULL, HResult::new(0x8000_4005)]);
    prop_oneof![
        8 => Just(Fault::None),
        1 => Just(Fault::RequestLost),
        1 => (0..40usize).prop_map(Fault::RequestCut),
        1 => Just(Fault::AnswerLost),
        1 => Just(Fault::Twice),
        1 => Just(Fault::OldOneAgain),
        1 => status.prop_map(Fault::Status),
        1 => code.prop_map(|code| Fault::Error(500, code)),
        1 => Just(Fault::Garbage),
        1 => Just(Fault::WrongSession),
        1 => Just(Fault::OffsetPastEnd),
        1 => (1..300u64).prop_map(Fault::Overstated),
        1 => Just(Fault::SessionLost),
        1 => (1..40usize).prop_map(Fault::RolledBack),
        1 => any::<bool>().prop_map(Fault::HostId),
        1 => Just(Fault::Interrupted),
        1 => Just(Fault::Suspended),
        1 => Just(Fault::Restarted),
    ]
}

/// What has been seen, and must be so.
#[derive(Default)]
struct Seen {
    created: Vec<Vec<u8>>,
}

impl Seen {
    fn check(&self, outgoing: &Outgoing<'_>, file: &[u8]) -> Packet {
        let known = |id: SessionId<'_>| {
            let id = id.as_bytes().to_vec();
            assert!(
                self.created.contains(&id),
                "no session of that name was created"
            );
            id
        };
        match outgoing.packet {
            Request::Ping(_) => Packet::Ping,
            Request::CreateSession(_) => Packet::Create,
            Request::Fragment(fragment) => {
                let range = fragment.range;
                assert_eq!(range.total(), file.len() as u64);
                let first = usize::try_from(range.first()).unwrap();
                let end = usize::try_from(range.end()).unwrap();
                Packet::Fragment {
                    id: known(fragment.session_id),
                    first: range.first(),
                    total: range.total(),
                    body: file[first..end].to_vec(),
                }
            }
            Request::CloseSession(close) => Packet::Close(known(close.session_id)),
            Request::CancelSession(cancel) => Packet::Cancel(known(cancel.session_id)),
        }
    }
}

fn answer<'a>(reply: &'a Reply, request: RequestType, host: Option<HostId<'a>>) -> Answer<'a> {
    let id = |id: &'a [u8]| SessionId::new(id).unwrap();
    Answer::of_ack(match reply {
        Reply::Pong => PingAck.into(),
        Reply::Created(session) => CreateSessionAck {
            host_id: host,
            host_id_fallback_timeout: host.map(|_| bits_packet::FallbackTimeout::new(30)),
            ..CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, id(session))
        }
        .into(),
        Reply::Offset(200, session, offset) => {
            FragmentAck::new(id(session), ReceivedContentRange::new(*offset)).into()
        }
        Reply::Offset(_, session, offset) => {
            ErrorAck::out_of_sequence(id(session), ReceivedContentRange::new(*offset))
                .answering(request)
        }
        Reply::Ended(session) if request == RequestType::CloseSession => {
            CloseSessionAck::new(id(session)).into()
        }
        Reply::Ended(session) => bits_packet::CancelSessionAck::new(id(session)).into(),
        Reply::Error(status, code) => return error_ack(*status, *code, request),
    })
}

struct Run {
    upload: Upload,
    server: NaiveServer,
    seen: Seen,
    now: Instant,
    last: Option<Packet>,
    /// The furthest end of the Fragments of this session.
    sent: u64,
    file: Vec<u8>,
    options: Options,
}

impl Run {
    /// Sends one request, with what happens to it.
    fn exchange(&mut self, packet: &Packet, request: RequestType, fault: &Fault) {
        let host = HostId::new(b"other").unwrap();
        if let Packet::Fragment { first, body, .. } = packet {
            self.sent = self.sent.max(first + body.len() as u64);
        }
        let arrives = |server: &mut NaiveServer, packet: &Packet| {
            let _ = server.answer(packet);
        };
        match fault {
            Fault::RequestLost => return self.upload.handle_failure(Failure::Connect, self.now),
            Fault::RequestCut(length) => {
                if let Packet::Fragment {
                    id,
                    first,
                    total,
                    body,
                } = packet
                {
                    let body = body[..body.len().min(*length)].to_vec();
                    let (id, first, total) = (id.clone(), *first, *total);
                    let cut = Packet::Fragment {
                        id,
                        first,
                        total,
                        body,
                    };
                    arrives(&mut self.server, &cut);
                }
                return self.upload.handle_failure(Failure::Broken, self.now);
            }
            Fault::AnswerLost => {
                arrives(&mut self.server, packet);
                return self.upload.handle_failure(Failure::TimedOut, self.now);
            }
            Fault::Garbage => {
                arrives(&mut self.server, packet);
                return self.upload.handle_failure(Failure::InvalidAnswer, self.now);
            }
            Fault::Interrupted => {
                return self.upload.handle_failure(Failure::Interrupted, self.now);
            }
            Fault::Status(status) => {
                let answer = Answer::of_status(StatusCode::new(*status).unwrap());
                let _ = self.upload.handle_answer(&answer, self.now);
                return;
            }
            Fault::Error(status, code) => {
                let answer = error_ack(*status, *code, request);
                let _ = self.upload.handle_answer(&answer, self.now);
                return;
            }
            Fault::Twice => arrives(&mut self.server, packet),
            Fault::OldOneAgain => {
                if let Some(last) = self.last.take() {
                    arrives(&mut self.server, &last);
                }
            }
            Fault::SessionLost => {
                self.server.session = None;
                self.server.waiting = None;
            }
            Fault::RolledBack(bytes) => {
                if let Some((_, data)) = &mut self.server.session {
                    data.truncate(data.len().saturating_sub(*bytes));
                }
            }
            _ => {}
        }
        let mut reply = self.server.answer(packet);
        match (&mut reply, fault) {
            (Reply::Created(_), Fault::WrongSession) => {}
            (Reply::Offset(_, id, _) | Reply::Ended(id), Fault::WrongSession) => {
                *id = b"session-of-another".to_vec();
            }
            (Reply::Offset(_, _, offset), Fault::OffsetPastEnd) => *offset = u64::MAX,
            (Reply::Offset(_, _, offset), Fault::Overstated(more)) => {
                // Of what was sent nobody can know whether it is there.
                let size = self.file.len() as u64;
                if self.sent < size {
                    *offset = (self.sent + more).min(size);
                }
            }
            (Reply::Created(id), _) => self.seen.created.push(id.clone()),
            _ => {}
        }
        if let (Reply::Created(id), Fault::WrongSession) = (&reply, fault) {
            self.seen.created.push(id.clone());
        }
        if matches!(reply, Reply::Created(_)) {
            self.sent = 0;
        }
        let host = matches!(fault, Fault::HostId(true)).then_some(host);
        let _ = self
            .upload
            .handle_answer(&answer(&reply, request, host), self.now);
        self.last = Some(packet.clone());
    }

    /// Runs to the end, and gives the outcome and the number of requests.
    fn run(&mut self, faults: &[Fault], cancel_at: Option<usize>) -> (Outcome, usize) {
        let mut faults = faults.iter();
        let mut requests = 0;
        for step in 0..20_000 {
            if cancel_at == Some(step) {
                self.upload.cancel();
            }
            match self.upload.poll(self.now) {
                Step::Send(outgoing) => {
                    let request = outgoing.packet.request_type();
                    let packet = self.seen.check(&outgoing, &self.file);
                    assert_eq!(self.upload.poll(self.now), Step::Awaiting, "two at once");
                    let fault = faults.next().unwrap_or(&Fault::None);
                    requests += 1;
                    if matches!(fault, Fault::Suspended) {
                        self.upload.suspend();
                    }
                    self.exchange(&packet, request, fault);
                    if matches!(fault, Fault::Restarted) {
                        let saved = self.upload.saved().clone();
                        if !matches!(self.upload.poll(self.now), Step::Done(_)) {
                            self.upload = Upload::resumed(saved, self.options.clone()).unwrap();
                        }
                    }
                }
                Step::Wait(until) => {
                    assert!(until > self.now);
                    self.now = until;
                }
                Step::Suspended => self.upload.resume(self.now),
                Step::Awaiting => panic!("nothing is under way"),
                Step::Done(outcome) => return (outcome, requests),
            }
        }
        panic!("it never ends");
    }
}

fn run(size: u8, fragment: u8, ping: bool) -> Run {
    let options = Options {
        fragment_size: fragment.into(),
        ping_first: ping,
        ..Options::default()
    };
    let file: Vec<u8> = (0..size).collect();
    Run {
        upload: Upload::new(size.into(), options.clone()),
        server: NaiveServer::default(),
        seen: Seen::default(),
        now: Instant::now(),
        last: None,
        sent: 0,
        file,
        options,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn ends_whatever_happens_and_what_is_complete_is_whole(
        size in 1..=200u8,
        fragment in 0..60u8,
        ping: bool,
        faults in vec(fault(), 0..60),
    ) {
        let mut run = run(size, fragment, ping);
        let (outcome, _) = run.run(&faults, None);
        match outcome {
            Outcome::Complete => prop_assert_eq!(run.server.published.as_ref(), Some(&run.file)),
            Outcome::Failed(failed) => prop_assert!(!failed.advice().is_empty()),
            Outcome::Cancelled => prop_assert!(false, "nobody has cancelled"),
        }
    }

    #[test]
    fn without_faults_every_byte_is_sent_once(size in 1..=200u8, fragment in 1..60u8, ping: bool) {
        let mut run = run(size, fragment, ping);
        let (outcome, requests) = run.run(&[], None);
        prop_assert_eq!(outcome, Outcome::Complete);
        prop_assert_eq!(run.server.published.as_ref(), Some(&run.file));
        let fragments = usize::from(size.div_ceil(fragment));
        prop_assert_eq!(requests, fragments + 2 + usize::from(ping));
    }

    #[test]
    fn a_few_lost_messages_never_make_it_fail(
        size in 1..=200u8,
        fragment in 1..60u8,
        faults in vec(
            prop_oneof![
                Just(Fault::None),
                Just(Fault::RequestLost),
                Just(Fault::AnswerLost),
                (0..40usize).prop_map(Fault::RequestCut),
                Just(Fault::Twice),
                Just(Fault::OldOneAgain),
                Just(Fault::Suspended),
                Just(Fault::Restarted),
            ],
            0..20,
        ),
    ) {
        let mut run = run(size, fragment, true);
        let (outcome, _) = run.run(&faults, None);
        prop_assert_eq!(outcome, Outcome::Complete);
        prop_assert_eq!(run.server.published.as_ref(), Some(&run.file));
    }

    #[test]
    fn a_cancelled_upload_leaves_no_session(
        size in 1..=200u8,
        fragment in 1..60u8,
        cancel_at in 0..20usize,
    ) {
        let mut run = run(size, fragment, true);
        let (outcome, _) = run.run(&[], Some(cancel_at));
        match outcome {
            Outcome::Cancelled => prop_assert!(run.server.session.is_none()),
            outcome => prop_assert_eq!(outcome, Outcome::Complete),
        }
        prop_assert!(run.server.waiting.is_none());
    }
}
