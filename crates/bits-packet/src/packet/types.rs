//! `BITS-Packet-Type`: [MC-BUP] 2.2.1.

use core::fmt;
use core::str::FromStr;

use crate::grammar::Fault;
use crate::tolerance::Tolerance;
use crate::value::{Value, read_value};
use crate::{Error, ErrorKind, Field};

/// The kind of a packet ([MC-BUP] 2.2.1; D-2, D-42):
///
/// ```abnf
/// BITS-Packet-Type = "Ping" / "Create-Session" / "Fragment" / "Close-Session"
///                  / "Cancel-Session" / "Ack"
/// ```
///
/// Letter case does not count; it is written as above, as Windows does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketType {
    /// A request of the client.
    Request(RequestType),
    /// The answer to any of them.
    Ack,
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RequestType {
    /// Opens a connection, and lets it authenticate before data moves ([MC-BUP] 2.2.4).
    Ping,
    /// Opens a session for one file ([MC-BUP] 2.2.2).
    CreateSession,
    /// Carries a piece of the file ([MC-BUP] 2.2.6).
    Fragment,
    /// Ends a session whose file is whole ([MC-BUP] 2.2.8).
    CloseSession,
    /// Ends a session, and drops what it has sent ([MC-BUP] 2.2.10).
    CancelSession,
}

impl PacketType {
    /// Every type.
    pub const ALL: [PacketType; 6] = [
        PacketType::Request(RequestType::Ping),
        PacketType::Request(RequestType::CreateSession),
        PacketType::Request(RequestType::Fragment),
        PacketType::Request(RequestType::CloseSession),
        PacketType::Request(RequestType::CancelSession),
        PacketType::Ack,
    ];

    /// Reads a packet type, in any letter case.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownPacketType`].
    pub fn parse(value: &[u8]) -> Result<Self, Error> {
        read_value(Field::PacketType, value)
    }

    /// The type as Windows writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            PacketType::Request(request) => request.name(),
            PacketType::Ack => "Ack",
        }
    }

    /// The type of the request, unless it is an Ack.
    #[must_use]
    pub const fn request(self) -> Option<RequestType> {
        match self {
            PacketType::Request(request) => Some(request),
            PacketType::Ack => None,
        }
    }
}

impl RequestType {
    /// Every type.
    pub const ALL: [RequestType; 5] = [
        RequestType::Ping,
        RequestType::CreateSession,
        RequestType::Fragment,
        RequestType::CloseSession,
        RequestType::CancelSession,
    ];

    /// The type as Windows writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RequestType::Ping => "Ping",
            RequestType::CreateSession => "Create-Session",
            RequestType::Fragment => "Fragment",
            RequestType::CloseSession => "Close-Session",
            RequestType::CancelSession => "Cancel-Session",
        }
    }

    /// A bit of its own, below `1 << 5`.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Value<'_> for PacketType {
    fn read(value: &[u8], _: &mut Tolerance<'_>) -> Result<Self, Fault> {
        PacketType::ALL
            .into_iter()
            .find(|packet| packet.name().as_bytes().eq_ignore_ascii_case(value))
            .ok_or(Fault::of_value(ErrorKind::UnknownPacketType, value))
    }
}

impl From<RequestType> for PacketType {
    fn from(request: RequestType) -> Self {
        PacketType::Request(request)
    }
}

impl FromStr for PacketType {
    type Err = Error;

    fn from_str(value: &str) -> Result<Self, Error> {
        PacketType::parse(value.as_bytes())
    }
}

impl FromStr for RequestType {
    type Err = Error;

    /// Reads the type of a request, in any letter case.
    fn from_str(value: &str) -> Result<Self, Error> {
        let wrong = Fault::of_value(ErrorKind::WrongPacketType, value.as_bytes());
        PacketType::parse(value.as_bytes())?
            .request()
            .ok_or(Error::of_value(Field::PacketType, value.as_bytes(), wrong))
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for RequestType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
