//! The file that is sent.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::Error;

/// How much of the file is in memory at once, in bytes.
pub(crate) const PIECE: usize = 256 * 1024;

/// The file that is sent. It must not change meanwhile: BITS itself would not notice.
#[derive(Debug)]
pub struct Source {
    file: File,
    path: PathBuf,
    stamp: Stamp,
}

/// What tells that a file has changed: length and time of the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The length, in bytes.
    pub size: u64,
    /// The time of the last change, in nanoseconds since 1970; 0 where the system does not know.
    pub modified: u128,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok();
        let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Stamp {
            size: metadata.len(),
            modified: modified.as_ref().map_or(0, Duration::as_nanos),
        }
    }
}

impl Source {
    /// Opens a file to be sent.
    ///
    /// # Errors
    ///
    /// [`Error::File`], also for what is no regular file, and so has no length.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let blame = |error| Error::File(path.to_owned(), error);
        let regular = |metadata: Metadata| {
            let what = "only a regular file has a length that can be told in advance";
            match metadata.is_file() {
                true => Ok(metadata),
                false => Err(io::Error::new(io::ErrorKind::InvalidInput, what)),
            }
        };
        // To open a pipe is to wait for whoever writes to it.
        let named = std::fs::metadata(path).and_then(regular);
        let file = named.and_then(|_| File::open(path)).map_err(blame)?;
        let metadata = file.metadata().and_then(regular).map_err(blame)?;
        Ok(Source {
            file,
            path: path.to_owned(),
            stamp: Stamp::of(&metadata),
        })
    }

    /// Length and time when it was opened.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Where it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of its name, without a path.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        let name = self.path.file_name().unwrap_or_default();
        name.as_encoded_bytes()
    }

    /// Checks that neither the open file nor what now stands at its path is another one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let open = self.file.metadata().map_err(|error| self.blame(error))?;
        let named = std::fs::metadata(&self.path);
        let is_same = |metadata: &Metadata| Stamp::of(metadata) == self.stamp;
        // A file that was only removed is still the one that is sent.
        if is_same(&open) && named.as_ref().map_or(true, is_same) {
            Ok(())
        } else {
            Err(Error::FileChanged(self.path.clone()))
        }
    }

    /// Reads all of `piece` from `offset`.
    pub(crate) fn read(&mut self, offset: u64, piece: &mut [u8]) -> Result<(), Error> {
        let read = self
            .file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.read_exact(piece));
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::FileChanged(self.path.clone()),
            _ => self.blame(error),
        })
    }

    fn blame(&self, error: io::Error) -> Error {
        Error::File(self.path.clone(), error)
    }
}
