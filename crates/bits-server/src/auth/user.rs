//! Names of users.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

/// The name of a user: 1 to 64 characters that can be seen, without `:` and `/`, not begun by `#` or `@`.
///
/// A colon would end it in Basic credentials and in a password file, `#` begins a comment there, and `@` stands before
/// a group in [rights](super::Rights). Letter case counts. Kept in Normalization Form C, in which clients are to send
/// it ([RFC 7617] 2.1): letters with accents are equal however they were typed.
///
/// ```
/// use bits_server::auth::{BadUserName, UserName};
///
/// assert_eq!("Zoe\u{308}".parse::<UserName>()?.as_str(), "Zo\u{eb}");
/// assert_eq!("a:b".parse::<UserName>(), Err(BadUserName::Colon));
/// # Ok::<(), BadUserName>(())
/// ```
///
/// [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

/// Why a text is no [`UserName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BadUserName {
    /// There is none.
    Empty,
    /// It has more than 64 characters.
    TooLong,
    /// It holds a colon.
    Colon,
    /// It holds a slash.
    Slash,
    /// It holds a space, a control character, or one that cannot be seen or is not assigned.
    Invisible,
    /// It begins with `#` or `@`.
    Start,
}

impl UserName {
    /// The greatest number of characters.
    pub const MAX_CHARACTERS: usize = 64;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = BadUserName;

    fn from_str(text: &str) -> Result<Self, BadUserName> {
        // One more than there may be tells that it is too long.
        let name: String = text.nfc().take(Self::MAX_CHARACTERS + 1).collect();
        match name.chars().next() {
            None => Err(BadUserName::Empty),
            Some('#' | '@') => Err(BadUserName::Start),
            Some(_) if name.chars().count() > Self::MAX_CHARACTERS => Err(BadUserName::TooLong),
            Some(_) if name.contains(':') => Err(BadUserName::Colon),
            Some(_) if name.contains('/') => Err(BadUserName::Slash),
            Some(_) if !is_visible(&name) => Err(BadUserName::Invisible),
            Some(_) => Ok(UserName(name)),
        }
    }
}

/// Whether every character can be seen: no space, nothing that a terminal obeys, nothing that only looks like nothing.
pub(super) fn is_visible(text: &str) -> bool {
    // The library knows what can be printed, though only `escape_debug` tells. What it escapes as well are quotes and
    // backslashes, and marks that have nothing before them to stand on.
    let plain = format!("a{text}").replace(['\'', '"', '\\'], "");
    !plain.contains(char::is_whitespace) && plain.escape_debug().eq(plain.chars())
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BadUserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadUserName::Empty => "a user name is missing",
            BadUserName::TooLong => "a user name has at most 64 characters",
            BadUserName::Colon => "a user name holds no colon",
            BadUserName::Slash => "a user name holds no slash",
            BadUserName::Invisible => {
                "a user name holds no space, control character or other character that cannot be seen"
            }
            BadUserName::Start => "a user name does not begin with `#` or `@`",
        })
    }
}

impl std::error::Error for BadUserName {}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, BadUserName> {
        text.parse::<UserName>().map(|name| name.to_string())
    }

    #[test]
    fn takes_what_can_be_seen() {
        let long = "\u{e9}".repeat(64);
        for good in [
            "a",
            "alice",
            "O'Brien",
            "a\"b",
            "CORP\\alice",
            "alice@files.example.com",
            "PC1$",
            "\u{7530}\u{4e2d}",
            "\u{928}\u{93f}\u{936}\u{93e}",
            "x#y",
            &long,
        ] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
    }

    #[test]
    fn refuses_what_could_be_mistaken() {
        for (bad, why) in [
            ("", BadUserName::Empty),
            (&*"a".repeat(65), BadUserName::TooLong),
            (&*"a".repeat(1 << 20), BadUserName::TooLong),
            ("a:b", BadUserName::Colon),
            ("a/b", BadUserName::Slash),
            ("a b", BadUserName::Invisible),
            (" a", BadUserName::Invisible),
            ("a\n", BadUserName::Invisible),
            ("a\0", BadUserName::Invisible),
            ("\u{1b}[2J", BadUserName::Invisible),
            ("a\u{a0}b", BadUserName::Invisible),
            ("a\u{200b}", BadUserName::Invisible),
            ("a\u{202e}b", BadUserName::Invisible),
            ("a\u{ad}b", BadUserName::Invisible),
            ("\u{feff}a", BadUserName::Invisible),
            ("#a", BadUserName::Start),
            ("@all", BadUserName::Start),
        ] {
            assert_eq!(name(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn letter_case_counts_and_the_form_of_accents_does_not() {
        assert_ne!(name("alice"), name("Alice"));
        assert_eq!(name("Zoe\u{308}"), name("Zo\u{eb}"));
    }
}
