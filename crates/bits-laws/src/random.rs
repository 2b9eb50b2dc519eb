//! Random numbers, the same for the same seed on every machine.

/// What the state of SplitMix64 grows by.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// After as many numbers as that have been drawn.
    pub(crate) const fn at(seed: u64, drawn: u64) -> Self {
        Random(seed.wrapping_add(drawn.wrapping_mul(STEP)))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or_default()
    }

    pub(crate) fn choose<'a>(&mut self, from: &[&'a [u8]]) -> &'a [u8] {
        from[self.below(from.len())]
    }

    /// A number of at most `most` decimal digits, each count of digits as likely as another.
    pub(crate) fn number(&mut self, most: u32) -> u64 {
        let digits = 1 + self.next() % u64::from(most);
        self.next() % 10u64.pow(u32::try_from(digits).unwrap_or(1))
    }

    /// Small letters, `shortest` to `longest` of them.
    pub(crate) fn word(&mut self, shortest: usize, longest: usize) -> String {
        let length = shortest + self.below(longest - shortest + 1);
        (0..length)
            .map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz"[self.below(26)]))
            .collect()
    }

    /// A GUID in braces; in capitals now and then, as some peers write them.
    pub(crate) fn guid(&mut self) -> String {
        let digits = format!("{:016x}{:016x}", self.next(), self.next());
        let (a, b, c, d, e) = (
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        );
        let guid = format!("{{{a}-{b}-{c}-{d}-{e}}}");
        if self.below(4) == 0 {
            guid.to_ascii_uppercase()
        } else {
            guid
        }
    }
}
