//! The URL of a reply: RFC 3986 5.2, with backslashes for slashes and what no URL may hold encoded.

use super::first_non_uri;

/// What a reply without a scheme names, if the file was sent to `http://HOST/a/b/c`.
pub(in crate::targets) fn resolved(reply: &[u8]) -> String {
    let mut parts = reply.splitn(2, |&byte| byte == b'?');
    let path = parts.next().unwrap_or_default();
    let query = parts.next();
    let path: Vec<u8> = path
        .iter()
        .map(|&byte| if byte == b'\\' { b'/' } else { byte })
        .collect();
    let merged = match path.first() {
        // A query alone.
        None => b"/a/b/c".to_vec(),
        Some(b'/') => path,
        Some(_) => [b"/a/b/", &path[..]].concat(),
    };
    let path = without_dots(&merged);
    // What begins with two slashes would name a server.
    let rooted = path.trim_start_matches('/');
    let mut url = format!("/{rooted}");
    if let Some(query) = query {
        url += "?";
        url += &encoded(query);
    }
    url
}

/// `remove_dot_segments` of RFC 3986 5.2.4, on the path split at its slashes.
fn without_dots(path: &[u8]) -> String {
    let mut output: Vec<String> = Vec::new();
    let mut segments = path.split(|&byte| byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            b"." => {}
            b".." => {
                output.pop();
            }
            name => output.push(encoded(name)),
        }
        // A dot at the end names a directory.
        if is_last && matches!(segment, b"." | b"..") {
            output.push(String::new());
        }
    }
    output.iter().map(|segment| format!("/{segment}")).collect()
}

fn encoded(text: &[u8]) -> String {
    let mut encoded = String::new();
    let mut rest = text;
    while let Some(at) = first_non_uri(rest) {
        let plain = str::from_utf8(&rest[..at]).expect("ASCII");
        encoded += &format!("{plain}%{:02X}", rest[at]);
        rest = &rest[at + 1..];
    }
    encoded + str::from_utf8(rest).expect("ASCII")
}
