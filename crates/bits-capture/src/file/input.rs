//! Where a capture comes from, and the digest of its bytes.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// A file, standard input, or bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Standard,
    /// What a file would hold.
    Bytes {
        /// What it is called.
        name: String,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
}

impl Input {
    /// Opens it. Its bytes go through `digest`, if there is one.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn open(&self, digest: Option<&Digest>) -> io::Result<Box<dyn Read>> {
        let input: Box<dyn Read> = match self {
            Input::File(path) => Box::new(File::open(path)?),
            Input::Standard => Box::new(io::stdin()),
            Input::Bytes { bytes, .. } => Box::new(Cursor::new(Arc::clone(bytes))),
        };
        Ok(match digest {
            Some(digest) => Box::new(Digested {
                input,
                digest: digest.clone(),
            }),
            None => input,
        })
    }

    /// As it is called on the command line.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Input::File(path) => path.to_string_lossy().into_owned(),
            Input::Standard => "-".to_owned(),
            Input::Bytes { name, .. } => name.clone(),
        }
    }
}

/// The SHA-256 of what is read from an [`Input`].
#[derive(Clone, Debug, Default)]
pub struct Digest(Rc<RefCell<Sha256>>);

impl Digest {
    /// Of what was read so far, in hex.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0.borrow().clone().finalize())
    }
}

/// Bytes in hex, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Digested<R> {
    input: R,
    digest: Digest,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(into)?;
        self.digest.0.borrow_mut().update(&into[..length]);
        Ok(length)
    }
}
