//! A look at every head before hyper sees it.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bits_packet::{
    Body, Deviation, Error, ErrorKind, HeadScanner, Options, Parsed, RequestHead, RequestLine,
    Scan, skip_empty_lines,
};
use bytes::{Buf, BytesMut};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, header};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::time::{Instant, Sleep, sleep};

use super::queue::{Queue, Reason, Refusal, Verdict};
use crate::waiting::{Place, Waiting, Why};

/// How many fields hyper takes.
pub(super) const MAX_FIELDS: usize = 100;
/// The greatest length that hyper takes; those above mean something else to it.
const MAX_LENGTH: u64 = u64::MAX - 2;
/// How much is read at once as long as no head is whole.
const PIECE: usize = 4096;
/// What hyper is handed in the place of a head that is refused.
const SUBSTITUTE: &[u8] = b"GET / HTTP/1.1\r\nHost: refused.invalid\r\nConnection: close\r\n\r\n";

/// The fields that name a session and a client.
static NAMING: [HeaderName; 3] = [
    HeaderName::from_static("bits-packet-type"),
    HeaderName::from_static("bits-session-id"),
    header::AUTHORIZATION,
];

/// How long a connection waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    /// For the rest of a head.
    pub(super) head: Duration,
    /// For the next head.
    pub(super) idle: Duration,
    /// For the client to take an answer.
    pub(super) write: Duration,
}

/// A stream that hyper reads heads from that bits-packet has accepted, byte for byte, and their bodies.
///
/// In the place of a head that is refused it reads a harmless one, and nothing behind it. The queue says which is
/// which. At most one head is held, and what came with it.
pub(super) struct Screen<T> {
    io: Take<T>,
    queue: Arc<Queue>,
    waiting: Arc<Waiting>,
    /// As long as no head is whole.
    place: Option<Place>,
    has_left: bool,
    reading: Options,
    timeouts: Timeouts,
    state: State,
    /// What came and was not handed on.
    buffer: BytesMut,
    is_at_end: bool,
    /// Whether no head has come yet: who opens a connection has something to say.
    is_new: bool,
    reader: Timer,
    writer: Timer,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// A head is wanted.
    Head {
        /// Whether empty lines were passed over.
        is_begun: bool,
        /// Since it was parsed without success.
        scanner: Option<HeadScanner>,
    },
    /// A message is handed on, of which that many bytes are left.
    Message { head: usize, body: u64 },
    /// So many bytes of the substitute were handed on.
    Refused { handed: usize },
}

impl State {
    const START: State = State::Head {
        is_begun: false,
        scanner: None,
    };
}

/// What comes of a look at a head.
enum Look {
    More,
    Message { head: usize, body: u64 },
    Refused(Reason),
}

impl<T: AsyncRead + Unpin> Screen<T> {
    pub(super) fn new(
        io: T,
        queue: Arc<Queue>,
        waiting: Arc<Waiting>,
        reading: Options,
        timeouts: Timeouts,
    ) -> Self {
        Screen {
            io: io.take(0),
            queue,
            waiting,
            place: None,
            has_left: false,
            reading,
            timeouts,
            state: State::START,
            buffer: BytesMut::new(),
            is_at_end: false,
            is_new: true,
            reader: Timer::default(),
            writer: Timer::default(),
        }
    }

    /// The stream, and whether there may be something in it that was not read.
    pub(super) fn into_inner(self) -> (T, bool) {
        let is_between = matches!(
            self.state,
            State::Head { .. } | State::Message { body: 0, .. }
        );
        let is_all_read = is_between && self.buffer.is_empty();
        let is_unread = !self.is_at_end && !is_all_read && !self.has_left;
        (self.io.into_inner(), is_unread)
    }

