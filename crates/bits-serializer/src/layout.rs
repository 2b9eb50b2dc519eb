//! Order and spelling.

use bits_packet::Field;
use bits_packet::presence::Form;

/// In which order the fields of a head are written, and how they are spelled.
///
/// A layout never drops a field: what a packet holds is written in every layout. What looks like
/// IIS is an IIS layout and a packet without the fields that IIS leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// As the documents list them, `Host` first.
    #[default]
    Canonical,
    /// As the BITS client of Windows sends them, and the notifications of its server: what the
    /// protocol defines, `Host`, `Content-Length` ([MC-BUP] 4).
    Windows,
    /// As IIS answers: as [`Layout::Windows`], and `Accept-encoding` with a small e ([MC-BUP] 4).
    Iis,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Layout; 3] = [Layout::Canonical, Layout::Windows, Layout::Iis];

    /// The fields of a form in the order in which they are written.
    #[must_use]
    pub const fn order(self, form: Form) -> &'static [Field] {
        match (form, self) {
            (Form::Request(_), Layout::Canonical) => &REQUEST,
            (Form::Request(_), Layout::Windows | Layout::Iis) => &REQUEST_OF_WINDOWS,
            (Form::Ack { .. }, _) => &ACK,
            (Form::Notification, Layout::Canonical) => &NOTIFICATION,
            (Form::Notification, Layout::Windows | Layout::Iis) => &NOTIFICATION_OF_WINDOWS,
            (Form::NotificationResponse, _) => &NOTIFICATION_RESPONSE,
        }
    }

    /// The name of a field as the layout spells it.
    #[must_use]
    pub const fn name(self, field: Field) -> &'static str {
        match (self, field) {
            (Layout::Iis, Field::AcceptEncoding) => "Accept-encoding",
            _ => field.name(),
        }
    }
}

const REQUEST: [Field; 8] = [
    Field::Host,
    Field::PacketType,
    Field::SessionId,
    Field::SupportedProtocols,
    Field::ContentLength,
    Field::ContentRange,
    Field::ContentName,
    Field::ContentEncoding,
];

const REQUEST_OF_WINDOWS: [Field; 8] = [
    Field::PacketType,
    Field::SupportedProtocols,
    Field::SessionId,
    Field::ContentName,
    Field::ContentRange,
    Field::ContentEncoding,
    Field::Host,
    Field::ContentLength,
];

const ACK: [Field; 11] = [
    Field::PacketType,
    Field::Protocol,
    Field::SessionId,
    Field::HostId,
    Field::HostIdFallbackTimeout,
    Field::ErrorCode,
    Field::ErrorContext,
    Field::ContentLength,
    Field::AcceptEncoding,
    Field::ReceivedContentRange,
    Field::ReplyUrl,
];

const NOTIFICATION: [Field; 5] = [
    Field::Host,
    Field::OriginalRequestUrl,
    Field::RequestDataFileName,
    Field::ResponseDataFileName,
    Field::ContentLength,
];

const NOTIFICATION_OF_WINDOWS: [Field; 5] = [
    Field::OriginalRequestUrl,
    Field::RequestDataFileName,
    Field::ResponseDataFileName,
    Field::Host,
    Field::ContentLength,
];

const NOTIFICATION_RESPONSE: [Field; 3] = [
    Field::StaticResponseUrl,
    Field::CopyFileToDestination,
    Field::ContentLength,
];
