//! Values as they are written.

use bits_packet::{ContentRange, ErrorContext, Guid, HResult, SupportedProtocols};

use crate::Sink;

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
    pub(crate) fn put<S: Sink>(self, sink: &mut S) -> Result<(), S::Error> {
        match self {
            Value::Text(text) => sink.put(text),
            Value::Number(number) => decimal(number, sink),
            Value::Guid(guid) => sink.put(&guid.to_lower()),
            Value::Protocols(protocols) => {
                let mut separator: &[u8] = b"";
                for protocol in protocols {
                    sink.put(separator)?;
                    sink.put(protocol.as_bytes())?;
                    separator = b" ";
                }
                Ok(())
            }
            Value::Range(range) => {
                sink.put(b"bytes ")?;
                decimal(range.first(), sink)?;
                sink.put(b"-")?;
                decimal(range.last(), sink)?;
                sink.put(b"/")?;
                decimal(range.total(), sink)
            }
            Value::HResult(code) => hexadecimal(code.code(), 8, sink),
            Value::Context(context) => hexadecimal(context.value(), 1, sink),
        }
    }
}

fn decimal<S: Sink>(number: u64, sink: &mut S) -> Result<(), S::Error> {
    let mut digits = [0; 20];
    let mut rest = number;
    let mut written = 0usize;
    for place in digits.iter_mut().rev() {
        let [digit, ..] = (rest % 10).to_le_bytes();
        *place = b'0'.wrapping_add(digit);
        rest /= 10;
        written = written.saturating_add(1);
        if rest == 0 {
            break;
        }
    }
    put_last(&digits, written, sink)
}

/// `0x` and at least so many digits.
fn hexadecimal<S: Sink>(number: u32, least: usize, sink: &mut S) -> Result<(), S::Error> {
    let mut digits = [b'0'; 8];
    let mut rest = number;
    let mut written = 0usize;
    for place in digits.iter_mut().rev() {
        let [byte, ..] = rest.to_le_bytes();
        let nibble = usize::from(byte & 0xF);
        *place = b"0123456789ABCDEF".get(nibble).copied().unwrap_or_default();
        rest >>= 4;
        written = written.saturating_add(1);
        if rest == 0 && written >= least {
            break;
        }
    }
    sink.put(b"0x")?;
    put_last(&digits, written, sink)
}

/// The last `count` of the digits.
fn put_last<S: Sink>(digits: &[u8], count: usize, sink: &mut S) -> Result<(), S::Error> {
    let from = digits.len().saturating_sub(count);
    sink.put(digits.get(from..).unwrap_or_default())
}
