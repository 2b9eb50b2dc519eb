//! Passwords, and the check of one.

use std::fmt;

use argon2::password_hash::phc::{Ident, Output, PasswordHash};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHasher, Version};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A password: 1 to 1,024 bytes of text without control characters ([RFC 7617] 2), in Normalization Form C.
///
/// Overwritten when it is dropped, and in no Debug output.
///
/// [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
pub struct Password(Zeroizing<String>);

/// Why a text is no [`Password`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BadPassword {
    /// There is none.
    Empty,
    /// It has more than 1,024 bytes.
    TooLong,
    /// It holds a control character.
    Control,
}

impl Password {
    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 1024;
    /// Shorter ones, in characters, are easily guessed: what to advise, not what is refused.
    pub const ADVISED_CHARACTERS: usize = 12;

    /// Takes a password as it was typed or sent.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn new(text: &str) -> Result<Self, BadPassword> {
        if text.is_empty() {
            return Err(BadPassword::Empty);
        }
        if text.len() > Self::MAX_LENGTH {
            return Err(BadPassword::TooLong);
        }
        if text.contains(char::is_control) {
            return Err(BadPassword::Control);
        }
        // With room for whatever composing makes of it: growing would leave a copy behind.
        let mut composed = Zeroizing::new(String::with_capacity(3 * text.len()));
        composed.extend(text.nfc());
        Ok(Password(composed))
    }

    /// Whether it has fewer characters than [advised](Self::ADVISED_CHARACTERS).
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.chars().count() < Self::ADVISED_CHARACTERS
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl fmt::Display for BadPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadPassword::Empty => "the password is empty",
            BadPassword::TooLong => "a password has at most 1024 bytes",
            BadPassword::Control => {
                "a password holds no control character: it could not be sent to a server"
            }
        })
    }
}

impl std::error::Error for BadPassword {}

/// What is kept of a password: a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
///
/// `m` is the memory of a check in KiB (7,168 to 262,144), `t` the number of passes (1 to 16), `p` that of lanes (1 to 4);
/// the salt has at least 8 bytes and the hash at least 16. New ones have m=19456, t=2, p=1: at least what OWASP's
/// Password Storage Cheat Sheet asks for, and little enough for a server that does one check at a time.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordRecord {
    hash: PasswordHash,
    params: Params,
}

/// Why a text is no [`PasswordRecord`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BadPasswordRecord {
    /// It is no PHC string, or not in the one form that it has.
    Form,
    /// It is of another algorithm than argon2id, or of another version of it than 19.
    Algorithm,
    /// It has other parameters than m, t and p, or not all of them.
    Parameters,
    /// A check would be too cheap for an attacker.
    TooCheap,
    /// A check would cost the server too much.
    TooDear,
    /// The salt or the hash is missing or too short.
    TooShort,
}

