//! The manifest of a folder.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};

use serde::Serialize;

use crate::printable::json_line;

/// What tells of the files of a folder: a line of JSON after the other.
#[derive(Debug)]
pub struct Manifest {
    file: File,
    /// How long it is, in bytes.
    length: u64,
}

impl Manifest {
    pub(super) fn new(file: File) -> Self {
        Manifest { file, length: 0 }
    }

    /// Writes a line. One that cannot be written to its end is taken away.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = Vec::new();
        json_line(line, &mut text)?;
        let written = self.file.write_all(&text);
        if written.is_err() {
            // What was wrong before is of more interest.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return written;
        }
        self.length += text.len() as u64;
        Ok(())
    }
}
