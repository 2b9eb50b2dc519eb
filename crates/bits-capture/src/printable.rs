//! Text from the wire that may be shown on a terminal.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Displays bytes as UTF-8, and everything that could change what a terminal shows as an escape:
/// ASCII controls and bytes that are not UTF-8 as `\xHH`, other controls, bidirectional marks and
/// invisible characters as `\u{H}`; in the alternate form (`{:#}`) as the bytes that they are on the wire, `\xHH` each.
///
/// ```
/// use bits_capture::printable::Printable;
///
/// assert_eq!(Printable("größe".as_bytes()).to_string(), "größe");
/// assert_eq!(Printable(b"\x1B[2J\xFF").to_string(), r"\x1B[2J\xFF");
/// assert_eq!(Printable("a\u{202E}b".as_bytes()).to_string(), r"a\u{202e}b");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printable<'a>(pub &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some((shown, hidden, after)) = split_at_hidden(rest) {
                f.write_str(shown)?;
                if hidden.is_ascii() {
                    write!(f, "\\x{:02X}", u32::from(hidden))?;
                } else if f.alternate() {
                    for byte in hidden.encode_utf8(&mut [0; 4]).bytes() {
                        write!(f, "\\x{byte:02X}")?;
                    }
                } else {
                    write!(f, "{}", hidden.escape_unicode())?;
                }
                rest = after;
            }
            f.write_str(rest)?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02X}")?;
            }
        }
        Ok(())
    }
}

/// Prints a value as JSON on a line, and nothing that a terminal would act upon: such characters come as `\uHHHH`, which
/// means the same.
///
/// # Errors
///
/// Those of `out`.
pub fn json_line(record: &impl Serialize, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
    record.serialize(&mut Serializer::with_formatter(&mut *out, Visible))?;
    out.write_all(b"\n")
}

/// Writes every character that a terminal might act upon as `\uHHHH`.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((shown, hidden, after)) = split_at_hidden(rest) {
            out.write_all(shown.as_bytes())?;
            for unit in hidden.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

/// The first character that must not be shown as it is, what stands before it and what after.
#[must_use]
pub fn split_at_hidden(text: &str) -> Option<(&str, char, &str)> {
    let (shown, hidden) = text.split_at(text.find(|char| !is_printable(char))?);
    let mut after = hidden.chars();
    Some((shown, after.next()?, after.as_str()))
}

/// Whether a terminal shows `char` as itself, and nothing else of the line differently.
#[inline]
fn is_printable(char: char) -> bool {
    if char.is_ascii() {
        char == ' ' || char.is_ascii_graphic()
    } else {
        is_printable_beyond_ascii(char)
    }
}

/// Characters that are not shown themselves: fillers, selectors of variants, joiners, marks of direction.
/// They are the `Default_Ignorable_Code_Point` of DerivedCoreProperties.txt in Unicode 14.0, those that
/// are not assigned included.
const IGNORABLE: [RangeInclusive<char>; 17] = [
    '\u{AD}'..='\u{AD}',
    '\u{34F}'..='\u{34F}',
    '\u{61C}'..='\u{61C}',
    '\u{115F}'..='\u{1160}',
    '\u{17B4}'..='\u{17B5}',
    '\u{180B}'..='\u{180F}',
    '\u{200B}'..='\u{200F}',
    '\u{202A}'..='\u{202E}',
    '\u{2060}'..='\u{206F}',
    '\u{3164}'..='\u{3164}',
    '\u{FE00}'..='\u{FE0F}',
    '\u{FEFF}'..='\u{FEFF}',
    '\u{FFA0}'..='\u{FFA0}',
    '\u{FFF0}'..='\u{FFF8}',
    '\u{1BCA0}'..='\u{1BCA3}',
    '\u{1D173}'..='\u{1D17A}',
    '\u{E0000}'..='\u{E0FFF}',
];