impl PasswordRecord {
    /// Makes one, with a fresh random salt. Takes some 20 ms and 19 MiB of memory.
    #[must_use]
    pub fn new(password: &Password) -> Self {
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .expect("the parameters are good, and the system has random bytes");
        let params = Params::try_from(&hash).expect("they were good a moment ago");
        PasswordRecord { hash, params }
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadPasswordRecord> {
        let hash = PasswordHash::new(text).map_err(|_| BadPasswordRecord::Form)?;
        if hash.algorithm != ARGON2ID_IDENT || hash.version != Some(Version::V0x13.into()) {
            return Err(BadPasswordRecord::Algorithm);
        }
        let mut names: Vec<_> = hash.params.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        if !names.iter().map(Ident::as_str).eq(["m", "p", "t"]) {
            return Err(BadPasswordRecord::Parameters);
        }
        let params = Params::try_from(&hash).map_err(|_| BadPasswordRecord::Parameters)?;
        if params.m_cost() < 7 * 1024 {
            return Err(BadPasswordRecord::TooCheap);
        }
        if params.m_cost() > 256 * 1024 || params.t_cost() > 16 || params.p_cost() > 4 {
            return Err(BadPasswordRecord::TooDear);
        }
        let salt = hash.salt.as_ref().map_or(0, |salt| salt.len());
        let output = hash.hash.as_ref().map_or(0, Output::len);
        if salt < argon2::MIN_SALT_LEN || output < 16 {
            return Err(BadPasswordRecord::TooShort);
        }
        match hash.to_string() == text {
            true => Ok(PasswordRecord { hash, params }),
            false => Err(BadPasswordRecord::Form),
        }
    }

    /// Whether the password is the one that this was made of. As dear as its parameters say.
    #[must_use]
    pub fn is_of(&self, password: &Password) -> bool {
        self.is_of_within(password, &mut Workspace::default())
    }

    /// The same, in memory that is kept for the next time.
    pub(super) fn is_of_within(&self, password: &Password, workspace: &mut Workspace) -> bool {
        let (Some(salt), Some(expected)) = (&self.hash.salt, &self.hash.hash) else {
            return false;
        };
        let mut output = [0; Output::MAX_LENGTH];
        let output = &mut output[..expected.len()];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let blocks = workspace.blocks(self.params.block_count());
        let done = argon.hash_password_into_with_memory(password.as_bytes(), salt, output, blocks);
        done.is_ok() && expected.as_bytes().ct_eq(output).into()
    }
}

/// The memory of a check, kept from one to the next. Memory that is this large and aligned is not given back to the
/// system by every allocator, nor used again: glibc's grows by as much with every check.
#[derive(Default)]
pub(super) struct Workspace(Vec<Block>);

impl Workspace {
    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            // Nothing is to be kept, and never both are to be there.
            self.0 = Vec::new();
            self.0 = vec![Block::new(); count];
        }
        &mut self.0[..count]
    }
}

/// Without the hash: who has it may guess at leisure.
impl fmt::Debug for PasswordRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordRecord")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// The PHC string.
impl fmt::Display for PasswordRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hash.fmt(f)
    }
}

impl fmt::Display for BadPasswordRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadPasswordRecord::Form => "this is no argon2id PHC string",
            BadPasswordRecord::Algorithm => "only argon2id of version 19 is known",
            BadPasswordRecord::Parameters => "the parameters are m, t and p, each a number",
            BadPasswordRecord::TooCheap => "m is below 7168 KiB: that is guessed too fast",
            BadPasswordRecord::TooDear => {
                "m is above 262144 KiB, t above 16 or p above 4: each check would cost too much"
            }
            BadPasswordRecord::TooShort => "the salt has at least 8 bytes, the hash at least 16",
        })
    }
}

