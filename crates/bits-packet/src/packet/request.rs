//! The requests of a client: [MC-BUP] 2.2.

use super::message::{Found, Source, from_bytes, from_fields, from_head};
use crate::fast;
use crate::head::{RequestHead, RequestLine, is_bits};
use crate::presence::Form;
use crate::read::Reader;
use crate::{
    CancelSession, CloseSession, CreateSession, Deviations, Error, ErrorKind, Field, Fragment,
    Message, Options, PacketType, Parsed, Ping, RequestType, SessionId,
};

/// A request of the protocol: what a client asks.
///
/// The target and the host belong to the head; see [`Message::head`].
///
/// ```
/// use bits_packet::{Parsed, Request};
///
/// let input = b"BITS_POST /drop/report.zip HTTP/1.1\r\n\
///     Host: upload.example.net\r\n\
///     BITS-Packet-Type: Fragment\r\n\
///     BITS-Session-Id: {3F2504E0-4F89-11D3-9A0C-0305E82C3301}\r\n\
///     Content-Range: bytes 0-4/10\r\n\
///     Content-Length: 5\r\n\r\nhello";
/// let Parsed::Complete { value: message, rest } = Request::parse(input)? else { panic!() };
/// assert_eq!(message.head().line().target().path(), b"/drop/report.zip");
/// let Some(Request::Fragment(fragment)) = message.packet() else { panic!() };
/// assert_eq!(fragment.range.total(), 10);
/// assert!(message.deviations().is_empty());
/// assert_eq!(rest, b"hello");
/// # Ok::<(), bits_packet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request<'a> {
    /// Opens a connection.
    Ping(Ping),
    /// Opens a session.
    CreateSession(CreateSession<'a>),
    /// Carries a piece of the file.
    Fragment(Fragment<'a>),
    /// Ends a session whose file is whole.
    CloseSession(CloseSession<'a>),
    /// Ends a session, and drops what it has sent.
    CancelSession(CancelSession<'a>),
}

impl<'a> Request<'a> {
    /// Reads the head of a request and its packet with the default [`Options`].
    ///
    /// An ordinary HTTP request has no packet, and is no error.
    ///
    /// # Errors
    ///
    /// Those of [`RequestHead::parse`]; for a BITS request also what breaks the rules of its packet.
    /// Of several errors, what decides where the head and its message end comes first, then a
    /// repeated field, a value that is too long, the packet type, and then the fields in the order of
    /// the packet.
    pub fn parse(input: &'a [u8]) -> Result<Parsed<'a, Message<RequestHead<'a>, Self>>, Error> {
        Self::parse_with(input, &Options::INTEROP)
    }

    /// Reads the head of a request and its packet.
    ///
    /// # Errors
    ///
    /// See [`Request::parse`].
    pub fn parse_with(
        input: &'a [u8],
        options: &Options,
    ) -> Result<Parsed<'a, Message<RequestHead<'a>, Self>>, Error> {
        fast::request(input, options, move || Self::parse_general(input, options))
    }

    /// The same by the general form of the grammar alone.
    #[cold]
    #[inline(never)]
    pub(crate) fn parse_general(
        input: &'a [u8],
        options: &Options,
    ) -> Result<Parsed<'a, Message<RequestHead<'a>, Self>>, Error> {
        from_bytes(input, options, Self::read)
    }

    /// Reads the packet of a head that was parsed before.
    ///
    /// # Errors
    ///
    /// What breaks the rules of the packet; see [`Request::parse`].
    pub fn from_head(
        head: &RequestHead<'a>,
        options: &Options,
    ) -> Result<Message<RequestHead<'a>, Self>, Error> {
        from_head(head, options, Self::read)
    }

    /// Reads the packet from a request line and a list of fields: names and values, in order.
    ///
    /// # Errors
    ///
    /// As [`Request::parse`]; [`Error::offset`] is the index of the field.
    pub fn from_fields(
        line: RequestLine<'a>,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        options: &Options,
    ) -> Result<Message<RequestLine<'a>, Self>, Error> {
        from_fields(line, fields, options, Self::read)
    }

    fn read(source: &Source<'_, 'a, RequestLine<'a>>) -> Found<Self> {
        if !is_bits(source.line, source.slots, source.options) {
            return Ok((None, Deviations::NONE));
        }
        // Until the type is known, what is asked for is what a Ping must have.
        let ping = Form::Request(RequestType::Ping);
        let mut reader = Reader::new(source.slots, source.options, ping)?;
        let packet_type: PacketType = reader.required(Field::PacketType)?;
        let Some(request_type) = packet_type.request() else {
            return Err(reader.blame_value(ErrorKind::WrongPacketType, Field::PacketType));
        };
        reader.set_form(Form::Request(request_type));
        let request = match request_type {
            RequestType::Ping => Request::Ping(Ping::read(&mut reader)?),
            RequestType::CreateSession => Request::CreateSession(CreateSession::read(&mut reader)?),
            RequestType::Fragment => Request::Fragment(Fragment::read(&mut reader)?),
            RequestType::CloseSession => Request::CloseSession(CloseSession::read(&mut reader)?),
            RequestType::CancelSession => Request::CancelSession(CancelSession::read(&mut reader)?),
        };
        Ok((Some(request), reader.deviations()))
    }

    /// The type of the packet.
    #[must_use]
    pub const fn request_type(&self) -> RequestType {
        match self {
            Request::Ping(_) => RequestType::Ping,
            Request::CreateSession(_) => RequestType::CreateSession,
            Request::Fragment(_) => RequestType::Fragment,
            Request::CloseSession(_) => RequestType::CloseSession,
            Request::CancelSession(_) => RequestType::CancelSession,
        }
    }

    /// The session that the packet belongs to; Ping and Create-Session belong to none.
    #[must_use]
    pub const fn session_id(&self) -> Option<SessionId<'a>> {
        match self {
            Request::Ping(_) | Request::CreateSession(_) => None,
            Request::Fragment(fragment) => Some(fragment.session_id),
            Request::CloseSession(close) => Some(close.session_id),
            Request::CancelSession(cancel) => Some(cancel.session_id),
        }
    }

    /// The length of the body in bytes: of a Fragment that of its range, of all others 0.
    #[must_use]
    pub const fn content_length(&self) -> u64 {
        match self {
            Request::Fragment(fragment) => fragment.range.length(),
            _ => 0,
        }
    }
}
