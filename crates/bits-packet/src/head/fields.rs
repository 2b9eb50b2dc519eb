//! The field block, walked on demand.

use core::fmt;

use memchr::memchr;

use crate::class::{Class, trim_blanks};
use crate::escape::{Escaped, Quoted};
use crate::{Error, ErrorKind, Field};

/// One field line: `field-name ":" OWS field-value OWS` ([RFC 9112] 5).
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldLine<'a> {
    name: &'a [u8],
    value: &'a [u8],
    offset: u32,
}

impl<'a> FieldLine<'a> {
    pub(crate) const fn new(name: &'a [u8], value: &'a [u8], offset: u32) -> Self {
        FieldLine {
            name,
            value,
            offset,
        }
    }

    /// A field line from its parts, as it would stand at the start of a head's fields.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FieldName`] when the name is no `token` ([RFC 9110] 5.6.2),
    /// [`ErrorKind::FieldValue`] when the value holds a control character, or begins or ends with a
    /// blank ([RFC 9110] 5.5).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
    pub fn from_parts(name: &'a [u8], value: &'a [u8]) -> Result<Self, Error> {
        let kind = if name.is_empty() || !Class::TOKEN.has_all(name) {
            ErrorKind::FieldName
        } else if trim_blanks(value) != value || !Class::TEXT.has_all(value) {
            ErrorKind::FieldValue
        } else {
            return Ok(FieldLine::new(name, value, 0));
        };
        Err(Error::new(kind, 0, None).of_response())
    }

    /// The name as spelled, a token.
    #[must_use]
    pub const fn name(&self) -> &'a [u8] {
        self.name
    }

    /// The value, without the white space around it.
    #[must_use]
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Where the line begins, in bytes from the start of the head.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset as usize
    }

    pub(crate) const fn at(&self) -> u32 {
        self.offset
    }

    /// Which field it is, if the protocol gives it a meaning.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        Field::from_name(self.name)
    }
}

impl fmt::Display for FieldLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Escaped(self.name), Escaped(self.value))
    }
}

impl fmt::Debug for FieldLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", Quoted(self.name), Quoted(self.value))
    }
}

/// The field lines of a head, in order. An iterator that is `Copy`: iterate over a copy to start
/// again.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields<'a> {
    block: &'a [u8],
    offset: u32,
}

impl<'a> Fields<'a> {
    /// `block` is a run of field lines that the grammar has accepted, each with its CRLF.
    pub(crate) const fn new(block: &'a [u8], offset: u32) -> Self {
        Fields { block, offset }
    }

    /// The lines that are left, each with its CRLF, as they came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.block
    }

    /// The value of the first line of that name, in any letter case.
    #[must_use]
    pub fn get(mut self, name: &[u8]) -> Option<&'a [u8]> {
        self.find(|line| line.name.eq_ignore_ascii_case(name))
            .map(|line| line.value)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = FieldLine<'a>;

    fn next(&mut self) -> Option<FieldLine<'a>> {
        let (line, rest) = self
            .block
            .split_at_checked(memchr(b'\n', self.block)?.saturating_add(1))?;
        let (name, value) = line.split_at_checked(memchr(b':', line)?)?;
        let value = trim_blanks(value.strip_prefix(b":")?.strip_suffix(b"\r\n")?);
        let field = FieldLine::new(name, value, self.offset);
        let length = u32::try_from(line.len()).ok()?;
        *self = Fields::new(rest, self.offset.saturating_add(length));
        Some(field)
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}
