//! Why a head is refused.

use core::fmt;

use crate::grammar::Fault;
use crate::{Deviation, Field};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An empty line before the start line: see [`skip_empty_lines`](crate::skip_empty_lines).
    EmptyLine,
    /// The method is no token, or no single space follows it.
    Method,
    /// The target is not in the form that the method asks for, or no single space follows it.
    Target,
    /// The version is not spelled `HTTP/1.1`, or something else than CRLF or a space follows it.
    Version,
    /// The version is neither HTTP/1.1 nor HTTP/1.0, or HTTP/1.0 where that is not tolerated.
    UnsupportedVersion,
    /// A `Transfer-Encoding` in HTTP/1.0, which knows none: a sign of a confused peer.
    OldTransferEncoding,
    /// The status code is not three digits and a space; or outside 100 to 599, or 201 on an Ack, where
    /// that is not tolerated.
    StatusCode,
    /// The reason phrase holds a control character.
    ReasonPhrase,
    /// A CR without LF, or an LF without CR.
    LineEnd,
    /// The name of a field is no token.
    FieldName,
    /// White space between the name of a field and its colon.
    SpaceBeforeColon,
    /// A line begins with white space: obs-fold, or a field before the first.
    Fold,
    /// The value of a field holds NUL or another control character.
    FieldValue,
    /// The head is longer than [`Options::max_head`](crate::Options::max_head).
    HeadTooLarge,
    /// The input ends inside the head. No parser reports it: readers do, when there is no more.
    Truncated,
    /// A field is missing.
    Missing,
    /// A field is repeated that may stand only once.
    Repeated,
    /// A field that must not be in this packet.
    Unexpected,
    /// Both `Content-Length` and `Transfer-Encoding`.
    Conflict,
    /// A value that does not follow the grammar of its field.
    InvalidValue,
    /// A number that is too large for its field.
    OutOfRange,
    /// A range whose last position lies before its first, or not below the total.
    InvalidRange,
    /// `Content-Length` is not the length of the range.
    LengthMismatch,
    /// A body on a packet that has none.
    BodyNotAllowed,
    /// A value longer than the limit for its field.
    ValueTooLong,
    /// The packet type is none that is known.
    UnknownPacketType,
    /// An Ack where a request should be, or the other way round.
    WrongPacketType,
}

/// What is said of a kind.
struct Entry {
    kind: ErrorKind,
    name: &'static str,
    /// The section that is broken, where the rule is not about one field.
    section: Option<&'static str>,
    /// What is wrong and what to do, as a clause.
    explanation: &'static str,
}

const REQUEST_LINE: Option<&str> = Some("[RFC 9112] 3");
const STATUS_LINE: Option<&str> = Some("[RFC 9112] 4");
const FIELD_LINE: Option<&str> = Some("[RFC 9112] 5.1");

