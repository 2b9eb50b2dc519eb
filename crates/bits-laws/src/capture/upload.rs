//! Uploads, as turns of a conversation.

use std::iter;
use std::ops::Range;

use bits_packet::{
    AcceptEncoding, Ack, Authority, CancelSession, CancelSessionAck, CloseSession, CloseSessionAck,
    ContentName, ContentRange, CreateSession, CreateSessionAck, ErrorAck, ErrorContext, Field,
    Fragment, FragmentAck, Guid, HResult, HostId, Ping, PingAck, ReceivedContentRange, ReplyUrl,
    Request, RequestType, SessionId, StatusCode, SupportedProtocols, Target,
};
use bits_serializer::{Draft, ExtraField, Layout, Place};

use super::connection::Turn;
use super::file::File;

/// Whose client and server speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// BITS of Windows and IIS, whose later Acks have no session id.
    #[default]
    Windows,
    /// Fields as the documents list them, session ids everywhere.
    Canonical,
    /// As [`Dialect::Windows`], with `POST` and `X-HTTP-Method-Override: BITS_POST`, as OneDrive has it.
    MethodOverride,
}

/// An upload.
///
/// Its methods make the turns of one exchange each, or the bytes of one message; [`Upload::turns`] those of
/// the whole upload. They panic where a value cannot be written: a session id of no byte, a target with a
/// blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The session id.
    pub session: Vec<u8>,
    /// The request target: a path.
    pub target: Vec<u8>,
    /// The value of `Host`.
    pub host: Vec<u8>,
    /// The value of `Content-Name`.
    pub name: Option<Vec<u8>>,
    /// The value of `User-Agent`.
    pub user_agent: Vec<u8>,
    /// What is uploaded.
    pub file: File,
    /// Whose client and server speak.
    pub dialect: Dialect,
    /// The value of `BITS-Host-Id`: once the session is made, it stands in the place of [`Upload::host`].
    pub host_id: Option<Vec<u8>>,
    /// The value of `BITS-Reply-URL`, which comes with the last Fragment's Ack.
    pub reply_url: Option<Vec<u8>>,
    /// The value of `Authorization`.
    pub authorization: Option<Vec<u8>>,
}

impl Upload {
    /// By Windows and IIS, without host id, reply and authorization; the file is named after the last segment
    /// of the target.
    #[must_use]
    pub fn new(session: &str, target: &str, host: &str, file: File) -> Self {
        let name = target.rsplit('/').next().filter(|name| !name.is_empty());
        Upload {
            session: session.into(),
            target: target.into(),
            host: host.into(),
            name: name.map(Into::into),
            user_agent: b"Microsoft BITS/7.8".to_vec(),
            file,
            dialect: Dialect::Windows,
            host_id: None,
            reply_url: None,
            authorization: None,
        }
    }

    /// Create-Session, Fragments of that many bytes, Close-Session; each with its Ack.
    ///
    /// An empty file has no Fragment.
    #[must_use]
    pub fn turns(&self, fragment: u64) -> Vec<Turn> {
        self.each_turn(fragment).collect()
    }

    /// The same, each made when asked for; a body comes as turns of at most 64 KiB.
    pub fn each_turn(&self, fragment: u64) -> impl Iterator<Item = Turn> + use<> {
        const PIECE: u64 = 64 * 1024;
        let (create, close) = (self.create(), self.close());
        let upload = self.clone();
        let fragments = ranges(0..self.file.length(), fragment).flat_map(move |range| {
            let head = Turn::client(upload.fragment_head(range.clone(), &[]));
            let ack = Turn::server(upload.fragment_ack(range.end));
            let file = upload.file.clone();
            let body =
                ranges(range, PIECE).map(move |piece| Turn::client(file.bytes(piece)).after(0));
            iter::once(head).chain(body).chain(iter::once(ack))
        });
        create.into_iter().chain(fragments).chain(close)
    }

    /// Ping and its Ack.
    #[must_use]
    pub fn ping(&self) -> Vec<Turn> {
        answered(self.ping_request(), self.ping_ack())
    }

    /// The same for a session that there is: where its host id says.
    #[must_use]
    pub fn ping_again(&self) -> Vec<Turn> {
        let request = self.request(&Request::Ping(Ping), &self.later_host(), &[]);
        answered(request, self.ping_ack())
    }

    /// Create-Session and its Ack.
    #[must_use]
    pub fn create(&self) -> Vec<Turn> {
        answered(self.create_request(), self.create_ack())
    }

