//! A head that arrives in pieces, read as the docs of [`HeadScanner`] say.

use bits_packet::{Error, HeadScanner, Options, Parsed, Scan};

use crate::readings::{Reading, Value};

/// What a reader of a connection knows once a head has ended, or the input has.
#[derive(Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "compared and dropped, not stored"
)]
pub enum Arrival<'a> {
    /// A head, and how many bytes of the pieces were read when it was known.
    Head(Value<'a>),
    /// Refused.
    Refused(Error),
    /// The input has ended inside the head.
    Open,
}

/// Reads `input` as it arrives: first `cuts[0]` bytes, then `cuts[1]` in all, and so on, and the whole
/// at last.
///
/// Parses the first piece; asks the scanner after that, and parses again when it has found the end or
/// the limit, or when the input has ended.
#[must_use]
pub fn read<'a>(
    reading: Reading,
    input: &'a [u8],
    cuts: &[usize],
    options: &Options,
) -> Arrival<'a> {
    let mut scanner = HeadScanner::new(options.max_head());
    let mut parsed_before = false;
    let ends = cuts.iter().copied().chain([input.len()]);
    for end in ends {
        let received = &input[..end];
        let scan = scanner.scan(received);
        assert!(
            scanner.scanned() <= received.len(),
            "looked at what has not arrived"
        );
        let is_whole = scan != Scan::NeedMore;
        if !is_whole && parsed_before && end < input.len() {
            continue;
        }
        parsed_before = true;
        match reading.parse(received, options) {
            Ok(Parsed::Complete { value, rest }) => {
                assert!(
                    matches!(scan, Scan::End(length) if length == received.len() - rest.len()),
                    "the scanner and the parser disagree about the end: {scan:?}"
                );
                return Arrival::Head(value);
            }
            Ok(Parsed::NeedMore) => {
                assert!(
                    !is_whole,
                    "the scanner has found an end that the parser has not"
                );
            }
            Err(error) => return Arrival::Refused(error),
        }
        if is_whole {
            scanner = HeadScanner::new(options.max_head());
        }
    }
    Arrival::Open
}
