//! Which file a request is about.

use std::fmt;

use percent_encoding::percent_decode;

/// The folder beneath the root in which sessions are kept. No target has its name in it.
pub const STAGING: &str = ".bits-sessions";

/// The path of a file or folder beneath the root that files are uploaded to: names that every system takes for names.
///
/// Made of the path of a request target, of which every segment is percent-decoded once. What two systems might
/// read in two ways is refused, never repaired:
///
/// ```
/// use bits_server::{BadTarget, Target};
///
/// let target = Target::parse(b"/drop/annual%20report.zip")?;
/// assert_eq!(target.to_string(), "/drop/annual report.zip");
/// assert_eq!(Target::parse(b"/drop/%2e%2e/passwd"), Err(BadTarget::Dots));
/// assert_eq!(Target::parse(b"/drop%2fa"), Err(BadTarget::Separator));
/// # Ok::<(), BadTarget>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The names, each behind a slash; none of them holds one.
    path: String,
    is_folder: bool,
}

/// Why a path names no file here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BadTarget {
    /// It does not begin with a slash.
    Relative,
    /// A `%` without two hexadecimal digits.
    Escape,
    /// It is not UTF-8 when it is decoded.
    Encoding,
    /// An encoded slash, or a backslash.
    Separator,
    /// An empty name: two slashes in a row.
    Empty,
    /// A name of dots only.
    Dots,
    /// A control character.
    Control,
    /// A character that Windows has in no name: one of `<>:"|?*`.
    Character,
    /// A name that ends in a dot or begins or ends in a space: some systems drop them.
    Edge,
    /// The name of a device of Windows, whatever follows its first dot.
    Device,
    /// A name of more than 255 bytes, or a path of more than 4,096.
    TooLong,
    /// A folder in which sessions are kept.
    Staging,
}

impl Target {
    /// The greatest length of a name, in bytes.
    pub const MAX_NAME: usize = 255;
    /// The greatest length of a path, in bytes.
    pub const MAX_PATH: usize = 4096;

    /// Reads the path of a request target, without its query.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn parse(path: &[u8]) -> Result<Self, BadTarget> {
        let mut decoded = String::with_capacity(path.len());
        for (at, encoded) in path.split(|byte| *byte == b'/').enumerate() {
            let name = decode(encoded)?;
            if name.contains('/') {
                return Err(BadTarget::Separator);
            }
            if at > 0 {
                decoded.push('/');
            }
            decoded.push_str(&name);
        }
        Self::of_decoded(decoded)
    }

    /// Reads a path whose names are decoded: what `to_string` has written.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn of_decoded(path: String) -> Result<Self, BadTarget> {
        let names = path.strip_prefix('/').ok_or(BadTarget::Relative)?;
        let is_folder = names.is_empty() || names.ends_with('/');
        if !names.is_empty() {
            let names = names.strip_suffix('/').unwrap_or(names);
            names.split('/').try_for_each(check)?;
        }
        match path.len() <= Self::MAX_PATH {
            true => Ok(Target { path, is_folder }),
            false => Err(BadTarget::TooLong),
        }
    }

    /// The names, from the root on.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|name| !name.is_empty())
    }

    /// The folders, from the root on, and the name of the file in the last of them; `None` for a folder.
    #[must_use]
    pub fn file(&self) -> Option<(impl Iterator<Item = &str>, &str)> {
        let (folders, name) = self.path.rsplit_once('/')?;
        let folders = folders.split('/').filter(|name| !name.is_empty());
        (!self.is_folder).then_some((folders, name))
    }

    /// Whether it ends in a slash, and so names a folder.
    #[must_use]
    pub const fn is_folder(&self) -> bool {
        self.is_folder
    }
}

/// The path with its names decoded.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