    /// The Fragment with those bytes of the file, and its Ack.
    #[must_use]
    pub fn fragment(&self, range: Range<u64>) -> Vec<Turn> {
        let answer = self.fragment_ack(range.end);
        answered(self.fragment_request(range), answer)
    }

    /// The same with `Expect: 100-continue`: the body waits for the interim answer.
    #[must_use]
    pub fn fragment_after_continue(&self, range: Range<u64>) -> Vec<Turn> {
        let (last, body) = (range.end, self.file.bytes(range.clone()));
        vec![
            Turn::client(self.fragment_head(range, &[(b"Expect", b"100-continue")])),
            Turn::server(*b"HTTP/1.1 100 Continue\r\n\r\n"),
            Turn::client(body),
            Turn::server(self.fragment_ack(last)),
        ]
    }

    /// A Fragment that the server does not want: it wants to have the byte `wanted` next.
    #[must_use]
    pub fn fragment_out_of_sequence(&self, range: Range<u64>, wanted: u64) -> Vec<Turn> {
        let error = ErrorAck::out_of_sequence(self.id(), ReceivedContentRange::new(wanted));
        let answer = self.ack(&error.answering(RequestType::Fragment));
        answered(self.fragment_request(range), answer)
    }

    /// A Fragment of a session that the server does not know (any more).
    #[must_use]
    pub fn fragment_of_lost_session(&self, range: Range<u64>) -> Vec<Turn> {
        let error = ErrorAck::new(StatusCode::INTERNAL_SERVER_ERROR).expect("500 is an error");
        let error = error.with_error(HResult::SESSION_NOT_FOUND, ErrorContext::REMOTE_FILE);
        let answer = self.ack(&error.answering(RequestType::Fragment));
        answered(self.fragment_request(range), answer)
    }

    /// Close-Session and its Ack.
    #[must_use]
    pub fn close(&self) -> Vec<Turn> {
        let ack = CloseSessionAck {
            session_id: self.id_of_ack(),
        };
        answered(self.close_request(), self.ack(&Ack::from(ack)))
    }

    /// Cancel-Session and its Ack.
    #[must_use]
    pub fn cancel(&self) -> Vec<Turn> {
        let mut request = CancelSession::new(self.id());
        request.content_name = self.content_name();
        let request = self.request(&Request::CancelSession(request), &self.later_host(), &[]);
        let ack = CancelSessionAck {
            session_id: self.id_of_ack(),
        };
        answered(request, self.ack(&Ack::from(ack)))
    }

    /// The head of a Ping.
    #[must_use]
    pub fn ping_request(&self) -> Vec<u8> {
        self.request(&Request::Ping(Ping), &self.host, &[])
    }

    /// The Ack of a Ping.
    #[must_use]
    pub fn ping_ack(&self) -> Vec<u8> {
        self.ack(&Ack::from(PingAck))
    }

    /// The head of Create-Session.
    #[must_use]
    pub fn create_request(&self) -> Vec<u8> {
        let protocol = Guid::BITS_1_5_UPLOAD.to_lower();
        let protocols = SupportedProtocols::new(&protocol).expect("a GUID");
        let mut request = CreateSession::new(protocols);
        request.content_name = self.content_name();
        self.request(&Request::CreateSession(request), &self.host, &[])
    }

    /// The Ack of Create-Session.
    #[must_use]
    pub fn create_ack(&self) -> Vec<u8> {
        let mut ack = CreateSessionAck::new(Guid::BITS_1_5_UPLOAD, self.id());
        let host = self.host_id.as_deref();
        ack.host_id = host.map(|host| HostId::new(host).expect("a host"));
        ack.accept_encoding = Some(AcceptEncoding::IDENTITY);
        self.ack(&Ack::from(ack))
    }

    /// A Fragment with its body.
    #[must_use]
    pub fn fragment_request(&self, range: Range<u64>) -> Vec<u8> {
        let mut bytes = self.fragment_head(range.clone(), &[]);
        bytes.extend(self.file.bytes(range));
        bytes
    }

    /// The head of a Fragment, with fields beside its own.
    fn fragment_head(&self, range: Range<u64>, extra: &[(&[u8], &[u8])]) -> Vec<u8> {
        let total = self.file.length();
        let range = ContentRange::new(range.start, range.end - 1, total).expect("a range");
        let mut request = Fragment::new(self.id(), range);
        request.content_name = self.content_name();
        self.request(&Request::Fragment(request), &self.later_host(), extra)
    }

