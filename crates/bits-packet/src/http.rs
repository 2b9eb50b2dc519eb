//! Packets from the types of the crate `http`, as hyper and axum hand them over: the same rules, by
//! the same collector, as from the bytes of a head.

use ::http::uri::PathAndQuery;
use ::http::{HeaderMap, Uri, request, response};

use crate::fast;
use crate::{
    Ack, Error, ErrorKind, Message, Notification, NotificationResponse, Options, Request,
    RequestLine, RequestType, StatusCode, StatusLine, Target, Version,
};

impl<'a> Request<'a> {
    /// Reads the packet of a request that an HTTP library has taken apart: hyper, axum, or any other
    /// that speaks in types of the crate `http`. Copies nothing.
    ///
    /// The rules are those of [`Request::parse`], applied to what the library lets through. Before a
    /// service sees a request, hyper 1
    ///
    /// * takes LF alone for the end of a line, skips empty lines before the request line, and has its
    ///   own limits for the head: [`Options::max_head`] is not looked at;
    /// * writes names in lower case and puts the lines of one name side by side, so that the index in
    ///   an error counts lines in the order of the [`HeaderMap`];
    /// * drops a second `Content-Length` with the same number, and every `Content-Length` beside a
    ///   `Transfer-Encoding`. The latter is still there, and refused on a BITS packet;
    /// * refuses a `Content-Length` that is no number, two that differ, and a request whose
    ///   `Transfer-Encoding` does not end with `chunked`, before the service is asked;
    /// * drops `#` and all that follows from the target, gives an absolute-form target that has no
    ///   path the path `/`, and writes the schemes `http` and `https` in lower case.
    ///
    /// It passes on what else this crate judges, a missing or repeated `Host` and HTTP/1.0 among it.
    ///
    /// ```
    /// use bits_packet::{Options, Request};
    ///
    /// let (parts, ()) = http::Request::builder()
    ///     .method("BITS_POST")
    ///     .uri("/drop/report.zip")
    ///     .header("Host", "upload.example.net")
    ///     .header("BITS-Packet-Type", "Ping")
    ///     .header("Content-Length", "0")
    ///     .body(())?
    ///     .into_parts();
    /// let message = Request::from_parts(&parts, &Options::INTEROP)?;
    /// assert!(matches!(message.packet(), Some(Request::Ping(_))));
    /// assert_eq!(message.head().target().path(), b"/drop/report.zip");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Request::from_fields`]; and [`ErrorKind::UnsupportedVersion`] for HTTP/2 and all else
    /// that is neither HTTP/1.1 nor HTTP/1.0, [`ErrorKind::Target`] for a target with user
    /// information. [`Error::offset`] is the index of the field, and 0 for the request line.
    pub fn from_parts(
        parts: &'a request::Parts,
        options: &Options,
    ) -> Result<Message<RequestLine<'a>, Self>, Error> {
        let general = || Self::from_fields(parts.try_into()?, fields(&parts.headers), options);
        match usual_line(parts) {
            Some(line) => fast::listed_request(line, fields(&parts.headers), options, general),
            None => general(),
        }
    }
}

/// A request line with a path, and a query, that hold nothing unusual.
fn usual_line(parts: &request::Parts) -> Option<RequestLine<'_>> {
    let target = match (parts.uri.scheme(), parts.uri.authority()) {
        (None, None) => fast::target(parts.uri.path_and_query()?.as_str().as_bytes())?,
        _ => return None,
    };
    let method = parts.method.as_str().as_bytes();
    let version = parts.version.try_into().ok()?;
    (method != b"CONNECT").then(|| RequestLine::from_parts(method, target, version))
}

impl<'a> Notification<'a> {
    /// Reads the notification of a request that an HTTP library has taken apart; see
    /// [`Request::from_parts`].
    ///
    /// # Errors
    ///
    /// As [`Notification::from_fields`] and [`Request::from_parts`].
    pub fn from_parts(
        parts: &'a request::Parts,
        options: &Options,
    ) -> Result<Message<RequestLine<'a>, Self>, Error> {
        Self::from_fields(parts.try_into()?, fields(&parts.headers), options)
    }
}

