//! Names of files, from what the wire says.

use super::PARTIAL;
use crate::record::last_segment;
use crate::session::Session;

/// The longest name that is made, and of that the part of the session, in bytes. With `.partial` and a number it is
/// short enough for any file system.
const MAX_NAME: usize = 120;
const MAX_ID: usize = 40;

/// `SESSION_NAME`: the session id, and what the target ends with.
pub(super) fn name_of<F>(session: &Session<F>) -> String {
    let id = session.id.as_deref().unwrap_or(b"no-session");
    let id = part(id, MAX_ID);
    let name = part(&last_segment(&session.target), MAX_NAME);
    format!("{id}_{name}")
}

/// The same for a reply.
pub(super) fn reply_name_of<F>(session: &Session<F>) -> String {
    let id = part(session.id.as_deref().unwrap_or(b"no-session"), MAX_ID);
    format!(
        "{id}_reply_{}",
        part(&last_segment(&session.target), MAX_NAME)
    )
}

/// A part of a name: letters, digits, `.`, `-` and `_` of ASCII as they are, anything else as `_`. Of one that is too
/// long the end is kept, for the extension's sake. Neither a dot nor a dash comes first, and it does not end as files do that
/// are not whole.
fn part(text: &[u8], length: usize) -> String {
    let trimmed = text
        .strip_prefix(b"{")
        .and_then(|text| text.strip_suffix(b"}"));
    let text = trimmed.unwrap_or(text);
    let text = &text[text.len().saturating_sub(length)..];
    let safe = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(*byte),
        _ => '_',
    };
    let mut part: String = text.iter().map(safe).collect();
    if part.starts_with(['.', '-']) {
        part.replace_range(..1, "_");
    }
    // Windows drops a dot at the end.
    if part.ends_with('.') {
        part.replace_range(part.len() - 1.., "_");
    }
    // What ends so is not whole.
    if let Some(dot) = part.strip_suffix(PARTIAL).map(str::len) {
        part.replace_range(dot..=dot, "_");
    }
    if part.is_empty() {
        part.push_str("unnamed");
    }
    part
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_plain_name_stays_as_it_is() {
        assert_eq!(part(b"report-2.tar.gz", 120), "report-2.tar.gz");
        assert_eq!(part(b"{A0FF5911-4144}", 40), "A0FF5911-4144");
    }

    #[test]
    fn no_name_leads_out_of_the_folder_or_hides() {
        for (text, expected) in [
            (&b"../../etc/passwd"[..], "_._.._etc_passwd"),
            (b"..", "__"),
            (b".", "_"),
            (b"", "unnamed"),
            (b".ssh", "_ssh"),
            (b"-rf", "_rf"),
            (b"a\\b:c", "a_b_c"),
            (b"a\0b\x1B[2J\n", "a_b__2J_"),
            ("\u{202E}gpj.exe".as_bytes(), "___gpj.exe"),
            (b"a.", "a_"),
            (b"\xFF\xFE", "__"),
        ] {
            assert_eq!(part(text, 120), expected);
        }
    }

    #[test]
    fn a_name_does_not_end_as_one_of_a_file_that_is_not_whole() {
        for (text, expected) in [
            (&b"x.partial"[..], "x_partial"),
            (b".partial", "_partial"),
            (b"x.partial.partial", "x.partial_partial"),
            (b"partial", "partial"),
        ] {
            assert_eq!(part(text, 120), expected);
        }
    }

    #[test]
    fn of_a_long_name_the_end_is_kept() {
        let long = [vec![b'a'; 3000], b".zip".to_vec()].concat();
        let name = part(&long, 120);
        assert_eq!(name.len(), 120);
        assert!(name.ends_with("aaa.zip"));
    }
}
