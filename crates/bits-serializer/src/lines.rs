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

/// What stands beside the fields of the packet.
pub(crate) trait Neighbours<'a> {
    fn new(fields: &'a [ExtraField<'a>], order: Order) -> Self;

    /// Writes what stands in a spot up to `last` and is not written yet.
    fn put<P: Pen>(&mut self, pen: P, last: u8) -> Result<P, P::Error>;
}

/// Nothing does, and nothing is looked for: 251 instructions a head in place of 294.
pub(crate) struct Nothing;

impl<'a> Neighbours<'a> for Nothing {
    #[inline(always)]
    fn new(_: &'a [ExtraField<'a>], _: Order) -> Self {
        Nothing
    }

    #[inline(always)]
    fn put<P: Pen>(&mut self, pen: P, _: u8) -> Result<P, P::Error> {
        Ok(pen)
    }
}

/// Extra fields, as far as they are not written yet.
pub(crate) struct Beside<'a> {
    fields: &'a [ExtraField<'a>],
    /// Where in the order each place is.
    spots: &'static Spots,
    /// The next spot that has any; [`Spots::NONE`] behind the last.
    next: u8,
    /// Whether they are listed as they are written: then each is looked at once.
    is_in_order: bool,
}

impl Beside<'_> {
    /// A call, as there are few such spots and many that are asked.
    #[inline(never)]
    fn put_some<P: Pen>(&mut self, mut pen: P, last: u8) -> Result<P, P::Error> {
        while self.next <= last {
            pen = match self.fields {
                [field, fields @ ..] if self.is_in_order => {
                    self.fields = fields;
                    self.next = match fields {
                        [field, ..] => self.spots.of(field.index()),
                        [] => Spots::NONE,
                    };
                    field.put(pen)?
                }
                _ => self.put_spot(pen, self.next)?,
            };
        }
        Ok(pen)
    }

    /// Writes those in one spot, wherever they are in the list, and looks for the next.
    #[cold]
    fn put_spot<P: Pen>(&mut self, mut pen: P, here: u8) -> Result<P, P::Error> {
        self.next = Spots::NONE;
        for field in self.fields {
            let spot = self.spots.of(field.index());
            match spot.cmp(&here) {
                Ordering::Less => {}
                Ordering::Equal => pen = field.put(pen)?,
                Ordering::Greater => self.next = self.next.min(spot),
            }
        }
        Ok(pen)
    }
}

impl<'a> Neighbours<'a> for Beside<'a> {
    #[inline(always)]
    fn new(fields: &'a [ExtraField<'a>], order: Order) -> Self {
        let mut beside = Beside {
            fields,
            spots: order.spots(),
            next: Spots::NONE,
            is_in_order: true,
        };
        for field in fields.iter().rev() {
            let spot = beside.spots.of(field.index());
            beside.is_in_order &= spot <= beside.next;
            beside.next = beside.next.min(spot);
        }
        beside
    }

    /// In most spots there are none, which is told by a comparison with a constant.
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

impl<'a, P: Pen, V: Values<'a>, B: Neighbours<'a>> Visit for Lines<'_, P, V, B> {
    type Error = P::Error;
    type Done = P;

    #[inline(always)]
    fn field<const N: usize>(self, field: Field, name: &'static [u8; N]) -> Result<Self, P::Error> {
        let mut pen = self.beside.put(self.pen, self.spot)?;
        if let Some(value) = self.values.value(field) {
            pen = match (self.layout, field) {
                (Layout::Iis, Field::AcceptEncoding) => pen.literal(ACCEPT_ENCODING_OF_IIS)?,
                _ => pen.literal(name)?,
            };
            pen = value.put(pen)?;
        }
        let spot = self.spot.wrapping_add(2);
        Ok(Lines { pen, spot, ..self })
    }

    #[inline(always)]
    fn end(self) -> Result<P, P::Error> {
        let pen = self.beside.put(self.pen, Spots::END)?;
        pen.literal(b"\r\n\r\n")
    }
}
