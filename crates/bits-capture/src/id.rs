//! Session ids, as they are compared.

use bits_packet::SessionId;

/// Whether an id is of one session only, wherever it is.
pub(crate) fn is_unique(id: &[u8]) -> bool {
    SessionId::new(id).is_ok_and(|id| id.guid().is_some()) || is_bare_guid(id)
}

/// Whether an id is a GUID without its braces.
fn is_bare_guid(id: &[u8]) -> bool {
    id.len() == 36
        && (0..36).all(|at| match at {
            8 | 13 | 18 | 23 => id[at] == b'-',
            _ => id[at].is_ascii_hexdigit(),
        })
}

/// The form of an id that is compared: GUIDs are the same in either case, with braces and without.
pub(crate) fn normal(id: &[u8]) -> Vec<u8> {
    let bare = id.strip_prefix(b"{").and_then(|id| id.strip_suffix(b"}"));
    let bare = bare.unwrap_or(id);
    if is_bare_guid(bare) {
        bare.to_ascii_lowercase()
    } else {
        id.to_vec()
    }
}
