//! From a reply URL to the URL that a client has to fetch: [MC-BUP] 4.2; D-22, D-44.

use core::fmt::{self, Write};

use crate::class::Class;
use crate::grammar::Fault;
use crate::head::Authority;
use crate::tolerance::Tolerance;
use crate::value::Value;
use crate::{AbsoluteUrl, Error, ErrorKind, Field, Options};

/// The URL of a reply: made by [`ReplyUrl::resolve`](crate::ReplyUrl::resolve), and written by
/// `Display`.
///
/// [`Resolved::authority`] says whom to ask, and [`Resolved::target`] is the target of the `GET`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resolved<'a> {
    scheme: &'a [u8],
    authority: Authority<'a>,
    path: Path<'a>,
    query: Option<&'a [u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Path<'a> {
    /// That of the upload, as it is.
    OfUpload(&'a [u8]),
    /// That of an absolute URL, in which slashes may be of either kind.
    Absolute(&'a [u8]),
    /// A directory, which ends with a slash, and a path below it with slashes of either kind.
    Below { directory: &'a [u8], path: &'a [u8] },
}

impl<'a> Resolved<'a> {
    pub(crate) fn new(reply: &'a [u8], upload: &AbsoluteUrl<'a>) -> Result<Self, Error> {
        if names_a_scheme(reply) {
            let url = AbsoluteUrl::read(reply, &mut Tolerance::new(&Options::INTEROP));
            let other_scheme = Fault::of_value(ErrorKind::InvalidValue, reply);
            let url = url
                .and_then(|url| url.is_http().then_some(url).ok_or(other_scheme))
                .map_err(|fault| Error::of_value(Field::ReplyUrl, reply, fault))?;
            return Ok(Resolved {
                scheme: url.scheme(),
                authority: url.authority(),
                path: Path::Absolute(url.path()),
                query: url.query(),
            });
        }
        let (path, query) = match reply.iter().position(|&byte| byte == b'?') {
            Some(at) => (
                reply.get(..at).unwrap_or_default(),
                reply.get(at.saturating_add(1)..),
            ),
            None => (reply, None),
        };
        let from = |path| Resolved {
            scheme: upload.scheme(),
            authority: upload.authority(),
            path,
            query,
        };
        if path.is_empty() {
            return Ok(from(Path::OfUpload(upload.path())));
        }
        let directory = match path {
            [b'/' | b'\\', ..] => b"/",
            _ => directory_of(upload.path()),
        };
        Ok(from(Path::Below { directory, path }))
    }

    /// The scheme, as spelled.
    #[must_use]
    pub const fn scheme(&self) -> &'a [u8] {
        self.scheme
    }

    /// The server to ask.
    #[must_use]
    pub const fn authority(&self) -> Authority<'a> {
        self.authority
    }

    /// Path and query, in origin-form: the target of the `GET`.
    #[must_use]
    pub const fn target(&self) -> impl fmt::Display + use<'a> {
        OriginForm(*self)
    }
}

/// Whether a reply URL begins with a scheme and two slashes: it is absolute, or wrong.
fn names_a_scheme(reply: &[u8]) -> bool {
    let after = reply.iter().position(|&byte| !Class::SCHEME.has(byte));
    let (scheme, rest) = reply
        .split_at_checked(after.unwrap_or_default())
        .unwrap_or_default();
    let starts_right = scheme.first().is_some_and(u8::is_ascii_alphabetic);
    starts_right && matches!(rest, [b':', b'/' | b'\\', b'/' | b'\\', ..])
}

/// The path up to its last slash; `/` where there is none.
fn directory_of(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) => path.get(..=at).unwrap_or_default(),
        None => b"/",
    }
}

fn is_slash(byte: &u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

/// How many segments of a path are decided on at once. A path of more, which is nearly all slashes under the default
/// limits, takes a round more, since nothing is allocated.
const ROUND: usize = 4096;

/// Which of the segments from `start` on, at most [`ROUND`], stay: those that are no dots and that no later `..`
/// takes back. Seen from the end, a `..` takes back the next segment that nothing else has taken back.
fn staying<'a>(
    segments: impl DoubleEndedIterator<Item = &'a [u8]>,
    count: usize,
    start: usize,
) -> [bool; ROUND] {
    let mut stays = [false; ROUND];
    let mut index = count.saturating_sub(start);
    let mut taken_back = 0usize;
    for segment in segments.rev() {
        let Some(before) = index.checked_sub(1) else {
            break;
        };
        index = before;
        match (segment, taken_back.checked_sub(1)) {
            (b".", _) => {}
            (b"..", _) => taken_back = taken_back.saturating_add(1),
            (_, Some(left)) => taken_back = left,
            (_, None) => {
                if let Some(stays) = stays.get_mut(index) {
                    *stays = true;
                }
            }
        }
    }
    stays
}

/// The path below a directory, without `.` and `..` ([RFC 3986] 5.2.4). What would begin with two
/// slashes, and so could be taken for another server, begins with one.
fn write_below(directory: &[u8], path: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    let above = directory.split(|&byte| byte == b'/');
    let segments = above.chain(path.split(is_slash));
    let count = segments.clone().count();
    f.write_char('/')?;
    let mut is_root = true;
    let mut left = count;
    for start in (0..count).step_by(ROUND) {
        let stays = staying(segments.clone(), count, start);
        for (segment, stays) in segments.clone().skip(start).zip(stays) {
            left = left.saturating_sub(1);
            if !stays || (is_root && segment.is_empty()) {
                continue;
            }
            is_root = false;
            write_uri(segment, f)?;
            if left > 0 {
                f.write_char('/')?;
            }
        }
    }
    Ok(())
}

/// `path` with slashes of one kind.
fn write_slashed(path: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut separator = "";
    for segment in path.split(is_slash) {
        f.write_str(separator)?;
        write_uri(segment, f)?;
        separator = "/";
    }
    Ok(())
}

/// `text` with every byte percent-encoded that is not allowed in a path or a query; escapes stay.
fn write_uri(text: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut rest = text;
    while let [byte, next @ ..] = rest {
        let is_escape =
            matches!(rest, [b'%', a, b, ..] if Class::HEX.has(*a) && Class::HEX.has(*b));
        if is_escape || Class::PATH.has(*byte) || *byte == b'?' {
            f.write_char(char::from(*byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
        rest = next;
    }
    Ok(())
}

impl fmt::Display for Resolved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_uri(self.scheme, f)?;
        write!(f, "://{}{}", self.authority, self.target())
    }
}

struct OriginForm<'a>(Resolved<'a>);

impl fmt::Display for OriginForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.path {
            Path::OfUpload(b"") | Path::Absolute(b"") => f.write_char('/')?,
            Path::OfUpload(path) => write_uri(path, f)?,
            Path::Absolute(path) => write_slashed(path, f)?,
            Path::Below { directory, path } => write_below(directory, path, f)?,
        }
        match self.0.query {
            Some(query) => {
                f.write_char('?')?;
                write_uri(query, f)
            }
            None => Ok(()),
        }
    }
}
