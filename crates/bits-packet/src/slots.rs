//! The collector: the fields of a message that the protocol knows, as they came.

use nom::Offset;

use crate::class::trim_blanks;
use crate::grammar::{Fault, number, whole};
use crate::head::{FieldLine, Fields, RequestLine};
use crate::{Error, ErrorKind, Field, Options};

/// The value of a field, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'a> {
    pub(crate) value: &'a [u8],
    /// Where the value begins: a byte offset, or the index of the field in a list.
    at: u32,
    /// Where its line begins, or the index again.
    line: u32,
    /// Where the first other line of the field begins, which cannot be at 0.
    again: u32,
}

/// One slot a field, filled in one pass over the lines of a head or the items of a list.
///
/// Values are read when it is known which packet owns them. What decides where the message ends is
/// checked at once.
#[derive(Debug)]
pub(crate) struct Slots<'a> {
    slots: [Option<Slot<'a>>; Field::COUNT],
    content_length: Option<u64>,
    /// The first repetition of a singleton with other bytes.
    ambiguous: Option<(Field, u32)>,
    /// The first repetition of a singleton with the same bytes.
    repeated: Option<(Field, u32)>,
    /// The first override of the method that differs from the one before.
    mixed_override: Option<u32>,
    too_long: Option<(Field, u32)>,
    /// Positions are indexes of a list.
    indexed: bool,
    /// Where a missing field would have stood.
    end: u32,
}

impl<'a> Slots<'a> {
    pub(crate) const fn new() -> Self {
        Slots {
            slots: [None; Field::COUNT],
            content_length: None,
            ambiguous: None,
            repeated: None,
            mixed_override: None,
            too_long: None,
            indexed: false,
            end: 0,
        }
    }

    /// From a list of fields that no head's grammar has seen. White space around values is dropped.
    pub(crate) fn from_list(
        list: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        options: &Options,
    ) -> Result<Self, Error> {
        let mut slots = Slots::new();
        slots.indexed = true;
        for (name, value) in list {
            let value = trim_blanks(value);
            FieldLine::from_parts(name, value)
                .map_err(|error| Error::new(error.kind(), slots.end, None))?;
            slots.put(&FieldLine::new(name, value, slots.end), slots.end, options)?;
            slots.end(slots.end.saturating_add(1));
        }
        Ok(slots)
    }

    /// From the fields of a head.
    pub(crate) fn from_fields(
        fields: Fields<'a>,
        head: &'a [u8],
        options: &Options,
    ) -> Result<Self, Error> {
        let mut slots = Slots::new();
        for line in fields {
            let at = u32::try_from(head.offset(line.value())).unwrap_or(u32::MAX);
            slots.put(&line, at, options)?;
        }
        let end = head.len().saturating_sub(2);
        slots.end(u32::try_from(end).unwrap_or(u32::MAX));
        Ok(slots)
    }

    /// Takes the next field, whose value begins at `at`.
    pub(crate) fn put(
        &mut self,
        line: &FieldLine<'a>,
        at: u32,
        options: &Options,
    ) -> Result<(), Error> {
        let Some(field) = line.field() else {
            return Ok(());
        };
        let slot = Slot {
            value: line.value(),
            at,
            line: line.at(),
            again: 0,
        };
        let conflict = match field {
            Field::ContentLength => self.get(Field::TransferEncoding).is_some(),
            Field::TransferEncoding => self.get(Field::ContentLength).is_some(),
            _ => false,
        };
        if conflict {
            return Err(Error::new(ErrorKind::Conflict, slot.line, Some(field)));
        }
        let is_too_long = slot.value.len() > options.max_value() as usize;
        // An override that long overrides nothing.
        if is_too_long && field != Field::MethodOverride {
            self.too_long.get_or_insert((field, slot.at));
        }
        match self.get(field) {
            Some(first) => return self.repeat(field, first, slot),
            None => self.set(field, slot),
        }
        if field == Field::ContentLength {
            let length = whole(slot.value, number());
            self.content_length = Some(length.map_err(|fault| self.locate(field, slot, fault))?);
        }
        Ok(())
    }

