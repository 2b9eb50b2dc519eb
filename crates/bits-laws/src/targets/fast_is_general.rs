//! The fast form of the grammar against the general form: one reading and one set of options for each input, so that
//! a second has many.

use std::borrow::Cow;
use std::sync::OnceLock;

use bits_packet::{Deviation, Options, Parsed, RequestType};

use super::mutate_fields;
use crate::corpus::Outcome;
use crate::laws::{self, LENIENT, OPTIONS};
use crate::readings::{Reading, Trial};
use crate::traffic;

/// In the first byte: the rest says how to damage a head, and is none itself.
const IS_RECIPE: u8 = 0x80;

/// What an input asks for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What is read.
    pub head: Cow<'a, [u8]>,
    /// How it is read.
    pub reading: Reading,
    /// What is tolerated, and how much.
    pub options: Options,
    /// Where what is accepted is cut, or what follows it.
    pub at: u8,
}

/// Takes an input apart. Its first byte holds the options in the lower half, then what an Ack answers, then whether
/// what follows is a head or says how to damage one; its second, the parameter of the options, and where to cut.
#[must_use]
pub fn asked(input: &[u8]) -> Option<Asked<'_>> {
    let ([how, at], rest) = input.split_first_chunk()?;
    let head = match how & IS_RECIPE {
        0 => Cow::Borrowed(rest),
        _ => Cow::Owned(cook(rest)),
    };
    let is_response = head.starts_with(b"HTTP/");
    let answering = usize::from(how >> 4 & 7);
    let reading = match (RequestType::ALL.get(answering), answering) {
        (Some(request), _) if is_response => Reading::Ack(Some(*request)),
        (None, 5) if is_response => Reading::Ack(None),
        // What begins as the other does: seldom, as it is no head for long.
        (None, 6) if !is_response => Reading::Ack(None),
        (None, 7) => Reading::of_packet(&head)[0].head(),
        _ => Reading::Request,
    };
    let options = options(how & 0xF, *at, &head);
    Some(Asked {
        head,
        reading,
        options,
        at: *at,
    })
}

/// Puts options and a head together; see [`asked`].
#[must_use]
pub fn join(how: u8, at: u8, head: &[u8]) -> Vec<u8> {
    [&[how & !IS_RECIPE, at], head].concat()
}

/// Sixteen kinds of options. Those of which the fast form knows most come twice.
fn options(kind: u8, at: u8, head: &[u8]) -> Options {
    let base = match kind % 2 {
        0 => Options::INTEROP,
        _ => Options::STRICT,
    };
    let deviation = Deviation::ALL[usize::from(at) % Deviation::ALL.len()];
    match kind / 2 {
        0 | 1 => base,
        2 => {
            let end = head.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            let length = end.map_or(head.len(), |end| end + 4);
            let limit = (length + usize::from(at % 5)).saturating_sub(2);
            base.with_max_head(u32::try_from(limit).unwrap_or(u32::MAX))
        }
        3 => base.with_max_value([0, 1, 37, 38, 79, 80, 81, 100][usize::from(at % 8)]),
        4 => base.with_max_value(u32::from(at)),
        5 => base.with_max_protocols(u32::from(at % 4)),
        6 if kind.is_multiple_of(2) => base.refuse(deviation),
        6 => base.allow(deviation),
        _ if kind.is_multiple_of(2) => LENIENT,
        _ => OPTIONS[usize::from(at) % OPTIONS.len()].with_max_value(400),
    }
}

/// A head of measured traffic, damaged as the bytes say: two choose a number each, and when none are left it is
/// done.
fn cook(recipe: &[u8]) -> Vec<u8> {
    static SOUND: OnceLock<Vec<traffic::Head>> = OnceLock::new();
    let sound = SOUND.get_or_init(traffic::sound);
    let mut left = recipe.chunks(2);
    let mut below = |end: usize| {
        let choice = left.next().map_or(0, |bytes| match *bytes {
            [low, high] => usize::from(u16::from_le_bytes([low, high])),
            _ => usize::from(bytes[0]),
        });
        choice % end
    };
    let mut head = sound[below(sound.len())].bytes.clone();
    for _ in 0..below(5) {
        let donor = &sound[below(sound.len())].bytes;
        traffic::damage(&mut head, donor, &mut below);
    }
    head
}

