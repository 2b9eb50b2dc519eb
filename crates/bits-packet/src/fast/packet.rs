//! From fields to a packet: what [`Reader`](crate::read::Reader) does for every spelling and every fault, for
//! messages that have neither.

use nom::Err;

use super::fields::Usual;
use super::leaf::{self, guid, ipv4, is_host_name};
use super::{Miss, miss};
use crate::head::{Body, Fields, Frame, RequestLine, StatusCode, StatusLine, Version};
use crate::packet::{
    Ack, CancelSession, CloseSession, CreateSession, Fragment, PacketType, Ping, Request,
    RequestType,
};
use crate::presence::{Column, FieldSet, column_of_ack, column_of_request};
use crate::tolerance::Tolerance;
use crate::value::{
    ContentEncoding, ContentName, ErrorContext, FallbackTimeout, HResult, HostId,
    ReceivedContentRange, ReplyUrl, SessionId, SupportedProtocols, Value,
};
use crate::{Deviation, Deviations, Field, Options};

pub(super) type Found<T> = Result<T, Err<Miss>>;

/// Goes on with what was found, or leaves it to the general form.
macro_rules! or_general {
    ($found:expr, $general:expr) => {
        match $found {
            Ok(found) => found,
            Err(_) => return $general(),
        }
    };
}

/// The message that the fields of a request make. Each kind of packet makes its own: were it first a packet, and
/// then put into the message, it would be moved.
#[inline(always)]
pub(super) fn request_of<'a, T>(
    usual: &Usual<'a>,
    line: &RequestLine<'a>,
    is_bits: bool,
    options: &Options,
    message: impl Fn(Frame, Option<Request<'a>>, Deviations) -> T,
    general: impl Fn() -> T,
) -> T {
    let frame = or_general!(usual.frame_of_request(line, is_bits, options), general);
    if !is_bits {
        return message(frame, None, Deviations::NONE);
    }
    let (true, PacketType::Request(request)) =
        (usual.present.contains(Field::PacketType), usual.packet_type)
    else {
        return general();
    };
    let mut deviations = frame.deviations;
    let column = column_of_request(request);
    or_general!(usual.check(column, options, &mut deviations), general);
    if request == RequestType::Fragment {
        let fragment = or_general!(usual.fragment(options, &mut deviations), general);
        return message(frame, Some(Request::Fragment(fragment)), deviations);
    }
    if usual.content_length != 0 {
        return general();
    }
    match request {
        RequestType::CreateSession => {
            let list = usual.protocols;
            let packet = CreateSession {
                protocols: or_general!(protocols(list, options, &mut deviations), general),
                content_name: or_general!(usual.content_name(), general),
            };
            message(frame, Some(Request::CreateSession(packet)), deviations)
        }
        RequestType::CloseSession => {
            let packet = CloseSession {
                session_id: or_general!(usual.session_id(), general),
                content_name: or_general!(usual.content_name(), general),
            };
            message(frame, Some(Request::CloseSession(packet)), deviations)
        }
        RequestType::CancelSession => {
            let packet = CancelSession {
                session_id: or_general!(usual.session_id(), general),
                content_name: or_general!(usual.content_name(), general),
            };
            message(frame, Some(Request::CancelSession(packet)), deviations)
        }
        _ => message(frame, Some(Request::Ping(Ping)), deviations),
    }
}

/// The message that the fields of a response make.
#[inline(always)]
pub(super) fn ack_of<'a, T>(
    usual: &Usual<'a>,
    line: &StatusLine<'a>,
    answering: Option<RequestType>,
    options: &Options,
    message: impl Fn(Frame, Option<Ack<'a>>, Deviations) -> T,
    general: impl Fn() -> T,
) -> T {
    let status = line.status();
    let frame = or_general!(usual.frame_of_response(line), general);
    let mut deviations = Deviations::NONE;
    if !usual.present.contains(Field::PacketType) {
        return match answering.is_none() || status.may_be_http_layer() {
            true => message(frame, None, deviations),
            false => general(),
        };
    }
    let common = usual.common_ack(line, answering, options, &mut deviations);
    let (ack, owned) = or_general!(common, general);
    if !owned.has_any(SELDOM) {
        return message(frame, Some(ack), deviations);
    }
    let ack = or_general!(
        usual.whole_ack(ack, owned, options, &mut deviations),
        general
    );
    message(frame, Some(ack), deviations)
}

/// What only some Acks say. The others do not ask for each of them, which saves 16 instructions.
const SELDOM: FieldSet = FieldSet::NONE
    .with(Field::Protocol)
    .with(Field::HostId)
    .with(Field::HostIdFallbackTimeout)
    .with(Field::AcceptEncoding)
    .with(Field::ReplyUrl);

