//! Why a stream cannot be read on.

use std::fmt;

use bits_packet::{Error, Field};

use super::ChunkFault;

/// What is wrong with a message: an [`Error`] of its head, or its chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    cause: Cause,
    of_response: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Head(Error),
    Body { fault: ChunkFault, offset: u64 },
}

impl Fault {
    pub(super) const fn of_head(error: Error, of_response: bool) -> Self {
        Fault {
            cause: Cause::Head(error),
            of_response,
        }
    }

    pub(super) const fn of_chunk(fault: ChunkFault, offset: u64, of_response: bool) -> Self {
        Fault {
            cause: Cause::Body { fault, offset },
            of_response,
        }
    }

    /// The error, if it is the head that is malformed.
    #[must_use]
    pub const fn error(&self) -> Option<Error> {
        match self.cause {
            Cause::Head(error) => Some(error),
            Cause::Body { .. } => None,
        }
    }

    /// The name of the kind in kebab case, stable: that of [`bits_packet::ErrorKind::name`], or
    /// `chunked-body`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.cause {
            Cause::Head(error) => error.kind().name(),
            Cause::Body { .. } => "chunked-body",
        }
    }

    /// The field that the broken rule is about, if it is about one.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        match self.cause {
            Cause::Head(error) => error.field(),
            Cause::Body { .. } => None,
        }
    }

    /// Where the wrong byte stands, from the start of the head.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        match self.cause {
            Cause::Head(error) => error.offset() as u64,
            Cause::Body { offset, .. } => offset,
        }
    }

    /// The section that is broken, with its document in brackets.
    #[must_use]
    pub const fn section(&self) -> Option<&'static str> {
        match self.cause {
            Cause::Head(error) => error.section(),
            Cause::Body { .. } => Some("[RFC 9112] 7.1"),
        }
    }

    /// What is wrong, as a clause, behind the field if the rule is about one: the text of the fault
    /// without offset and section.
    #[must_use]
    pub fn explanation(&self) -> String {
        let mut text = self.to_string();
        let place = self.place();
        if text.ends_with(&place) {
            text.truncate(text.len() - place.len());
        }
        text
    }

    /// Offset and section, as they end the text of the fault.
    fn place(&self) -> String {
        let offset = self.offset();
        match self.section() {
            Some(section) => format!(" (at {offset}, {section})"),
            None => format!(" (at {offset})"),
        }
    }

    /// The HTTP status with which a server would answer; `None` for responses.
    #[must_use]
    pub const fn status_hint(&self) -> Option<u16> {
        match self.cause {
            _ if self.of_response => None,
            Cause::Head(error) => error.status_hint(),
            Cause::Body { .. } => Some(400),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Cause::Head(error) => error.fmt(f),
            Cause::Body { fault, .. } => {
                write!(f, "{}{}", fault.explanation(), self.place())
            }
        }
    }
}

impl std::error::Error for Fault {}
