//! From slots to a packet: the presence table applied, and values read by the packet that owns them.

use nom::Offset;

use crate::grammar::Fault;
use crate::presence::{Form, Presence, presence};
use crate::slots::{Slot, Slots};
use crate::tolerance::Tolerance;
use crate::value::Value;
use crate::{Deviation, Deviations, Error, ErrorKind, Field, Options, StatusCode};

/// Reads the fields of one packet.
pub(crate) struct Reader<'s, 'a, 'o> {
    slots: &'s Slots<'a>,
    tolerance: Tolerance<'o>,
    form: Form,
}

impl<'s, 'a, 'o> Reader<'s, 'a, 'o> {
    /// Checks first what holds for all packets: no field is ambiguous, no value is too long.
    pub(crate) fn new(
        slots: &'s Slots<'a>,
        options: &'o Options,
        form: Form,
    ) -> Result<Self, Error> {
        let mut tolerance = Tolerance::new(options);
        if let Some(error) = slots.ambiguous().or_else(|| slots.too_long()) {
            return Err(error);
        }
        if let Some(error) = slots.repeated() {
            tolerance.tolerate(Deviation::RepeatedField, error)?;
        }
        Ok(Reader {
            slots,
            tolerance,
            form,
        })
    }

    pub(crate) fn deviations(&self) -> Deviations {
        self.tolerance.seen()
    }

    pub(crate) const fn slots(&self) -> &'s Slots<'a> {
        self.slots
    }

    pub(crate) fn tolerate(&mut self, deviation: Deviation, error: Error) -> Result<(), Error> {
        self.tolerance.tolerate(deviation, error)
    }

    /// Goes on with the rules of another form.
    pub(crate) fn set_form(&mut self, form: Form) {
        self.form = form;
    }

    /// Which of two spellings of a field to read: `alias` if it stands alone. What the table says of
    /// the field being there holds for the alias too.
    pub(crate) fn spelling(&mut self, field: Field, alias: Field) -> Result<Field, Error> {
        self.has(alias)?;
        let (None, Some(slot)) = (self.slots.get(field), self.slots.get(alias)) else {
            return Ok(field);
        };
        if let Presence::Unexpected(deviation) = presence(field, self.form) {
            let error = self.slots.unexpected(alias, slot);
            self.tolerance.tolerate(deviation, error)?;
        }
        Ok(alias)
    }

    /// Applies the table: whether the packet has the field, and owns it.
    pub(crate) fn has(&mut self, field: Field) -> Result<bool, Error> {
        let Some(slot) = self.slots.get(field) else {
            return self.absent(field).map(|()| false);
        };
        match presence(field, self.form) {
            Presence::Unexpected(deviation) => {
                let error = self.slots.unexpected(field, slot);
                self.tolerance.tolerate(deviation, error)?;
                Ok(true)
            }
            Presence::Forbidden => Err(self.slots.unexpected(field, slot)),
            Presence::Unused => Ok(false),
            Presence::Required | Presence::Expected(_) | Presence::Optional => Ok(true),
        }
    }

    /// Applies the table to a field that is not there, or says nothing.
    fn absent(&mut self, field: Field) -> Result<(), Error> {
        let error = self.slots.missing(field);
        match presence(field, self.form) {
            Presence::Required => Err(error),
            Presence::Expected(deviation) => self.tolerance.tolerate(deviation, error),
            _ => Ok(()),
        }
    }

