//! Tolerated departures from the protocol.

mod set;

use core::fmt;

pub use set::{Deviations, DeviationsIter};

/// A departure from what both documents allow that [`Options`](crate::Options) may tolerate.
///
/// [`Options::STRICT`](crate::Options::STRICT) refuses each of them;
/// [`Options::INTEROP`](crate::Options::INTEROP) accepts all but [`Deviation::MethodOverride`] and
/// records what it met on the result. Each is a switch of its own:
/// [`Options::allow`](crate::Options::allow) and [`Options::refuse`](crate::Options::refuse).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Deviation {
    /// The packet is HTTP/1.0. Sent by nginx to its upstream unless told otherwise; the protocol
    /// wants HTTP/1.1 ([MC-BUP] 2.2.1).
    Http10,
    /// `POST` with `X-HTTP-Method-Override: BITS_POST` stands for `BITS_POST`: OneDrive's dialect.
    /// The only deviation that [`Options::INTEROP`](crate::Options::INTEROP) does not tolerate.
    MethodOverride,
    /// A target or URL holds bytes outside the URI grammar ([RFC 3986] 3.3, 3.4), such as `{`,
    /// `\`, `#` or raw non-ASCII. Windows sends the application's URL without escaping it.
    UriCharacters,
    /// A request that is no BITS packet has no `Host`, several, or one that is no host ([RFC 9112] 3.2).
    /// HTTP/1.0 may do without.
    OrdinaryHost,
    /// A status code outside 100 to 599 ([RFC 9110] 15): to be handled as 5xx.
    StatusClass,
    /// A response that has no body, with status 1xx or 204, has a `Content-Length` or a
    /// `Transfer-Encoding`, which a server must not send ([RFC 9110] 8.6, [RFC 9112] 6.1). They mean nothing.
    FramedWithoutBody,
    /// A BITS header (or `Content-Range`, `Content-Name`) is repeated with the same bytes.
    RepeatedField,
    /// `Content-Length` is missing on a packet without a body: requests of a Python disk uploader,
    /// Acks of small servers ([MC-BUP] 2.2.1.1; D-39).
    MissingContentLength,
    /// An Ack announces a body ([MC-BUP] 2.2.1.2 wants none; D-13). Read and drop it.
    AckBody,
    /// An Ack other than Create-Session's has no session id: IIS 6 ([MC-BUP] 2.2.1.2; D-8).
    MissingSessionId,
    /// A session id is longer than 100 bytes.
    SessionIdLength,
    /// Commas, tabs or runs of blanks separate the protocol list ([MC-BUP] 2.2.2.2; D-14).
    ProtocolSeparator,
    /// An item of the protocol list is no GUID. It is kept, and ignored in negotiation.
    ProtocolNotGuid,
    /// Blanks where `Content-Range` has none: after the unit, around the slash. Allowed by
    /// RFC 2616's implied white space.
    RangeSpacing,
    /// The error code comes as `BITS-Error`, the spelling of [MC-BUP], alone or beside
    /// `BITS-Error-Code`, that of the docs and the field, which wins (D-5).
    ErrorAlias,
    /// An error code or context without `0x`, or with a trailing `L`: a Go server writes bare
    /// hexadecimal digits ([MC-BUP] prints `x8020001F`; D-53).
    ErrorSpelling,
    /// Error headers on an Ack that reports success: a Python server sends `1` with every 200
    /// ([MC-BUP] 2.2.1.2; D-38). To be ignored.
    ErrorOnSuccess,
    /// An error Ack other than a 416 lacks its code or its context: Windows leaves them out when the
    /// status tells the story ([MC-BUP] Appendix A <4>; D-38).
    MissingError,
    /// The error context is neither 0x5 nor 0x7 ([MC-BUP] 2.2.1.2).
    ErrorContextValue,
    /// An error context without an error code ([MC-BUP] 2.2.1.2).
    ContextWithoutCode,
    /// A value that cannot be read counts as absent: error code, error context, fallback timeout,
    /// accepted encodings, content name, static response URL (D-17, D-38). So does an empty value of an
    /// Ack that need not be there, and anything in a field that should not be there.
    UnreadableValue,
    /// A 416 to a Fragment does not say which offset the server wants ([MC-BUP] 2.2.7.2; D-55).
    MissingReceivedRange,
    /// Success is told by 201 in place of 200: OneDrive and a Go server on Create-Session (D-16).
    Created,
    /// `BITS-Host-Id-Fallback-Timeout` without `BITS-Host-Id` (D-17). To be ignored.
    TimeoutWithoutHostId,
    /// A host id with a port, with an IPv6 address in brackets, with an underscore in its name, as
    /// Windows allows, or with a label that no host name has, as in `a..b`, `-a` or `127.1`
    /// ([MC-BUP] 2.2.3.2; D-47).
    HostIdForm,
    /// A reply URL that is not an absolute http or https URL: IIS 6 sends a relative path with
    /// backslashes ([MC-BUP] 4.2; D-22). [`ReplyUrl::resolve`](crate::ReplyUrl::resolve) reads it.
    ReplyUrlForm,
    /// A Create-Session Ack that reports failure carries `BITS-Protocol`, `BITS-Host-Id` or its
    /// timeout ([MC-BUP] 2.2.3.2).
    SessionOnFailure,
    /// A content name longer than 260 bytes ([MC-BUP] 2.2.1.1).
    ContentNameLength,
    /// `Content-Encoding: identity`, which must be left out ([RFC 9110] 8.4).
    IdentityEncoding,
    /// A notification names its files `…-DataEntity-Name` ([MC-BUP] 2.2.12.2; D-28).
    DataEntityName,
    /// A notification by reference names the file and not where to put the reply ([MC-BUP] 2.2.12.2).
    MissingDataFile,
}

