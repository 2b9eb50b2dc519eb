//! Which field a packet must, may and must not carry: one table, read by the parser, the
//! serializer, the tests and the docs.

mod columns;

use crate::packet::RequestType;
use crate::{Deviation, Field};

pub(crate) use columns::{Column, FieldSet, column_of_ack, column_of_request};

/// How the request that an Ack answers went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Status 200, or 201 where it is tolerated ([MC-BUP] 2.2.1.2; D-16).
    Success,
    /// Status 416: client and server are out of step ([MC-BUP] 2.2.7.2).
    OutOfSequence,
    /// Any other status.
    Failure,
}

/// What kind of packet it is, as far as presence depends on it: a column of [`PRESENCE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A request of the client.
    Request(RequestType),
    /// An answer of the server. `answering` is `None` when the request is not known: then only
    /// what all Acks have in common is asked for.
    Ack {
        /// The packet that it answers.
        answering: Option<RequestType>,
        /// What its status says.
        outcome: Outcome,
    },
    /// The POST of a server to its server application ([MC-BUP] 2.2.12).
    Notification,
    /// The server application's answer ([MC-BUP] 2.2.13).
    NotificationResponse,
}

impl Form {
    /// Every form.
    pub fn all() -> impl Iterator<Item = Form> {
        let requests = RequestType::ALL.into_iter().map(Form::Request);
        let acks = [None]
            .into_iter()
            .chain(RequestType::ALL.into_iter().map(Some))
            .flat_map(|answering| {
                [Outcome::Success, Outcome::OutOfSequence, Outcome::Failure]
                    .map(|outcome| Form::Ack { answering, outcome })
            });
        requests
            .chain(acks)
            .chain([Form::Notification, Form::NotificationResponse])
    }
}

/// What a table row says about one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Presence {
    /// Refused without it, whatever the options.
    Required,
    /// Refused without it, unless the deviation is tolerated.
    Expected(Deviation),
    /// May be there.
    Optional,
    /// Refused with it, unless the deviation is tolerated.
    Unexpected(Deviation),
    /// Refused with it, whatever the options.
    Forbidden,
    /// Of no use to the packet: kept among its fields, ignored.
    Unused,
}

/// The rule for one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The field.
    pub field: Field,
    /// The section that defines it.
    pub section: &'static str,
    required: Forms,
    expected: Forms,
    optional: Forms,
    unexpected: Forms,
    forbidden: Forms,
    /// Tolerated when `expected` is not met.
    without: Deviation,
    /// Tolerated when `unexpected` is met.
    with: Deviation,
}

impl Row {
    /// What the row says about `form`.
    #[must_use]
    pub const fn presence(&self, form: Form) -> Presence {
        if self.required.contains(form) {
            Presence::Required
        } else if self.expected.contains(form) {
            Presence::Expected(self.without)
        } else if self.optional.contains(form) {
            Presence::Optional
        } else if self.unexpected.contains(form) {
            Presence::Unexpected(self.with)
        } else if self.forbidden.contains(form) {
            Presence::Forbidden
        } else {
            Presence::Unused
        }
    }
}

pub(crate) const fn row(field: Field) -> &'static Row {
    // The table has a row for each field, in order: the discriminant is its index.
    #[allow(clippy::indexing_slicing)]
    &PRESENCE[field as usize]
}

/// The rule about `field` in `form`.
#[must_use]
pub const fn presence(field: Field, form: Form) -> Presence {
    row(field).presence(form)
}

/// A set of forms: a bit for each packet type, and one for "the request is not known". The sum of
/// different bits is their union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Forms {
    request: u8,
    success: u8,
    out_of_sequence: u8,
    failure: u8,
    notification: bool,
    notification_response: bool,
}

const PING: u8 = RequestType::Ping.bit();
const CREATE: u8 = RequestType::CreateSession.bit();
const FRAGMENT: u8 = RequestType::Fragment.bit();
const CLOSE: u8 = RequestType::CloseSession.bit();
const CANCEL: u8 = RequestType::CancelSession.bit();
const UNKNOWN: u8 = 1 << 5;
const REQUESTS: u8 = PING + CREATE + FRAGMENT + CLOSE + CANCEL;
const ALL: u8 = REQUESTS + UNKNOWN;

