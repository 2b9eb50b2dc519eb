//! A head about to be written.

use core::fmt;

use bits_packet::presence::Form;
use bits_packet::{
    Ack, Authority, Notification, NotificationResponse, Options, Request, RequestLine, StatusCode,
    StatusLine, Target, TargetForm, Version,
};

use crate::extra::check_all;
use crate::layout::Order;
use crate::lines::{Beside, Lines, Listed, Listing, Nothing, Scattered};
use crate::pen::{Filler, Full, Pen, Pieces};
use crate::sink::Counter;
use crate::start;
use crate::value::{To, Values};
use crate::{BufferTooSmall, ExtraError, ExtraField, Layout, Sink};

/// A head about to be written: a packet, its start line, and the fields beside it.
///
/// It says what its packet says, whether a careful peer would or not: an Ack of IIS lacks its session
/// id, and [`Options::STRICT`](bits_packet::Options::STRICT) would refuse it. Whatever is written,
/// [`Options::INTEROP`](bits_packet::Options::INTEROP) reads back as an equal packet, within the limits of
/// the reader: 65,536 bytes for a head and 4,096 for a value by default.
///
/// ```
/// use bits_packet::{Authority, Ping, Request, Target};
/// use bits_serializer::{Draft, ExtraField, Layout, Place};
///
/// let extra = [
///     ExtraField::new(b"Accept", b"*/*", Place::First)?,
///     ExtraField::new(b"User-Agent", b"Microsoft BITS/7.8", Place::Before(bits_packet::Field::Host))?,
///     ExtraField::new(b"Connection", b"Keep-Alive", Place::Last)?,
/// ];
/// let target = Target::new(b"/drop/report.zip")?;
/// let host = Authority::new(b"upload.example.net")?;
/// let draft = Draft::request(&Request::Ping(Ping), target, host)?
///     .with_layout(Layout::Windows)
///     .with_extra(&extra)?;
/// let mut buffer = [0; 256];
/// assert_eq!(
///     draft.write(&mut buffer)?,
///     b"BITS_POST /drop/report.zip HTTP/1.1\r\n\
///       Accept: */*\r\n\
///       BITS-Packet-Type: Ping\r\n\
///       User-Agent: Microsoft BITS/7.8\r\n\
///       Host: upload.example.net\r\n\
///       Content-Length: 0\r\n\
///       Connection: Keep-Alive\r\n\r\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    packet: Packet<'a>,
    layout: Layout,
    extra: &'a [ExtraField<'a>],
    /// How those are listed.
    listing: Listing,
}

/// What is written, with what its start line needs.
#[derive(Clone, Copy, Debug)]
enum Packet<'a> {
    Request(Request<'a>, Target<'a>, Authority<'a>),
    Ack(Ack<'a>, &'a [u8]),
    Notification(Notification<'a>, Target<'a>, Authority<'a>),
    NotificationResponse(NotificationResponse<'a>, &'a [u8]),
}

/// Why a draft is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DraftError {
    /// A BITS request or a notification asks for a path ([RFC 9112] 3.2).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    Target,
    /// The target names another server than `host`, whose letter case does not count ([RFC 9112] 3.2.2).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    Host,
    /// The host is longer than 4,096 bytes, which no value of the protocol may be ([MC-BUP] 2.2.1).
    HostTooLong,
    /// The reason phrase holds a control character.
    Reason,
    /// The extra field at `index` is refused.
    Extra {
        /// Its place in the list.
        index: usize,
        /// Why.
        error: ExtraError,
    },
}

impl fmt::Display for DraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DraftError::Target => f.write_str("the target must be a path or an absolute URL"),
            DraftError::Host => f.write_str("the target names another server than the host"),
            DraftError::HostTooLong => f.write_str("the host is longer than 4,096 bytes"),
            DraftError::Reason => f.write_str("the reason phrase must not hold control characters"),
            DraftError::Extra { index, error } => write!(f, "extra field {index}: {error}"),
        }
    }
}

impl core::error::Error for DraftError {}

