//! Request targets and authorities: [RFC 9112] 3.2, [RFC 3986] 3.

use core::fmt;
use core::net::Ipv6Addr;

use nom::branch::alt;
use nom::bytes::take_while_m_n;
use nom::combinator::{consumed, cut, map, map_opt, opt, recognize};
use nom::multi::many1_count;
use nom::sequence::{pair, preceded, terminated};

use crate::class::Class;
use crate::escape::Escaped;
use crate::grammar::{Fault, Rule, blamed, exactly, literal, run, run1, whole};
use crate::{Error, ErrorKind, Field, Options};

/// A request target, in the form in which it was sent ([RFC 9112] 3.2).
///
/// Its parts are bytes: a Windows client sends an application's URL without escaping it, so that a
/// path may hold any visible byte. What is outside the URI grammar counts as
/// [`Deviation::UriCharacters`](crate::Deviation::UriCharacters).
///
/// ```
/// use bits_packet::{Target, TargetForm};
/// let target = Target::new(b"http://example.net:8080/drop/a.zip?ACCOUNT=1")?;
/// assert_eq!(target.form(), TargetForm::Absolute);
/// assert_eq!(target.path(), b"/drop/a.zip");
/// assert_eq!(target.query(), Some(&b"ACCOUNT=1"[..]));
/// assert_eq!(target.authority().and_then(|authority| authority.port()), Some(8080));
/// # Ok::<(), bits_packet::Error>(())
/// ```
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    form: TargetForm,
    scheme: &'a [u8],
    authority: Option<Authority<'a>>,
    path: &'a [u8],
    query: Option<&'a [u8]>,
}

/// The forms of a request target ([RFC 9112] 3.2.1 to 3.2.4).
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// `origin-form = absolute-path [ "?" query ]`: what a client sends to the server itself.
    Origin,
    /// `absolute-form = scheme "://" authority path-abempty [ "?" query ]`: what a client sends to a
    /// proxy, and every server accepts. Its authority then stands in the place of `Host`.
    Absolute,
    /// `authority-form = uri-host ":" port`, for `CONNECT` alone.
    Authority,
    /// `asterisk-form = "*"`, for `OPTIONS` alone.
    Asterisk,
}

impl<'a> Target<'a> {
    /// Reads a target in any of the four forms.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Target`] at the byte that fits none of them.
    pub fn new(target: &'a [u8]) -> Result<Self, Error> {
        whole(target, self::target()).map_err(|fault| {
            let offset = target.len().saturating_sub(fault.left);
            let offset = u32::try_from(offset).unwrap_or(u32::MAX);
            Error::new(ErrorKind::Target, offset, None)
        })
    }

    /// A target in origin-form.
    pub(crate) const fn origin(path: &'a [u8], query: Option<&'a [u8]>) -> Self {
        Target {
            form: TargetForm::Origin,
            path,
            query,
            ..ASTERISK
        }
    }

    /// A target in absolute-form from its pieces. `rest` is path and query.
    #[cfg(feature = "http")]
    pub(crate) fn absolute(
        scheme: &'a [u8],
        authority: &'a [u8],
        rest: &'a [u8],
    ) -> Result<Self, Error> {
        let blame = |_| Error::new(ErrorKind::Target, 0, None);
        let (path, query) = whole(rest, (opt(path()), query())).map_err(blame)?;
        Ok(Target {
            form: TargetForm::Absolute,
            scheme: whole(scheme, self::scheme()).map_err(blame)?,
            authority: Some(whole(authority, self::authority()).map_err(blame)?),
            path: path.unwrap_or_default(),
            query,
        })
    }

    /// Which form it has.
    #[must_use]
    pub const fn form(&self) -> TargetForm {
        self.form
    }

    /// The scheme as spelled; empty but in absolute-form.
    #[must_use]
    pub const fn scheme(&self) -> &'a [u8] {
        self.scheme
    }

    /// The authority, if the target names one.
    #[must_use]
    pub const fn authority(&self) -> Option<Authority<'a>> {
        self.authority
    }

    /// The path; empty for a target that has none.
    #[must_use]
    pub const fn path(&self) -> &'a [u8] {
        self.path
    }

    /// The query, without its question mark.
    #[must_use]
    pub const fn query(&self) -> Option<&'a [u8]> {
        self.query
    }

    /// The target's pieces: written one after another they are the target as sent.
    #[must_use]
    pub fn pieces(&self) -> [&'a [u8]; 6] {
        let after_scheme: &[u8] = match self.form {
            TargetForm::Absolute => b"://",
            TargetForm::Asterisk => b"*",
            TargetForm::Origin | TargetForm::Authority => b"",
        };
        let authority = self
            .authority
            .map_or(&b""[..], |authority| authority.as_bytes());
        let (mark, query): (&[u8], &[u8]) = match self.query {
            Some(query) => (b"?", query),
            None => (b"", b""),
        };
        [self.scheme, after_scheme, authority, self.path, mark, query]
    }

    /// How many bytes it has.
    pub(crate) fn length(&self) -> usize {
        self.pieces().iter().map(|piece| piece.len()).sum()
    }

    /// Whether path and query keep to the URI grammar ([RFC 3986] 3.3 and 3.4): `pchar`, `/`, and
    /// `?` in the query; every `%` followed by two hexadecimal digits.
    ///
    /// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
    #[must_use]
    pub fn is_uri(&self) -> bool {
        self.first_non_uri().is_none()
    }

    /// Where in the target the first byte outside the URI grammar stands.
    pub(crate) fn first_non_uri(&self) -> Option<usize> {
        let [scheme, after_scheme, authority, path, mark, _] = self.pieces().map(<[u8]>::len);
        let before_path = scheme
            .saturating_add(after_scheme)
            .saturating_add(authority);
        let before_query = before_path.saturating_add(path).saturating_add(mark);
        let in_path = non_uri(self.path).map(|at| at.saturating_add(before_path));
        let in_query = || {
            let at = non_uri(self.query?)?;
            Some(at.saturating_add(before_query))
        };
        in_path.or_else(in_query)
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces()
            .into_iter()
            .try_for_each(|piece| Escaped(piece).fmt(f))
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

/// Where the first byte stands that is neither `pchar` nor `/` nor `?`.
pub(crate) fn non_uri(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return None,
            [b'%', a, b, rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest,
            [byte, rest @ ..] if Class::PATH.has(*byte) || *byte == b'?' => rest,
            _ => return Some(text.len().saturating_sub(rest.len())),
        };
    }
}

