//! The Ack, in its readings: [MC-BUP] 2.2.1.2, and 2.2.3 to 2.2.11.

use super::message::{Found, Source, from_bytes, from_fields, from_head};
use crate::fast;
use crate::head::{ResponseHead, StatusCode, StatusLine, Version, old_response, wrong_status};
use crate::presence::{Form, Outcome};
use crate::read::Reader;
use crate::{
    AcceptEncoding, CancelSessionAck, CloseSessionAck, CreateSessionAck, Deviation, Deviations,
    Error, ErrorAck, ErrorContext, ErrorKind, FallbackTimeout, Field, FragmentAck, Guid, HResult,
    HostId, Message, Options, PacketType, Parsed, PingAck, ReceivedContentRange, ReplyUrl,
    RequestType, SessionId,
};

/// The answer to a request ([MC-BUP] 2.2.1.2).
///
/// An Ack does not say what it answers: the caller says which request it was. Where that is not
/// known, only what all Acks have in common is asked for, and [`Ack::reading`] has little to say.
///
/// Made by a server from the Ack of the packet that it answers, such as
/// [`FragmentAck`], or from an [`ErrorAck`].
///
/// ```
/// use bits_packet::{Ack, Parsed, Reading, RequestType};
///
/// let input = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n\
///     BITS-Session-Id: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}\r\n\
///     Content-Length: 0\r\nBITS-Received-Content-Range: 8192\r\n\r\n";
/// let Parsed::Complete { value: message, .. } = Ack::parse(input, Some(RequestType::Fragment))?
///     else { panic!() };
/// let Some(Reading::Fragment(ack)) = message.packet().and_then(Ack::reading) else { panic!() };
/// assert_eq!(ack.received.next_offset(), 8192);
/// # Ok::<(), bits_packet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ack<'a> {
    pub(crate) status: StatusCode,
    pub(crate) answering: Option<RequestType>,
    pub(crate) session_id: Option<SessionId<'a>>,
    pub(crate) protocol: Option<Guid>,
    pub(crate) host_id: Option<HostId<'a>>,
    pub(crate) host_id_fallback_timeout: Option<FallbackTimeout>,
    pub(crate) accept_encoding: Option<AcceptEncoding<'a>>,
    pub(crate) received: Option<ReceivedContentRange>,
    pub(crate) reply_url: Option<ReplyUrl<'a>>,
    pub(crate) error_code: Option<HResult>,
    pub(crate) error_context: Option<ErrorContext>,
}

