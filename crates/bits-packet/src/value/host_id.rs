//! `BITS-Host-Id`: [MC-BUP] 2.2.3.2.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{Value, read_value};
use crate::class::Class;
use crate::escape::Escaped;
use crate::grammar::{Fault, run1, whole};
use crate::head::target::authority;
use crate::tolerance::Tolerance;
use crate::{Deviation, Error, ErrorKind, Field};

/// The server that all later requests of the session are to go to ([MC-BUP] 2.2.3.2; D-47):
///
/// ```abnf
/// BITS-Host-Id = hostname / IPv4address / IPv6address             ; at most 300 characters
///              / ( host / "[" IPv6address "]" ) [ ":" port ]      ; tolerated
/// hostname     = *( domainlabel "." ) toplabel    ; [RFC 1738] 5: of ALPHA / DIGIT / "-"
/// host         = 1*( ALPHA / DIGIT / "-" / "." / "_" )            ; whatever its labels
/// ```
///
/// A client puts its bytes into `Host` as they are, but for an IPv6 address, which needs brackets:
/// see [`HostId::host`]. The path of the target stays.
///
/// A [`Host::Name`] may look like an address: `127.1`, `2130706433` and `256.1.1.1` are tolerated as names
/// ([`Deviation::HostIdForm`]), and what a resolver makes of them is its own affair. Whoever lets a client go
/// to some servers only checks the address that it resolves to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HostId<'a> {
    text: &'a [u8],
    host: Host<'a>,
    port: Option<u16>,
}

/// The host of a [`HostId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Host<'a> {
    /// A name, as spelled.
    Name(&'a str),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
}

impl<'a> HostId<'a> {
    /// The name of a host, of whose labels nothing is wrong, and which is no address.
    pub(crate) fn of_name(name: &'a [u8]) -> Option<Self> {
        let host = Host::Name(core::str::from_utf8(name).ok()?);
        wrong_label(name).is_none().then_some(HostId {
            text: name,
            host,
            port: None,
        })
    }

    /// An address, and how it is spelled.
    pub(crate) const fn of_ipv4(text: &'a [u8], address: Ipv4Addr) -> Self {
        HostId {
            text,
            host: Host::Ipv4(address),
            port: None,
        }
    }

    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 300;

    /// Reads `1*300host-char`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit, or
    /// [`ErrorKind::ValueTooLong`].
    pub fn new(host: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::HostId, host)
    }

    /// The value as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The host by itself.
    #[must_use]
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port, which should not be there.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }
}

impl<'a> Host<'a> {
    /// An address without brackets, or a name of letters, digits and `others`.
    fn new(text: &'a [u8], others: &[u8]) -> Option<Self> {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || others.contains(byte);
        let text = core::str::from_utf8(text).ok()?;
        if let Ok(address) = text.parse() {
            Some(Host::Ipv4(address))
        } else if let Ok(address) = text.parse() {
            Some(Host::Ipv6(address))
        } else {
            let is_name = !text.is_empty() && text.as_bytes().iter().all(is_name);
            is_name.then_some(Host::Name(text))
        }
    }
}

/// A fault at the first byte that is no letter, no digit and none of `others`.
fn not_in_name(value: &[u8], others: &[u8]) -> Fault {
    let is_other = |byte: &u8| !byte.is_ascii_alphanumeric() && !others.contains(byte);
    let at = value.iter().position(is_other).unwrap_or_default();
    Fault::new(ErrorKind::InvalidValue, value.len().saturating_sub(at))
}

/// Where the first label stands that a host name cannot have: `*( domainlabel "." ) toplabel`, whose labels are
/// not empty, begin and end with a letter or a digit, and the last begins with a letter ([RFC 1738] 5).
fn wrong_label(name: &[u8]) -> Option<usize> {
    let mut labels = name.split(|&byte| byte == b'.').peekable();
    let mut at = 0usize;
    while let Some(label) = labels.next() {
        let is_last = labels.peek().is_none();
        let begins_right = match label.first() {
            Some(first) if is_last => first.is_ascii_alphabetic(),
            Some(first) => *first != b'-',
            None => false,
        };
        if !begins_right || label.ends_with(b"-") {
            return Some(at);
        }
        at = at.saturating_add(label.len()).saturating_add(1);
    }
    None
}

impl<'a> Value<'a> for HostId<'a> {
    fn read(value: &'a [u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        whole(value, run1(Class::VISIBLE))?;
        if value.len() > Self::MAX_LENGTH {
            return Err(Fault::of_value(ErrorKind::ValueTooLong, value));
        }
        if let Some(host) = Host::new(value, b"-.") {
            let wrong = match host {
                Host::Name(name) => wrong_label(name.as_bytes()),
                Host::Ipv4(_) | Host::Ipv6(_) => None,
            };
            if let Some(at) = wrong {
                let left = value.len().saturating_sub(at);
                let fault = Fault::new(ErrorKind::InvalidValue, left);
                tolerance.tolerate(Deviation::HostIdForm, fault)?;
            }
            return Ok(HostId {
                text: value,
                host,
                port: None,
            });
        }
        let authority = whole(value, authority())?;
        let host = authority.host();
        let bare = host
            .strip_prefix(b"[")
            .and_then(|host| host.strip_suffix(b"]"));
        let host = Host::new(bare.unwrap_or(host), b"-._").ok_or(not_in_name(value, b"-._"))?;
        tolerance.tolerate(Deviation::HostIdForm, not_in_name(value, b"-."))?;
        Ok(HostId {
            text: value,
            host,
            port: authority.port(),
        })
    }
}

impl fmt::Display for HostId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.text).fmt(f)
    }
}

impl fmt::Debug for HostId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostId({self})")
    }
}

impl fmt::Display for Host<'_> {
    /// As it stands in a URL: an IPv6 address in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ipv4(address) => address.fmt(f),
            Host::Ipv6(address) => write!(f, "[{address}]"),
        }
    }
}
