//! Session ids, as they are compared.

use std::ops::Deref;

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

/// An id as it is compared: GUIDs are the same in either case, with braces and without.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Normal<'a> {
    Guid([u8; 36]),
    Other(&'a [u8]),
}

impl Deref for Normal<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Normal::Guid(guid) => guid,
            Normal::Other(id) => id,
        }
    }
}

/// The form of an id that is compared.
pub(crate) fn normal(id: &[u8]) -> Normal<'_> {
    let bare = id.strip_prefix(b"{").and_then(|id| id.strip_suffix(b"}"));
    let bare = bare.unwrap_or(id);
    match bare.try_into() {
        Ok(guid) if is_bare_guid(bare) => {
            let mut guid: [u8; 36] = guid;
            guid.make_ascii_lowercase();
            Normal::Guid(guid)
        }
        _ => Normal::Other(id),
    }
}