impl<'a> Draft<'a> {
    /// A request to `target`, a path or an absolute URL, of the server `host`.
    ///
    /// # Errors
    ///
    /// [`DraftError::Target`], [`DraftError::Host`], [`DraftError::HostTooLong`].
    #[inline]
    pub fn request(
        request: &Request<'a>,
        target: Target<'a>,
        host: Authority<'a>,
    ) -> Result<Self, DraftError> {
        check_target(target, host)?;
        Ok(Self::new(Packet::Request(*request, target, host)))
    }

    /// An answer, with the usual reason phrase.
    #[must_use]
    #[inline]
    pub fn ack(ack: &Ack<'a>) -> Self {
        Self::new(Packet::Ack(*ack, ack.status().reason().as_bytes()))
    }

    /// A notification to `target`, a path or an absolute URL, of the server application at `host`.
    ///
    /// # Errors
    ///
    /// [`DraftError::Target`], [`DraftError::Host`], [`DraftError::HostTooLong`].
    pub fn notification(
        notification: &Notification<'a>,
        target: Target<'a>,
        host: Authority<'a>,
    ) -> Result<Self, DraftError> {
        check_target(target, host)?;
        Ok(Self::new(Packet::Notification(*notification, target, host)))
    }

    /// A server application's answer, with the usual reason phrase. A chunked body is not for it: the
    /// head has a `Content-Length`, or nothing that frames its body.
    #[must_use]
    pub fn notification_response(response: &NotificationResponse<'a>) -> Self {
        let reason = response.status().reason().as_bytes();
        Self::new(Packet::NotificationResponse(*response, reason))
    }

    const fn new(packet: Packet<'a>) -> Self {
        Draft {
            packet,
            layout: Layout::Canonical,
            extra: &[],
            listing: Listing::Nothing,
        }
    }

