//! The one walk over a head.

use nom::{Offset, Parser};

use crate::class::trim_blanks;
use crate::grammar::line::{Line, block_line};
use crate::grammar::{Fault, Rule, fault_of};
use crate::head::{FieldLine, Parsed};
use crate::slots::Slots;
use crate::{Error, ErrorKind, Options};

/// A head that follows the grammar, and the fields that were recognised on the way.
pub(crate) struct Walked<'a, L> {
    pub(crate) bytes: &'a [u8],
    pub(crate) line: L,
    /// Where the fields begin.
    pub(crate) fields_at: u32,
    pub(crate) slots: Slots<'a>,
}

/// Reads a start line by `rule` and the fields after it, and hands each field that the protocol
/// knows to the slots.
pub(crate) fn walk<'a, L>(
    input: &'a [u8],
    mut rule: impl Rule<'a, L>,
    options: &Options,
) -> Result<Parsed<'a, Walked<'a, L>>, Error> {
    let window = Window::new(input, options);
    let (block, line) = match rule.parse(window.bytes) {
        Ok(read) => read,
        // What makes a start line too long is its target ([RFC 9112] 3).
        Err(error) => return window.stop(&error, 414),
    };
    let mut slots = Slots::new();
    let mut rest = block;
    loop {
        match block_line().parse(rest) {
            Ok((next, Line::Field { name, value })) => {
                let value = trim_blanks(value);
                let line = FieldLine::new(name, value, window.at(rest.len()));
                slots.put(&line, position(window.bytes.offset(value)), options)?;
                rest = next;
            }
            Ok((body, Line::End)) => {
                let (bytes, rest_of_input) = input.split_at(input.offset(body));
                slots.end(window.at(rest.len()));
                let value = Walked {
                    bytes,
                    line,
                    fields_at: window.at(block.len()),
                    slots,
                };
                return Ok(Parsed::Complete {
                    value,
                    rest: rest_of_input,
                });
            }
            Err(error) => return window.stop(&error, 431),
        }
    }
}

/// What is looked at of an input: nothing behind the limit, so that a long input gets the error that its
/// pieces would have got.
struct Window<'a> {
    bytes: &'a [u8],
    limit: u32,
}

impl<'a> Window<'a> {
    fn new(input: &'a [u8], options: &Options) -> Self {
        let limit = options.max_head();
        Window {
            bytes: input.get(..limit as usize).unwrap_or(input),
            limit,
        }
    }

    /// The place where so many bytes are left.
    fn at(&self, left: usize) -> u32 {
        position(self.bytes.len().saturating_sub(left))
    }

    /// Why a rule has stopped. What is too long for the window is answered by `status`.
    fn stop<T>(&self, error: &nom::Err<Fault>, status: u16) -> Result<Parsed<'a, T>, Error> {
        let Some(fault) = fault_of(error) else {
            return self.need_more(status);
        };
        let wrong = self.bytes.len().saturating_sub(fault.left);
        let kind = match self.bytes.get(wrong..) {
            Some([b'\r']) => return self.need_more(status),
            Some([b'\r', b'\n', ..]) => fault.kind,
            // A CR or an LF that stands alone is a bad line end, whatever the rule wanted in its place.
            Some([b'\r' | b'\n', ..]) => ErrorKind::LineEnd,
            _ => fault.kind,
        };
        Err(Error::new(kind, position(wrong), None))
    }

    fn need_more<T>(&self, status: u16) -> Result<Parsed<'a, T>, Error> {
        if self.bytes.len() < self.limit as usize {
            return Ok(Parsed::NeedMore);
        }
        Err(Error::new(ErrorKind::HeadTooLarge, self.limit, None).answered_by(status))
    }
}

/// Offsets are counted in 32 bits: a head's limit is.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
