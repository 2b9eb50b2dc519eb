//! What a server answers.

use std::borrow::Cow;
use std::io;
use std::time::{Duration, SystemTime};

use bits_packet::{
    Ack, Body, ErrorAck, ErrorContext, Field, HResult, HeadScanner, Options, Parsed, RequestType,
    ResponseHead, Scan, StatusCode, Version, skip_empty_lines,
};
use bits_session::client::Answer;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::chunks::{Chunks, ChunksEnd};
use crate::credentials::{Challenge, challenges};

/// How much of an answer's body is read, so that the connection can be used again; Acks have none
/// (D-13). In bytes.
const MOST_BODY: usize = 64 * 1024;

/// How many interim answers may come before the answer.
const MOST_INTERIM: usize = 16;

/// An answer, whose body is dropped.
#[derive(Debug)]
pub(crate) struct Received {
    request: RequestType,
    /// The heads of interim answers, and behind them that of the answer.
    pub(crate) heads: Vec<Vec<u8>>,
    /// Whether the connection can be used again.
    pub(crate) is_reusable: bool,
    /// The values of `WWW-Authenticate`.
    authenticate: Vec<String>,
}

#[derive(Debug)]
pub(crate) enum ReceiveError {
    Io(io::Error),
    /// It is no HTTP, or an Ack that breaks the rules.
    Invalid(String),
    /// An Ack with a host id that is none.
    InvalidHostId(String),
}

impl From<io::Error> for ReceiveError {
    fn from(error: io::Error) -> Self {
        ReceiveError::Io(error)
    }
}

/// Reads a head as the answer to `request`, or, where it is none, as that of any response: proxies and other servers
/// answer too. An Ack that breaks the rules still says by its status that the request has failed.
fn parse(
    input: &[u8],
    request: RequestType,
) -> Result<Parsed<'_, (ResponseHead<'_>, Option<Ack<'_>>)>, bits_packet::Error> {
    let options = Options::INTEROP;
    let error = match Ack::parse_with(input, Some(request), &options) {
        Ok(parsed) => {
            return Ok(parsed.map(|message| (*message.head(), message.packet().copied())));
        }
        Err(error) => error,
    };
    let is_none = matches!(
        Ack::parse_with(input, None, &options),
        Ok(Parsed::Complete { value, .. }) if value.packet().is_none()
    );
    match ResponseHead::parse_with(input, &options) {
        Ok(Parsed::Complete { value, rest }) if is_none || is_failure(value.line().status()) => {
            let ack = error_ack(&value, request).filter(|_| !is_none);
            Ok(Parsed::Complete {
                value: (value, ack),
                rest,
            })
        }
        _ => Err(error),
    }
}

/// Whether a status says by itself that nothing was done. 416 is nothing without its offset.
fn is_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 300.. if status.as_u16() != 416)
}

/// What can be read of an Ack that breaks the rules: its error code.
fn error_ack<'a>(head: &ResponseHead<'a>, request: RequestType) -> Option<Ack<'a>> {
    let is_code = |name: &[u8]| name.eq_ignore_ascii_case(b"BITS-Error-Code");
    let code = head.fields().find(|line| is_code(line.name()))?;
    let code = HResult::parse(code.value()).ok()?;
    let error = ErrorAck::new(head.line().status())?;
    let error = error.with_error(code, ErrorContext::REMOTE_FILE);
    Some(error.answering(request))
}

/// Reads until there is the head of an answer. What comes behind it stays in `received`.
pub(crate) async fn receive(
    reader: &mut (impl AsyncRead + Unpin),
    received: &mut Vec<u8>,
    request: RequestType,
) -> Result<Received, ReceiveError> {
    let mut heads = Vec::new();
    loop {
        let head = head(reader, received, request).await?;
        let is_interim = is_interim(&head, request);
        heads.push(head);
        if !is_interim {
            return Ok(Received::new(request, heads));
        }
        if heads.len() > MOST_INTERIM {
            return Err(ReceiveError::Invalid("too many interim answers".to_owned()));
        }
    }
}

/// 101 is none: the other end would go on in another protocol.
fn is_interim(head: &[u8], request: RequestType) -> bool {
    let parsed = parse(head, request).ok().and_then(Parsed::complete);
    let status = parsed.map(|((head, _), _)| head.line().status());
    status.is_some_and(|status| status.is_informational() && status.as_u16() != 101)
}