const NONE: Forms = Forms {
    request: 0,
    success: 0,
    out_of_sequence: 0,
    failure: 0,
    notification: false,
    notification_response: false,
};

const ACKS: Forms = Forms {
    success: ALL,
    out_of_sequence: ALL,
    failure: ALL,
    ..NONE
};

impl Forms {
    const fn contains(self, form: Form) -> bool {
        match form {
            Form::Request(request) => self.request & request.bit() != 0,
            Form::Ack { answering, outcome } => {
                let set = match outcome {
                    Outcome::Success => self.success,
                    Outcome::OutOfSequence => self.out_of_sequence,
                    Outcome::Failure => self.failure,
                };
                let bit = match answering {
                    Some(request) => request.bit(),
                    None => UNKNOWN,
                };
                set & bit != 0
            }
            Form::Notification => self.notification,
            Form::NotificationResponse => self.notification_response,
        }
    }
}

const fn rule(field: Field, section: &'static str) -> Row {
    Row {
        field,
        section,
        required: NONE,
        expected: NONE,
        optional: NONE,
        unexpected: NONE,
        forbidden: NONE,
        without: Deviation::UnreadableValue,
        with: Deviation::UnreadableValue,
    }
}

/// What a server says of a session that it has created, and of no other.
const fn of_session(field: Field) -> Row {
    Row {
        optional: Forms {
            success: CREATE + UNKNOWN,
            out_of_sequence: UNKNOWN,
            failure: UNKNOWN,
            ..NONE
        },
        unexpected: Forms {
            out_of_sequence: CREATE,
            failure: CREATE,
            ..NONE
        },
        with: Deviation::SessionOnFailure,
        ..rule(field, "[MC-BUP] 2.2.3.2")
    }
}

/// Error headers: with every failure but 416, which tells its own story (D-23, D-38).
const fn of_error(field: Field) -> Row {
    Row {
        expected: Forms {
            failure: ALL,
            ..NONE
        },
        optional: Forms {
            out_of_sequence: ALL,
            ..NONE
        },
        unexpected: Forms {
            success: ALL,
            ..NONE
        },
        without: Deviation::MissingError,
        with: Deviation::ErrorOnSuccess,
        ..rule(field, "[MC-BUP] 2.2.1.2")
    }
}

const fn of_data_file(field: Field) -> Row {
    Row {
        optional: Forms {
            notification: true,
            ..NONE
        },
        ..rule(field, "[MC-BUP] 2.2.12.2")
    }
}

const fn of_data_entity(field: Field) -> Row {
    Row {
        unexpected: Forms {
            notification: true,
            ..NONE
        },
        with: Deviation::DataEntityName,
        ..rule(field, "[MC-BUP] 2.2.12.2")
    }
}

/// The table: a rule for each of [`Field::ALL`], in that order.
///
/// What a row does not name is [`Presence::Unused`].
#[doc = include_str!("presence.md")]
pub static PRESENCE: [Row; Field::COUNT] = table();

