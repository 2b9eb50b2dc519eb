//! What no parser of the same bytes can be faster than, or what it might be made of.

use std::hint::black_box;

use memchr::memmem::Finder;

/// Copies the head.
#[inline(never)]
pub fn copy(bytes: &[u8], buffer: &mut [u8]) -> bool {
    let place = &mut buffer[..bytes.len()];
    place.copy_from_slice(bytes);
    black_box(&*place);
    true
}

/// Looks at every byte once, in a loop that compilers turn into vectors: whether one is a control
/// character that no head may hold.
#[inline(never)]
pub fn validate(bytes: &[u8]) -> bool {
    let is_bad =
        |byte: u8| ((byte < 0x20) & (byte != 9) & (byte != 10) & (byte != 13)) | (byte == 0x7F);
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut any = false;
    for block in blocks {
        let bad = block.iter().fold(false, |bad, &byte| bad | is_bad(byte));
        any |= bad;
    }
    !rest.iter().fold(any, |bad, &byte| bad | is_bad(byte))
}

/// Finds the end of the head.
#[inline(never)]
pub fn find_end(finder: &Finder<'_>, bytes: &[u8]) -> bool {
    black_box(finder.find(bytes)).is_some()
}

/// Finds the end of every line.
#[inline(never)]
pub fn find_lines(bytes: &[u8]) -> bool {
    let ends = memchr::memchr_iter(b'\n', bytes).fold(0, |ends, end| ends ^ end);
    black_box(ends) != usize::MAX
}
