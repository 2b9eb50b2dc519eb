//! URLs: of a reply, of an upload, of a static response.

use core::fmt;

use super::name::text;
use super::{Value, read_value};
use crate::escape::Escaped;
use crate::grammar::{Fault, whole};
use crate::head::target::target;
use crate::head::{Authority, Target, TargetForm};
use crate::tolerance::Tolerance;
use crate::{Deviation, Error, ErrorKind, Field, Resolved};

/// An absolute URL with an authority ([RFC 3986] 4.3), as notifications carry it
/// ([MC-BUP] 2.2.12.2 and 2.2.13.2):
///
/// ```abnf
/// BITS-Original-Request-URL = scheme "://" authority path-abempty [ "?" query ]
/// BITS-Static-Response-URL  = scheme "://" authority path-abempty [ "?" query ]
/// ```
///
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AbsoluteUrl<'a> {
    text: &'a [u8],
    authority: Authority<'a>,
    target: Target<'a>,
}

impl<'a> AbsoluteUrl<'a> {
    /// Reads an absolute URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit.
    pub fn new(url: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::OriginalRequestUrl, url)
    }

    /// The URL as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The scheme, as spelled.
    #[must_use]
    pub const fn scheme(&self) -> &'a [u8] {
        self.target.scheme()
    }

    /// Whether the scheme is http or https, in any letter case.
    #[must_use]
    pub fn is_http(&self) -> bool {
        let scheme = self.scheme();
        scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https")
    }

    /// The server.
    #[must_use]
    pub const fn authority(&self) -> Authority<'a> {
        self.authority
    }

    /// The path, which may be empty.
    #[must_use]
    pub const fn path(&self) -> &'a [u8] {
        self.target.path()
    }

    /// The query, without its question mark.
    #[must_use]
    pub const fn query(&self) -> Option<&'a [u8]> {
        self.target.query()
    }
}

impl<'a> Value<'a> for AbsoluteUrl<'a> {
    fn read(value: &'a [u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        let invalid = |left| Fault::new(ErrorKind::InvalidValue, left);
        let target = whole(value, target()).map_err(|fault| invalid(fault.left))?;
        let Some(authority) = target
            .authority()
            .filter(|_| target.form() == TargetForm::Absolute)
        else {
            return Err(invalid(value.len()));
        };
        if let Some(wrong) = target.first_non_uri() {
            let fault = invalid(value.len().saturating_sub(wrong));
            tolerance.tolerate(Deviation::UriCharacters, fault)?;
        }
        Ok(AbsoluteUrl {
            text: value,
            authority,
            target,
        })
    }
}

impl fmt::Display for AbsoluteUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.text).fmt(f)
    }
}

impl fmt::Debug for AbsoluteUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AbsoluteUrl({self})")
    }
}

/// Where the reply of the server application is ([MC-BUP] 2.2.7.2; D-22):
///
/// ```abnf
/// BITS-Reply-URL = absolute-URI                              ; http or https, at most 2,200 bytes
///                / 1*2200( field-vchar / SP / HTAB )         ; tolerated
/// ```
///
/// IIS 6 sends a relative path with backslashes and braces: [`ReplyUrl::resolve`] makes a URL of
/// it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplyUrl<'a>(&'a [u8]);

impl<'a> ReplyUrl<'a> {
    /// A URL of HTTP that is not too long.
    pub(crate) const fn of_plain(url: &'a [u8]) -> Self {
        ReplyUrl(url)
    }

    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 2200;

    /// Reads a reply URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] at the first byte that does not fit, or
    /// [`ErrorKind::ValueTooLong`].
    pub fn new(url: &'a [u8]) -> Result<Self, Error> {
        read_value(Field::ReplyUrl, url)
    }

    /// The value as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The URL that a client has to fetch.
    ///
    /// `upload` is the URL that the file was first sent to, with the server's own host, not that of
    /// a host id: Windows asks there for the reply (D-44). An absolute URL is taken as it is; any
    /// other value is resolved against the directory of `upload`, or against its path if it is a query
    /// alone ([MC-BUP] 4.2). A backslash in a path is read as a slash, and bytes that no URL may hold
    /// are percent-encoded. What has no scheme never leads to another server.
    ///
    /// ```
    /// use bits_packet::{AbsoluteUrl, ReplyUrl};
    ///
    /// let upload = AbsoluteUrl::new(b"http://frankcao8/upload-ref/2100mb.txt")?;
    /// let reply = ReplyUrl::new(br"BITS-Sessions\Replies\{C85B4E0A}\responsefile.bin")?;
    /// assert_eq!(
    ///     reply.resolve(&upload)?.to_string(),
    ///     "http://frankcao8/upload-ref/BITS-Sessions/Replies/%7BC85B4E0A%7D/responsefile.bin",
    /// );
    /// # Ok::<(), bits_packet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] when the value begins with a scheme and two slashes and is no http or
    /// https URL that can be asked for: one with user information, for example.
    pub fn resolve(&self, upload: &AbsoluteUrl<'a>) -> Result<Resolved<'a>, Error> {
        Resolved::new(self.0, upload)
    }
}

impl<'a> Value<'a> for ReplyUrl<'a> {
    fn read(value: &'a [u8], tolerance: &mut Tolerance<'_>) -> Result<Self, Fault> {
        if value.len() > Self::MAX_LENGTH {
            return Err(Fault::of_value(ErrorKind::ValueTooLong, value));
        }
        text(value)?;
        let mut strict = Tolerance::new(&crate::Options::STRICT);
        let absolute = AbsoluteUrl::read(value, &mut strict);
        let fault = match absolute {
            Ok(url) if url.is_http() => return Ok(ReplyUrl(value)),
            Ok(_) => Fault::of_value(ErrorKind::InvalidValue, value),
            Err(fault) => Fault::new(fault.kind, fault.left),
        };
        tolerance.tolerate(Deviation::ReplyUrlForm, fault)?;
        Ok(ReplyUrl(value))
    }
}

impl fmt::Display for ReplyUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.0).fmt(f)
    }
}

impl fmt::Debug for ReplyUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplyUrl({self})")
    }
}