const fn table() -> [Row; Field::COUNT] {
    [
        Row {
            required: Forms {
                request: REQUESTS,
                ..ACKS
            },
            ..rule(Field::PacketType, "[MC-BUP] 2.2.1")
        },
        Row {
            required: Forms {
                request: FRAGMENT + CLOSE + CANCEL,
                success: CREATE,
                ..NONE
            },
            expected: Forms {
                success: FRAGMENT + CLOSE + CANCEL,
                ..NONE
            },
            optional: Forms {
                success: UNKNOWN,
                out_of_sequence: ALL & !PING,
                failure: ALL & !PING,
                ..NONE
            },
            without: Deviation::MissingSessionId,
            ..rule(Field::SessionId, "[MC-BUP] 2.2.1.2")
        },
        Row {
            required: Forms {
                request: FRAGMENT,
                ..NONE
            },
            expected: Forms {
                request: REQUESTS & !FRAGMENT,
                notification: true,
                notification_response: true,
                ..ACKS
            },
            without: Deviation::MissingContentLength,
            ..rule(Field::ContentLength, "[MC-BUP] 2.2.1.1")
        },
        Row {
            required: Forms {
                request: REQUESTS,
                ..NONE
            },
            expected: Forms {
                notification: true,
                ..NONE
            },
            without: Deviation::OrdinaryHost,
            ..rule(Field::Host, "[RFC 9112] 3.2")
        },
        Row {
            optional: Forms {
                notification_response: true,
                ..NONE
            },
            unexpected: ACKS,
            forbidden: Forms {
                request: REQUESTS,
                notification: true,
                ..NONE
            },
            with: Deviation::AckBody,
            ..rule(Field::TransferEncoding, "[MC-BUP] 2.2.1.1")
        },
        Row {
            optional: Forms {
                request: REQUESTS & !PING,
                ..NONE
            },
            ..rule(Field::ContentName, "[MC-BUP] 2.2.1.1")
        },
        Row {
            required: Forms {
                request: FRAGMENT,
                ..NONE
            },
            ..rule(Field::ContentRange, "[MC-BUP] 2.2.6.1")
        },
        Row {
            optional: Forms {
                request: FRAGMENT,
                ..NONE
            },
            ..rule(Field::ContentEncoding, "[MC-BUP] 2.2.6.1")
        },
        Row {
            required: Forms {
                request: CREATE,
                ..NONE
            },
            ..rule(Field::SupportedProtocols, "[MC-BUP] 2.2.2.2")
        },
        Row {
            required: Forms {
                success: CREATE,
                ..NONE
            },
            ..of_session(Field::Protocol)
        },
        of_session(Field::HostId),
        of_session(Field::HostIdFallbackTimeout),
        Row {
            optional: Forms {
                success: CREATE + UNKNOWN,
                ..NONE
            },
            ..rule(Field::AcceptEncoding, "[MC-BUP] 2.2.3.1")
        },
        Row {
            required: Forms {
                success: FRAGMENT,
                ..NONE
            },
            expected: Forms {
                out_of_sequence: FRAGMENT,
                ..NONE
            },
            optional: Forms {
                failure: FRAGMENT + UNKNOWN,
                success: UNKNOWN,
                out_of_sequence: UNKNOWN,
                ..NONE
            },
            without: Deviation::MissingReceivedRange,
            ..rule(Field::ReceivedContentRange, "[MC-BUP] 2.2.7.2")
        },
        Row {
            optional: Forms {
                success: FRAGMENT + UNKNOWN,
                out_of_sequence: UNKNOWN,
                failure: UNKNOWN,
                ..NONE
            },
            ..rule(Field::ReplyUrl, "[MC-BUP] 2.2.7.2")
        },
        of_error(Field::ErrorCode),
        Row {
            unexpected: ACKS,
            with: Deviation::ErrorAlias,
            ..rule(Field::Error, "[MC-BUP] 2.2.1.2")
        },
        of_error(Field::ErrorContext),
        Row {
            required: Forms {
                notification: true,
                ..NONE
            },
            ..rule(Field::OriginalRequestUrl, "[MC-BUP] 2.2.12.2")
        },
        of_data_file(Field::RequestDataFileName),
        of_data_entity(Field::RequestDataEntityName),
        of_data_file(Field::ResponseDataFileName),
        of_data_entity(Field::ResponseDataEntityName),
        Row {
            optional: Forms {
                notification_response: true,
                ..NONE
            },
            ..rule(Field::StaticResponseUrl, "[MC-BUP] 2.2.13.2")
        },
        Row {
            optional: Forms {
                notification_response: true,
                ..NONE
            },
            ..rule(Field::CopyFileToDestination, "[MC-BUP] 2.2.13.2")
        },
        rule(Field::MethodOverride, "[MC-BUP] 2.2.1"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_field_in_order() {
        assert_eq!(table(), PRESENCE);
        for (row, field) in PRESENCE.iter().zip(Field::ALL) {
            assert_eq!((row.field, field.row()), (field, row));
        }
    }
}
