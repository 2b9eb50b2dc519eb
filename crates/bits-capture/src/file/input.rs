//! Where a capture comes from.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Opens it.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Input::File(path) => Box::new(File::open(path)?),
            Input::Standard => Box::new(io::stdin()),
            Input::Bytes { bytes, .. } => Box::new(Cursor::new(Arc::clone(bytes))),
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

/// Bytes in hex, in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
