//! The lines of a head, in order.
//!
//! A line is written as CRLF, name, colon, value: so what is known when the crate is compiled is one piece,
//! which also ends the line before.
//!
//! Figures in this crate are instructions for the mean head of ten packets (five requests, five Acks), as
//! callgrind counts them; a loop over the fields and bytewise digits took 1,505.

use core::cmp::Ordering;

use bits_packet::Field;

use crate::Layout;
use crate::extra::ExtraField;
use crate::layout::{Order, Visit};
use crate::literal::literal;
use crate::pen::Pen;
use crate::spots::Spots;
use crate::value::Values;

const ACCEPT_ENCODING_OF_IIS: &[u8; 19] =
    literal!("\r\n", Layout::Iis.name(Field::AcceptEncoding), ": ");

/// The extra fields of a head that are not written yet.
pub(crate) trait Beside<'a>: Sized {
    fn new(fields: &'a [ExtraField<'a>], order: Order) -> Self;

    /// Writes those that stand in a spot up to `last`. In most there are none, which is told by a
    /// comparison with a constant.
    fn put<P: Pen>(&mut self, pen: P, last: u8) -> Result<P, P::Error>;
}

/// How the extra fields of a head are listed, and so what writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// [`Nothing`]
    Nothing,
    /// [`Listed`]
    Listed,
    /// [`Scattered`]
    Scattered,
}

impl Listing {
    #[inline(never)]
    pub(crate) const fn of(mut fields: &[ExtraField<'_>], order: Order) -> Self {
        if fields.is_empty() {
            return Listing::Nothing;
        }
        let mut last = 0;
        while let [field, rest @ ..] = fields {
            let spot = order.spots().of(field.index());
            if spot < last {
                return Listing::Scattered;
            }
            (fields, last) = (rest, spot);
        }
        Listing::Listed
    }
}

/// There are none, and none are looked for: 251 instructions a head in place of 308.
pub(crate) struct Nothing;

impl<'a> Beside<'a> for Nothing {
    #[inline(always)]
    fn new(_: &'a [ExtraField<'a>], _: Order) -> Self {
        Nothing
    }

    #[inline(always)]
    fn put<P: Pen>(&mut self, pen: P, _: u8) -> Result<P, P::Error> {
        Ok(pen)
    }
}

/// Extra fields that are listed as they are written. Each place has its own code, whose branches a
/// processor tells apart: 13 ns a head with two of them, where calls of one function took 26.
pub(crate) struct Listed<'a> {
    fields: &'a [ExtraField<'a>],
    spots: &'static Spots,
    /// The spot of the first; [`Spots::NONE`] if there is none.
    next: u8,
}

impl Listed<'_> {
    /// The spot of the first.
    #[inline(always)]
    fn next(&self) -> u8 {
        match self.fields {
            [field, ..] => self.spots.of(field.index()),
            [] => Spots::NONE,
        }
    }
}

impl<'a> Beside<'a> for Listed<'a> {
    #[inline(always)]
    fn new(fields: &'a [ExtraField<'a>], order: Order) -> Self {
        let (spots, next) = (order.spots(), Spots::NONE);
        let mut listed = Listed {
            fields,
            spots,
            next,
        };
        listed.next = listed.next();
        listed
    }

    #[inline(always)]
    fn put<P: Pen>(&mut self, mut pen: P, last: u8) -> Result<P, P::Error> {
        while self.next <= last {
            let all = self.fields;
            let [field, rest @ ..] = all else { break };
            pen = field.put(pen)?;
            self.fields = rest;
            self.next = self.next();
        }
        Ok(pen)
    }
}

/// Extra fields in any order.
pub(crate) struct Scattered<'a> {
    fields: &'a [ExtraField<'a>],
    spots: &'static Spots,
    /// The next spot that has any; [`Spots::NONE`] behind the last.
    next: u8,
}

impl Scattered<'_> {
    #[inline(never)]
    fn put_some<P: Pen>(&mut self, mut pen: P, last: u8) -> Result<P, P::Error> {
        while self.next <= last {
            let here = self.next;
            self.next = Spots::NONE;
            for field in self.fields {
                let spot = self.spots.of(field.index());
                match spot.cmp(&here) {
                    Ordering::Less => {}
                    Ordering::Equal => pen = field.put(pen)?,
                    Ordering::Greater => self.next = self.next.min(spot),
                }
            }
        }
        Ok(pen)
    }
}

impl<'a> Beside<'a> for Scattered<'a> {
    fn new(fields: &'a [ExtraField<'a>], order: Order) -> Self {
        let spots = order.spots();
        let next = fields.iter().map(|field| spots.of(field.index())).min();
        let next = next.unwrap_or(Spots::NONE);
        Scattered {
            fields,
            spots,
            next,
        }
    }

    #[inline(always)]
    fn put<P: Pen>(&mut self, pen: P, last: u8) -> Result<P, P::Error> {
        if self.next > last {
            return Ok(pen);
        }
        self.put_some(pen, last)
    }
}

/// Writes the lines behind the start line.
pub(crate) struct Lines<'b, P, V, B> {
    pub(crate) pen: P,
    pub(crate) values: V,
    pub(crate) layout: Layout,
    pub(crate) beside: &'b mut B,
    /// The spot before the next field.
    pub(crate) spot: u8,
}

impl<'a, P: Pen, V: Values<'a>, B: Beside<'a>> Visit for Lines<'_, P, V, B> {
    type Error = P::Error;
    type Done = P;

    #[inline(always)]
    fn field<const N: usize>(
        mut self,
        field: Field,
        name: &'static [u8; N],
    ) -> Result<Self, P::Error> {
        // What stands beside a field that is not there is written before the next that is.
        if let Some(value) = self.values.value(field) {
            let pen = self.beside.put(self.pen, self.spot)?;
            let pen = match (self.layout, field) {
                (Layout::Iis, Field::AcceptEncoding) => pen.literal(ACCEPT_ENCODING_OF_IIS)?,
                _ => pen.literal(name)?,
            };
            self.pen = value.put(pen)?;
        }
        self.spot = self.spot.wrapping_add(2);
        Ok(self)
    }

    #[inline(always)]
    fn end(self) -> Result<P, P::Error> {
        let pen = self.beside.put(self.pen, Spots::END)?;
        pen.literal(b"\r\n\r\n")
    }
}

#[cfg(test)]
mod tests {
    use bits_packet::RequestType;
    use bits_packet::presence::Form;

    use super::*;
    use crate::Place;

    #[test]
    fn fields_that_are_listed_as_they_are_written_need_no_search() {
        let order = Order::of(Form::Request(RequestType::Ping), Layout::Canonical);
        let written = [
            Place::First,
            Place::Before(Field::Host),
            Place::Before(Field::Host),
            Place::After(Field::PacketType),
            Place::Last,
            Place::Before(Field::ReplyUrl),
        ];
        let field = |place| ExtraField::new(b"X", b"", place).expect("a field");
        let written = written.map(field);
        assert_eq!(Listing::of(&[], order), Listing::Nothing);
        for first in 0..written.len() {
            for end in first + 1..=written.len() {
                let some = &written[first..end];
                assert_eq!(Listing::of(some, order), Listing::Listed, "{some:?}");
            }
        }
        for place in [Place::First, Place::Before(Field::Host)] {
            let behind = [written[0], written[3], field(place)];
            assert_eq!(Listing::of(&behind, order), Listing::Scattered, "{place:?}");
        }
    }
}
