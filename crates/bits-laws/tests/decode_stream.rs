//! Whole streams: those that are read to their end, and those that are given up.

use bits_cli::stream::Settings;
use bits_laws::corpus::load;
use bits_laws::targets::decode_stream::Told;

const TARGET: &str = "decode_stream";

#[test]
fn seeds_are_read_to_their_end_and_negatives_are_given_up() {
    for case in load(TARGET) {
        let told = Told::of(&case.bytes, usize::MAX, Settings::INTEROP);
        let is_given_up = match case.folder() {
            "seeds" => false,
            "negative" => true,
            _ => continue,
        };
        assert_eq!(told.error.is_some(), is_given_up, "{}: {told:?}", case.file);
    }
}

#[test]
fn every_stream_reads_the_same_in_pieces() {
    for case in load(TARGET) {
        let whole = Told::of(&case.bytes, usize::MAX, Settings::INTEROP);
        for piece in [1, 2, 3, 7, 61, 1460] {
            let pieces = Told::of(&case.bytes, piece, Settings::INTEROP);
            assert_eq!(pieces, whole, "{} in pieces of {piece}", case.file);
        }
    }
}