/// What is said of a deviation.
struct Entry {
    deviation: Deviation,
    name: &'static str,
    section: &'static str,
    explanation: &'static str,
}

/// An entry for each deviation, in the order of their declaration.
static ENTRIES: [Entry; 31] = [
    Entry {
        deviation: Deviation::Http10,
        name: "http-1-0",
        section: "[MC-BUP] 2.2.1",
        explanation: "HTTP/1.0 where the protocol wants HTTP/1.1",
    },
    Entry {
        deviation: Deviation::MethodOverride,
        name: "method-override",
        section: "[MC-BUP] 2.2.1",
        explanation: "POST with X-HTTP-Method-Override stands for BITS_POST",
    },
    Entry {
        deviation: Deviation::UriCharacters,
        name: "uri-characters",
        section: "[RFC 3986] 3.3",
        explanation: "a URL holds bytes that should be percent-encoded",
    },
    Entry {
        deviation: Deviation::OrdinaryHost,
        name: "ordinary-host",
        section: "[RFC 9112] 3.2",
        explanation: "an ordinary request without exactly one valid Host",
    },
    Entry {
        deviation: Deviation::StatusClass,
        name: "status-class",
        section: "[RFC 9110] 15",
        explanation: "a status code outside 100 to 599, to be handled as 5xx",
    },
    Entry {
        deviation: Deviation::FramedWithoutBody,
        name: "framed-without-body",
        section: "[RFC 9110] 8.6",
        explanation: "a response that has no body says how long one is, which means nothing",
    },
    Entry {
        deviation: Deviation::RepeatedField,
        name: "repeated-field",
        section: "[RFC 9110] 5.3",
        explanation: "a BITS header is repeated with the same bytes",
    },
    Entry {
        deviation: Deviation::MissingContentLength,
        name: "missing-content-length",
        section: "[MC-BUP] 2.2.1.1",
        explanation: "Content-Length is missing on a packet without a body",
    },
    Entry {
        deviation: Deviation::AckBody,
        name: "ack-body",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "an Ack announces a body, to be read and dropped",
    },
    Entry {
        deviation: Deviation::MissingSessionId,
        name: "missing-session-id",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "the Ack does not repeat the session id",
    },
    Entry {
        deviation: Deviation::SessionIdLength,
        name: "session-id-length",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "the session id is longer than 100 bytes",
    },
    Entry {
        deviation: Deviation::ProtocolSeparator,
        name: "protocol-separator",
        section: "[MC-BUP] 2.2.2.2",
        explanation: "protocols are not separated by single spaces",
    },
    Entry {
        deviation: Deviation::ProtocolNotGuid,
        name: "protocol-not-guid",
        section: "[MC-BUP] 2.2.2.2",
        explanation: "an offered protocol is no GUID, and is ignored",
    },
    Entry {
        deviation: Deviation::RangeSpacing,
        name: "range-spacing",
        section: "[RFC 9110] 14.4",
        explanation: "blanks inside Content-Range",
    },
    Entry {
        deviation: Deviation::ErrorAlias,
        name: "error-alias",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "the error code comes as BITS-Error",
    },
    Entry {
        deviation: Deviation::ErrorSpelling,
        name: "error-spelling",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "an error number is not written as 0x and digits",
    },
    Entry {
        deviation: Deviation::ErrorOnSuccess,
        name: "error-on-success",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "error headers on an Ack that reports success, to be ignored",
    },
    Entry {
        deviation: Deviation::MissingError,
        name: "missing-error",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "an error Ack without error code or context",
    },
    Entry {
        deviation: Deviation::ErrorContextValue,
        name: "error-context-value",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "the error context is neither 0x5 nor 0x7",
    },
    Entry {
        deviation: Deviation::ContextWithoutCode,
        name: "context-without-code",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "an error context without an error code",
    },
    Entry {
        deviation: Deviation::UnreadableValue,
        name: "unreadable-value",
        section: "[MC-BUP] 2.2",
        explanation: "a value cannot be read and counts as absent",
    },
    Entry {
        deviation: Deviation::MissingReceivedRange,
        name: "missing-received-range",
        section: "[MC-BUP] 2.2.7.2",
        explanation: "a 416 does not say which offset is wanted",
    },
    Entry {
        deviation: Deviation::Created,
        name: "created",
        section: "[MC-BUP] 2.2.1.2",
        explanation: "success is told by 201 in place of 200",
    },
    Entry {
        deviation: Deviation::TimeoutWithoutHostId,
        name: "timeout-without-host-id",
        section: "[MC-BUP] 2.2.3.2",
        explanation: "a fallback timeout without a host id, to be ignored",
    },
    Entry {
        deviation: Deviation::HostIdForm,
        name: "host-id-form",
        section: "[MC-BUP] 2.2.3.2",
        explanation: "the host id has a port, brackets, an underscore, or labels that no host name has",
    },
    Entry {
        deviation: Deviation::ReplyUrlForm,
        name: "reply-url-form",
        section: "[MC-BUP] 2.2.7.2",
        explanation: "the reply URL is not an absolute http URL",
    },
    Entry {
        deviation: Deviation::SessionOnFailure,
        name: "session-on-failure",
        section: "[MC-BUP] 2.2.3.2",
        explanation: "a failed Create-Session carries what only a success may",
    },
    Entry {
        deviation: Deviation::ContentNameLength,
        name: "content-name-length",
        section: "[MC-BUP] 2.2.1.1",
        explanation: "the content name is longer than 260 bytes",
    },
    Entry {
        deviation: Deviation::IdentityEncoding,
        name: "identity-encoding",
        section: "[RFC 9110] 8.4",
        explanation: "identity is named as a content coding",
    },
    Entry {
        deviation: Deviation::DataEntityName,
        name: "data-entity-name",
        section: "[MC-BUP] 2.2.12.2",
        explanation: "a notification names its files DataEntity, not DataFile",
    },
    Entry {
        deviation: Deviation::MissingDataFile,
        name: "missing-data-file",
        section: "[MC-BUP] 2.2.12.2",
        explanation: "a notification by reference does not say where to put the reply",
    },
];

impl Deviation {
    /// All deviations, in the order of their declaration.
    // Out of bounds would not compile.
    #[allow(clippy::indexing_slicing)]
    pub const ALL: [Deviation; ENTRIES.len()] = {
        let mut all = [Deviation::Http10; ENTRIES.len()];
        let mut at = 0;
        while at < ENTRIES.len() {
            all[at] = ENTRIES[at].deviation;
            at += 1;
        }
        all
    };

    /// The name in kebab case, stable: what `bits decode` prints.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// The deviation of that name.
    ///
    /// ```
    /// use bits_packet::Deviation;
    /// assert_eq!(Deviation::from_name("http-1-0"), Some(Deviation::Http10));
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Deviation> {
        Deviation::ALL
            .into_iter()
            .find(|deviation| deviation.name() == name)
    }

    /// The section that the departure departs from.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.entry().section
    }

    /// What it is, in a sentence.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        self.entry().explanation
    }

    const fn entry(self) -> &'static Entry {
        // The table has an entry for each deviation, in order: the discriminant is its index.
        #[allow(clippy::indexing_slicing)]
        &ENTRIES[self as usize]
    }

    const fn bit(self) -> u64 {
        1 << self as u8
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
