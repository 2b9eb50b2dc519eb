//! A head that arrives in pieces, until it is read.

use bits_laws::traffic::{Head, Kind};
use bits_packet::{HeadScanner, Scan};
use std::hint::black_box;

use crate::{Read, ours};

/// Where each of the pieces ends.
fn ends(length: usize, piece: usize) -> impl Iterator<Item = usize> {
    (0..length)
        .step_by(piece)
        .map(move |start| (start + piece).min(length))
}

/// Reads all that is there after every piece.
pub fn again(read: Read, head: &Head, piece: usize) -> bool {
    ends(head.bytes.len(), piece)
        .any(|end| read(black_box(&head.bytes[..end]), black_box(head.kind)))
}

/// As the docs of bits-packet say: reads the first piece, lets the scanner look at the others, and
/// reads once more where the head ends.
pub fn scanned(head: &Head, piece: usize) -> bool {
    let mut scanner = HeadScanner::default();
    let mut is_first = true;
    for end in ends(head.bytes.len(), piece) {
        let received = black_box(&head.bytes[..end]);
        let is_more = scanner.scan(received) == Scan::NeedMore && !is_first;
        is_first = false;
        if !is_more && ours::read(received, head.kind) {
            return true;
        }
    }
    false
}

/// The scanner alone.
#[inline(never)]
pub fn scan(head: &Head, piece: usize) -> bool {
    let mut scanner = HeadScanner::default();
    ends(head.bytes.len(), piece)
        .any(|end| matches!(scanner.scan(black_box(&head.bytes[..end])), Scan::End(_)))
}

/// A Fragment of the usual length, and one with a long target.
///
/// # Panics
///
/// Never: a Fragment is one of the ten packets.
pub fn heads() -> [Head; 2] {
    let fragment = Kind::Request(bits_packet::RequestType::Fragment);
    let ten = bits_laws::traffic::ten();
    let usual = ten.into_iter().find(|head| head.kind == fragment);
    [
        usual.expect("a Fragment is one of the ten"),
        bits_laws::traffic::long_target(8 * 1024),
    ]
}
