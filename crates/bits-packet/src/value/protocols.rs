//! `BITS-Supported-Protocols`: [MC-BUP] 2.2.2.2.

use core::fmt;
use core::hash::{Hash, Hasher};

use nom::Offset;

use super::{Guid, Value, read_value};
use crate::class::Class;
use crate::escape::Escaped;
use crate::grammar::Fault;
use crate::tolerance::Tolerance;
use crate::{Deviation, Error, ErrorKind, Field};

/// The protocols that a client offers, most preferred first ([MC-BUP] 2.2.2.2; D-14):
///
/// ```abnf
/// BITS-Supported-Protocols = guid *( SP guid )
/// ```
///
/// Read with tolerance, any mix of blanks and commas separates items, and an item may be any run of
/// visible ASCII; one that is no GUID is kept and means nothing.
///
/// The list is iterated in place. It ends after
/// [`Options::max_protocols`](crate::Options::max_protocols) items: what follows is not looked at.
///
/// ```
/// use bits_packet::{Guid, SupportedProtocols};
/// let offered = SupportedProtocols::new(b"{7df0354d-249b-430f-820d-3d2a9bef4931}")?;
/// assert!(offered.offers(Guid::BITS_1_5_UPLOAD));
/// assert_eq!(offered.iter().count(), 1);
/// # Ok::<(), bits_packet::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct SupportedProtocols<'a>(&'a [u8]);

impl<'a> SupportedProtocols<'a> {
    /// A list of one GUID.
    pub(crate) const fn of_guid(guid: &'a [u8]) -> Self {
        SupportedProtocols(guid)
    }

    /// `{7df0354d-249b-430f-820d-3d2a9bef4931}` and no other: what Windows offers.
    pub const BITS_1_5_UPLOAD: SupportedProtocols<'static> =
        SupportedProtocols(b"{7df0354d-249b-430f-820d-3d2a9bef4931}");

    /// Reads `guid *( SP guid )`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the separator or at the item that does not fit.
    pub fn new(list: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::SupportedProtocols, list)
    }

    /// The items in order, as spelled.
    #[must_use]
    pub const fn iter(&self) -> Protocols<'a> {
        Protocols { list: self.0 }
    }

    /// Whether `protocol` is among the items.
    #[must_use]
    pub fn offers(&self, protocol: Guid) -> bool {
        self.iter().any(|item| item.guid() == Some(protocol))
    }
}

impl<'a> IntoIterator for SupportedProtocols<'a> {
    type Item = Protocol<'a>;
    type IntoIter = Protocols<'a>;

    fn into_iter(self) -> Protocols<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &SupportedProtocols<'a> {
    type Item = Protocol<'a>;
    type IntoIter = Protocols<'a>;

    fn into_iter(self) -> Protocols<'a> {
        self.iter()
    }
}

/// The items of [`SupportedProtocols`] in order, as spelled.
#[derive(Clone, Debug)]
pub struct Protocols<'a> {
    list: &'a [u8],
}

impl<'a> Iterator for Protocols<'a> {
    type Item = Protocol<'a>;

    fn next(&mut self) -> Option<Protocol<'a>> {
        // All that clients of Windows send is one GUID: looked at whole, 16 bytes at once.
        let usual: Option<&[u8; Guid::LENGTH]> = self.list.try_into().ok();
        if let Some(item) = usual.filter(|item| !has_separator(item)) {
            self.list = b"";
            return Some(Protocol(item));
        }
        let start = self.list.iter().position(|&byte| !is_separator(byte))?;
        let (_, list) = self.list.split_at_checked(start)?;
        let end = list.iter().position(|&byte| is_separator(byte));
        let (item, rest) = list.split_at_checked(end.unwrap_or(list.len()))?;
        self.list = rest;
        Some(Protocol(item))
    }
}

/// Without an early way out.
fn has_separator(item: &[u8; Guid::LENGTH]) -> bool {
    item.iter()
        .fold(false, |any, &byte| any | is_separator(byte))
}

fn is_separator(byte: u8) -> bool {
    byte == b',' || Class::BLANK.has(byte)
}