    /// With that order and spelling in place of [`Layout::Canonical`].
    #[must_use]
    #[inline]
    pub const fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        if !self.extra.is_empty() {
            self.listing = Listing::of(self.extra, self.order());
        }
        self
    }

    /// With that reason phrase in place of the usual one. Requests have none.
    ///
    /// # Errors
    ///
    /// [`DraftError::Reason`].
    pub fn with_reason(mut self, phrase: &'a [u8]) -> Result<Self, DraftError> {
        StatusLine::new(Version::Http11, StatusCode::OK, phrase).map_err(|_| DraftError::Reason)?;
        match &mut self.packet {
            Packet::Ack(_, reason) | Packet::NotificationResponse(_, reason) => *reason = phrase,
            Packet::Request(..) | Packet::Notification(..) => {}
        }
        Ok(self)
    }

    /// With these fields beside the packet's own, in place of any given before.
    ///
    /// # Errors
    ///
    /// [`DraftError::Extra`]: a field that the packet owns, one that decides where the message ends,
    /// or a field of the protocol that is given twice.
    #[inline(always)] // a draft is large, and copied where this is a call
    pub fn with_extra(mut self, extra: &'a [ExtraField<'a>]) -> Result<Self, DraftError> {
        check_all(extra, self.form())?;
        self.listing = Listing::of(extra, self.order());
        self.extra = extra;
        Ok(self)
    }

    /// The column of the presence table that holds for it.
    #[must_use]
    pub const fn form(&self) -> Form {
        match &self.packet {
            Packet::Request(request, ..) => Form::Request(request.request_type()),
            Packet::Ack(ack, _) => ack.form(),
            Packet::Notification(..) => Form::Notification,
            Packet::NotificationResponse(..) => Form::NotificationResponse,
        }
    }

    #[inline(always)]
    const fn order(&self) -> Order {
        Order::of(self.form(), self.layout)
    }

    /// The fields beside the packet's own.
    #[must_use]
    pub const fn extra(&self) -> &'a [ExtraField<'a>] {
        self.extra
    }

    /// How many bytes the head has. Readers have limits: those of this workspace take 65,536 by default
    /// ([`Options::max_head`](bits_packet::Options::max_head)).
    #[must_use]
    pub fn length(&self) -> usize {
        let Ok(Counter(length)) = self.put::<_, Scattered<'_>>(Counter::default());
        length
    }

    /// Writes the head to the start of `buffer`, and gives what it has written.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] says how many bytes are needed. What the buffer holds then is not specified.
    pub fn write<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], BufferTooSmall> {
        let available = buffer.len();
        let filled = match self.listing {
            Listing::Nothing => self.fill::<Nothing>(Filler(buffer)),
            Listing::Listed => self.fill::<Listed<'_>>(Filler(buffer)),
            Listing::Scattered => self.fill::<Scattered<'_>>(Filler(buffer)),
        };
        match filled {
            Ok(Filler(left)) => {
                let length = available.saturating_sub(left.len());
                Ok(buffer.get_mut(..length).unwrap_or_default())
            }
            Err(Full) => Err(self.too_small(available)),
        }
    }

    /// Each kind by itself: in one function they would share its registers, which are too few for both.
    #[inline(never)]
    fn fill<'b, B: Beside<'a>>(&self, buffer: Filler<'b>) -> Result<Filler<'b>, Full> {
        self.put::<_, B>(buffer)
    }

    #[cold]
    fn too_small(&self, available: usize) -> BufferTooSmall {
        let needed = self.length();
        BufferTooSmall { needed, available }
    }

    /// The head in a vector of just its length.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_vec(&self) -> alloc::vec::Vec<u8> {
        // Most heads have room here. Written and copied takes 488 instructions, counted and written 680.
        let mut buffer = [0; 512];
        match self.write(&mut buffer) {
            Ok(head) => head.to_vec(),
            Err(BufferTooSmall { needed, .. }) => {
                let mut head = alloc::vec::Vec::with_capacity(needed);
                let Ok(()) = self.emit(&mut head);
                head
            }
        }
    }

    /// Hands the head to a sink, piece by piece.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn emit<S: Sink>(&self, sink: &mut S) -> Result<(), S::Error> {
        self.put::<_, Scattered<'_>>(Pieces(sink)).map(drop)
    }

    #[inline(always)]
    fn put<P: Pen, B: Beside<'a>>(&self, pen: P) -> Result<P, P::Error> {
        match &self.packet {
            Packet::Request(packet, target, host) => {
                let pen = start::put_request_line(RequestLine::BITS_POST, target, pen)?;
                match packet {
                    Request::Ping(packet) => self.put_lines::<_, _, B>(pen, To::new(packet, host)),
                    Request::CreateSession(packet) => {
                        self.put_lines::<_, _, B>(pen, To::new(packet, host))
                    }
                    Request::Fragment(packet) => {
                        self.put_lines::<_, _, B>(pen, To::new(packet, host))
                    }
                    Request::CloseSession(packet) => {
                        self.put_lines::<_, _, B>(pen, To::new(packet, host))
                    }
                    Request::CancelSession(packet) => {
                        self.put_lines::<_, _, B>(pen, To::new(packet, host))
                    }
                }
            }
            Packet::Ack(packet, reason) => {
                let pen = start::put_status_line(packet.status(), reason, pen)?;
                self.put_lines::<_, _, B>(pen, packet)
            }
            Packet::Notification(packet, target, host) => {
                let pen = start::put_request_line(b"POST", target, pen)?;
                self.put_lines::<_, _, B>(pen, To::new(packet, host))
            }
            Packet::NotificationResponse(packet, reason) => {
                let pen = start::put_status_line(packet.status(), reason, pen)?;
                self.put_lines::<_, _, B>(pen, packet)
            }
        }
    }

    #[inline(always)]
    fn put_lines<P, V, B>(&self, pen: P, values: V) -> Result<P, P::Error>
    where
        P: Pen,
        V: Values<'a>,
        B: Beside<'a>,
    {
        let order = self.order();
        order.visit(Lines {
            pen,
            values,
            layout: self.layout,
            beside: &mut B::new(self.extra, order),
            spot: 1,
        })
    }
}

fn check_target(target: Target<'_>, host: Authority<'_>) -> Result<(), DraftError> {
    if host.as_bytes().len() > Options::STRICT.max_value() as usize {
        return Err(DraftError::HostTooLong);
    }
    let is_host = |named: Authority<'_>| named.as_bytes().eq_ignore_ascii_case(host.as_bytes());
    match target.form() {
        TargetForm::Origin => Ok(()),
        TargetForm::Absolute if target.authority().is_some_and(is_host) => Ok(()),
        TargetForm::Absolute => Err(DraftError::Host),
        TargetForm::Authority | TargetForm::Asterisk => Err(DraftError::Target),
    }
}
