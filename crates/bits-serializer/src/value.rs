//! Values as they are written.

use bits_packet::{
    Authority, ContentRange, ErrorContext, Field, Guid, HResult, SupportedProtocols,
};

use crate::digits::{decimal, hexadecimal1, hexadecimal8};
use crate::pen::Pen;

/// The fields that a packet owns.
pub(crate) trait Values<'a> {
    /// What it has for a field.
    fn value(&self, field: Field) -> Option<Value<'a>>;
}

/// A packet, and the host that it goes to.
pub(crate) struct To<'p, 'a, T> {
    pub(crate) packet: &'p T,
    pub(crate) host: Authority<'a>,
}

impl<'p, 'a, T> To<'p, 'a, T> {
    #[inline(always)]
    pub(crate) const fn new(packet: &'p T, host: &Authority<'a>) -> Self {
        To {
            packet,
            host: *host,
        }
    }
}

/// The value of a field that a packet owns.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// As it is.
    Text(&'a [u8]),
    /// In decimal digits, without leading zeros.
    Number(u64),
    /// In lower case, as Windows writes protocols.
    Guid(Guid),
    /// With single spaces.
    Protocols(SupportedProtocols<'a>),
    /// `bytes first-last/total`
    Range(ContentRange),
    /// `0x` and eight digits.
    HResult(HResult),
    /// `0x` and as many digits as it takes.
    Context(ErrorContext),
}

impl Value<'_> {
    #[inline(always)]
    pub(crate) fn put<P: Pen>(self, pen: P) -> Result<P, P::Error> {
        match self {
            Value::Text(text) => pen.text(text),
            Value::Number(number) => decimal(pen, number),
            Value::Guid(Guid::BITS_1_5_UPLOAD) => {
                pen.literal(const { &Guid::BITS_1_5_UPLOAD.to_lower() })
            }
            Value::Guid(guid) => pen.literal(&guid.to_lower()),
            Value::Protocols(protocols) => put_protocols(protocols, pen),
            Value::Range(range) => {
                let pen = decimal(pen.literal(b"bytes ")?, range.first())?;
                let pen = decimal(pen.literal(b"-")?, range.last())?;
                decimal(pen.literal(b"/")?, range.total())
            }
            Value::HResult(code) => hexadecimal8(pen, code.code()),
            Value::Context(context) => hexadecimal1(pen, context.value()),
        }
    }
}

#[inline(never)]
fn put_protocols<P: Pen>(protocols: SupportedProtocols<'_>, mut pen: P) -> Result<P, P::Error> {
    let mut between: &[u8] = b"";
    for protocol in protocols {
        pen = pen.text(between)?.text(protocol.as_bytes())?;
        between = b" ";
    }
    Ok(pen)
}
