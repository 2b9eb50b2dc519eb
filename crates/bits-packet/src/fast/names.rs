//! Names of fields: found by their first eight bytes, then compared a word at a time.

use super::lanes::{Sixteen, every};
use crate::Field;
use crate::presence::FieldSet;

/// How a line begins: `field-name ":" SP` in any letter case, and what of the value is known.
pub(super) struct Start<const LENGTH: usize> {
    text: [u8; LENGTH],
    /// The bits that count: of letters of the name all but the one that tells upper case from lower case.
    mask: [u8; LENGTH],
    /// The last bytes of a start that is long enough for a vector, and their bits.
    last: Sixteen,
}

impl<const LENGTH: usize> Start<LENGTH> {
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    pub(super) const fn new(name: &str, value: &[u8]) -> Self {
        assert!(name.len() + 2 + value.len() == LENGTH && LENGTH >= 8);
        let mut text = [b' '; LENGTH];
        let mut mask = [0xFF; LENGTH];
        let mut at = 0;
        while at < name.len() {
            if name.as_bytes()[at].is_ascii_alphabetic() {
                mask[at] = 0xDF;
            }
            text[at] = name.as_bytes()[at] & mask[at];
            at += 1;
        }
        text[at] = b':';
        while at + 2 < LENGTH {
            text[at + 2] = value[at - name.len()];
            at += 1;
        }
        let last = match LENGTH >= 16 {
            true => Sixteen {
                bytes: sixteen(&text),
                mask: sixteen(&mask),
            },
            false => Sixteen::ANY,
        };
        Start { text, mask, last }
    }

    /// What follows, if the input begins so. The first eight bytes have been compared: they are how this start
    /// was found.
    #[inline(always)]
    pub(super) fn strip<'a>(&self, input: &'a [u8]) -> Option<&'a [u8]> {
        let (bytes, rest) = input.split_first_chunk::<LENGTH>()?;
        let same = match bytes.last_chunk() {
            Some(last) if LENGTH > 16 => {
                self.last.is(last) && self.has_words(bytes, LENGTH.saturating_sub(16))
            }
            _ => self.has_words(bytes, LENGTH),
        };
        same.then_some(rest)
    }

    /// Whether the words from the second up to `end` are right. All constants but the bytes: nothing is left of
    /// the loop and of the checks.
    #[inline(always)]
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    fn has_words(&self, bytes: &[u8; LENGTH], end: usize) -> bool {
        let mut differences = 0;
        let mut at = 8;
        while at < end {
            // The last word overlaps the one before it.
            let from = if at + 8 <= end { at } else { end - 8 };
            let word = bytes.get(from..).and_then(|bytes| bytes.first_chunk());
            let word = word.map_or(0, |word| u64::from_le_bytes(*word));
            differences |= (word & word_at(&self.mask, from)) ^ word_at(&self.text, from);
            at += 8;
        }
        differences == 0
    }
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
const fn sixteen<const LENGTH: usize>(bytes: &[u8; LENGTH]) -> [u8; 16] {
    let mut last = [0; 16];
    let mut at = 0;
    while at < 16 {
        last[at] = bytes[LENGTH - 16 + at];
        at += 1;
    }
    last
}

#[inline(always)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
const fn word_at<const LENGTH: usize>(bytes: &[u8; LENGTH], at: usize) -> u64 {
    u64::from_le_bytes([
        bytes[at],
        bytes[at + 1],
        bytes[at + 2],
        bytes[at + 3],
        bytes[at + 4],
        bytes[at + 5],
        bytes[at + 6],
        bytes[at + 7],
    ])
}

/// A word of a name in lower case. No other byte becomes a letter, a `-`, a colon or a space: what equals the
/// folded word of a name is that name.
#[inline(always)]
pub(super) const fn folded(word: u64) -> u64 {
    word | (word & every(0x40)) >> 1
}

/// The field of that name, in any letter case: its first word and its length leave one, which is compared.
pub(crate) fn field_of(name: &[u8]) -> Option<Field> {
    let Some(first) = name.first_chunk() else {
        // The one name that is too short for a word. As above, no other byte becomes one of its letters.
        let word = u32::from_le_bytes(name.try_into().ok()?) | u32::from_le_bytes([0x20; 4]);
        return (word == u32::from_le_bytes(*b"host")).then_some(Field::Host);
    };
    let begun = BEGUN_BY.get(known_place(u64::from_le_bytes(*first))?)?;
    let field = begun.and(*OF_LENGTH.get(name.len())?).first()?;
    is_name(name, field.name().as_bytes()).then_some(field)
}