impl std::error::Error for BadPasswordRecord {}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    #[test]
    fn a_record_is_of_its_password_alone() {
        let record = PasswordRecord::new(&password("correct horse"));
        let text = record.to_string();
        assert!(
            text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{text}"
        );
        assert!(PasswordRecord::parse(&text).unwrap() == record);
        assert!(record.is_of(&password("correct horse")));
        for wrong in ["correct hors", "correct horse ", "Correct horse", "x"] {
            assert!(!record.is_of(&password(wrong)), "{wrong}");
        }
    }

    #[test]
    fn memory_is_used_again_for_records_of_any_parameters() {
        let salt = "c2FsdHNhbHRzYWx0c2FsdA";
        let records = ["m=7168,t=1,p=1", "m=19456,t=2,p=1", "m=8192,t=1,p=4"].map(|params| {
            let mut output = [0; 24];
            let parsed: Params = params.parse().unwrap();
            let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parsed);
            argon
                .hash_password_into(b"one", b"saltsaltsaltsalt", &mut output)
                .unwrap();
            let output = Output::new(&output).unwrap();
            let text = format!("$argon2id$v=19${params}${salt}${output}");
            PasswordRecord::parse(&text).unwrap()
        });
        let mut workspace = Workspace::default();
        for record in records.iter().chain(&records) {
            assert!(record.is_of_within(&password("one"), &mut workspace));
            assert!(!record.is_of_within(&password("two"), &mut workspace));
        }
        assert_eq!(workspace.0.len(), 19456);
    }

    #[test]
    fn two_records_of_one_password_differ() {
        let [one, other] = [(); 2].map(|()| PasswordRecord::new(&password("same")).to_string());
        assert_ne!(one, other);
    }

    #[test]
    fn accents_are_equal_however_they_are_typed() {
        let record = PasswordRecord::new(&password("pass\u{e9}"));
        assert!(record.is_of(&password("passe\u{301}")));
    }

    #[test]
    fn refuses_texts_that_are_no_password() {
        assert_eq!(Password::new("").err(), Some(BadPassword::Empty));
        assert_eq!(Password::new("a\tb").err(), Some(BadPassword::Control));
        assert!(Password::new(&"a".repeat(1024)).is_ok());
        let long = Password::new(&"a".repeat(1025));
        assert_eq!(long.err(), Some(BadPassword::TooLong));
    }

    #[test]
    fn short_ones_are_told_by_characters() {
        assert!(password("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}").is_short());
        assert!(!password("twelve chars").is_short());
    }

    #[test]
    fn debug_output_tells_nothing() {
        assert_eq!(format!("{:?}", password("hunter2")), "Password(..)");
        let record = PasswordRecord::new(&password("hunter2"));
        let text = record.to_string();
        let (_, hash) = text.rsplit_once('$').unwrap();
        assert!(!format!("{record:?}").contains(hash));
    }

    #[test]
    fn refuses_records_that_are_not_of_its_form() {
        const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
        const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let parse = |start: &str, salt: &str, hash: &str| {
            PasswordRecord::parse(&format!("{start}${salt}${hash}")).err()
        };
        let good = "$argon2id$v=19$m=19456,t=2,p=1";
        assert_eq!(parse(good, SALT, HASH), None);
        assert_eq!(parse("$argon2id$v=19$m=7168,t=1,p=1", SALT, HASH), None);
        assert_eq!(parse("$argon2id$v=19$m=262144,t=16,p=4", SALT, HASH), None);
        // A salt of 8 bytes and a hash of 16 are long enough.
        let (salt, hash) = ("c2FsdHNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(parse(good, salt, hash), None);
        for (start, why) in [
            ("argon2id$v=19$m=19456,t=2,p=1", BadPasswordRecord::Form),
            ("$argon2id$v=19$m=19456,t=2,p=1$x", BadPasswordRecord::Form),
            ("$argon2id$v=019$m=19456,t=2,p=1", BadPasswordRecord::Form),
            (
                "$argon2id$v=19$m=19456,t=2,t=2,p=1",
                BadPasswordRecord::Parameters,
            ),
            (
                "$argon2i$v=19$m=19456,t=2,p=1",
                BadPasswordRecord::Algorithm,
            ),
            (
                "$argon2id$v=16$m=19456,t=2,p=1",
                BadPasswordRecord::Algorithm,
            ),
            ("$argon2id$m=19456,t=2,p=1", BadPasswordRecord::Algorithm),
            ("$scrypt$v=19$m=19456,t=2,p=1", BadPasswordRecord::Algorithm),
            ("$argon2id$v=19$m=19456,t=2", BadPasswordRecord::Parameters),
            (
                "$argon2id$v=19$m=19456,t=2,p=1,data=AAAA",
                BadPasswordRecord::Parameters,
            ),
            (
                "$argon2id$v=19$m=19456,t=0,p=1",
                BadPasswordRecord::Parameters,
            ),
            (
                "$argon2id$v=19$m=19456,t=a,p=1",
                BadPasswordRecord::Parameters,
            ),
            ("$argon2id$v=19$m=7167,t=2,p=1", BadPasswordRecord::TooCheap),
            (
                "$argon2id$v=19$m=262145,t=2,p=1",
                BadPasswordRecord::TooDear,
            ),
            (
                "$argon2id$v=19$m=19456,t=17,p=1",
                BadPasswordRecord::TooDear,
            ),
            ("$argon2id$v=19$m=19456,t=2,p=5", BadPasswordRecord::TooDear),
        ] {
            assert_eq!(parse(start, SALT, HASH), Some(why), "{start}");
        }
        assert_eq!(
            parse(good, SALT, "AAAAAAAAAAAAAA"),
            Some(BadPasswordRecord::TooShort)
        );
        for text in [good, &format!("{good}${SALT}")] {
            let why = PasswordRecord::parse(text).err();
            assert_eq!(why, Some(BadPasswordRecord::TooShort), "{text}");
        }
    }
}
