//! What a value that is accepted departs from.

use super::{absolute_url, first_unencoded, guid, is_blank, protocols, trim};

/// Blanks but for one space behind the unit.
pub(in crate::targets) fn range_spacing(text: &[u8]) -> bool {
    let blanks: Vec<usize> = (0..text.len()).filter(|&at| is_blank(text[at])).collect();
    blanks != [5] || text[5] != b' '
}

/// Anything but single spaces between the items, of which the first hundred count.
pub(in crate::targets) fn protocol_separator(text: &[u8]) -> bool {
    let joined = protocols(text).unwrap_or_default().join(&b' ');
    let is_separator = |byte: &u8| is_blank(*byte) || *byte == b',';
    match trim(text).strip_prefix(&joined[..]) {
        // Whatever is behind the last item that counts is not looked at, if there is an item.
        Some(rest) => !rest.is_empty() && rest.iter().all(is_separator),
        None => true,
    }
}

pub(in crate::targets) fn protocol_not_guid(text: &[u8]) -> bool {
    let items = protocols(text).unwrap_or_default();
    items.iter().any(|item| guid(item).is_none())
}

/// No `0x`, or an `L`.
pub(in crate::targets) fn error_spelling(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    !lower.starts_with(b"0x") || lower.ends_with(b"l")
}

/// A port, brackets, an underscore, or labels that no host name has (RFC 1738 5).
pub(in crate::targets) fn host_id_form(text: &[u8]) -> bool {
    let is_ipv6 = str::from_utf8(text).is_ok_and(|it| it.parse::<std::net::Ipv6Addr>().is_ok());
    let is_ipv4 = str::from_utf8(text).is_ok_and(|it| it.parse::<std::net::Ipv4Addr>().is_ok());
    let labels: Vec<&[u8]> = text.split(|&byte| byte == b'.').collect();
    let is_label = |label: &&[u8]| {
        let ends = (label.first(), label.last());
        matches!(ends, (Some(first), Some(last)) if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
            && !label.contains(&b'_')
    };
    let top_is_alpha = labels[labels.len() - 1]
        .first()
        .is_some_and(u8::is_ascii_alphabetic);
    let is_hostname = labels.iter().all(is_label) && top_is_alpha && !text.contains(&b':');
    !(is_ipv6 || is_ipv4 || is_hostname)
}

/// No http or https URL, or one that is not percent-encoded where it must be.
pub(in crate::targets) fn reply_url_form(text: &[u8]) -> bool {
    let Some((scheme, _, path, query)) = absolute_url(text) else {
        return true;
    };
    let scheme = scheme.to_ascii_lowercase();
    !(scheme == b"http" || scheme == b"https") || uri_characters(path, query)
}

/// A byte that must be percent-encoded.
pub(in crate::targets) fn uri_characters(path: &[u8], query: Option<&[u8]>) -> bool {
    first_non_uri(path).is_some() || query.is_some_and(|query| first_non_uri(query).is_some())
}

/// Where the first byte stands that a path and a query must not have as it is.
pub(in crate::targets) fn first_non_uri(text: &[u8]) -> Option<usize> {
    first_unencoded(text, b":@/?")
}
