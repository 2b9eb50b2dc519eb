//! Fields beside those of the packet.

use core::fmt;

use bits_packet::presence::{Form, Presence, presence};
use bits_packet::{ErrorKind, Field, FieldLine, Options};

use crate::pen::{Filler, Full, Pen};
use crate::spots::PlaceIndex;
use crate::{DraftError, Layout};

/// Where an extra field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// Right after the start line.
    First,
    /// Before the place that the layout has for that field, whether the packet has the field or not.
    Before(Field),
    /// After that place.
    After(Field),
    /// Behind all other fields. A field that asks for a place that the layout does not have is
    /// written here too.
    Last,
}

/// A field that is not the packet's own: `User-Agent`, `Date`, `Connection`, or one of the protocol
/// that the packet has no use for.
///
/// Those with the same [`Place`] are written in the order in which they are given.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExtraField<'a> {
    line: FieldLine<'a>,
    /// What the name names: looked up once, and not for each head that the field stands in.
    field: Option<Field>,
    place: Place,
    /// The place, for the walk.
    index: PlaceIndex,
    joined: Joined,
}

/// The line as it is written, CRLF first, if it is short enough; otherwise nothing. One piece in place of
/// four saves 40 instructions a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Joined {
    line: [u8; 48],
    length: usize,
}

impl Joined {
    fn new(name: &[u8], value: &[u8]) -> Self {
        let mut line = [0; 48];
        let length = match put_line(Filler(&mut line), name, value) {
            Ok(Filler(left)) => 48usize.saturating_sub(left.len()),
            Err(Full) => 0,
        };
        Joined { line, length }
    }
}

fn put_line<P: Pen>(pen: P, name: &[u8], value: &[u8]) -> Result<P, P::Error> {
    pen.literal(b"\r\n")?
        .text(name)?
        .literal(b": ")?
        .text(value)
}

/// Why an extra field is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtraError {
    /// The name is no token ([RFC 9110] 5.1).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
    Name,
    /// The value holds a control character, or begins or ends with a blank ([RFC 9110] 5.5).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
    Value,
    /// The packet owns this field: it is written from the packet alone.
    Owned(Field),
    /// The field decides what kind of message it is or where it ends; or the packet must not have it; or
    /// it would say something to a reader who does not know which request an Ack answers.
    Reserved(Field),
    /// A field of the protocol may be there once only.
    Repeated(Field),
    /// The value of a field of the protocol is longer than 4,096 bytes.
    TooLong(Field),
}

impl fmt::Display for ExtraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExtraError::Name => f.write_str("the name of a field must be a token"),
            ExtraError::Value => f.write_str(
                "the value of a field must not hold control characters, nor begin or end with a blank",
            ),
            ExtraError::Owned(field) => write!(f, "{field} is written from the packet; set it there"),
            ExtraError::Reserved(field) => write!(f, "{field} cannot be an extra field"),
            ExtraError::Repeated(field) => write!(f, "{field} may be given only once"),
            ExtraError::TooLong(field) => write!(f, "{field} is longer than 4,096 bytes"),
        }
    }
}

impl core::error::Error for ExtraError {}

impl<'a> ExtraField<'a> {
    /// A field to be written at `place`.
    ///
    /// # Errors
    ///
    /// [`ExtraError::Name`], [`ExtraError::Value`].
    pub fn new(name: &'a [u8], value: &'a [u8], place: Place) -> Result<Self, ExtraError> {
        match FieldLine::from_parts(name, value).map_err(|error| error.kind()) {
            Ok(line) => Ok(ExtraField {
                line,
                field: line.field(),
                place,
                index: PlaceIndex::of(place),
                joined: Joined::new(name, value),
            }),
            Err(ErrorKind::FieldName) => Err(ExtraError::Name),
            Err(_) => Err(ExtraError::Value),
        }
    }

    /// The name, a token.
    #[must_use]
    pub const fn name(&self) -> &'a [u8] {
        self.line.name()
    }

    /// The value.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.line.value()
    }

    /// Where it is written.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    #[inline(always)]
    pub(crate) fn put<P: Pen>(&self, pen: P) -> Result<P, P::Error> {
        match self.joined.line.get(..self.joined.length) {
            None | Some([]) => put_line(pen, self.name(), self.value()),
            Some(line) => pen.text(line),
        }
    }

    #[inline(always)]
    pub(crate) const fn index(&self) -> PlaceIndex {
        self.index
    }

    /// Whether the message may carry it beside what the packet writes and what came `before`.
    fn check(&self, form: Form, before: &[ExtraField<'_>]) -> Result<(), ExtraError> {
        let Some(field) = self.field else {
            return Ok(());
        };
        if Layout::Canonical.order(form).contains(&field) && is_used(field, form) {
            return Err(ExtraError::Owned(field));
        }
        let is_override = matches!(field, Field::MethodOverride | Field::PacketType);
        if is_override || is_used(field, form) || is_used(field, by_itself(form)) {
            return Err(ExtraError::Reserved(field));
        }
        if self.value().len() > Options::STRICT.max_value() as usize {
            return Err(ExtraError::TooLong(field));
        }
        let is_same = |other: &ExtraField<'_>| other.field == Some(field);
        if before.iter().any(is_same) {
            return Err(ExtraError::Repeated(field));
        }
        Ok(())
    }
}

impl fmt::Debug for ExtraField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtraField")
            .field("line", &self.line)
            .field("place", &self.place)
            .finish()
    }
}

/// Whether a message of that form may carry the fields.
#[inline(never)]
pub(crate) fn check_all(extra: &[ExtraField<'_>], form: Form) -> Result<(), DraftError> {
    // Most are unknown to the protocol.
    if extra.iter().all(|field| field.field.is_none()) {
        return Ok(());
    }
    check_each(extra, form)
}

fn check_each(extra: &[ExtraField<'_>], form: Form) -> Result<(), DraftError> {
    for (index, field) in extra.iter().enumerate() {
        let before = extra.get(..index).unwrap_or_default();
        field
            .check(form, before)
            .map_err(|error| DraftError::Extra { index, error })?;
    }
    Ok(())
}

fn is_used(field: Field, form: Form) -> bool {
    presence(field, form) != Presence::Unused
}

/// The form as a reader sees it who does not know the request.
const fn by_itself(form: Form) -> Form {
    match form {
        Form::Ack { outcome, .. } => Form::Ack {
            answering: None,
            outcome,
        },
        form => form,
    }
}