/// `request-target = origin-form / absolute-form / authority-form / asterisk-form`, with any visible
/// byte for a `pchar`.
pub(crate) fn target<'a>() -> impl Rule<'a, Target<'a>> {
    blamed(
        ErrorKind::Target,
        alt((origin_form(), absolute_form(), authority_or_asterisk_form())),
    )
}

const ASTERISK: Target<'static> = Target {
    form: TargetForm::Asterisk,
    scheme: b"",
    authority: None,
    path: b"",
    query: None,
};

fn origin_form<'a>() -> impl Rule<'a, Target<'a>> {
    map((path(), query()), |(path, query)| Target {
        form: TargetForm::Origin,
        path,
        query,
        ..ASTERISK
    })
}

fn absolute_form<'a>() -> impl Rule<'a, Target<'a>> {
    let scheme = terminated(scheme(), literal(b"://"));
    map(
        (scheme, cut(authority()), opt(path()), query()),
        |(scheme, authority, path, query)| Target {
            form: TargetForm::Absolute,
            scheme,
            authority: Some(authority),
            path: path.unwrap_or_default(),
            query,
        },
    )
}

/// `*` alone is no host, though it has the form of one.
fn authority_or_asterisk_form<'a>() -> impl Rule<'a, Target<'a>> {
    map(authority(), |authority| {
        if authority.as_bytes() == b"*" {
            return ASTERISK;
        }
        Target {
            form: TargetForm::Authority,
            authority: Some(authority),
            ..ASTERISK
        }
    })
}

/// `absolute-path = 1*( "/" segment )`
fn path<'a>() -> impl Rule<'a, &'a [u8]> {
    recognize(pair(literal(b"/"), run(Class::BEFORE_QUERY)))
}

/// `scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`
fn scheme<'a>() -> impl Rule<'a, &'a [u8]> {
    recognize(pair(
        take_while_m_n(1, 1, |byte: u8| byte.is_ascii_alphabetic()),
        run(Class::SCHEME),
    ))
}

/// `[ "?" query ]`
fn query<'a>() -> impl Rule<'a, Option<&'a [u8]>> {
    opt(preceded(literal(b"?"), run(Class::VISIBLE)))
}

/// The server that a target or a `Host` field names: `uri-host [ ":" port ]`
/// ([RFC 9110] 7.2, [RFC 3986] 3.2), without user information.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Authority<'a> {
    text: &'a [u8],
    host: &'a [u8],
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `uri-host [ ":" port ]`: a registered name or IPv4 address, or an IPv6 address in
    /// brackets; a port of at most 65,535, which may be empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidValue`] with [`Field::Host`] at the first byte that does not fit, or
    /// [`ErrorKind::ValueTooLong`] above 4,096 bytes.
    pub fn new(text: &'a [u8]) -> Result<Self, Error> {
        let read = if text.len() > Options::default().max_value() as usize {
            Err(Fault::of_value(ErrorKind::ValueTooLong, text))
        } else {
            whole(text, authority())
        };
        read.map_err(|fault| Error::of_value(Field::Host, text, fault))
    }

    /// The text as spelled.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The host: a name, an IPv4 address, or an IPv6 address in its brackets.
    #[must_use]
    pub const fn host(&self) -> &'a [u8] {
        self.host
    }

    /// The port, if one is given that is not empty.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.text).fmt(f)
    }
}

impl fmt::Debug for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({self})")
    }
}

/// `uri-host [ ":" port ]`
pub(crate) fn authority<'a>() -> impl Rule<'a, Authority<'a>> {
    let host = alt((ip_literal(), reg_name()));
    let port = opt(preceded(literal(b":"), cut(port())));
    map(consumed((host, port)), |(text, (host, port))| Authority {
        text,
        host,
        port: port.flatten(),
    })
}

/// `"[" IPv6address "]"`
fn ip_literal<'a>() -> impl Rule<'a, &'a [u8]> {
    let address = map_opt(run1(Class::ADDRESS), |address| {
        core::str::from_utf8(address).ok()?.parse::<Ipv6Addr>().ok()
    });
    let rest = cut(terminated(address, literal(b"]")));
    recognize(preceded(literal(b"["), rest))
}

/// `reg-name = 1*( unreserved / pct-encoded / sub-delims )`, IPv4 addresses among them.
fn reg_name<'a>() -> impl Rule<'a, &'a [u8]> {
    let escape = (literal(b"%"), cut(exactly(2, Class::HEX)));
    let piece = alt((run1(Class::REG_NAME), recognize(escape)));
    recognize(many1_count(piece))
}

/// `port = *DIGIT`, at most 65,535.
fn port<'a>() -> impl Rule<'a, Option<u16>> {
    map_opt(run(Class::DIGIT), |digits| match digits {
        [] => Some(None),
        digits => Some(Some(core::str::from_utf8(digits).ok()?.parse().ok()?)),
    })
}
