//! Laws about heads that arrive in pieces: prefix and chunks.

use bits_packet::{HeadScanner, Options, Parsed, Scan};

use crate::readings::Reading;
use crate::stream::{Arrival, read};

/// Every proper prefix of an accepted head is "need more".
pub fn prefix(reading: Reading, input: &[u8], options: &Options) {
    let Ok(Parsed::Complete { value, .. }) = reading.parse(input, options) else {
        return;
    };
    for length in 0..value.head().len() {
        let cut = reading.parse(&input[..length], options);
        assert_eq!(cut, Ok(Parsed::NeedMore), "the first {length} bytes");
    }
}

/// However a head is cut, the result is that of the whole: the same value, or the same error at the
/// latest when the head, the limit or the input ends.
pub fn chunks(reading: Reading, input: &[u8], cuts: &[usize], options: &Options) {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    cuts.sort_unstable();
    let whole = match reading.parse(input, options) {
        Ok(Parsed::Complete { value, .. }) => Arrival::Head(value),
        Ok(Parsed::NeedMore) => Arrival::Open,
        Err(error) => Arrival::Refused(error),
    };
    assert_eq!(
        read(reading, input, &cuts, options),
        whole,
        "cut at {cuts:?}"
    );
    scan(input, &cuts, options.max_head());
}

/// The scanner finds the end that a search finds, whatever the pieces.
fn scan(input: &[u8], cuts: &[usize], limit: u32) {
    let within = &input[..input.len().min(limit as usize)];
    let end = within.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let expected = match end {
        Some(at) => Scan::End(at + 4),
        None if within.len() == limit as usize => Scan::TooLarge,
        None => Scan::NeedMore,
    };
    let mut scanner = HeadScanner::new(limit);
    let mut pieces = cuts.iter().copied().chain([input.len()]);
    let found = pieces.find_map(|end| match scanner.scan(&input[..end]) {
        Scan::NeedMore => None,
        found => Some(found),
    });
    assert_eq!(found.unwrap_or(Scan::NeedMore), expected, "cut at {cuts:?}");
    let bounds = match expected {
        Scan::End(length) => length,
        _ => within.len(),
    };
    assert_eq!(scanner.scanned(), bounds, "bytes that were looked at");
}
