//! The URL of a reply: RFC 3986 5.2, with backslashes for slashes and what no URL may hold encoded.

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
    let is_allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte);
    let mut encoded = String::new();
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let is_escape =
            byte == b'%' && behind.len() >= 2 && behind[..2].iter().all(u8::is_ascii_hexdigit);
        if is_allowed(byte) || is_escape {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
        rest = behind;
    }
    encoded
}