    /// The Ack of a Fragment, when all before the offset is there.
    #[must_use]
    pub fn fragment_ack(&self, received: u64) -> Vec<u8> {
        let is_last = received == self.file.length();
        let reply = self.reply_url.as_deref().filter(|_| is_last);
        self.ack(&Ack::from(FragmentAck {
            session_id: self.id_of_ack(),
            received: ReceivedContentRange::new(received),
            reply_url: reply.map(|reply| ReplyUrl::new(reply).expect("a URL")),
        }))
    }

    /// The head of Close-Session.
    #[must_use]
    pub fn close_request(&self) -> Vec<u8> {
        let mut request = CloseSession::new(self.id());
        request.content_name = self.content_name();
        self.request(&Request::CloseSession(request), &self.later_host(), &[])
    }

    fn id(&self) -> SessionId<'_> {
        SessionId::new(&self.session).expect("a session id")
    }

    fn id_of_ack(&self) -> Option<SessionId<'_>> {
        (self.dialect == Dialect::Canonical).then(|| self.id())
    }

    fn content_name(&self) -> Option<ContentName<'_>> {
        let name = self.name.as_deref();
        name.map(|name| ContentName::new(name).expect("a name"))
    }

    /// Where the requests after Create-Session go; an IPv6 address gets its brackets.
    fn later_host(&self) -> Vec<u8> {
        match self.host_id.as_deref() {
            None => self.host.clone(),
            Some(id) if id.contains(&b':') && !id.starts_with(b"[") => [b"[", id, b"]"].concat(),
            Some(id) => id.to_vec(),
        }
    }

    fn request(&self, request: &Request<'_>, host: &[u8], beside: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut extra = vec![
            (&b"Accept"[..], &b"*/*"[..], Place::First),
            (b"User-Agent", &self.user_agent, Place::Before(Field::Host)),
        ];
        if let Some(authorization) = &self.authorization {
            extra.push((b"Authorization", authorization, Place::Last));
        }
        extra.extend(
            beside
                .iter()
                .map(|&(name, value)| (name, value, Place::Last)),
        );
        extra.push((b"Connection", b"Keep-Alive", Place::Last));
        let target = Target::new(&self.target).expect("a target");
        let host = Authority::new(host).expect("a host");
        let draft = Draft::request(request, target, host).expect("a path");
        let head = written(draft, self.layout(Layout::Windows), &extra);
        match self.dialect {
            // The serializer does not write this dialect.
            Dialect::MethodOverride => {
                let line = head.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
                let field = b"X-HTTP-Method-Override: BITS_POST\r\n";
                [&head["BITS_".len()..line], field, &head[line..]].concat()
            }
            Dialect::Windows | Dialect::Canonical => head,
        }
    }

    fn ack(&self, ack: &Ack<'_>) -> Vec<u8> {
        let extra: [(&[u8], &[u8], Place); 2] = [
            (b"Date", b"Mon, 23 Nov 2026 16:53:26 GMT", Place::First),
            (b"Server", b"Microsoft-IIS/10.0", Place::First),
        ];
        written(Draft::ack(ack), self.layout(Layout::Iis), &extra)
    }

    fn layout(&self, usual: Layout) -> Layout {
        match self.dialect {
            Dialect::Canonical => Layout::Canonical,
            Dialect::Windows | Dialect::MethodOverride => usual,
        }
    }
}

/// A request and its answer.
#[must_use]
pub fn answered(request: impl Into<Vec<u8>>, answer: impl Into<Vec<u8>>) -> Vec<Turn> {
    vec![Turn::client(request), Turn::server(answer)]
}

/// A range in pieces of so many bytes each but the last.
fn ranges(range: Range<u64>, piece: u64) -> impl Iterator<Item = Range<u64>> {
    assert!(piece > 0, "a Fragment holds a byte at least");
    let count = (range.end - range.start).div_ceil(piece);
    (0..count).map(move |index| {
        let start = range.start + index * piece;
        start..range.end.min(start + piece)
    })
}

fn written(draft: Draft<'_>, layout: Layout, extra: &[(&[u8], &[u8], Place)]) -> Vec<u8> {
    let fields = extra.iter();
    let fields = fields.map(|&(name, value, place)| ExtraField::new(name, value, place));
    let fields: Vec<_> = fields.collect::<Result<_, _>>().expect("fields");
    let draft = draft.with_layout(layout).with_extra(&fields);
    draft.expect("fields that every head may have").to_vec()
}