/// Both forms say the same of a head; of a beginning of what is accepted too, and of it alone or with more behind it.
pub fn fast_is_general(input: &[u8]) {
    let Some(asked) = asked(input) else {
        return;
    };
    let (reading, options) = (asked.reading, asked.options);
    laws::fast_is_general(reading, &asked.head, &options);
    let Some((value, rest)) = Trial::new(reading, &asked.head, options).accepted() else {
        return;
    };
    let head = value.head();
    if asked.at.is_multiple_of(2) {
        let cut = &head[..head.len() * usize::from(asked.at) / 256];
        laws::fast_is_general(reading, cut, &options);
        assert_eq!(reading.parse(cut, &options), Ok(Parsed::NeedMore));
    } else if rest.is_empty() {
        laws::fast_is_general(reading, &[head, &[asked.at, b'\n']].concat(), &options);
    } else {
        laws::fast_is_general(reading, head, &options);
    }
}

/// What comes of the head under its options. Nothing is expected of a recipe: what it is made of changes.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let is_recipe = input.first().is_some_and(|how| how & IS_RECIPE != 0);
    asked(input).filter(|_| !is_recipe).map_or_else(
        || Outcome::nothing("fast-is-general"),
        |asked| Outcome::under(&asked.options, asked.reading, &asked.head),
    )
}

/// Changes a head as [`mutate_fields::mutate`] does, and keeps how it is read; `None` if the input holds none.
#[must_use]
pub fn mutate(input: &[u8], max_length: usize, seed: u32) -> Option<Vec<u8>> {
    let ([how, at], head) = input.split_first_chunk()?;
    if how & IS_RECIPE != 0 || max_length < 2 {
        return None;
    }
    Some(join(
        *how,
        *at,
        &mutate_fields::mutate(head, max_length - 2, seed),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const HEAD: &[u8] = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\
        Content-Length: 0\r\n\r\nrest";

    #[test]
    fn every_byte_asks_for_something() {
        for head in [HEAD, b"HTTP/1.1 200 OK\r\n\r\n"] {
            let mut readings = HashSet::new();
            let mut options = HashSet::new();
            for how in 0..=u8::MAX {
                for at in 0..=u8::MAX {
                    let input = join(how, at, head);
                    let asked = asked(&input).expect("two bytes");
                    assert_eq!(*asked.head, *head);
                    readings.insert(asked.reading.name());
                    options.insert(asked.options);
                }
            }
            let count = if head == HEAD { 3 } else { 8 };
            assert_eq!(readings.len(), count, "{readings:?}");
            assert!(options.len() > 200, "{} options", options.len());
        }
        assert!(asked(b"a").is_none());
    }

    #[test]
    fn recipes_make_heads_of_many_kinds() {
        let mut heads = HashSet::new();
        let mut accepted = 0;
        for seed in 0..2000u16 {
            let input = [&[IS_RECIPE, 1], &seed.wrapping_mul(40503).to_le_bytes()[..]].concat();
            let recipe = [&input, &[3, 0, 7, 0][..], &seed.to_be_bytes(), &[9, 1]].concat();
            fast_is_general(&recipe);
            let asked = asked(&recipe).expect("two bytes");
            accepted += usize::from(Outcome::of(asked.reading, &asked.head).outcome == "accept");
            heads.insert(asked.head.into_owned());
        }
        assert!(heads.len() > 200, "{} different heads", heads.len());
        assert!((200..1900).contains(&accepted), "{accepted} accepted");
    }

    #[test]
    fn mutants_keep_how_they_are_read_and_to_the_length() {
        for seed in 0..1000 {
            let input = join(0x13, 77, HEAD);
            let mutant = mutate(&input, 60, seed).expect("a head");
            assert!(mutant.starts_with(&input[..2]) && mutant.len() <= 60);
        }
        assert_eq!(mutate(&[IS_RECIPE, 0], 60, 1), None);
        assert_eq!(mutate(&[0], 60, 1), None);
    }
}
