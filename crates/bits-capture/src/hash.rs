//! Hashes of files, by which others know them.

use std::fmt;
use std::io::{self, Write};

use md5::Md5;
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::file::hex;

/// The hashes of a file, in hex, in lower case. All are `None` where not all bytes of it were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hashes {
    /// The MD5, if it was asked for.
    pub md5: Option<String>,
    /// The SHA-1, if it was asked for.
    pub sha1: Option<String>,
    /// The SHA-256.
    pub sha256: Option<String>,
}

/// Hashes bytes as they come.
#[derive(Clone, Default)]
pub struct Hasher {
    sha256: Sha256,
    legacy: Option<(Md5, Sha1)>,
}

impl Hasher {
    /// Of no byte yet. MD5 and SHA-1 prove nothing any more, and cost more than all the rest: they are made where
    /// somebody asks for them, as lists of known files still have no other.
    #[must_use]
    pub fn new(is_legacy_wanted: bool) -> Self {
        Hasher {
            sha256: Sha256::new(),
            legacy: is_legacy_wanted.then(Default::default),
        }
    }

    /// Hashes what comes next.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some((md5, sha1)) = &mut self.legacy {
            md5.update(bytes);
            sha1.update(bytes);
        }
    }

    /// The hashes of what has come.
    #[must_use]
    pub fn finish(self) -> Hashes {
        let (md5, sha1) = self.legacy.unzip();
        Hashes {
            md5: md5.map(|md5| hex(&md5.finalize())),
            sha1: sha1.map(|sha1| hex(&sha1.finalize())),
            sha256: Some(hex(&self.sha256.finalize())),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_hashes_that_the_standards_give() {
        let mut hasher = Hasher::new(true);
        hasher.update(b"a");
        hasher.update(b"bc");
        // RFC 1321, appendix A.5; RFC 3174, section 7.3; FIPS 180-2, appendix B.1.
        let of_abc = Hashes {
            md5: Some("900150983cd24fb0d6963f7d28e17f72".to_owned()),
            sha1: Some("a9993e364706816aba3e25717850c26c9cd0d89d".to_owned()),
            sha256: Some(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
            ),
        };
        assert_eq!(hasher.finish(), of_abc);
        let unasked = Hasher::new(false).finish();
        assert_eq!((unasked.md5, unasked.sha1), (None, None));
    }
}