    /// Goes on until there is a message to hand on, or a substitute for one; `false` at the end of the connection.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let reason = match self.look() {
                Look::Message { head, body } => {
                    self.queue.push(Verdict::Accepted);
                    self.state = State::Message { head, body };
                    self.is_new = false;
                    break;
                }
                Look::Refused(reason) => reason,
                Look::More if self.is_at_end => {
                    if self.is_blank() {
                        return Poll::Ready(Ok(false));
                    }
                    let length = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
                    Reason::Error(Error::truncated(length))
                }
                Look::More => match self.poll_piece(cx) {
                    Poll::Ready(read) => {
                        read?;
                        continue;
                    }
                    Poll::Pending if self.is_blank() && self.queue.is_closing() => {
                        return Poll::Ready(Ok(false));
                    }
                    Poll::Pending => {
                        if self.poll_left(cx).is_ready() {
                            return Poll::Ready(Ok(false));
                        }
                        if self.is_blank() {
                            ready!(self.poll_idle(cx));
                            return Poll::Ready(Ok(false));
                        }
                        ready!(self.reader.poll(cx, Wait::Head, self.timeouts.head));
                        Reason::Timeout
                    }
                },
            };
            let is_bits = self.is_bits();
            self.queue.push(Verdict::Refused(Refusal {
                is_bits,
                reason,
                named: is_bits.then(|| named(&self.buffer)).flatten(),
            }));
            self.state = State::Refused { handed: 0 };
            self.buffer = BytesMut::new();
            break;
        }
        self.reader.stop();
        self.place = None;
        Poll::Ready(Ok(true))
    }

    /// Waits for the beginning of a head until that takes too long.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let time = match self.is_new {
            true => self.timeouts.head.min(self.timeouts.idle),
            false => self.timeouts.idle,
        };
        self.reader.poll(cx, Wait::Idle, time)
    }

    /// Waits until others need the place of the connection more.
    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let why = match self.is_new || !self.is_blank() {
            true => Why::Head,
            false => Why::Next,
        };
        let place = self.place.get_or_insert_with(|| self.waiting.enter(why));
        ready!(place.poll_left(cx));
        self.has_left = true;
        Poll::Ready(())
    }

    /// Whether nothing of a head has come.
    fn is_blank(&self) -> bool {
        matches!(skip_empty_lines(&self.buffer), Parsed::NeedMore)
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut piece = [0; PIECE];
        let mut piece = ReadBuf::new(&mut piece);
        self.io.set_limit(u64::MAX);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut piece))?;
        self.is_at_end = piece.filled().is_empty();
        self.buffer.extend_from_slice(piece.filled());
        Poll::Ready(Ok(()))
    }

    fn look(&mut self) -> Look {
        let State::Head { is_begun, scanner } = &mut self.state else {
            unreachable!("a head is looked at where one is wanted");
        };
        if !*is_begun {
            let Parsed::Complete { value: skipped, .. } = skip_empty_lines(&self.buffer) else {
                return Look::More;
            };
            self.buffer.advance(skipped);
            *is_begun = true;
        }
        if let Some(scanner) = scanner
            && scanner.scan(&self.buffer) == Scan::NeedMore
        {
            return Look::More;
        }
        match RequestHead::parse_with(&self.buffer, &self.reading) {
            Ok(Parsed::Complete { value: head, .. }) => judge(&head),
            Ok(Parsed::NeedMore) => {
                let mut begun = HeadScanner::new(self.reading.max_head());
                // It has no end, or it would have been parsed.
                let _ = begun.scan(&self.buffer);
                *scanner = Some(begun);
                Look::More
            }
            Err(error) if error.kind() == ErrorKind::HeadTooLarge && self.is_long_target() => {
                Look::Refused(Reason::LongTarget)
            }
            Err(error) => Look::Refused(Reason::Error(error)),
        }
    }

    /// Whether it is the target that makes a head too large.
    fn is_long_target(&self) -> bool {
        let line = self.buffer[..].split(|byte| *byte == b'\n').next();
        line.is_some_and(|line| {
            line.contains(&b' ') && line.len() as u64 >= u64::from(self.reading.max_head())
        })
    }

    /// As far as that can be told of a head that may be no head at all.
    fn is_bits(&self) -> bool {
        let method = self.buffer[..].split(|byte| *byte == b' ').next();
        let is_override = || {
            method == Some(b"POST")
                && self.reading.tolerates(Deviation::MethodOverride)
                && find(&self.buffer, RequestLine::BITS_POST).is_some()
        };
        method == Some(RequestLine::BITS_POST) || is_override()
    }

    /// Hands on what is there of a message, and reads its body.
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let State::Message { head, body } = &mut self.state else {
            unreachable!("a message is handed on where one is");
        };
        if self.buffer.is_empty() {
            self.io.set_limit(*body);
            let before = into.filled().len();
            ready!(Pin::new(&mut self.io).poll_read(cx, into))?;
            let length = into.filled().len() - before;
            self.is_at_end = length == 0;
            *body -= length as u64;
            return Poll::Ready(Ok(()));
        }
        let length = (*head).min(into.remaining());
        into.put_slice(&self.buffer[..length]);
        self.buffer.advance(length);
        *head -= length;
        // No more than what is there, which can be counted.
        let body_here = usize::try_from(*body)
            .unwrap_or(usize::MAX)
            .min(self.buffer.len());
        let length = body_here.min(into.remaining());
        into.put_slice(&self.buffer[..length]);
        self.buffer.advance(length);
        *body -= length as u64;
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