impl<'a> Usual<'a> {
    /// That no text is longer than the limit, nor the `Host` of these lines.
    #[cold]
    #[inline(never)]
    pub(super) fn check_lengths(&self, lines: &'a [u8], options: &Options) -> Found<()> {
        let host = Fields::new(lines, 0).get(Field::Host.name().as_bytes());
        let mut texts = self.texts().into_iter().chain(host);
        match texts.any(|text| text.len() > options.max_value() as usize) {
            true => miss(),
            false => Ok(()),
        }
    }

    /// What the head of a request says besides its packet.
    #[inline(always)]
    pub(super) fn frame_of_request(
        &self,
        line: &RequestLine<'_>,
        is_bits: bool,
        options: &Options,
    ) -> Found<Frame> {
        // Whose `Host` is missing is the affair of the general form.
        if !self.present.contains(Field::Host) {
            return miss();
        }
        let mut deviations = Deviations::NONE;
        if is_bits && line.version() == Version::Http10 {
            tolerate(options, Deviation::Http10, &mut deviations)?;
        }
        Ok(Frame {
            body: Body::Length(self.content_length),
            content_length: self.content_length(),
            deviations,
        })
    }

    /// What the head of a response says besides its packet.
    #[inline(always)]
    pub(super) fn frame_of_response(&self, line: &StatusLine<'_>) -> Found<Frame> {
        // A status without a body, or without a class, is the affair of the general form.
        if line.status().has_no_body() || !line.status().is_in_class() {
            return miss();
        }
        let content_length = self.content_length();
        Ok(Frame {
            body: match content_length {
                Some(length) => Body::Length(length),
                None => Body::UntilClose,
            },
            content_length,
            deviations: Deviations::NONE,
        })
    }

    #[inline(always)]
    fn content_length(&self) -> Option<u64> {
        self.present
            .contains(Field::ContentLength)
            .then_some(self.content_length)
    }

    /// Applies a column of the presence table.
    #[inline(always)]
    fn check(&self, column: &Column, options: &Options, deviations: &mut Deviations) -> Found<()> {
        if !self.present.has_all(column.wanted) || self.present.has_any(column.refused) {
            return self.check_each(column, options, deviations);
        }
        Ok(())
    }

    /// The same where something is missing, which may be tolerated.
    #[cold]
    #[inline(never)]
    fn check_each(
        &self,
        column: &Column,
        options: &Options,
        deviations: &mut Deviations,
    ) -> Found<()> {
        if self.present.has_any(column.refused) {
            return miss();
        }
        for field in column.wanted.without_all(self.present).iter() {
            match column.without(field) {
                Some(deviation) => tolerate(options, deviation, deviations)?,
                None => return miss(),
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn session_id(&self) -> Found<SessionId<'a>> {
        match self.session_id.len() {
            ..=SessionId::MAX_LENGTH => Ok(SessionId::of_visible(self.session_id)),
            _ => miss(),
        }
    }

    #[inline(always)]
    fn error_context(
        &self,
        owned: FieldSet,
        options: &Options,
        deviations: &mut Deviations,
    ) -> Found<ErrorContext> {
        let context = ErrorContext::new(self.error_context);
        if !owned.contains(Field::ErrorCode) {
            return miss();
        }
        if context.name().is_none() {
            tolerate(options, Deviation::ErrorContextValue, deviations)?;
        }
        Ok(context)
    }

    #[inline(always)]
    fn content_name(&self) -> Found<Option<ContentName<'a>>> {
        if !self.present.contains(Field::ContentName) {
            return Ok(None);
        }
        match self.content_name.len() {
            ..=ContentName::MAX_LENGTH => Ok(Some(ContentName::of_text(self.content_name))),
            _ => miss(),
        }
    }

    #[inline(always)]
    fn fragment(&self, options: &Options, deviations: &mut Deviations) -> Found<Fragment<'a>> {
        if self.content_length != self.range.length() {
            return miss();
        }
        let content_encoding = match self.present.contains(Field::ContentEncoding) {
            true => Some(codings(self.content_encoding, options, deviations)?),
            false => None,
        };
        Ok(Fragment {
            session_id: self.session_id()?,
            range: self.range,
            content_name: self.content_name()?,
            content_encoding,
        })
    }

