//! Start lines: [RFC 9112] 3 and 4.

use core::fmt;

use super::Target;
use crate::class::Class;
use crate::escape::{Escaped, Quoted};
use crate::{Error, ErrorKind};

/// A version of HTTP ([RFC 9112] 2.3). Others are refused.
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `HTTP/1.0`
    Http10,
    /// `HTTP/1.1`
    Http11,
}

impl Version {
    /// As it stands in a start line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `request-line = method SP request-target SP HTTP-version` ([RFC 9112] 3).
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestLine<'a> {
    method: &'a [u8],
    target: Target<'a>,
    version: Version,
}

impl<'a> RequestLine<'a> {
    /// The method of BITS requests. Methods are case-sensitive ([MC-BUP] 2.2.1).
    pub const BITS_POST: &'static [u8] = b"BITS_POST";

    /// A request line from its parts. `method` is a `token` ([RFC 9110] 5.6.2).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Method`] when the method is no token.
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
    pub fn new(method: &'a [u8], target: Target<'a>, version: Version) -> Result<Self, Error> {
        if method.is_empty() || !Class::TOKEN.has_all(method) {
            return Err(Error::new(ErrorKind::Method, 0, None));
        }
        Ok(Self::from_parts(method, target, version))
    }

    pub(crate) const fn from_parts(method: &'a [u8], target: Target<'a>, version: Version) -> Self {
        RequestLine {
            method,
            target,
            version,
        }
    }

    /// The method, a token.
    #[must_use]
    pub const fn method(&self) -> &'a [u8] {
        self.method
    }

    /// Whether the method is `BITS_POST`.
    #[must_use]
    pub fn is_bits_post(&self) -> bool {
        self.method == Self::BITS_POST
    }

    /// The target.
    #[must_use]
    pub const fn target(&self) -> Target<'a> {
        self.target
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }
}

impl fmt::Display for RequestLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}",
            Escaped(self.method),
            self.target,
            self.version
        )
    }
}

impl fmt::Debug for RequestLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestLine")
            .field("method", &Quoted(self.method))
            .field("target", &self.target)
            .field("version", &self.version)
            .finish()
    }
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ]` ([RFC 9112] 4).
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusLine<'a> {
    version: Version,
    status: StatusCode,
    reason: &'a [u8],
}

impl<'a> StatusLine<'a> {
    /// A status line from its parts. `reason` is `*( HTAB / SP / VCHAR / obs-text )`, and means
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ReasonPhrase`] when the phrase holds a control character.
    pub fn new(version: Version, status: StatusCode, reason: &'a [u8]) -> Result<Self, Error> {
        if !Class::TEXT.has_all(reason) {
            return Err(Error::new(ErrorKind::ReasonPhrase, 0, None).of_response());
        }
        Ok(Self::from_parts(version, status, reason))
    }

    pub(crate) const fn from_parts(version: Version, status: StatusCode, reason: &'a [u8]) -> Self {
        StatusLine {
            version,
            status,
            reason,
        }
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The status code.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase; often empty.
    #[must_use]
    pub const fn reason(&self) -> &'a [u8] {
        self.reason
    }
}

impl fmt::Display for StatusLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}",
            self.version,
            self.status,
            Escaped(self.reason)
        )
    }
}

impl fmt::Debug for StatusLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusLine")
            .field("version", &self.version)
            .field("status", &self.status)
            .field("reason", &Quoted(self.reason))
            .finish()
    }
}

/// `status-code = 3DIGIT` ([RFC 9110] 15).
///
/// Codes outside 100 to 599 are read, and count as a
/// [deviation](crate::Deviation::StatusClass): they are to be handled as 5xx.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusCode(u16);

impl StatusCode {
    /// 200 OK
    pub const OK: StatusCode = StatusCode(200);
    /// 201 Created
    pub const CREATED: StatusCode = StatusCode(201);
    /// 400 Bad Request
    pub const BAD_REQUEST: StatusCode = StatusCode(400);
    /// 403 Forbidden
    pub const FORBIDDEN: StatusCode = StatusCode(403);
    /// 404 Not Found
    pub const NOT_FOUND: StatusCode = StatusCode(404);
    /// 409 Conflict
    pub const CONFLICT: StatusCode = StatusCode(409);
    /// 411 Length Required
    pub const LENGTH_REQUIRED: StatusCode = StatusCode(411);
    /// 416 Range Not Satisfiable
    pub const RANGE_NOT_SATISFIABLE: StatusCode = StatusCode(416);
    /// 500 Internal Server Error
    pub const INTERNAL_SERVER_ERROR: StatusCode = StatusCode(500);
    /// 501 Not Implemented
    pub const NOT_IMPLEMENTED: StatusCode = StatusCode(501);

    /// A status code of at most three digits; `None` above 999.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code < 1000 {
            Some(StatusCode(code))
        } else {
            None
        }
    }

    /// The number that three ASCII digits make.
    pub(crate) fn from_digits(digits: &[u8]) -> Self {
        let value = digits.iter().fold(0u16, |value, digit| {
            let digit = u16::from(digit.wrapping_sub(b'0'));
            value.saturating_mul(10).saturating_add(digit)
        });
        StatusCode(value)
    }

    /// The number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// The number as the three digits of a status line.
    #[must_use]
    pub const fn digits(self) -> [u8; 3] {
        let [hundreds, _] = (self.0 / 100).to_le_bytes();
        let [tens, _] = (self.0 / 10 % 10).to_le_bytes();
        let [ones, _] = (self.0 % 10).to_le_bytes();
        [
            b'0'.wrapping_add(hundreds),
            b'0'.wrapping_add(tens),
            b'0'.wrapping_add(ones),
        ]
    }

    /// 1xx: another response follows.
    #[must_use]
    pub const fn is_informational(self) -> bool {
        matches!(self.0, 100..=199)
    }

    /// 1xx, 204 and 304: no body follows, whatever the head says ([RFC 9112] 6.3).
    ///
    /// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
    #[must_use]
    pub const fn has_no_body(self) -> bool {
        matches!(self.0, 100..=199 | 204 | 304)
    }

    /// Whether the HTTP layer may have answered in place of the BITS server: 401, 407, 413 and
    /// 5xx, what counts as 5xx, and the interim 1xx. Such an answer need not be an Ack.
    #[must_use]
    pub const fn may_be_http_layer(self) -> bool {
        matches!(self.0, 100..=199 | 401 | 407 | 413) || self.is_server_error()
    }

    /// 5xx, or outside 100 to 599.
    #[must_use]
    pub const fn is_server_error(self) -> bool {
        !self.is_in_class() || self.0 >= 500
    }

    /// Whether the code lies in one of the five classes, 100 to 599.
    #[must_use]
    pub const fn is_in_class(self) -> bool {
        matches!(self.0, 100..=599)
    }

    /// The usual reason phrase; empty where this crate knows none.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self.0 {
            200 => "OK",
            201 => "Created",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            407 => "Proxy Authentication Required",
            408 => "Request Timeout",
            409 => "Conflict",
            411 => "Length Required",
            413 => "Content Too Large",
            416 => "Range Not Satisfiable",
            500 => "Internal Server Error",
            501 => "Not Implemented",
            503 => "Service Unavailable",
            _ => "",
        }
    }
}

#[cfg(feature = "http")]
impl From<::http::StatusCode> for StatusCode {
    fn from(status: ::http::StatusCode) -> Self {
        StatusCode(status.as_u16())
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusCode({self})")
    }
}
