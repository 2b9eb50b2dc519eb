//! Text from the wire that may be shown on a terminal.

use std::fmt;
use std::ops::RangeInclusive;

/// Displays bytes as UTF-8, and everything that could change what a terminal shows as an escape:
/// ASCII controls and bytes that are not UTF-8 as `\xHH`, other controls, bidirectional marks and
/// invisible characters as `\u{H}`.
///
/// ```
/// use bits_cli::printable::Printable;
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

/// The first character that must not be shown as it is, what stands before it and what after.
pub(crate) fn split_at_hidden(text: &str) -> Option<(&str, char, &str)> {
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
}