    /// Checks what holds for every Ack, and reads what one to a Fragment or of an error says.
    #[inline(always)]
    fn common_ack(
        &self,
        line: &StatusLine<'a>,
        answering: Option<RequestType>,
        options: &Options,
        deviations: &mut Deviations,
    ) -> Found<(Ack<'a>, FieldSet)> {
        let blank = Ack::new(line.status(), answering);
        if self.packet_type != PacketType::Ack {
            return miss();
        }
        if line.version() == Version::Http10 {
            tolerate(options, Deviation::Http10, deviations)?;
        }
        if line.status() == StatusCode::CREATED {
            tolerate(options, Deviation::Created, deviations)?;
        }
        if self.content_length != 0 {
            tolerate(options, Deviation::AckBody, deviations)?;
        }
        let column = column_of_ack(answering, blank.outcome());
        self.check(column, options, deviations)?;
        let owned = self.present.and(column.owned);
        let session_id = match owned.contains(Field::SessionId) {
            true => Some(self.session_id()?),
            false => None,
        };
        let error_context = match owned.contains(Field::ErrorContext) {
            true => Some(self.error_context(owned, options, deviations)?),
            false => None,
        };
        let ack = Ack {
            session_id,
            received: owned
                .contains(Field::ReceivedContentRange)
                .then(|| ReceivedContentRange::new(self.received)),
            error_code: owned
                .contains(Field::ErrorCode)
                .then(|| HResult::new(self.error_code)),
            error_context,
            ..blank
        };
        Ok((ack, owned))
    }

    /// Reads what only some Acks say: those to Create-Session, and those with the URL of a reply.
    #[inline(always)]
    fn whole_ack(
        &self,
        mut ack: Ack<'a>,
        owned: FieldSet,
        options: &Options,
        deviations: &mut Deviations,
    ) -> Found<Ack<'a>> {
        if owned.contains(Field::Protocol) {
            ack.protocol = Some(self.protocol);
        }
        if owned.contains(Field::HostId) {
            ack.host_id = Some(host_id(self.host_id, options, deviations)?);
        }
        if owned.contains(Field::HostIdFallbackTimeout) {
            if ack.host_id.is_none() {
                return miss();
            }
            ack.host_id_fallback_timeout = Some(FallbackTimeout::new(self.timeout));
        }
        if owned.contains(Field::AcceptEncoding) {
            ack.accept_encoding = Some(read(self.accept_encoding, options, deviations)?);
        }
        if owned.contains(Field::ReplyUrl) {
            let (url, is_plain) = self.reply_url;
            ack.reply_url = Some(match url.len() {
                ..=ReplyUrl::MAX_LENGTH if is_plain => ReplyUrl::of_plain(url),
                _ => read(url, options, deviations)?,
            });
        }
        Ok(ack)
    }
}

#[inline(always)]
fn tolerate(options: &Options, deviation: Deviation, deviations: &mut Deviations) -> Found<()> {
    if !options.tolerates(deviation) {
        return miss();
    }
    *deviations = deviations.with(deviation);
    Ok(())
}

/// A value by the rule of the general form, for those that come seldom or have many spellings.
fn read<'a, T: Value<'a>>(
    value: &'a [u8],
    options: &Options,
    deviations: &mut Deviations,
) -> Found<T> {
    let mut tolerance = Tolerance::new(options);
    match T::read(value, &mut tolerance) {
        Ok(value) => {
            *deviations = deviations.union(tolerance.seen());
            Ok(value)
        }
        Err(_) => miss(),
    }
}

#[inline(never)]
fn codings<'a>(
    value: &'a [u8],
    options: &Options,
    deviations: &mut Deviations,
) -> Found<ContentEncoding<'a>> {
    let codings: ContentEncoding<'a> = read(value, options, deviations)?;
    match codings.contains(b"identity") {
        true => miss(),
        false => Ok(codings),
    }
}

#[inline(always)]
fn protocols<'a>(
    value: &'a [u8],
    options: &Options,
    deviations: &mut Deviations,
) -> Found<SupportedProtocols<'a>> {
    if guid::<leaf::Whole>(value).is_ok() {
        return Ok(SupportedProtocols::of_guid(value));
    }
    read(value, options, deviations)
}

#[inline(never)]
fn host_id<'a>(
    value: &'a [u8],
    options: &Options,
    deviations: &mut Deviations,
) -> Found<HostId<'a>> {
    if let Some(address) = ipv4(value) {
        return Ok(HostId::of_ipv4(value, address));
    }
    // What begins with a letter is no address.
    match HostId::of_name(value) {
        Some(name) if is_host_name(value) && value.len() <= HostId::MAX_LENGTH => Ok(name),
        _ => read(value, options, deviations),
    }
}