fn is_printable_beyond_ascii(char: char) -> bool {
    if IGNORABLE.iter().any(|range| range.contains(&char)) {
        return false;
    }
    // The standard library knows which characters are printable, but tells it of strings only: of a
    // character by itself, it escapes combining marks as well, which many scripts need.
    let mut text = [b'a'; 5];
    let length = 1 + char.encode_utf8(&mut text[1..]).len();
    str::from_utf8(&text[..length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(char))
}

/// A URL, or the value of `Host`, with `***` in the place of a password ([RFC 3986] 3.2.1).
///
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
#[must_use]
pub fn without_passwords(text: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = text;
    let mut out = Vec::new();
    // A host stands behind each scheme, also behind one inside a query; what begins with a name, or with two slashes, has
    // it in front.
    let mut is_host = !matches!(text.first(), None | Some(b'/'));
    if let Some(host) = text.strip_prefix(b"//") {
        out.extend_from_slice(b"//");
        (rest, is_host) = (host, true);
    }
    loop {
        let scheme = memchr::memmem::find(rest, b"://");
        if is_host && let Some((from, to)) = password(rest) {
            out.extend_from_slice(&rest[..from]);
            out.extend_from_slice(b"***");
            rest = &rest[to..];
            is_host = false;
            continue;
        }
        let Some(scheme) = scheme else {
            break;
        };
        let (before, behind) = rest.split_at(scheme + 3);
        out.extend_from_slice(before);
        rest = behind;
        is_host = true;
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Where the password stands in an authority at the start of `text`.
fn password(text: &[u8]) -> Option<(usize, usize)> {
    let end = text
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\'));
    let authority = &text[..end.unwrap_or(text.len())];
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    Some((colon + 1, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Printable(text.as_bytes()).to_string()
    }

    #[test]
    fn shows_text_of_all_scripts_as_it_is() {
        for text in [
            "a b",
            r#"\"'{}"#,
            "größe",
            "файл",
            "फ़ाइल",
            "e\u{301}",
            "文件.zip",
            "📦",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn escapes_controls() {
        assert_eq!(shown("\0\t\r\n\x1B\x7F"), r"\x00\x09\x0D\x0A\x1B\x7F");
        assert_eq!(shown("\u{80}\u{9B}2J\u{9F}"), r"\u{80}\u{9b}2J\u{9f}");
    }

    #[test]
    fn escapes_marks_that_reorder_or_hide_text() {
        for mark in "\u{AD}\u{61C}\u{200B}\u{200E}\u{200F}\u{2028}\u{2029}\u{202A}\u{202B}\
            \u{202C}\u{202D}\u{202E}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{FEFF}\u{E0041}"
            .chars()
        {
            assert_eq!(
                shown(&mark.to_string()),
                format!("\\u{{{:x}}}", u32::from(mark))
            );
        }
    }

    #[test]
    fn escapes_every_character_that_is_not_shown_at_all() {
        for range in IGNORABLE {
            for char in range {
                let expected = format!("a\\u{{{:x}}}b", u32::from(char));
                assert_eq!(shown(&format!("a{char}b")), expected);
            }
        }
        for char in
            "\u{3164}\u{115F}\u{1160}\u{FFA0}\u{34F}\u{17B4}\u{17B5}\u{180B}\u{180F}\u{FE00}\
            \u{FE0F}\u{E0100}\u{E01EF}"
                .chars()
        {
            assert!(shown(&char.to_string()).starts_with("\\u{"), "{char:?}");
        }
    }

    #[test]
    fn escapes_bytes_that_are_not_utf_8() {
        assert_eq!(
            Printable(b"caf\xE9 \xF0\x9F").to_string(),
            r"caf\xE9 \xF0\x9F"
        );
    }

    #[test]
    fn shows_what_is_hidden_as_bytes_where_that_is_asked_for() {
        let shown = format!("{:#}", Printable("a\u{202E}\u{9B}\x1B".as_bytes()));
        assert_eq!(shown, r"a\xE2\x80\xAE\xC2\x9B\x1B");
    }

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        json_line(&text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn leaves_plain_text_alone() {
        assert_eq!(json("größe \\ \"x\" 📦"), "\"größe \\\\ \\\"x\\\" 📦\"\n");
    }

    #[test]
    fn escapes_what_a_terminal_acts_upon_without_changing_its_meaning() {
        let text = "a\t\u{1B}b\u{9B}2Jc\u{202E}d\u{E0041}e\u{7F}";
        let printed = json(text);
        assert_eq!(
            printed,
            "\"a\\t\\u001bb\\u009b2Jc\\u202ed\\udb40\\udc41e\\u007f\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), text);
    }

    #[test]
    fn passwords_are_not_shown() {
        for (text, shown) in [
            ("http://user:secret@srv/p:q@r", "http://user:***@srv/p:q@r"),
            ("user:se:c@ret@srv:80", "user:***@srv:80"),
            ("/go?to=http://u:secret@srv/", "/go?to=http://u:***@srv/"),
            ("//user:secret@srv/p:q@r", "//user:***@srv/p:q@r"),
            ("//srv/a:b@c", "//srv/a:b@c"),
            ("//a//b:c@d", "//a//b:c@d"),
            ("/a//b:c@d", "/a//b:c@d"),
            ("user@srv", "user@srv"),
            ("/a:b@c", "/a:b@c"),
            ("srv:80", "srv:80"),
            ("http://srv/a:b@c", "http://srv/a:b@c"),
            ("", ""),
        ] {
            let found = without_passwords(text.as_bytes());
            assert_eq!(String::from_utf8_lossy(&found), shown);
        }
    }
}