/// An entry for each kind, in the order of their declaration.
static ENTRIES: [Entry; 27] = [
    Entry {
        kind: ErrorKind::EmptyLine,
        name: "empty-line",
        section: Some("[RFC 9112] 2.2"),
        explanation: "an empty line stands before the start line; skip it first",
    },
    Entry {
        kind: ErrorKind::Method,
        name: "method",
        section: REQUEST_LINE,
        explanation: "a method must be a token, followed by one space",
    },
    Entry {
        kind: ErrorKind::Target,
        name: "target",
        section: Some("[RFC 9112] 3.2"),
        explanation: "a target must be a path or an absolute URL, without blanks and user information, followed by one space",
    },
    Entry {
        kind: ErrorKind::Version,
        name: "version",
        section: Some("[RFC 9112] 2.3"),
        explanation: "the version must be spelled HTTP/1.1",
    },
    Entry {
        kind: ErrorKind::UnsupportedVersion,
        name: "unsupported-version",
        section: Some("[RFC 9112] 2.3"),
        explanation: "this version of HTTP is not accepted; use HTTP/1.1",
    },
    Entry {
        kind: ErrorKind::OldTransferEncoding,
        name: "old-transfer-encoding",
        section: Some("[RFC 9112] 6.1"),
        explanation: "HTTP/1.0 has no Transfer-Encoding, so that the end of the message is not certain",
    },
    Entry {
        kind: ErrorKind::StatusCode,
        name: "status-code",
        section: STATUS_LINE,
        explanation: "a status code must be three digits from 100 to 599, followed by a space",
    },
    Entry {
        kind: ErrorKind::ReasonPhrase,
        name: "reason-phrase",
        section: STATUS_LINE,
        explanation: "a reason phrase must not hold control characters",
    },
    Entry {
        kind: ErrorKind::LineEnd,
        name: "line-end",
        section: Some("[RFC 9112] 2.2"),
        explanation: "a line must end with CR and LF, and neither may stand alone",
    },
    Entry {
        kind: ErrorKind::FieldName,
        name: "field-name",
        section: FIELD_LINE,
        explanation: "a field must be a name, a colon and a value",
    },
    Entry {
        kind: ErrorKind::SpaceBeforeColon,
        name: "space-before-colon",
        section: FIELD_LINE,
        explanation: "no blank may stand between a field name and its colon",
    },
    Entry {
        kind: ErrorKind::Fold,
        name: "obs-fold",
        section: Some("[RFC 9112] 5.2"),
        explanation: "a line must not begin with a blank; folded fields are not accepted",
    },
    Entry {
        kind: ErrorKind::FieldValue,
        name: "field-value",
        section: Some("[RFC 9110] 5.5"),
        explanation: "a field value must not hold NUL or other control characters",
    },
    Entry {
        kind: ErrorKind::HeadTooLarge,
        name: "head-too-large",
        section: Some("[RFC 9110] 5.4"),
        explanation: "the head is longer than the limit",
    },
    Entry {
        kind: ErrorKind::Truncated,
        name: "truncated",
        section: Some("[RFC 9112] 2.1"),
        explanation: "the input ends inside the head",
    },
    Entry {
        kind: ErrorKind::Missing,
        name: "missing-field",
        section: None,
        explanation: "the field is missing",
    },
    Entry {
        kind: ErrorKind::Repeated,
        name: "repeated-field",
        section: None,
        explanation: "the field stands more than once, which makes it ambiguous",
    },
    Entry {
        kind: ErrorKind::Unexpected,
        name: "unexpected-field",
        section: None,
        explanation: "the field must not be in this packet",
    },
    Entry {
        kind: ErrorKind::Conflict,
        name: "conflicting-fields",
        section: Some("[RFC 9112] 6.3"),
        explanation: "Content-Length and Transfer-Encoding exclude each other",
    },
    Entry {
        kind: ErrorKind::InvalidValue,
        name: "invalid-value",
        section: None,
        explanation: "the value does not follow the grammar of the field",
    },
    Entry {
        kind: ErrorKind::OutOfRange,
        name: "number-out-of-range",
        section: None,
        explanation: "the number is too large",
    },
    Entry {
        kind: ErrorKind::InvalidRange,
        name: "invalid-range",
        section: None,
        explanation: "first must not be above last, and last must be below the total",
    },
    Entry {
        kind: ErrorKind::LengthMismatch,
        name: "length-mismatch",
        section: None,
        explanation: "the length of the body is not the length of the range",
    },
    Entry {
        kind: ErrorKind::BodyNotAllowed,
        name: "body-not-allowed",
        section: None,
        explanation: "this packet has no body; its length must be 0",
    },
    Entry {
        kind: ErrorKind::ValueTooLong,
        name: "value-too-long",
        section: None,
        explanation: "the value is longer than the limit",
    },
    Entry {
        kind: ErrorKind::UnknownPacketType,
        name: "unknown-packet-type",
        section: None,
        explanation: "the packet type is none that is known",
    },
    Entry {
        kind: ErrorKind::WrongPacketType,
        name: "wrong-packet-type",
        section: None,
        explanation: "only requests ask and only Acks answer",
    },
];

impl ErrorKind {
    /// All kinds, in the order of their declaration.
    // Out of bounds would not compile.
    #[allow(clippy::indexing_slicing)]
    pub const ALL: [ErrorKind; ENTRIES.len()] = {
        let mut all = [ErrorKind::EmptyLine; ENTRIES.len()];
        let mut at = 0;
        while at < ENTRIES.len() {
            all[at] = ENTRIES[at].kind;
            at += 1;
        }
        all
    };

