//! Where a reply is fetched from, so that the request for it is recognised.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// Where a URL leads to, as a request for it says: the host, in lower case and without port 80; and path and query, decoded,
/// without dot segments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    host: Vec<u8>,
    path: Vec<u8>,
}

/// Where a `BITS-Reply-URL` leads to, seen from the upload to `target` at `host`; or the target of a request, with an empty
/// base. IIS writes relative paths with backslashes.
pub(super) fn place_of(url: &[u8], target: &[u8], host: &[u8]) -> Place {
    let (authority, path) = match url.strip_prefix(b"//") {
        // The target of a request has an empty segment there.
        Some(rest) if !target.is_empty() => split_authority(rest),
        _ => split(url),
    };
    // Behind a host of its own, a path begins at the root.
    let target = if authority.is_some() { b"/" } else { target };
    let host = authority.unwrap_or_else(|| split(target).0.unwrap_or(host));
    let host = host.strip_suffix(b":80").unwrap_or(host);
    let (path, query) = split_query(path);
    let path = decoded(path);
    let path = if path.first() == Some(&b'/') {
        path
    } else {
        let base = decoded(split_query(split(target).1).0);
        let folder = base.iter().rposition(|byte| *byte == b'/');
        let folder = folder.map_or(&b"/"[..], |at| &base[..=at]);
        Cow::Owned([folder, &path[..]].concat())
    };
    let mut path = without_dots(&path);
    path.extend_from_slice(query);
    Place {
        host: host.to_ascii_lowercase(),
        path,
    }
}

/// The authority of a URL, if it has one, and what stands behind it.
fn split(url: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let scheme = memchr::memmem::find(url, b"://")
        .filter(|at| url[..*at].iter().all(u8::is_ascii_alphanumeric));
    let Some(scheme) = scheme else {
        return (None, url);
    };
    split_authority(&url[scheme + 3..])
}

/// The authority that stands in front, and what stands behind it.
fn split_authority(rest: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let end = rest.iter().position(|byte| b"/?#".contains(byte));
    let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
    let user = memchr::memrchr(b'@', authority).map_or(0, |at| at + 1);
    (Some(&authority[user..]), path)
}

/// A path, and its query with the mark in front; a fragment is not sent.
fn split_query(path: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'#', path).unwrap_or(path.len());
    let path = &path[..end];
    path.split_at(memchr::memchr(b'?', path).unwrap_or(path.len()))
}

/// Without `.` and `..` ([RFC 3986] 5.2.4).
///
/// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut segments = path.split(|byte| *byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            b"." => {}
            b".." => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push(b"");
        }
    }
    let mut path = Vec::with_capacity(path.len());
    for segment in kept {
        path.push(b'/');
        path.extend_from_slice(segment);
    }
    path
}

fn decoded(path: &[u8]) -> Cow<'_, [u8]> {
    let decoded: Cow<'_, [u8]> = percent_decode(path).into();
    if decoded.contains(&b'\\') {
        return Cow::Owned(
            decoded
                .iter()
                .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
                .collect(),
        );
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relative_path_of_iis_leads_to_what_its_client_asks_for() {
        let reply = place_of(
            br"BITS-Sessions\Replies\{C85B4E0A}\responsefile.bin",
            b"/upload-ref/2100mb.txt",
            b"frankcao8",
        );
        let request = place_of(
            b"/upload-ref/BITS-Sessions/Replies/%7BC85B4E0A%7D/responsefile.bin",
            b"",
            b"FRANKCAO8:80",
        );
        assert_eq!(reply, request);
    }

    #[test]
    fn a_url_leads_to_its_host_and_path_and_query() {
        for (url, target, host, path) in [
            (
                "http://a.example:80/r/x?y=1#z",
                "/drop/a",
                "a.example",
                "/r/x?y=1",
            ),
            ("http://u:p@A.example", "/drop/a", "a.example", "/"),
            ("http://a.example?q", "/drop/a", "a.example", "/?q"),
            ("/r/x", "/drop/a", "srv", "/r/x"),
            ("//u:p@B.example/r/x", "/drop/a", "b.example", "/r/x"),
            ("//r/x", "", "srv", "//r/x"),
            (
                "r?to=http://b/",
                "http://a.example:8080/drop/a",
                "a.example:8080",
                "/drop/r?to=http://b/",
            ),
            ("../r/./x/..", "/drop/in/a", "srv", "/drop/r/"),
            ("../../../r", "/a", "srv", "/r"),
            ("r", "", "srv", "/r"),
        ] {
            let found = place_of(url.as_bytes(), target.as_bytes(), b"srv");
            assert_eq!(String::from_utf8_lossy(&found.host), host, "{url}");
            assert_eq!(String::from_utf8_lossy(&found.path), path, "{url}");
        }
    }
}
