//! The one walk over a head.

use nom::{Offset, Parser};

use crate::class::trim_blanks;
use crate::grammar::line::{Line, block_line};
use crate::grammar::{Fault, Rule, fault_of};
use crate::head::{FieldLine, Fields, Parsed};
use crate::slots::Slots;
use crate::{Error, ErrorKind, Options};

/// A head that follows the grammar, and the fields that were recognised on the way.
pub(crate) struct Walked<'a, L> {
    pub(crate) bytes: &'a [u8],
    pub(crate) line: L,
    pub(crate) fields: Fields<'a>,
    pub(crate) slots: Slots<'a>,
}

/// Reads a start line by `rule` and the fields after it, and hands each field that the protocol
/// knows to the slots.
pub(crate) fn walk<'a, L>(
    input: &'a [u8],
    mut rule: impl Rule<'a, L>,
    options: &Options,
) -> Result<Parsed<'a, Walked<'a, L>>, Error> {
    let limit = options.max_head() as usize;
    // Nothing behind the limit is looked at, so that a long input gets the error that its pieces
    // would have got.
    let window = input.get(..limit).unwrap_or(input);
    let at = |left: usize| position(window.len().saturating_sub(left));
    let need_more = || {
        if window.len() < limit {
            Ok(Parsed::NeedMore)
        } else {
            Err(Error::new(
                ErrorKind::HeadTooLarge,
                options.max_head(),
                None,
            ))
        }
    };
    // A CR or an LF that stands alone is a bad line end, whatever the rule wanted in its place.
    let refuse = |fault: Fault| {
        let wrong = window.len().saturating_sub(fault.left);
        let kind = match window.get(wrong..) {
            Some([b'\r']) => return need_more(),
            Some([b'\r', b'\n', ..]) => fault.kind,
            Some([b'\r' | b'\n', ..]) => ErrorKind::LineEnd,
            _ => fault.kind,
        };
        Err(Error::new(kind, position(wrong), None))
    };

    let (block, line) = match rule.parse(window) {
        Ok(read) => read,
        Err(error) => {
            let read = fault_of(&error).map_or_else(need_more, refuse);
            // What makes a start line too long is its target ([RFC 9112] 3).
            return read.map_err(|error| match error.kind() {
                ErrorKind::HeadTooLarge => error.answered_by(414),
                _ => error,
            });
        }
    };
    let mut slots = Slots::new();
    let mut rest = block;
    loop {
        match block_line().parse(rest) {
            Ok((next, Line::Field { name, value })) => {
                let value = trim_blanks(value);
                let line = FieldLine::new(name, value, at(rest.len()));
                slots.put(&line, position(window.offset(value)), options)?;
                rest = next;
            }
            Ok((body, Line::End)) => {
                let (bytes, rest_of_input) = input.split_at(input.offset(body));
                let lines = block.get(..block.offset(rest)).unwrap_or_default();
                slots.end(at(rest.len()));
                let value = Walked {
                    bytes,
                    line,
                    fields: Fields::new(lines, at(block.len())),
                    slots,
                };
                return Ok(Parsed::Complete {
                    value,
                    rest: rest_of_input,
                });
            }
            Err(error) => return fault_of(&error).map_or_else(need_more, refuse),
        }
    }
}

/// Offsets are counted in 32 bits: a head's limit is.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
