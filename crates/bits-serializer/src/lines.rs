//! The lines of a head, in order.
//!
//! A line is written as CRLF, name, colon, value: so what is known when the crate is compiled is one piece,
//! which also ends the line before.

use bits_packet::Field;

use crate::extra::ExtraField;
use crate::layout::Visit;
use crate::literal::literal;
use crate::pen::Pen;
use crate::spots::Spots;
use crate::Layout;
use crate::value::Values;

/// The fields beside those of the packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside<'a> {
    pub(crate) fields: &'a [ExtraField<'a>],
    /// Where they stand.
    pub(crate) spots: Spots,
}

/// Writes the lines behind the start line.
pub(crate) struct Lines<'a, P, V> {
    pub(crate) pen: P,
    pub(crate) values: V,
    pub(crate) layout: Layout,
    pub(crate) beside: Beside<'a>,
    /// The place behind the last line, where no extra field has been looked for yet.
    pub(crate) behind: Spots,
}

impl<'a, P: Pen, V: Values<'a>> Visit for Lines<'a, P, V> {
    type Error = P::Error;
    type Done = P;

    #[inline(always)]
    fn field(self, field: Field) -> Result<Self, P::Error> {
        let mut pen = put_gap(self.pen, self.beside, self.behind, Spots::before(field))?;
        if let Some(value) = self.values.value(field) {
            pen = value.put(put_name(pen, self.layout, field)?)?;
        }
        let behind = Spots::after(field);
        Ok(Lines { pen, behind, ..self })
    }

    #[inline(always)]
    fn end(self, elsewhere: Spots) -> Result<P, P::Error> {
        let pen = put_gap(self.pen, self.beside, self.behind, elsewhere)?;
        pen.literal(b"\r\n\r\n")
    }
}

/// Writes the extra fields between two lines.
#[inline(always)]
fn put_gap<P: Pen>(
    pen: P,
    beside: Beside<'_>,
    behind: Spots,
    before: Spots,
) -> Result<P, P::Error> {
    if !beside.spots.meets(behind.and(before)) {
        return Ok(pen);
    }
    let pen = put_extra(pen, beside.fields, behind)?;
    put_extra(pen, beside.fields, before)
}

fn put_extra<P: Pen>(
    mut pen: P,
    fields: &[ExtraField<'_>],
    spots: Spots,
) -> Result<P, P::Error> {
    for field in fields.iter().filter(|field| field.spot().meets(spots)) {
        pen = pen.literal(b"\r\n")?.text(field.name())?;
        pen = pen.literal(b": ")?.text(field.value())?;
    }
    Ok(pen)
}

/// Ends the line before and writes the name of a field.
#[inline(always)]
fn put_name<P: Pen>(pen: P, layout: Layout, field: Field) -> Result<P, P::Error> {
    macro_rules! name {
        ($layout:ident, $field:ident) => {
            pen.literal(literal!("\r\n", Layout::$layout.name(Field::$field), ": "))
        };
    }
    match (field, layout) {
        (Field::Host, _) => name!(Canonical, Host),
        (Field::PacketType, _) => name!(Canonical, PacketType),
        (Field::SessionId, _) => name!(Canonical, SessionId),
        (Field::SupportedProtocols, _) => name!(Canonical, SupportedProtocols),
        (Field::ContentLength, _) => name!(Canonical, ContentLength),
        (Field::ContentRange, _) => name!(Canonical, ContentRange),
        (Field::ContentName, _) => name!(Canonical, ContentName),
        (Field::ContentEncoding, _) => name!(Canonical, ContentEncoding),
        (Field::Protocol, _) => name!(Canonical, Protocol),
        (Field::HostId, _) => name!(Canonical, HostId),
        (Field::HostIdFallbackTimeout, _) => name!(Canonical, HostIdFallbackTimeout),
        (Field::ErrorCode, _) => name!(Canonical, ErrorCode),
        (Field::ErrorContext, _) => name!(Canonical, ErrorContext),
        (Field::AcceptEncoding, Layout::Iis) => name!(Iis, AcceptEncoding),
        (Field::AcceptEncoding, _) => name!(Canonical, AcceptEncoding),
        (Field::ReceivedContentRange, _) => name!(Canonical, ReceivedContentRange),
        (Field::ReplyUrl, _) => name!(Canonical, ReplyUrl),
        (Field::OriginalRequestUrl, _) => name!(Canonical, OriginalRequestUrl),
        (Field::RequestDataFileName, _) => name!(Canonical, RequestDataFileName),
        (Field::ResponseDataFileName, _) => name!(Canonical, ResponseDataFileName),
        (Field::StaticResponseUrl, _) => name!(Canonical, StaticResponseUrl),
        (Field::CopyFileToDestination, _) => name!(Canonical, CopyFileToDestination),
        _ => pen.literal(b"\r\n")?.text(layout.name(field).as_bytes())?.literal(b": "),
    }
}