impl<'a> Ack<'a> {
    /// Reads the Ack of a response that an HTTP library has taken apart. Copies nothing.
    ///
    /// The rules are those of [`Ack::parse`], applied to what the library lets through. hyper 1
    /// passes over 1xx responses, and changes names, their order and line ends as it does in
    /// requests: see [`Request::from_parts`]. The reason phrase is empty.
    ///
    /// # Errors
    ///
    /// As [`Ack::from_fields`]; and [`ErrorKind::UnsupportedVersion`] for what is neither HTTP/1.1
    /// nor HTTP/1.0. [`Error::offset`] is the index of the field, and 0 for the status line.
    pub fn from_parts(
        parts: &'a response::Parts,
        answering: Option<RequestType>,
        options: &Options,
    ) -> Result<Message<StatusLine<'a>, Self>, Error> {
        let line: StatusLine<'a> = parts.try_into()?;
        let general = || Self::from_fields(line, fields(&parts.headers), answering, options);
        fast::listed_ack(line, fields(&parts.headers), answering, options, general)
    }
}

impl<'a> NotificationResponse<'a> {
    /// Reads the answer of a server application that an HTTP library has taken apart; see
    /// [`Ack::from_parts`].
    ///
    /// # Errors
    ///
    /// As [`NotificationResponse::from_fields`] and [`Ack::from_parts`].
    pub fn from_parts(
        parts: &'a response::Parts,
        options: &Options,
    ) -> Result<Message<StatusLine<'a>, Self>, Error> {
        Self::from_fields(parts.try_into()?, fields(&parts.headers), options)
    }
}

fn fields(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
}

impl<'a> TryFrom<&'a request::Parts> for RequestLine<'a> {
    type Error = Error;

    fn try_from(parts: &'a request::Parts) -> Result<Self, Error> {
        let version = parts.version.try_into()?;
        // A list of fields has no offsets within its request line.
        let target = Target::try_from(&parts.uri)
            .map_err(|error| Error::new(error.kind(), 0, error.field()))?;
        RequestLine::new(parts.method.as_str().as_bytes(), target, version)
    }
}

impl<'a> TryFrom<&'a response::Parts> for StatusLine<'a> {
    type Error = Error;

    /// Without the reason phrase.
    fn try_from(parts: &'a response::Parts) -> Result<Self, Error> {
        let version = parts.version.try_into().map_err(Error::of_response)?;
        StatusLine::new(version, parts.status.into(), b"")
    }
}

impl<'a> TryFrom<&'a Uri> for Target<'a> {
    type Error = Error;

    /// In the form that the URI has: a path is origin-form, an authority alone authority-form, `*`
    /// asterisk-form, and what has a scheme is absolute-form.
    fn try_from(uri: &'a Uri) -> Result<Self, Error> {
        let rest = uri.path_and_query().map_or("", PathAndQuery::as_str);
        match (uri.scheme_str(), uri.authority()) {
            (None, None) => Target::new(rest.as_bytes()),
            (None, Some(authority)) => Target::new(authority.as_str().as_bytes()),
            (Some(scheme), authority) => Target::absolute(
                scheme.as_bytes(),
                authority
                    .map_or("", |authority| authority.as_str())
                    .as_bytes(),
                rest.as_bytes(),
            ),
        }
    }
}

impl TryFrom<::http::Version> for Version {
    type Error = Error;

    fn try_from(version: ::http::Version) -> Result<Self, Error> {
        match version {
            ::http::Version::HTTP_11 => Ok(Version::Http11),
            ::http::Version::HTTP_10 => Ok(Version::Http10),
            _ => Err(Error::new(ErrorKind::UnsupportedVersion, 0, None)),
        }
    }
}

impl From<Version> for ::http::Version {
    fn from(version: Version) -> Self {
        match version {
            Version::Http10 => ::http::Version::HTTP_10,
            Version::Http11 => ::http::Version::HTTP_11,
        }
    }
}

impl TryFrom<StatusCode> for ::http::StatusCode {
    type Error = ::http::status::InvalidStatusCode;

    /// Fails below 100, which the crate `http` does not know.
    fn try_from(status: StatusCode) -> Result<Self, Self::Error> {
        ::http::StatusCode::from_u16(status.as_u16())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, target: &'static str) -> request::Parts {
        let (mut parts, ()) = ::http::Request::new(()).into_parts();
        parts.method = method.parse().expect("a method");
        parts.uri = Uri::from_static(target);
        parts
    }

    #[test]
    fn a_path_and_a_query_are_taken_the_short_way_and_nothing_else_is() {
        for (method, target) in [("BITS_POST", "/drop/a.zip?b=c"), ("GET", "/")] {
            let parts = parts(method, target);
            let line = RequestLine::try_from(&parts).expect("a request line");
            assert_eq!(usual_line(&parts), Some(line), "{method} {target}");
        }
        for (method, target) in [
            ("CONNECT", "/"),
            ("CONNECT", "h:80"),
            ("OPTIONS", "*"),
            ("GET", "http://h/a"),
        ] {
            assert_eq!(
                usual_line(&parts(method, target)),
                None,
                "{method} {target}"
            );
        }
    }
}
