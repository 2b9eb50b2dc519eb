use crate::fast::lanes::{
    Digit, HostLike, NameLike, PathLike, Printable, QueryLike, Set, Visible, are_all, outsiders,
    padded, run, short_run,
};
use std::prelude::rust_2024::*;

fn is_path_like(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_&'()*+,-./:;".contains(&byte)
}

/// A run of any length, ended by any byte or by the end of the input, is as long as it is.
fn runs_end_where_they_should<S: Set>(is_in: fn(u8) -> bool) {
    let members: Vec<u8> = (0..=u8::MAX).filter(|&byte| is_in(byte)).collect();
    let texts: Vec<Vec<u8>> = (0..300)
        .map(|length| members.iter().copied().cycle().take(length).collect())
        .collect();
    for text in &texts {
        assert_eq!(run::<S>(text), text.len(), "{} at the end", text.len());
        assert_eq!(short_run::<S>(text), text.len());
    }
    for text in texts.iter().take(140) {
        for byte in (0..=u8::MAX).filter(|&byte| !is_in(byte)) {
            for behind in [0, 1, 40] {
                let mut input = text.clone();
                input.push(byte);
                input.extend(members.iter().cycle().take(behind));
                assert_eq!(
                    run::<S>(&input),
                    text.len(),
                    "{byte:#x} and {behind} behind"
                );
                assert_eq!(short_run::<S>(&input), text.len());
            }
        }
    }
}

/// Every byte in every place of a window is told to be a member, or not to be one.
fn windows_know_every_byte<S: Set>(is_in: fn(u8) -> bool) {
    let member = (0..=u8::MAX).find(|&byte| is_in(byte)).expect("no member");
    for byte in 0..=u8::MAX {
        for place in 0..32 {
            let mut window = [member; 32];
            window[place] = byte;
            let expected = u32::from(!is_in(byte)) << place;
            assert_eq!(outsiders::<S>(&window), expected, "{byte:#x} at {place}");
            assert_eq!(are_all::<S, 32>(&window), is_in(byte));
            if let Some(text) = window.first_chunk::<29>().filter(|_| place < 29) {
                assert_eq!(are_all::<S, 29>(text), is_in(byte));
            }
        }
    }
}

macro_rules! sets {
    ($($test:ident: $set:ty, $is_in:expr;)*) => {
        $(#[test]
        fn $test() {
            runs_end_where_they_should::<$set>($is_in);
            windows_know_every_byte::<$set>($is_in);
        })*
    };
}

sets! {
    printable_is_what_is_printed: Printable, |byte| (b' '..=b'~').contains(&byte);
    visible_is_what_is_seen: Visible, |byte| byte.is_ascii_graphic();
    digits_are_decimal: Digit, |byte| byte.is_ascii_digit();
    names_are_of_letters_digits_and_hyphens: NameLike, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'-'
    };
    hosts_have_dots_too: HostLike, |byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    paths_are_of_what_needs_no_escape: PathLike, is_path_like;
    queries_have_their_signs_too: QueryLike, |byte| is_path_like(byte) || b"?=".contains(&byte);
}

#[test]
fn few_bytes_are_filled_up_with_zeros() {
    let text = b"abcdefghij";
    for length in 0..=text.len() {
        let mut expected = [0; 8];
        let count = length.min(8);
        expected[..count].copy_from_slice(&text[..count]);
        assert_eq!(padded(&text[..length]), expected);
    }
}
