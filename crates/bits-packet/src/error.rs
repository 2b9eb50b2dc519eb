//! Why a head is refused.

use core::fmt;

use crate::Field;
use crate::grammar::Fault;

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
    /// The status code is not three digits and a space, or outside 100 to 599 where that is not
    /// tolerated.
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

const fn entry(
    kind: ErrorKind,
    name: &'static str,
    section: Option<&'static str>,
    explanation: &'static str,
) -> Entry {
    Entry {
        kind,
        name,
        section,
        explanation,
    }
}

const REQUEST_LINE: Option<&str> = Some("[RFC 9112] 3");
const STATUS_LINE: Option<&str> = Some("[RFC 9112] 4");
const FIELD_LINE: Option<&str> = Some("[RFC 9112] 5.1");

/// An entry for each kind, in the order of their declaration.
static ENTRIES: [Entry; 26] = [
    entry(
        ErrorKind::EmptyLine,
        "empty-line",
        Some("[RFC 9112] 2.2"),
        "an empty line stands before the start line; skip it first",
    ),
    entry(
        ErrorKind::Method,
        "method",
        REQUEST_LINE,
        "a method must be a token, followed by one space",
    ),
    entry(
        ErrorKind::Target,
        "target",
        Some("[RFC 9112] 3.2"),
        "a target must be a path or an absolute URL without blanks, followed by one space",
    ),
    entry(
        ErrorKind::Version,
        "version",
        Some("[RFC 9112] 2.3"),
        "the version must be spelled HTTP/1.1",
    ),
    entry(
        ErrorKind::UnsupportedVersion,
        "unsupported-version",
        Some("[MC-BUP] 2.2.1"),
        "this version of HTTP is not accepted; use HTTP/1.1",
    ),
    entry(
        ErrorKind::StatusCode,
        "status-code",
        STATUS_LINE,
        "a status code must be three digits from 100 to 599, followed by a space",
    ),
    entry(
        ErrorKind::ReasonPhrase,
        "reason-phrase",
        STATUS_LINE,
        "a reason phrase must not hold control characters",
    ),
    entry(
        ErrorKind::LineEnd,
        "line-end",
        Some("[RFC 9112] 2.2"),
        "a line must end with CR and LF, and neither may stand alone",
    ),
    entry(
        ErrorKind::FieldName,
        "field-name",
        FIELD_LINE,
        "a field must be a name, a colon and a value",
    ),
    entry(
        ErrorKind::SpaceBeforeColon,
        "space-before-colon",
        FIELD_LINE,
        "no blank may stand between a field name and its colon",
    ),
    entry(
        ErrorKind::Fold,
        "obs-fold",
        Some("[RFC 9112] 5.2"),
        "a line must not begin with a blank; folded fields are not accepted",
    ),
    entry(
        ErrorKind::FieldValue,
        "field-value",
        Some("[RFC 9110] 5.5"),
        "a field value must not hold NUL or other control characters",
    ),
    entry(
        ErrorKind::HeadTooLarge,
        "head-too-large",
        Some("[RFC 9110] 5.4"),
        "the head is longer than the limit",
    ),
    entry(
        ErrorKind::Truncated,
        "truncated",
        Some("[RFC 9112] 2.1"),
        "the input ends inside the head",
    ),
    entry(
        ErrorKind::Missing,
        "missing-field",
        None,
        "the field is missing",
    ),
    entry(
        ErrorKind::Repeated,
        "repeated-field",
        None,
        "the field stands more than once, which makes it ambiguous",
    ),
    entry(
        ErrorKind::Unexpected,
        "unexpected-field",
        None,
        "the field must not be in this packet",
    ),
    entry(
        ErrorKind::Conflict,
        "conflicting-fields",
        Some("[RFC 9112] 6.3"),
        "Content-Length and Transfer-Encoding exclude each other",
    ),
    entry(
        ErrorKind::InvalidValue,
        "invalid-value",
        None,
        "the value does not follow the grammar of the field",
    ),
    entry(
        ErrorKind::OutOfRange,
        "number-out-of-range",
        None,
        "the number is too large",
    ),
    entry(
        ErrorKind::InvalidRange,
        "invalid-range",
        None,
        "first must not be above last, and last must be below the total",
    ),
    entry(
        ErrorKind::LengthMismatch,
        "length-mismatch",
        None,
        "the length of the body is not the length of the range",
    ),
    entry(
        ErrorKind::BodyNotAllowed,
        "body-not-allowed",
        None,
        "this packet has no body; its length must be 0",
    ),
    entry(
        ErrorKind::ValueTooLong,
        "value-too-long",
        None,
        "the value is longer than the limit",
    ),
    entry(
        ErrorKind::UnknownPacketType,
        "unknown-packet-type",
        None,
        "the packet type is none that is known",
    ),
    entry(
        ErrorKind::WrongPacketType,
        "wrong-packet-type",
        None,
        "only requests ask and only Acks answer",
    ),
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
            (Self::HeadTooLarge, _) => 431,
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
}

impl Error {
    /// An error at `offset`, as a server would report it for a request.
    pub(crate) const fn new(kind: ErrorKind, offset: u32, field: Option<Field>) -> Self {
        Error {
            kind,
            offset,
            field,
            status_hint: Some(kind.status_hint(field)),
        }
    }

    /// The error that a reader reports when its input ends inside a head, after `offset` bytes.
    #[must_use]
    pub const fn truncated(offset: u32) -> Self {
        Error::new(ErrorKind::Truncated, offset, None)
    }

    /// A fault in a value that was read by itself.
    pub(crate) fn of_value(field: Field, value: &[u8], fault: Fault) -> Self {
        let offset = value.len().saturating_sub(fault.left);
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        Error::new(fault.kind, offset, Some(field)).of_response()
    }

    /// The same error where there is nobody to answer.
    pub(crate) const fn of_response(mut self) -> Self {
        self.status_hint = None;
        self
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

    /// The section that is broken, with its document in brackets.
    #[must_use]
    pub const fn section(&self) -> Option<&'static str> {
        use ErrorKind::{InvalidValue, OutOfRange, Repeated};
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
        write!(f, "{} (at {}", self.kind.explanation(), self.offset)?;
        let section = self.section();
        section.map_or(Ok(()), |section| write!(f, ", {section}"))?;
        f.write_str(")")
    }
}

impl core::error::Error for Error {}
