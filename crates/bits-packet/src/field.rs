//! The fields that the protocol gives a meaning to.

use core::fmt;

use crate::fast;
use crate::presence::{self, Row};

/// A header field that the protocol, or the framing of its messages, gives a meaning to.
///
/// Names compare without regard to ASCII case ([RFC 9110] 5.1). Every other field is kept and
/// ignored ([MC-BUP] 2.2).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Field {
    /// `BITS-Packet-Type`: [`PacketType`](crate::PacketType).
    PacketType,
    /// `BITS-Session-Id`: [`SessionId`](crate::SessionId).
    SessionId,
    /// `Content-Length`: [`ContentLength`](crate::ContentLength).
    ContentLength,
    /// `Host`: [`Authority`](crate::Authority).
    Host,
    /// `Transfer-Encoding`: what frames a body without a length.
    TransferEncoding,
    /// `Content-Name`: [`ContentName`](crate::ContentName).
    ContentName,
    /// `Content-Range`: [`ContentRange`](crate::ContentRange).
    ContentRange,
    /// `Content-Encoding`: [`ContentEncoding`](crate::ContentEncoding).
    ContentEncoding,
    /// `BITS-Supported-Protocols`: [`SupportedProtocols`](crate::SupportedProtocols).
    SupportedProtocols,
    /// `BITS-Protocol`: [`Guid`](crate::Guid).
    Protocol,
    /// `BITS-Host-Id`: [`HostId`](crate::HostId).
    HostId,
    /// `BITS-Host-Id-Fallback-Timeout`: [`FallbackTimeout`](crate::FallbackTimeout).
    HostIdFallbackTimeout,
    /// `Accept-Encoding`: [`AcceptEncoding`](crate::AcceptEncoding).
    AcceptEncoding,
    /// `BITS-Received-Content-Range`: [`ReceivedContentRange`](crate::ReceivedContentRange).
    ReceivedContentRange,
    /// `BITS-Reply-URL`: [`ReplyUrl`](crate::ReplyUrl).
    ReplyUrl,
    /// `BITS-Error-Code`: [`HResult`](crate::HResult).
    ErrorCode,
    /// `BITS-Error`, another spelling of `BITS-Error-Code` ([MC-BUP] 2.2.1.2).
    Error,
    /// `BITS-Error-Context`: [`ErrorContext`](crate::ErrorContext).
    ErrorContext,
    /// `BITS-Original-Request-URL`: [`AbsoluteUrl`](crate::AbsoluteUrl).
    OriginalRequestUrl,
    /// `BITS-Request-DataFile-Name`: [`DataFileName`](crate::DataFileName).
    RequestDataFileName,
    /// `BITS-Request-DataEntity-Name`, another spelling of `BITS-Request-DataFile-Name`.
    RequestDataEntityName,
    /// `BITS-Response-DataFile-Name`: [`DataFileName`](crate::DataFileName).
    ResponseDataFileName,
    /// `BITS-Response-DataEntity-Name`, another spelling of `BITS-Response-DataFile-Name`.
    ResponseDataEntityName,
    /// `BITS-Static-Response-URL`: [`AbsoluteUrl`](crate::AbsoluteUrl).
    StaticResponseUrl,
    /// `BITS-Copy-File-To-Destination`: presence is all it says.
    CopyFileToDestination,
    /// `X-HTTP-Method-Override`: `BITS_POST` in the dialect of OneDrive.
    MethodOverride,
}

impl Field {
    /// How many there are.
    pub const COUNT: usize = Field::ALL.len();

    /// All of them, in the order of their declaration.
    pub const ALL: [Field; 26] = [
        Field::PacketType,
        Field::SessionId,
        Field::ContentLength,
        Field::Host,
        Field::TransferEncoding,
        Field::ContentName,
        Field::ContentRange,
        Field::ContentEncoding,
        Field::SupportedProtocols,
        Field::Protocol,
        Field::HostId,
        Field::HostIdFallbackTimeout,
        Field::AcceptEncoding,
        Field::ReceivedContentRange,
        Field::ReplyUrl,
        Field::ErrorCode,
        Field::Error,
        Field::ErrorContext,
        Field::OriginalRequestUrl,
        Field::RequestDataFileName,
        Field::RequestDataEntityName,
        Field::ResponseDataFileName,
        Field::ResponseDataEntityName,
        Field::StaticResponseUrl,
        Field::CopyFileToDestination,
        Field::MethodOverride,
    ];

    /// The name as Windows and the documents spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PacketType => "BITS-Packet-Type",
            Self::SessionId => "BITS-Session-Id",
            Self::ContentLength => "Content-Length",
            Self::Host => "Host",
            Self::TransferEncoding => "Transfer-Encoding",
            Self::ContentName => "Content-Name",
            Self::ContentRange => "Content-Range",
            Self::ContentEncoding => "Content-Encoding",
            Self::SupportedProtocols => "BITS-Supported-Protocols",
            Self::Protocol => "BITS-Protocol",
            Self::HostId => "BITS-Host-Id",
            Self::HostIdFallbackTimeout => "BITS-Host-Id-Fallback-Timeout",
            Self::AcceptEncoding => "Accept-Encoding",
            Self::ReceivedContentRange => "BITS-Received-Content-Range",
            Self::ReplyUrl => "BITS-Reply-URL",
            Self::ErrorCode => "BITS-Error-Code",
            Self::Error => "BITS-Error",
            Self::ErrorContext => "BITS-Error-Context",
            Self::OriginalRequestUrl => "BITS-Original-Request-URL",
            Self::RequestDataFileName => "BITS-Request-DataFile-Name",
            Self::RequestDataEntityName => "BITS-Request-DataEntity-Name",
            Self::ResponseDataFileName => "BITS-Response-DataFile-Name",
            Self::ResponseDataEntityName => "BITS-Response-DataEntity-Name",
            Self::StaticResponseUrl => "BITS-Static-Response-URL",
            Self::CopyFileToDestination => "BITS-Copy-File-To-Destination",
            Self::MethodOverride => "X-HTTP-Method-Override",
        }
    }

    /// The field of that name, in any letter case.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Field> {
        fast::field_of(name)
    }

    /// The section that defines it, with the document in brackets.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.row().section
    }

    /// Where it may, must and must not stand.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        presence::row(self)
    }

    /// Whether a message may carry it once only, so that a repetition with other bytes makes the
    /// message ambiguous. The others are lists, or have a rule of their own in the framing.
    pub(crate) const fn is_singleton(self) -> bool {
        !matches!(
            self,
            Self::ContentLength
                | Self::Host
                | Self::TransferEncoding
                | Self::ContentEncoding
                | Self::AcceptEncoding
                | Self::MethodOverride
        )
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