/// Whether a name of at most 32 bytes is another of the same length, in any letter case. The first eight bytes
/// have been compared.
#[inline(always)]
fn is_name(text: &[u8], name: &[u8]) -> bool {
    let fold = |bytes: &[u8; 8]| folded(u64::from_le_bytes(*bytes));
    let word = |bytes: &[u8], at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk).map(fold);
    text.last_chunk().map(fold) == name.last_chunk().map(fold)
        && (name.len() <= 16 || word(text, 8) == word(name, 8))
        && (name.len() <= 24 || word(text, 16) == word(name, 16))
}

/// The fields whose names begin with the word of a place.
static BEGUN_BY: [FieldSet; PLACES] = {
    let mut fields: &[Field] = &Field::ALL;
    let mut begun = [FieldSet::NONE; PLACES];
    while let [field, others @ ..] = fields {
        // All of it happens when it is compiled.
        #[allow(clippy::indexing_slicing)]
        let set = &mut begun[place_of(field.name())];
        *set = set.with(*field);
        fields = others;
    }
    begun
};

/// The fields whose names have so many bytes.
static OF_LENGTH: [FieldSet; 32] = {
    let mut fields: &[Field] = &Field::ALL;
    let mut of_length = [FieldSet::NONE; 32];
    while let [field, others @ ..] = fields {
        // As above: a longer name would not compile.
        #[allow(clippy::indexing_slicing)]
        let set = &mut of_length[field.name().len()];
        *set = set.with(*field);
        fields = others;
    }
    of_length
};

/// The folded first word of a name with its colon.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) const fn first_word(name: &str) -> u64 {
    let mut bytes = [b' '; 8];
    let mut at = 0;
    while at < 8 {
        if at < name.len() {
            bytes[at] = name.as_bytes()[at];
        } else if at == name.len() {
            bytes[at] = b':';
        }
        at += 1;
    }
    folded(u64::from_le_bytes(bytes))
}

/// Whether the first so many bytes of two words, at least one, are the same.
#[inline(always)]
pub(super) const fn begin_alike(one: u64, other: u64, bytes: u32) -> bool {
    (one ^ other).wrapping_shl(u64::BITS.wrapping_sub(bytes.wrapping_mul(8))) == 0
}

/// Fields without a meaning for the protocol that nearly every head has.
pub(super) const USER_AGENT: &str = "User-Agent";
pub(super) const CONNECTION: &str = "Connection";
pub(super) const ACCEPT: &str = "Accept";
pub(super) const SERVER: &str = "Server";

/// The first words of the names, each in its place. A name that is too short for a word is not among them:
/// `Host`.
pub(super) static WORDS: [u64; PLACES] = words(FACTOR);

const PLACES: usize = 64;

/// A factor that gives each word a place of its own, and the first and the last place to two that have an arm in
/// `lines`: the jump there needs no check of its range then, which saves 10 instructions. Found by trying.
pub(super) const FACTOR: u64 = 0x3436_AECD_B376_F2F9;
const _: () = assert!(is_perfect(FACTOR));

/// The place of a word, whatever word it is.
#[inline(always)]
pub(super) const fn place(word: u64) -> usize {
    place_by(FACTOR, word)
}

#[inline(always)]
const fn place_by(factor: u64, word: u64) -> usize {
    (word.wrapping_mul(factor) >> 58) as usize
}

/// The place of what begins with the word, if a name does that is known.
#[inline(always)]
pub(super) fn known_place(word: u64) -> Option<usize> {
    // Folded in a hurry: what goes on waits for the place, and not for the comparison. Where fields come in any
    // order, and the jump is seldom foreseen, that is worth 5 % of the time.
    let place = place(word | every(0x20));
    (WORDS.get(place) == Some(&folded(word))).then_some(place)
}

/// The place that a name is found at.
pub(super) const fn place_of(name: &str) -> usize {
    place(first_word(name))
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) const fn is_perfect(factor: u64) -> bool {
    let words = words(factor);
    let mut at = 0;
    while at < NAMES.len() {
        let word = first_word(NAMES[at]);
        if words[place_by(factor, word)] != word {
            return false;
        }
        at += 1;
    }
    true
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) const fn words(factor: u64) -> [u64; PLACES] {
    let mut words = [0; PLACES];
    let mut at = 0;
    while at < NAMES.len() {
        let word = first_word(NAMES[at]);
        words[place_by(factor, word)] = word;
        at += 1;
    }
    words
}

const NAMES: [&str; Field::COUNT + 3] = {
    let mut names = [USER_AGENT; Field::COUNT + 3];
    names[1] = CONNECTION;
    names[2] = ACCEPT;
    names[3] = SERVER;
    let mut at = 0;
    let mut end = 4;
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    while at < Field::COUNT {
        if !matches!(Field::ALL[at], Field::Host) {
            names[end] = Field::ALL[at].name();
            end += 1;
        }
        at += 1;
    }
    names
};