    /// The value of a field that the packet may have. An Ack may have it empty, as [MC-BUP] 3.1.5.1 takes
    /// an empty reply URL for none; and what it should not have at all may be anything.
    pub(crate) fn optional<T: Value<'a>>(&mut self, field: Field) -> Result<Option<T>, Error> {
        let Some(slot) = self.owned(field)? else {
            return Ok(None);
        };
        let is_ack = matches!(self.form, Form::Ack { .. });
        let may_say_nothing = match presence(field, self.form) {
            Presence::Required => false,
            Presence::Unexpected(_) => true,
            _ => slot.value.is_empty(),
        };
        if is_ack && may_say_nothing {
            self.readable(field)
        } else {
            self.value(field, slot).map(Some)
        }
    }

    /// The value of a field that the packet must have.
    pub(crate) fn required<T: Value<'a>>(&mut self, field: Field) -> Result<T, Error> {
        self.optional(field)?.ok_or(self.slots.missing(field))
    }

    /// The value of a field that counts as absent when it cannot be read.
    pub(crate) fn readable<T: Value<'a>>(&mut self, field: Field) -> Result<Option<T>, Error> {
        let value = self.attempt(field)?;
        if value.is_none() {
            self.absent(field)?;
        }
        Ok(value)
    }

    /// The same of a field with two spellings: `alias` counts if `field` is not there or cannot be read.
    pub(crate) fn readable_by_either<T: Value<'a>>(
        &mut self,
        field: Field,
        alias: Field,
    ) -> Result<Option<T>, Error> {
        let mut value = None;
        for spelling in [self.spelling(field, alias)?, alias] {
            if value.is_none() {
                value = self.attempt(spelling)?;
            }
        }
        if value.is_none() {
            self.absent(field)?;
        }
        Ok(value)
    }

    fn attempt<T: Value<'a>>(&mut self, field: Field) -> Result<Option<T>, Error> {
        let Some(slot) = self.owned(field)? else {
            return Ok(None);
        };
        let before = self.tolerance.seen();
        match self.value(field, slot) {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                self.tolerance.reset(before);
                self.tolerance.tolerate(Deviation::UnreadableValue, error)?;
                Ok(None)
            }
        }
    }

    fn owned(&mut self, field: Field) -> Result<Option<Slot<'a>>, Error> {
        let owned = self.has(field)?;
        Ok(self.slots.get(field).filter(|_| owned))
    }

    fn value<T: Value<'a>>(&mut self, field: Field, slot: Slot<'a>) -> Result<T, Error> {
        // A list on more than one line cannot be borrowed whole.
        if let Some(error) = self.slots.again(field).filter(|_| !field.is_singleton()) {
            return Err(error);
        }
        T::read(slot.value, &mut self.tolerance)
            .map_err(|fault| self.slots.locate(field, slot, fault))
    }

    /// That `field` says something which another field, that is missing, would have to be there for.
    pub(crate) fn without(&mut self, field: Field, deviation: Deviation) -> Result<(), Error> {
        self.slots.get(field).map_or(Ok(()), |slot| {
            let error = self.slots.unexpected(field, slot);
            self.tolerance.tolerate(deviation, error)
        })
    }

    /// Applies the table to the fields that frame a response with that status. One that never has a body
    /// needs no length ([RFC 9110] 8.6).
    pub(crate) fn length(&mut self, status: StatusCode) -> Result<(), Error> {
        let is_coded = self.has(Field::TransferEncoding)?;
        let may_lack_length = is_coded || status.has_no_body();
        if !may_lack_length || self.slots.get(Field::ContentLength).is_some() {
            self.has(Field::ContentLength)?;
        }
        Ok(())
    }

    /// Checks that the packet announces no body.
    pub(crate) fn no_body(&mut self) -> Result<(), Error> {
        self.has(Field::ContentLength)?;
        match self.announced_body() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The error if `Content-Length` announces a body.
    pub(crate) fn announced_body(&self) -> Option<Error> {
        self.slots.content_length().filter(|&length| length != 0)?;
        Some(self.blame_value(ErrorKind::BodyNotAllowed, Field::ContentLength))
    }

    /// An error that is blamed on the value of `field` as a whole.
    pub(crate) fn blame_value(&self, kind: ErrorKind, field: Field) -> Error {
        let value = self.slots.get(field).map_or(&[][..], |slot| slot.value);
        self.blame(kind, field, value)
    }

    /// An error that is blamed on a part of the value of `field`.
    pub(crate) fn blame(&self, kind: ErrorKind, field: Field, part: &[u8]) -> Error {
        let missing = self.slots.missing(field);
        self.slots.get(field).map_or(missing, |slot| {
            let left = slot.value.len().saturating_sub(slot.value.offset(part));
            self.slots.locate(field, slot, Fault::new(kind, left))
        })
    }
}