fn decode(encoded: &[u8]) -> Result<String, BadTarget> {
    let mut rest = encoded;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3).ok_or(BadTarget::Escape)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BadTarget::Escape);
        }
        rest = &rest[at + 3..];
    }
    let name: Vec<u8> = percent_decode(encoded).collect();
    String::from_utf8(name).map_err(|_| BadTarget::Encoding)
}

fn check(name: &str) -> Result<(), BadTarget> {
    if name.is_empty() {
        return Err(BadTarget::Empty);
    }
    if name.contains(['/', '\\']) {
        return Err(BadTarget::Separator);
    }
    if name.chars().all(|letter| letter == '.') {
        return Err(BadTarget::Dots);
    }
    if name.chars().any(char::is_control) {
        return Err(BadTarget::Control);
    }
    if name.contains(['<', '>', ':', '"', '|', '?', '*']) {
        return Err(BadTarget::Character);
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return Err(BadTarget::Edge);
    }
    if is_device(name) {
        return Err(BadTarget::Device);
    }
    // At any depth: another server may have its root there.
    if is_staging(name) {
        return Err(BadTarget::Staging);
    }
    match name.len() <= Target::MAX_NAME {
        true => Ok(()),
        false => Err(BadTarget::TooLong),
    }
}

fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or(name).trim_end();
    let is_port = |kind: &str| {
        let prefix = base.get(..kind.len());
        let number = base.get(kind.len()..).unwrap_or("");
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(kind))
            && matches!(
                number,
                "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
            )
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
        .iter()
        .any(|device| base.eq_ignore_ascii_case(device))
        || is_port("COM")
        || is_port("LPT")
}

/// Whether a file system that folds letters might take a name for that of the staging folder.
fn is_staging(name: &str) -> bool {
    name.to_lowercase() == STAGING || name.to_uppercase() == STAGING.to_uppercase()
}

impl BadTarget {
    /// What is wrong, and what to do.
    const fn text(self) -> &'static str {
        match self {
            BadTarget::Relative => "the path must begin with a slash",
            BadTarget::Escape => {
                "`%` must be followed by two hexadecimal digits; write `%25` for the character"
            }
            BadTarget::Encoding => "the path must be UTF-8 once it is decoded",
            BadTarget::Separator => "a name must not hold a slash or a backslash, encoded or not",
            BadTarget::Empty => "a name must not be empty: write one slash, not two",
            BadTarget::Dots => {
                "a name must not consist of dots: write the path without `.` and `..`"
            }
            BadTarget::Control => "a name must not hold control characters",
            BadTarget::Character => "a name must hold none of < > : \" | ? *",
            BadTarget::Edge => "a name must not begin with a space, or end in a space or a dot",
            BadTarget::Device => "a name must not be that of a device, such as CON, NUL or COM1",
            BadTarget::TooLong => "a name has at most 255 bytes, and a path 4,096",
            BadTarget::Staging => "sessions are kept in that folder: choose another",
        }
    }
}

impl fmt::Display for BadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for BadTarget {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_decoded_once() {
        for (path, names) in [
            (&b"/"[..], &[][..]),
            (b"/a", &["a"]),
            (b"/a/", &["a"]),
            (b"/a/b%20c.zip", &["a", "b c.zip"]),
            (b"/%C3%A4/%2541", &["ä", "%41"]),
            (b"/.htaccess/...x", &[".htaccess", "...x"]),
            (
                b"/common/com10/lpt/nul-1",
                &["common", "com10", "lpt", "nul-1"],
            ),
        ] {
            let target = Target::parse(path).unwrap();
            assert_eq!(target.names().collect::<Vec<_>>(), names);
        }
    }

    #[test]
    fn a_path_that_ends_in_a_slash_is_a_folder() {
        for path in [&b"/"[..], b"/a/", b"/a/b/"] {
            let target = Target::parse(path).unwrap();
            assert!(target.is_folder() && target.file().is_none());
            assert_eq!(target.to_string().as_bytes(), path);
        }
        let target = Target::parse(b"/a/b/c").unwrap();
        let (folders, name) = target.file().unwrap();
        assert_eq!((folders.collect::<Vec<_>>(), name), (vec!["a", "b"], "c"));
    }

