//! `Accept-Encoding` of an Ack and `Content-Encoding` of a Fragment.

use core::fmt;

use nom::Offset;

use super::name::text;
use super::{Value, read_value};
use crate::class::{Class, trim_blanks};
use crate::escape::Escaped;
use crate::grammar::{Fault, run1, whole};
use crate::tolerance::Tolerance;
use crate::{Error, ErrorKind, Field};

/// Content codings: what a server takes in Fragments, or what a Fragment is coded in
/// ([MC-BUP] 2.2.3.1 and 2.2.6.1, [RFC 9110] 8.4 and 12.5.3):
///
/// ```abnf
/// Accept-Encoding  = #coding    ; at least one
/// Content-Encoding = #coding
/// coding           = token
/// ```
///
/// Empty items are passed over. Windows knows `identity` alone; weights (`;q=0.5`), which an
/// `Accept-Encoding` of HTTP may have, are not read.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Codings<'a>(&'a [u8]);

impl<'a> Codings<'a> {
    /// `identity`: no coding.
    pub const IDENTITY: Codings<'static> = Codings(b"identity");

    /// Reads a list of codings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first item that does not fit.
    pub fn new(list: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::ContentEncoding, list)
    }

    /// The list as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The codings in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        let names = self.0.split(|&byte| byte == b',').map(trim_blanks);
        names.filter(|name| !name.is_empty())
    }

    /// Whether `coding` is in the list, in any letter case.
    #[must_use]
    pub fn contains(&self, coding: &[u8]) -> bool {
        self.iter().any(|name| name.eq_ignore_ascii_case(coding))
    }
}

impl<'a> Value<'a> for Codings<'a> {
    fn read(value: &'a [u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        text(value)?;
        for item in value.split(|&byte| byte == b',').map(trim_blanks) {
            let end = value.offset(item).saturating_add(item.len());
            let behind = value.len().saturating_sub(end);
            if !item.is_empty() {
                whole(item, run1(Class::TOKEN))
                    .map_err(|fault| Fault::new(fault.kind, fault.left.saturating_add(behind)))?;
            }
        }
        let codings = Codings(value);
        let none = Fault::of_value(ErrorKind::InvalidValue, value);
        codings.iter().next().map(|_| codings).ok_or(none)
    }
}

impl fmt::Display for Codings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for Codings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codings({self})")
    }
}
