//! Before anything is measured: all do the same work.

use bits_laws::traffic::{self, Head};
use bytes::Bytes;

use crate::rivals::header_map::{Parts, read_typed};
use crate::rivals::{READERS, tuned, user};
use crate::serialize::{self, Outgoing, by_hand, by_map, by_write};
use crate::{arrival, floors, ours};

/// Checks everything.
///
/// # Panics
///
/// When one competitor says something else than another.
pub fn all() {
    for corpus in traffic::corpora() {
        for head in &corpus.heads {
            check_readers(corpus.name, head);
        }
    }
    for head in serialize::heads(false) {
        check_writers::<false>(head);
        check_writers::<true>(head);
    }
    for head in arrival::heads() {
        check_arrival(&head);
    }
}

/// All take the whole head and none takes less; those that type say the same.
fn check_readers(corpus: &str, head: &Head) {
    let text = String::from_utf8_lossy(&head.bytes);
    let (bytes, kind) = (&head.bytes[..], head.kind);
    for (name, read) in READERS {
        assert!(read(bytes, kind), "{name} refuses, of {corpus}:\n{text}");
        let less = &bytes[..bytes.len() - 1];
        assert!(!read(less, kind), "{name} takes less, of {corpus}:\n{text}");
    }
    let typed = ours::typed(bytes, kind);
    assert_eq!(typed, user::typed(bytes, kind), "user, {corpus}:\n{text}");
    assert_eq!(typed, tuned::typed(bytes, kind), "tuned, {corpus}:\n{text}");
    let shared = Bytes::copy_from_slice(bytes);
    assert!(read_typed(&shared, kind), "map, {corpus}:\n{text}");
    let parts = Parts::of(head);
    assert!(parts.read_ours() && parts.read_user(), "{corpus}:\n{text}");
    assert_eq!(parts.typed(), typed, "map, {corpus}:\n{text}");
    assert!(floors::validate(bytes), "{corpus}:\n{text}");
}

fn check_writers<const ALONE: bool>(head: &'static Head) {
    let packet = Outgoing::of(head);
    let mine = serialize::ours::Packet::of(head, ALONE);
    let mut expected = Vec::new();
    by_write::write::<ALONE>(&packet, &mut expected);
    let text = String::from_utf8_lossy(&expected);
    let mut by_hand = Vec::new();
    by_hand::write::<ALONE>(&packet, &mut by_hand);
    assert_eq!(text, String::from_utf8_lossy(&by_hand), "by hand");
    let mut buffer = [0; 1024];
    let written = serialize::ours::write(&mine.draft(), &mut buffer);
    assert_eq!(text, String::from_utf8_lossy(written), "ours");
    let written = serialize::ours::draft_and_write(&mine, &mut buffer);
    assert_eq!(text, String::from_utf8_lossy(written), "ours, drafted");
    let mut appended = Vec::new();
    serialize::ours::append(&mine.draft(), &mut appended);
    assert_eq!(text, String::from_utf8_lossy(&appended), "ours, appended");
    let mut by_map = Vec::new();
    by_map::build_and_write::<ALONE>(&packet, &mut by_map);
    assert_eq!(
        text.to_ascii_lowercase(),
        String::from_utf8_lossy(&by_map).to_ascii_lowercase(),
        "by map"
    );
}

fn check_arrival(head: &Head) {
    for piece in [16, 64, 1460] {
        for (name, read) in READERS {
            assert!(arrival::again(read, head, piece), "{name} by {piece}");
        }
    }
    for piece in [1, 16, 64, 1460] {
        assert!(arrival::scanned(head, piece), "scanned by {piece}");
        assert!(arrival::scan(head, piece), "scanner by {piece}");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_competitors_do_the_same_work() {
        super::all();
    }
}
