//! Names of files: `Content-Name` and the paths of a notification.

use core::fmt;

use super::{Value, read_value};
use crate::class::Class;
use crate::escape::Escaped;
use crate::grammar::{Fault, run1, whole};
use crate::tolerance::Tolerance;
use crate::{Deviation, Error, ErrorKind, Field};

/// `1*( field-vchar / SP / HTAB )`, no blank at either end.
pub(super) fn text(value: &[u8]) -> Result<(), Fault> {
    whole(value, run1(Class::TEXT))?;
    match value {
        [b' ' | b'\t', ..] => Err(Fault::of_value(ErrorKind::InvalidValue, value)),
        [.., b' ' | b'\t'] => Err(Fault::new(ErrorKind::InvalidValue, 1)),
        _ => Ok(()),
    }
}

/// The name of the client's file, without a path ([MC-BUP] 2.2.1.1; D-9):
///
/// ```abnf
/// Content-Name = 1*260( field-vchar / SP / HTAB )   ; no blank at either end
/// ```
///
/// For information only, and never to be used as a path: it may hold anything, slashes and dots
/// included. Its character set is not known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentName<'a>(&'a [u8]);

impl<'a> ContentName<'a> {
    /// Of text, as many bytes as a name may have.
    pub(crate) const fn of_text(name: &'a [u8]) -> Self {
        ContentName(name)
    }

    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 260;

    /// Reads a content name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit, or
    /// [`ErrorKind::ValueTooLong`].
    pub fn new(name: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::ContentName, name)
    }

    /// The name as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Whether Windows would take it for a file name: none of `\ / : * ? " < > |`.
    #[must_use]
    pub fn is_windows_name(&self) -> bool {
        !self.0.iter().any(|byte| br#"\/:*?"<>|"#.contains(byte))
    }
}

impl<'a> Value<'a> for ContentName<'a> {
    fn read(value: &'a [u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        text(value)?;
        if value.len() > Self::MAX_LENGTH {
            let fault = Fault::of_value(ErrorKind::ValueTooLong, value);
            tolerance.tolerate(Deviation::ContentNameLength, fault)?;
        }
        Ok(ContentName(value))
    }
}

/// Where a server has put a file for its server application, or wants one ([MC-BUP] 2.2.12.2):
///
/// ```abnf
/// BITS-Request-DataFile-Name  = 1*( field-vchar / SP / HTAB )   ; no blank at either end
/// BITS-Response-DataFile-Name = 1*( field-vchar / SP / HTAB )
/// ```
///
/// A path on the server's machine, to be taken as it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataFileName<'a>(&'a [u8]);

impl<'a> DataFileName<'a> {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit.
    pub fn new(path: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::RequestDataFileName, path)
    }

    /// The path as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Value<'a> for DataFileName<'a> {
    fn read(value: &'a [u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        text(value)?;
        Ok(DataFileName(value))
    }
}

impl fmt::Display for ContentName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for ContentName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentName({self})")
    }
}

impl fmt::Display for DataFileName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for DataFileName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataFileName({self})")
    }
}