impl<'a> Value<'a> for SupportedProtocols<'a> {
    fn read(value: &'a [u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        let fault_at =
            |at: usize| Fault::new(ErrorKind::InvalidValue, value.len().saturating_sub(at));
        let limit = tolerance.options().max_protocols() as usize;
        let mut end = 0usize;
        for Protocol(item) in (Protocols { list: value }).take(limit) {
            let at = value.offset(item);
            let gap: &[u8] = if end == 0 { b"" } else { b" " };
            if let Some(wrong) = first_difference(value.get(end..at), gap) {
                let fault = fault_at(end.saturating_add(wrong));
                tolerance.tolerate(Deviation::ProtocolSeparator, fault)?;
            }
            if let Some(wrong) = item.iter().position(|&byte| !Class::ITEM.has(byte)) {
                return Err(fault_at(at.saturating_add(wrong)));
            }
            if Guid::parse(item).is_err() {
                tolerance.tolerate(Deviation::ProtocolNotGuid, fault_at(at))?;
            }
            end = at.saturating_add(item.len());
        }
        let (list, rest) = value.split_at_checked(end).unwrap_or_default();
        if list.is_empty() {
            return Err(fault_at(0));
        }
        if rest.iter().all(|&byte| is_separator(byte)) && !rest.is_empty() {
            tolerance.tolerate(Deviation::ProtocolSeparator, fault_at(end))?;
        }
        Ok(SupportedProtocols(list))
    }
}

/// Where `gap` begins to differ from what should be there.
fn first_difference(gap: Option<&[u8]>, expected: &[u8]) -> Option<usize> {
    let gap = gap.filter(|gap| *gap != expected)?;
    let same = gap
        .iter()
        .zip(expected)
        .take_while(|(one, other)| one == other);
    Some(same.count())
}

impl PartialEq for SupportedProtocols<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SupportedProtocols<'_> {}

impl Hash for SupportedProtocols<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|item| item.hash(state));
        self.iter().count().hash(state);
    }
}

impl fmt::Display for SupportedProtocols<'_> {
    /// The items with single spaces between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for item in self {
            write!(f, "{separator}{item}")?;
            separator = " ";
        }
        Ok(())
    }
}

impl fmt::Debug for SupportedProtocols<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An item of a protocol list. Two that are GUIDs are equal in any letter case.
#[derive(Clone, Copy)]
pub struct Protocol<'a>(&'a [u8]);

impl<'a> Protocol<'a> {
    /// The item as spelled: visible ASCII without commas.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The GUID, if it is one.
    #[must_use]
    pub fn guid(&self) -> Option<Guid> {
        Guid::parse(self.0).ok()
    }
}

impl PartialEq for Protocol<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.guid(), other.guid()) {
            (Some(one), Some(other)) => one == other,
            _ => self.0 == other.0,
        }
    }
}

impl Eq for Protocol<'_> {}

impl Hash for Protocol<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.guid() {
            Some(guid) => guid.hash(state),
            None => self.0.hash(state),
        }
    }
}

impl fmt::Display for Protocol<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for Protocol<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Protocol({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::Options;

    extern crate std;

    #[test]
    fn a_strict_reader_refuses_a_list_at_the_first_byte_that_departs_from_the_grammar() {
        let separator = |at| Some((at, Some(Deviation::ProtocolSeparator)));
        let no_guid = |at| Some((at, Some(Deviation::ProtocolNotGuid)));
        for (list, refused) in [
            ("@", None),
            ("@ @ @", None),
            (" @", separator(0)),
            ("@,@", separator(38)),
            ("@  @", separator(39)),
            ("@ ,@", separator(39)),
            ("@ ", separator(38)),
            ("x", no_guid(0)),
            ("@ x", no_guid(39)),
            ("@ a\u{1}", Some((40, None))),
        ] {
            let guid = Guid::BITS_1_5_UPLOAD.to_lower().map(char::from);
            let list: String = list.replace('@', &String::from_iter(guid));
            let mut tolerance = Tolerance::new(&Options::STRICT);
            let read = SupportedProtocols::read(list.as_bytes(), &mut tolerance);
            let fault = read.err();
            let found = fault.map(|fault| (list.len() - fault.left, fault.deviation));
            assert_eq!(found, refused, "{list:?}");
        }
    }

    #[test]
    fn one_item_is_told_from_several_wherever_and_however_often_they_are_separated() {
        assert!(!has_separator(b"{7df0354d-249b-430f-820d-3d2a9bef4931}"));
        for separator in [b' ', b'\t', b','] {
            for first in 0..Guid::LENGTH {
                for second in 0..Guid::LENGTH {
                    let mut list = [b'a'; Guid::LENGTH];
                    list[first] = separator;
                    list[second] = separator;
                    assert!(has_separator(&list), "{separator} at {first} and {second}");
                }
            }
        }
    }

    #[test]
    fn a_list_as_long_as_one_guid_is_split_like_any_other() {
        for separator in [b' ', b'\t', b',', b'x'] {
            for at in 0..Guid::LENGTH {
                let mut list = [b'a'; Guid::LENGTH];
                list[at] = separator;
                let is_separator = |byte: &u8| *byte != b'x' && *byte == separator;
                let items = list.split(is_separator).filter(|item| !item.is_empty());
                let found = Protocols { list: &list }.map(|item| item.0);
                assert!(found.eq(items), "{separator} at {at}");
            }
        }
    }
}