/// Takes the next head out of what is received.
async fn head(
    reader: &mut (impl AsyncRead + Unpin),
    received: &mut Vec<u8>,
    request: RequestType,
) -> Result<Vec<u8>, ReceiveError> {
    let mut scanner = HeadScanner::default();
    let mut has_tried = false;
    loop {
        if let Parsed::Complete { value: empty, .. } = skip_empty_lines(received) {
            received.drain(..empty);
            let scan = scanner.scan(received);
            if !has_tried || scan != Scan::NeedMore {
                has_tried = true;
                let parsed = parse(received, request).map_err(|error| match error.field() {
                    Some(Field::HostId) => ReceiveError::InvalidHostId(error.to_string()),
                    _ => ReceiveError::Invalid(error.to_string()),
                })?;
                if let Parsed::Complete { rest, .. } = parsed {
                    let end = received.len() - rest.len();
                    let rest = received.split_off(end);
                    return Ok(std::mem::replace(received, rest));
                }
            }
        }
        if read(reader, received).await? == 0 {
            return Err(ReceiveError::Io(io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

/// Reads on, as much as most answers have at once.
async fn read(reader: &mut (impl AsyncRead + Unpin), received: &mut Vec<u8>) -> io::Result<usize> {
    received.reserve(4096);
    reader.read_buf(received).await
}

/// A value may hold any byte (obs-text); one that is no UTF-8 is taken for ISO 8859-1.
fn text(value: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(value) {
        Ok(text) => text.into(),
        Err(_) => value.iter().map(|&byte| char::from(byte)).collect(),
    }
}

impl Received {
    fn new(request: RequestType, heads: Vec<Vec<u8>>) -> Self {
        let mut received = Received {
            request,
            heads,
            is_reusable: false,
            authenticate: Vec::new(),
        };
        let challenges = received.values("WWW-Authenticate").map(Cow::into_owned);
        received.authenticate = challenges.collect();
        received
    }

    fn parsed(&self) -> (ResponseHead<'_>, Option<Ack<'_>>) {
        let head = self.heads.last().map_or(&b""[..], Vec::as_slice);
        let parsed = parse(head, self.request).ok().and_then(Parsed::complete);
        let (parsed, _) = parsed.expect("a head that was read is read again in the same way");
        parsed
    }

    fn head(&self) -> ResponseHead<'_> {
        self.parsed().0
    }

    fn ack(&self) -> Option<Ack<'_>> {
        self.parsed().1
    }

    fn values(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        let fields = self.head().fields();
        let values = fields.filter(move |line| line.name().eq_ignore_ascii_case(name.as_bytes()));
        values.map(|line| text(line.value()))
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.head().line().status()
    }

    /// For the engine.
    pub(crate) fn answer(&self) -> Answer<'_> {
        let answer = match self.ack() {
            Some(ack) => Answer::of_ack(ack),
            None => Answer::of_status(self.status()),
        };
        Answer {
            retry_after: self.retry_after(SystemTime::now()),
            ..answer
        }
    }

    /// `Retry-After`: seconds, or a date ([RFC 9110] 10.2.3).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
    fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        let value = self.values("Retry-After").next()?;
        match value.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            // More than a number holds is as long as can be.
            Err(_) if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() => {
                Some(Duration::MAX)
            }
            Err(_) => {
                let date = httpdate::parse_http_date(&value).ok()?;
                Some(date.duration_since(now).unwrap_or_default())
            }
        }
    }

    /// Whether it is an answer that would be believed: an Ack of a success, of an offset, or of a session that is gone.
    /// All else is a refusal, which whoever stands between can make.
    pub(crate) fn is_believed(&self) -> bool {
        self.ack().is_some_and(|ack| {
            let is_lost = ack.error_code() == Some(HResult::SESSION_NOT_FOUND);
            let is_offset = ack.received_content_range().is_some();
            matches!(ack.status().as_u16(), 200..=299) || is_offset || is_lost
        })
    }

    /// The challenges of a 401, or the proof of another answer.
    pub(crate) fn challenges(&self) -> Vec<Challenge<'_>> {
        let values = self.authenticate.iter();
        values.flat_map(|value| challenges(value)).collect()
    }

    /// Where a redirect leads to.
    pub(crate) fn location(&self) -> Option<Cow<'_, str>> {
        let is_redirect = matches!(self.status().as_u16(), 300..=399);
        self.values("Location").next().filter(|_| is_redirect)
    }

    /// `Server`
    pub(crate) fn server(&self) -> Option<Cow<'_, str>> {
        self.values("Server").next()
    }

    /// Whether the server leaves the connection open ([RFC 9112] 9.3).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    pub(crate) fn keeps_connection(&self) -> bool {
        let has = |option: &str| {
            let mut values = self.values("Connection");
            values.any(|value| {
                let mut options = value.split(',').map(str::trim);
                options.any(|other| other.eq_ignore_ascii_case(option))
            })
        };
        let is_open = match self.head().line().version() {
            Version::Http11 => !has("close"),
            Version::Http10 => has("keep-alive") && !has("close"),
        };
        is_open && self.status().as_u16() != 101
    }

    /// Reads the body and drops it. Whether the connection is then where the next answer begins: the body
    /// has an end, is not long, and has nothing behind it.
    pub(crate) async fn pass_over_body(
        &self,
        reader: &mut (impl AsyncRead + Unpin),
        received: &mut Vec<u8>,
    ) -> bool {
        let body = self.head().body();
        let mut chunks = Chunks::default();
        loop {
            let end = match body {
                Body::Length(length) => match usize::try_from(length) {
                    Ok(length) if length <= MOST_BODY => Some(length),
                    _ => return false,
                },
                Body::Chunked => match chunks.find_end(received) {
                    ChunksEnd::At(end) => Some(end),
                    ChunksEnd::NeedMore => None,
                    ChunksEnd::Wrong => return false,
                },
                _ => return false,
            };
            if let Some(end) = end.filter(|end| *end <= received.len()) {
                received.drain(..end);
                return received.is_empty();
            }
            if received.len() > MOST_BODY {
                return false;
            }
            match read(reader, received).await {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
        }
    }
}
