use crate::Field;
use crate::fast::field_of;
use crate::fast::names::{
    FACTOR, Start, WORDS, begin_alike, first_word, folded, is_perfect, place_of, words,
};
use std::format;
use std::prelude::rust_2024::*;

#[test]
fn names_are_found_in_any_letter_case() {
    for field in Field::ALL {
        let name = field.name();
        for spelling in [
            name.to_owned(),
            name.to_ascii_lowercase(),
            name.to_ascii_uppercase(),
        ] {
            assert_eq!(field_of(spelling.as_bytes()), Some(field), "{spelling}");
        }
    }
}

#[test]
fn a_name_with_another_byte_is_another_name() {
    for field in Field::ALL {
        let name = field.name().as_bytes();
        for place in 0..name.len() {
            for byte in 0..=u8::MAX {
                let mut other = name.to_vec();
                other[place] = byte;
                let expected = Field::ALL
                    .into_iter()
                    .find(|field| field.name().as_bytes().eq_ignore_ascii_case(&other));
                assert_eq!(field_of(&other), expected, "{:?}", other.escape_ascii());
            }
        }
        for other in [&name[1..], &name[..name.len() - 1], &[name, b"x"].concat()] {
            assert_eq!(field_of(other), None, "{:?}", other.escape_ascii());
        }
    }
}

#[test]
fn the_start_of_a_line_is_compared_byte_by_byte() {
    const LINE: &[u8] = b"Content-Encoding: gzip\r\nrest";
    let long: Start<24> = Start::new("Content-Encoding", b"gzip\r\n");
    let short: Start<14> = Start::new("Content-Name", b"");
    let middle: Start<16> = Start::new("Content-Length", b"");
    let longest: Start<31> = Start::new("BITS-Host-Id-Fallback-Timeout", b"");

    fn compare<const LENGTH: usize>(start: &Start<LENGTH>, line: &[u8], name: usize) {
        assert_eq!(start.strip(line), Some(&line[LENGTH..]));
        assert_eq!(start.strip(&line[..LENGTH - 1]), None);
        // The first eight bytes have been compared before.
        for place in 8..LENGTH {
            for byte in 0..=u8::MAX {
                let mut other = line.to_vec();
                other[place] = byte;
                let same = match place < name {
                    true => byte.eq_ignore_ascii_case(&line[place]),
                    false => byte == line[place],
                };
                assert_eq!(start.strip(&other).is_some(), same, "{byte:#x} at {place}");
            }
        }
    }
    // Longer than any that there is: three words besides its last sixteen bytes.
    const NAME: &str = "A-Name-That-Is-Longer-Than-Those-Of-All-Fields";
    let other: Start<48> = Start::new(NAME, b"");
    compare(&other, format!("{NAME}: 1").as_bytes(), NAME.len());
    compare(&long, LINE, "Content-Encoding".len());
    compare(&short, b"content-nAme: x", "Content-Name".len());
    compare(&middle, b"CONTENT-LENGTH: 0", "Content-Length".len());
    compare(
        &longest,
        b"bits-host-id-fallback-timeout: 1",
        "BITS-Host-Id-Fallback-Timeout".len(),
    );
}

#[test]
fn words_begin_alike_up_to_their_first_difference() {
    let word = u64::from_le_bytes(*b"12345678");
    for bytes in 1..=8 {
        assert!(begin_alike(word, word, bytes));
        for place in 0..8 {
            for bit in 0..8 {
                let other = word ^ 1 << (8 * place + bit);
                assert_eq!(begin_alike(word, other, bytes), place >= bytes);
            }
        }
    }
}

#[test]
fn no_byte_is_folded_into_one_of_a_name() {
    for field in Field::ALL {
        let word = first_word(field.name());
        for place in 0..8 {
            let expected = word.to_le_bytes()[place];
            for byte in 0..=u8::MAX {
                let mut other = word.to_le_bytes();
                other[place] = byte;
                let same = byte.eq_ignore_ascii_case(&expected);
                assert_eq!(folded(u64::from_le_bytes(other)) == word, same, "{byte:#x}");
            }
        }
    }
}

#[test]
fn every_first_word_has_a_place_of_its_own() {
    assert!(is_perfect(FACTOR));
    // All words come to the same place.
    assert!(!is_perfect(0));
    assert_eq!(words(FACTOR), WORDS);
    for field in Field::ALL {
        let word = first_word(field.name());
        let is_short = field == Field::Host;
        assert_eq!(WORDS[place_of(field.name())] == word, !is_short, "{field}");
    }
}