    #[test]
    fn what_two_systems_read_in_two_ways_is_refused() {
        let long = format!("/{}", "a".repeat(256));
        let deep = "/a".repeat(2049);
        for (path, expected) in [
            (&b""[..], BadTarget::Relative),
            (b"a", BadTarget::Relative),
            (b"/a%", BadTarget::Escape),
            (b"/a%4", BadTarget::Escape),
            (b"/a%4g", BadTarget::Escape),
            (b"/%u002e", BadTarget::Escape),
            (b"/%ff", BadTarget::Encoding),
            (b"/%c0%ae%c0%ae", BadTarget::Encoding),
            (b"/a%2fb", BadTarget::Separator),
            (b"/a%2Fb", BadTarget::Separator),
            (b"/a\\b", BadTarget::Separator),
            (b"/..\\b", BadTarget::Separator),
            (b"/a%5cb", BadTarget::Separator),
            (b"//", BadTarget::Empty),
            (b"//a", BadTarget::Empty),
            (b"/a//b", BadTarget::Empty),
            (b"/a//", BadTarget::Empty),
            (b"/.", BadTarget::Dots),
            (b"/..", BadTarget::Dots),
            (b"/a/../b", BadTarget::Dots),
            (b"/a/%2e%2E/b", BadTarget::Dots),
            (b"/a/.%2e", BadTarget::Dots),
            (b"/...", BadTarget::Dots),
            (b"/a%00.txt", BadTarget::Control),
            (b"/a%0d%0ab", BadTarget::Control),
            (b"/%1b[2J", BadTarget::Control),
            (b"/%C2%85", BadTarget::Control),
            (b"/a:b", BadTarget::Character),
            (b"/file.txt%3A%3A$DATA", BadTarget::Character),
            (b"/a%3f", BadTarget::Character),
            (b"/a.", BadTarget::Edge),
            (b"/a%20", BadTarget::Edge),
            (b"/%20a", BadTarget::Edge),
            (b"/nul", BadTarget::Device),
            (b"/NUL.txt", BadTarget::Device),
            (b"/a/cOn", BadTarget::Device),
            (b"/com1.tar.gz", BadTarget::Device),
            (b"/LPT9", BadTarget::Device),
            (b"/com%C2%B9", BadTarget::Device),
            (b"/aux%20.txt", BadTarget::Device),
            (long.as_bytes(), BadTarget::TooLong),
            (deep.as_bytes(), BadTarget::TooLong),
            (b"/.bits-sessions", BadTarget::Staging),
            (b"/.bits-sessions/x", BadTarget::Staging),
            (b"/x/.bits-sessions/y", BadTarget::Staging),
            (b"/.BITS-Sessions/x", BadTarget::Staging),
            (b"/%2ebits-sessions/x", BadTarget::Staging),
            ("/.bits-se\u{17f}sions/x".as_bytes(), BadTarget::Staging),
        ] {
            let found = Target::parse(path);
            assert_eq!(found, Err(expected), "{}", path.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_its_folder(path in "/([a./%2\\\\ef5cEC]|%2e|%2f|%5c|%00){0,12}") {
            if let Ok(target) = Target::parse(path.as_bytes()) {
                for name in target.names() {
                    let is_plain = std::path::Path::new(name)
                        .components()
                        .eq([std::path::Component::Normal(name.as_ref())]);
                    prop_assert!(is_plain, "{name}");
                }
            }
        }

        #[test]
        fn what_is_shown_is_read_as_the_same(path in "(/([a-z .ä]|%25|%41){1,5}){1,4}/?") {
            if let Ok(target) = Target::parse(path.as_bytes()) {
                let again = Target::of_decoded(target.to_string());
                prop_assert_eq!(again, Ok(target));
            }
        }
    }
}
