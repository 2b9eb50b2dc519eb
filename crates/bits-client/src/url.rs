//! Where an upload goes.

use std::fmt;
use std::str::FromStr;

use bits_packet::{Authority, Error, Target};

/// An `http` or `https` URL: where the file is to be ([MC-BUP] 2.2.2; [RFC 9110] 4.2).
///
/// The path is kept as it is given, braces and the like included: a Windows client escapes nothing. Only
/// what no request can carry is escaped: spaces, and characters beyond ASCII (as UTF-8).
///
/// ```
/// use bits_client::Url;
///
/// let url: Url = "https://upload.example.net:8443/drop/{a} b.zip?case=7".parse()?;
/// assert_eq!(url.to_string(), "https://upload.example.net:8443/drop/{a}%20b.zip?case=7");
/// assert_eq!(url.port(), 8443);
/// assert!(url.is_tls());
/// # Ok::<(), bits_client::UrlError>(())
/// ```
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url {
    is_tls: bool,
    authority: String,
    /// Where in the authority the host ends.
    host_length: usize,
    port: Option<u16>,
    /// Path and query.
    target: String,
}

/// Why a text is no URL to upload to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not begin with `http://` or `https://`.
    Scheme,
    /// It names a user.
    User,
    /// It has a fragment.
    Fragment,
    /// Its host or port is none.
    Authority(Error),
    /// Its host has characters beyond ASCII.
    International,
    /// It holds a control character.
    Control,
    /// Its path is none.
    Target(Error),
}

impl Url {
    /// Whether the connection is encrypted.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// The host: a name or an address, an IPv6 address in its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.authority[..self.host_length]
    }

    /// The port: the one given, or 80, or 443 with TLS.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match self.port {
            Some(port) => port,
            None if self.is_tls => 443,
            None => 80,
        }
    }

    /// The port, if one is given.
    #[must_use]
    pub(crate) const fn given_port(&self) -> Option<u16> {
        self.port
    }

    /// Host and port as given.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query, as they stand in the request line.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// With a name behind a path that ends in `/`, percent-encoded; any other URL stays as it is.
    ///
    /// ```
    /// use bits_client::Url;
    ///
    /// let folder: Url = "http://example.net/drop/?case=7".parse()?;
    /// let url = folder.with_name(b"50% off.zip");
    /// assert_eq!(url.to_string(), "http://example.net/drop/50%25%20off.zip?case=7");
    /// assert_eq!(url.clone().with_name(b"other"), url);
    /// # Ok::<(), bits_client::UrlError>(())
    /// ```
    #[must_use]
    pub fn with_name(mut self, name: &[u8]) -> Self {
        let end = self.target.find('?').unwrap_or(self.target.len());
        let (path, _) = self.target.split_at(end);
        if path.ends_with('/') {
            let mut escaped = String::new();
            for &byte in name {
                let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                push(&mut escaped, byte, is_unreserved);
            }
            self.target.insert_str(end, &escaped);
        }
        self
    }
}

fn push(text: &mut String, byte: u8, as_is: bool) {
    if as_is {
        text.push(byte.into());
    } else {
        *text += &format!("%{byte:02X}");
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(UrlError::Scheme),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, given) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::User);
        }
        if given.contains('#') {
            return Err(UrlError::Fragment);
        }
        if given.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(UrlError::Control);
        }
        if !authority.is_ascii() {
            return Err(UrlError::International);
        }
        let parsed = Authority::new(authority.as_bytes()).map_err(UrlError::Authority)?;
        let (host_length, port) = (parsed.host().len(), parsed.port());
        let mut target = String::from(if given.starts_with('/') { "" } else { "/" });
        for byte in given.bytes() {
            push(&mut target, byte, byte.is_ascii_graphic());
        }
        Target::new(target.as_bytes()).map_err(UrlError::Target)?;
        Ok(Url {
            is_tls,
            authority: authority.to_owned(),
            host_length,
            port,
            target,
        })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.target)
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UrlError::Scheme => f.write_str("a URL must begin with http:// or https://"),
            UrlError::User => f.write_str(
                "a URL must not name a user or a password, which others could see; use --user",
            ),
            UrlError::Fragment => f.write_str("a URL must have no fragment; write # as %23"),
            UrlError::International => f.write_str(
                "the host of the URL has characters beyond ASCII: write it as xn--..., as in xn--bcher-kva.example",
            ),
            UrlError::Authority(error) => write!(f, "the host of the URL is none: {error}"),
            UrlError::Control => f.write_str("a URL must not hold control characters"),
            UrlError::Target(error) => write!(f, "the path of the URL is none: {error}"),
        }
    }
}

impl std::error::Error for UrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_path_is_kept_as_given() {
        for path in ["/", "/a", "/a/{b}|c/%7Bd%7D/..//e?x=1&y[]=?", "/a\"<>\\^`"] {
            assert_eq!(url(&format!("http://h{path}")).target(), path);
        }
        assert_eq!(url("http://h").target(), "/");
        assert_eq!(url("http://h?q").target(), "/?q");
    }

    #[test]
    fn what_no_request_can_carry_is_escaped() {
        assert_eq!(url("http://h/a b/é").target(), "/a%20b/%C3%A9");
    }

    #[test]
    fn host_and_port_are_found() {
        for (text, host, port) in [
            ("http://h/", "h", 80),
            ("HTTPS://h/", "h", 443),
            ("http://h:/", "h", 80),
            ("http://h:8080", "h", 8080),
            ("https://[::1]:9/x", "[::1]", 9),
            ("http://127.0.0.1/x", "127.0.0.1", 80),
        ] {
            let url = url(text);
            assert_eq!((url.host(), url.port()), (host, port), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_to_upload_to_is_refused() {
        let error = |text: &str| text.parse::<Url>().unwrap_err();
        for text in ["", "h/a", "ftp://h/a", "file:///a"] {
            assert_eq!(error(text), UrlError::Scheme, "{text}");
        }
        assert_eq!(error("http://me@h/a"), UrlError::User);
        assert_eq!(error("http://me:secret@h/a"), UrlError::User);
        assert_eq!(error("http://h/a#b"), UrlError::Fragment);
        assert_eq!(error("http://h/a\r\nb"), UrlError::Control);
        assert_eq!(
            error("http://b\u{fc}cher.example/"),
            UrlError::International
        );
        for text in ["http://", "http:///a", "http://h:99999/", "http://a b/"] {
            assert!(matches!(error(text), UrlError::Authority(_)), "{text}");
        }
    }

    #[test]
    fn an_at_sign_in_a_path_names_no_user() {
        assert_eq!(url("http://h/a@b").target(), "/a@b");
    }
}