/// What hyper would change, or take for something else, is refused.
fn judge(head: &RequestHead<'_>) -> Look {
    let Body::Length(body) = head.body() else {
        return Look::Refused(Reason::Chunked);
    };
    let target = head
        .as_bytes()
        .split(|byte| *byte == b' ')
        .nth(1)
        .unwrap_or_default();
    if target.contains(&b'#') || http::Uri::try_from(target).is_err() {
        return Look::Refused(Reason::Target);
    }
    if head.fields().count() > MAX_FIELDS {
        return Look::Refused(Reason::TooManyFields);
    }
    if body > MAX_LENGTH {
        return Look::Refused(Reason::TooLong);
    }
    let head = head.as_bytes().len();
    Look::Message { head, body }
}

/// What names the session and the client in a head that is refused: for the answer alone, so that it need not be read in
/// one way only.
fn named(head: &[u8]) -> Option<Box<Parts>> {
    let mut lines = head.split(|byte| *byte == b'\n');
    let target = lines.next()?.split(|byte| *byte == b' ').nth(1)?;
    let mut request = http::Request::new(());
    *request.method_mut() = Method::from_bytes(RequestLine::BITS_POST).ok()?;
    *request.uri_mut() = http::Uri::try_from(target).ok()?;
    for line in lines
        .map(<[u8]>::trim_ascii)
        .take_while(|line| !line.is_empty())
    {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let is_wanted = NAMING
            .iter()
            .find(|it| it.as_str().as_bytes().eq_ignore_ascii_case(name));
        if let (Some(name), Ok(value)) =
            (is_wanted, HeaderValue::from_bytes(value[1..].trim_ascii()))
        {
            request.headers_mut().append(name, value);
        }
    }
    Some(Box::new(request.into_parts().0))
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

impl<T: AsyncRead + Unpin> AsyncRead for Screen<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Message { head: 0, body: 0 } => this.state = State::START,
                State::Message { .. } => return this.poll_message(cx, into),
                State::Head { .. } => {
                    if !ready!(this.poll_head(cx))? {
                        return Poll::Ready(Ok(()));
                    }
                }
                State::Refused { handed } => {
                    let rest = &SUBSTITUTE[*handed..];
                    if rest.is_empty() {
                        // The connection closes behind the answer.
                        return Poll::Pending;
                    }
                    let length = rest.len().min(into.remaining());
                    into.put_slice(&rest[..length]);
                    *handed += length;
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Screen<T> {
    /// Ends a wait for the client that takes too long.
    fn within<R>(
        &mut self,
        cx: &mut Context<'_>,
        done: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if done.is_ready() {
            self.writer.stop();
            return done;
        }
        ready!(self.writer.poll(cx, Wait::Write, self.timeouts.write));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Names as the documents spell them, for clients that compare letter by letter: hyper writes `Bits-Session-Id`. And the
/// version of this server ([RFC 9110] 2.5), where hyper repeats that of the client.
///
/// What is written here is whole heads, as no answer has a body, and no value holds a line break.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
fn spelled(heads: &[u8]) -> Cow<'_, [u8]> {
    const WRITTEN: &[u8] = b"\nBits-";
    const SPELLED: &[u8] = b"\nBITS-";
    let mut heads = Cow::Borrowed(heads);
    if heads.starts_with(b"HTTP/1.0 ") {
        heads.to_mut()[7] = b'1';
    }
    let mut at = 0;
    while let Some(found) = find(&heads[at..], WRITTEN) {
        at += found;
        heads.to_mut()[at..at + SPELLED.len()].copy_from_slice(SPELLED);
    }
    heads
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Screen<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = spelled(bytes);
        let done = Pin::new(self.io.get_mut()).poll_write(cx, &bytes);
        self.within(cx, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(self.io.get_mut()).poll_flush(cx);
        self.within(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(self.io.get_mut()).poll_shutdown(cx);
        self.within(cx, done)
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Idle,
    Head,
    Write,
}

/// A deadline that is set when a wait begins.
#[derive(Debug, Default)]
struct Timer {
    wait: Option<Wait>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    fn poll(&mut self, cx: &mut Context<'_>, wait: Wait, time: Duration) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(time)));
        if self.wait != Some(wait) {
            self.wait = Some(wait);
            sleep.as_mut().reset(Instant::now() + time);
        }
        sleep.as_mut().poll(cx)
    }

    fn stop(&mut self) {
        self.wait = None;
    }
}