/// What an Ack says to the client that has sent the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading<'a> {
    /// The server is there.
    Ping(PingAck),
    /// The session is there.
    CreateSession(CreateSessionAck<'a>),
    /// The Fragment is stored.
    Fragment(FragmentAck<'a>),
    /// The session is over.
    CloseSession(CloseSessionAck<'a>),
    /// The session is over, and nothing is left of it.
    CancelSession(CancelSessionAck<'a>),
    /// The request has failed, whatever it was.
    Error(ErrorAck<'a>),
}

impl<'a> Ack<'a> {
    /// Reads the head of a response and its Ack with the default [`Options`].
    ///
    /// A response without `BITS-Packet-Type` has no packet. That is an error if it is to answer a
    /// request, unless the HTTP layer may have made it:
    /// [`StatusCode::may_be_http_layer`]. An interim response (1xx) is never an Ack.
    ///
    /// # Errors
    ///
    /// Those of [`ResponseHead::parse`], and what breaks the rules of the Ack.
    pub fn parse(
        input: &'a [u8],
        answering: Option<RequestType>,
    ) -> Result<Parsed<'a, Message<ResponseHead<'a>, Self>>, Error> {
        Self::parse_with(input, answering, &Options::INTEROP)
    }

    /// Reads the head of a response and its Ack.
    ///
    /// # Errors
    ///
    /// See [`Ack::parse`].
    pub fn parse_with(
        input: &'a [u8],
        answering: Option<RequestType>,
        options: &Options,
    ) -> Result<Parsed<'a, Message<ResponseHead<'a>, Self>>, Error> {
        fast::ack(input, answering, options, move || {
            Self::parse_general(input, answering, options)
        })
    }

    /// The same by the general form of the grammar alone.
    #[cold]
    #[inline(never)]
    pub(crate) fn parse_general(
        input: &'a [u8],
        answering: Option<RequestType>,
        options: &Options,
    ) -> Result<Parsed<'a, Message<ResponseHead<'a>, Self>>, Error> {
        from_bytes(input, options, |source| Self::read(source, answering))
    }

    /// Reads the Ack of a head that was parsed before.
    ///
    /// # Errors
    ///
    /// What breaks the rules of the Ack; see [`Ack::parse`].
    pub fn from_head(
        head: &ResponseHead<'a>,
        answering: Option<RequestType>,
        options: &Options,
    ) -> Result<Message<ResponseHead<'a>, Self>, Error> {
        from_head(head, options, |source| Self::read(source, answering))
    }

    /// Reads the Ack from a status line and a list of fields: names and values, in order.
    ///
    /// # Errors
    ///
    /// As [`Ack::parse`]; [`Error::offset`] is the index of the field.
    pub fn from_fields(
        line: StatusLine<'a>,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        answering: Option<RequestType>,
        options: &Options,
    ) -> Result<Message<StatusLine<'a>, Self>, Error> {
        from_fields(line, fields, options, |source| {
            Self::read(source, answering)
        })
    }

    fn read(
        source: &Source<'_, 'a, StatusLine<'a>>,
        answering: Option<RequestType>,
    ) -> Found<Self> {
        let status = source.line.status();
        let is_unmarked = source.slots.get(Field::PacketType).is_none()
            && (answering.is_none() || status.may_be_http_layer());
        // The answer is the final response; an interim one answers nothing, whatever it carries.
        if is_unmarked || status.is_informational() {
            return Ok((None, Deviations::NONE));
        }
        let blank = Ack::new(status, answering);
        let mut reader = Reader::new(source.slots, source.options, blank.form())?;
        if reader.required::<PacketType>(Field::PacketType)? != PacketType::Ack {
            return Err(reader.blame_value(ErrorKind::WrongPacketType, Field::PacketType));
        }
        blank.check_start(source.line, &mut reader)?;
        let ack = Ack {
            protocol: reader.optional(Field::Protocol)?,
            session_id: reader.optional(Field::SessionId)?,
            host_id: reader.optional(Field::HostId)?,
            host_id_fallback_timeout: reader.readable(Field::HostIdFallbackTimeout)?,
            accept_encoding: reader.readable(Field::AcceptEncoding)?,
            received: reader.optional(Field::ReceivedContentRange)?,
            reply_url: reader.optional(Field::ReplyUrl)?,
            error_code: reader.readable_by_either(Field::ErrorCode, Field::Error)?,
            error_context: reader.readable(Field::ErrorContext)?,
            ..blank
        };
        if ack.error_context.is_some() && ack.error_code.is_none() {
            reader.without(Field::ErrorContext, Deviation::ContextWithoutCode)?;
        }
        if ack.host_id_fallback_timeout.is_some() && ack.host_id.is_none() {
            reader.without(
                Field::HostIdFallbackTimeout,
                Deviation::TimeoutWithoutHostId,
            )?;
        }
        Ok((Some(ack), reader.deviations()))
    }

    /// What holds for every Ack: the version, the status of a success, no body.
    fn check_start(
        &self,
        line: &StatusLine<'_>,
        reader: &mut Reader<'_, '_, '_>,
    ) -> Result<(), Error> {
        if line.version() == Version::Http10 {
            reader.tolerate(Deviation::Http10, old_response(reader.slots()))?;
        }
        if self.status == StatusCode::CREATED {
            reader.tolerate(Deviation::Created, wrong_status(reader.slots()))?;
        }
        reader.length(self.status)?;
        match reader.announced_body() {
            Some(error) => reader.tolerate(Deviation::AckBody, error),
            None => Ok(()),
        }
    }
}

impl<'a> Ack<'a> {
    pub(crate) const fn new(status: StatusCode, answering: Option<RequestType>) -> Self {
        Ack {
            status,
            answering,
            session_id: None,
            protocol: None,
            host_id: None,
            host_id_fallback_timeout: None,
            accept_encoding: None,
            received: None,
            reply_url: None,
            error_code: None,
            error_context: None,
        }
    }

    /// The column of the presence table that holds for it.
    #[must_use]
    pub const fn form(&self) -> Form {
        let outcome = self.outcome();
        Form::Ack {
            answering: self.answering,
            outcome,
        }
    }

    /// What its status says.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self.status.as_u16() {
            200 | 201 => Outcome::Success,
            416 => Outcome::OutOfSequence,
            _ => Outcome::Failure,
        }
    }

    /// What it says to the client; `None` when it reports success and the request is not known.
    #[must_use]
    pub fn reading(&self) -> Option<Reading<'a>> {
        if self.outcome() != Outcome::Success {
            return Some(Reading::Error(ErrorAck::of(self)));
        }
        Some(match self.answering? {
            RequestType::Ping => Reading::Ping(PingAck),
            RequestType::CreateSession => Reading::CreateSession(CreateSessionAck::of(self)?),
            RequestType::Fragment => Reading::Fragment(FragmentAck::of(self)?),
            RequestType::CloseSession => Reading::CloseSession(CloseSessionAck::of(self)),
            RequestType::CancelSession => Reading::CancelSession(CancelSessionAck::of(self)),
        })
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The request that it answers, if the caller has said so.
    #[must_use]
    pub const fn answering(&self) -> Option<RequestType> {
        self.answering
    }

    /// `BITS-Session-Id`. One that is not that of the request makes the Ack invalid (D-8).
    #[must_use]
    pub const fn session_id(&self) -> Option<SessionId<'a>> {
        self.session_id
    }

    /// `BITS-Protocol`
    #[must_use]
    pub const fn protocol(&self) -> Option<Guid> {
        self.protocol
    }

    /// `BITS-Host-Id`
    #[must_use]
    pub const fn host_id(&self) -> Option<HostId<'a>> {
        self.host_id
    }

    /// `BITS-Host-Id-Fallback-Timeout`; to be ignored without a host id.
    #[must_use]
    pub const fn host_id_fallback_timeout(&self) -> Option<FallbackTimeout> {
        self.host_id_fallback_timeout
    }

    /// `Accept-Encoding`; an empty list is one.
    #[must_use]
    pub const fn accept_encoding(&self) -> Option<AcceptEncoding<'a>> {
        self.accept_encoding
    }

    /// `BITS-Received-Content-Range`
    #[must_use]
    pub const fn received_content_range(&self) -> Option<ReceivedContentRange> {
        self.received
    }

    /// `BITS-Reply-URL`
    #[must_use]
    pub const fn reply_url(&self) -> Option<ReplyUrl<'a>> {
        self.reply_url
    }

    /// `BITS-Error-Code`, or `BITS-Error`; to be ignored on a success.
    #[must_use]
    pub const fn error_code(&self) -> Option<HResult> {
        self.error_code
    }

    /// `BITS-Error-Context`; to be ignored on a success.
    #[must_use]
    pub const fn error_context(&self) -> Option<ErrorContext> {
        self.error_context
    }
}
