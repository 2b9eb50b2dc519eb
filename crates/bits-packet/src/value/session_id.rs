//! `BITS-Session-Id`: [MC-BUP] 2.2.1.2.

use core::fmt;

use super::{Guid, Value, read_value};
use crate::class::Class;
use crate::escape::Escaped;
use crate::grammar::{Fault, run1, whole};
use crate::tolerance::Tolerance;
use crate::{Deviation, Error, ErrorKind, Field};

/// The name of a session ([MC-BUP] 2.2.1.2; D-6):
///
/// ```abnf
/// BITS-Session-Id = 1*100field-vchar
/// ```
///
/// Opaque: the server makes it, the client repeats it byte for byte. Windows uses a GUID in braces;
/// others use GUIDs without braces and signed numbers.
///
/// Comparison is by bytes. A server that looks up a session compares with
/// [`SessionId::names_same_session`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId<'a>(&'a [u8]);

impl<'a> SessionId<'a> {
    /// Of visible bytes, as many as an id may have.
    pub(crate) const fn of_visible(id: &'a [u8]) -> Self {
        SessionId(id)
    }

    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 100;

    /// Reads a session id; one of more than 100 bytes is tolerated, up to 4,096.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit, or
    /// [`ErrorKind::ValueTooLong`].
    pub fn new(id: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::SessionId, id)
    }

    /// The id as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The GUID, if the id is one in braces.
    #[must_use]
    pub fn guid(&self) -> Option<Guid> {
        Guid::parse(self.0).ok()
    }

    /// Whether a server takes both for the same session: the same bytes, or the same GUID in another
    /// letter case.
    #[must_use]
    pub fn names_same_session(&self, other: &SessionId<'_>) -> bool {
        self.0 == other.0 || self.guid().is_some_and(|guid| other.guid() == Some(guid))
    }
}

impl<'a> Value<'a> for SessionId<'a> {
    fn read(value: &'a [u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        whole(value, run1(Class::VISIBLE))?;
        if value.len() > Self::MAX_LENGTH {
            let fault = Fault::of_value(ErrorKind::ValueTooLong, value);
            tolerance.tolerate(Deviation::SessionIdLength, fault)?;
        }
        Ok(SessionId(value))
    }
}

impl fmt::Display for SessionId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for SessionId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}