    fn repeat(&mut self, field: Field, first: Slot<'a>, again: Slot<'a>) -> Result<(), Error> {
        if first.again == 0 {
            let again = again.line;
            self.set(field, Slot { again, ..first });
        }
        match field {
            Field::ContentLength | Field::TransferEncoding => {
                return Err(Error::new(ErrorKind::Repeated, again.line, Some(field)));
            }
            Field::MethodOverride if first.value != again.value => {
                self.mixed_override.get_or_insert(again.line);
                // Whoever of two readers takes which line, the request may be one of BITS.
                if again.value == RequestLine::BITS_POST {
                    self.set(field, again);
                }
            }
            _ if !field.is_singleton() => {}
            _ if first.value == again.value => {
                self.repeated.get_or_insert((field, again.line));
            }
            _ => {
                self.ambiguous.get_or_insert((field, again.line));
            }
        }
        Ok(())
    }

    /// Sets where the fields end.
    pub(crate) fn end(&mut self, at: u32) {
        self.end = at;
    }

    fn set(&mut self, field: Field, slot: Slot<'a>) {
        if let Some(place) = self.slots.get_mut(field as usize) {
            *place = Some(slot);
        }
    }

    /// The first field of that kind.
    pub(crate) fn get(&self, field: Field) -> Option<Slot<'a>> {
        self.slots.get(field as usize).copied().flatten()
    }

    pub(crate) fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// That `field` stands more than once with other bytes.
    pub(crate) fn ambiguous(&self) -> Option<Error> {
        self.ambiguous
            .map(|(field, at)| Error::new(ErrorKind::Repeated, at, Some(field)))
    }

    /// That `field` stands more than once with the same bytes.
    pub(crate) fn repeated(&self) -> Option<Error> {
        self.repeated
            .map(|(field, at)| Error::new(ErrorKind::Repeated, at, Some(field)))
    }

    /// That the overrides of the method contradict each other.
    pub(crate) fn mixed_override(&self) -> Option<Error> {
        self.mixed_override
            .map(|at| Error::new(ErrorKind::Repeated, at, Some(Field::MethodOverride)))
    }

    /// That `field`, whatever it is, has more than one line.
    pub(crate) fn again(&self, field: Field) -> Option<Error> {
        let again = self.get(field).map_or(0, |slot| slot.again);
        (again > 0).then(|| Error::new(ErrorKind::Repeated, again, Some(field)))
    }

    pub(crate) fn too_long(&self) -> Option<Error> {
        self.too_long
            .map(|(field, at)| Error::new(ErrorKind::ValueTooLong, at, Some(field)))
    }

    /// That `field` is not there.
    pub(crate) fn missing(&self, field: Field) -> Error {
        Error::new(ErrorKind::Missing, self.end, Some(field))
    }

    /// That `field` should not be there.
    pub(crate) fn unexpected(&self, field: Field, slot: Slot<'_>) -> Error {
        Error::new(ErrorKind::Unexpected, slot.line, Some(field))
    }

    /// A fault within the value of `field`.
    pub(crate) fn locate(&self, field: Field, slot: Slot<'_>, fault: Fault) -> Error {
        let within = slot.value.len().saturating_sub(fault.left);
        let error = Error::new(fault.kind, self.offset(slot.at, within), Some(field));
        match fault.deviation {
            Some(deviation) => error.tolerated_by(deviation),
            None => error,
        }
    }

    /// `start` and so many bytes on; `start` itself where positions are indexes.
    pub(crate) fn offset(&self, start: u32, within: usize) -> u32 {
        if self.indexed {
            return start;
        }
        start.saturating_add(u32::try_from(within).unwrap_or(u32::MAX))
    }
}