    /// The name in kebab case, stable: what `bits decode` prints.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// The section that is broken, where the rule is not about one field.
    const fn section(self) -> Option<&'static str> {
        self.entry().section
    }

    /// What is wrong and what to do, as a clause.
    const fn explanation(self) -> &'static str {
        self.entry().explanation
    }

    const fn entry(self) -> &'static Entry {
        // The table has an entry for each kind, in order: the discriminant is its index.
        #[allow(clippy::indexing_slicing)]
        &ENTRIES[self as usize]
    }

    /// What a server would answer to a request that shows this.
    const fn status_hint(self, field: Option<Field>) -> u16 {
        match (self, field) {
            (Self::Missing, Some(Field::ContentLength)) => 411,
            (Self::Unexpected, Some(Field::TransferEncoding)) => 411,
            (Self::UnsupportedVersion, _) => 505,
            _ => 400,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a head, a list of fields or a value is refused: what, where, by which rule.
///
/// It is small, `Copy`, and borrows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    kind: ErrorKind,
    offset: u32,
    field: Option<Field>,
    status_hint: Option<u16>,
    deviation: Option<Deviation>,
}

impl Error {
    /// An error at `offset`, as a server would report it for a request.
    pub(crate) const fn new(kind: ErrorKind, offset: u32, field: Option<Field>) -> Self {
        Error {
            kind,
            offset,
            field,
            status_hint: Some(kind.status_hint(field)),
            deviation: None,
        }
    }

    /// The error that a reader reports when its input ends inside a head, after `offset` bytes.
    #[must_use]
    pub const fn truncated(offset: u32) -> Self {
        Error::new(ErrorKind::Truncated, offset, None)
    }

    /// A fault in a value that was read by itself: with the default options, so that no deviation that a
    /// value can show would have tolerated it.
    pub(crate) fn of_value(field: Field, value: &[u8], fault: Fault) -> Self {
        let offset = value.len().saturating_sub(fault.left);
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        Error::new(fault.kind, offset, Some(field)).of_response()
    }

    /// The same error, which that deviation would have tolerated.
    pub(crate) const fn tolerated_by(mut self, deviation: Deviation) -> Self {
        self.deviation = Some(deviation);
        self
    }

    /// The same error where there is nobody to answer.
    pub(crate) const fn of_response(mut self) -> Self {
        self.status_hint = None;
        self
    }

    /// An error of that kind at the same place.
    pub(crate) const fn of_kind(self, kind: ErrorKind) -> Self {
        Error::new(kind, self.offset, self.field)
    }

    /// The same error, answered by another status than its kind usually is.
    pub(crate) const fn answered_by(mut self, status: u16) -> Self {
        self.status_hint = Some(status);
        self
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where: the offset of the wrong byte from the start of the head, or of the value if only a
    /// value was read. For a missing field it is the offset of the empty line that ends the head.
    ///
    /// For a list of fields it is the index of the field in the list, or the length of the list
    /// when a field is missing; 0 for the start line.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset as usize
    }

    /// The field that the broken rule is about, if it is about one.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        self.field
    }

    /// The deviation that is not tolerated, if the options could have allowed it.
    ///
    /// ```
    /// use bits_packet::{Deviation, Options, Request};
    ///
    /// let received = b"BITS_POST /{x} HTTP/1.1\r\nHost: a\r\n\
    ///     BITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n";
    /// let error = Request::parse_with(received, &Options::STRICT).unwrap_err();
    /// assert_eq!(error.deviation(), Some(Deviation::UriCharacters));
    /// ```
    #[must_use]
    pub const fn deviation(&self) -> Option<Deviation> {
        self.deviation
    }

    /// The deviation that says best what is wrong. That a value cannot be read says less than why.
    const fn told_by(&self) -> Option<Deviation> {
        match self.deviation {
            Some(Deviation::UnreadableValue) => None,
            deviation => deviation,
        }
    }

    /// The section that is broken, with its document in brackets.
    #[must_use]
    pub const fn section(&self) -> Option<&'static str> {
        use ErrorKind::{InvalidValue, OutOfRange, Repeated};
        if let Some(deviation) = self.told_by() {
            return Some(deviation.section());
        }
        match (self.kind, self.field) {
            // What frames a message is HTTP's own, packet or not.
            (InvalidValue | OutOfRange | Repeated, Some(Field::ContentLength)) => {
                Some("[RFC 9112] 6.3")
            }
            (InvalidValue | Repeated, Some(Field::TransferEncoding)) => Some("[RFC 9112] 6.1"),
            (kind, field) => match (kind.section(), field) {
                (None, Some(field)) => Some(field.section()),
                (section, _) => section,
            },
        }
    }

    /// The HTTP status with which a server would answer; `None` for responses and single values.
    #[must_use]
    pub const fn status_hint(&self) -> Option<u16> {
        self.status_hint
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(f, "{field}: ")?;
        }
        let explanation = match self.told_by() {
            Some(deviation) => deviation.explanation(),
            None => self.kind.explanation(),
        };
        write!(f, "{explanation} (at {}", self.offset)?;
        let section = self.section();
        section.map_or(Ok(()), |section| write!(f, ", {section}"))?;
        f.write_str(")")
    }
}

impl core::error::Error for Error {}
