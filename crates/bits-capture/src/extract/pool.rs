//! Files that are open at a time: a bounded number, with buffers that are small.

use std::collections::HashMap;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::num::NonZeroUsize;

use cap_std::fs::File;
use lru::LruCache;

/// How many files are open at a time, where the system allows as many.
const MAX_OPEN: NonZeroUsize = NonZeroUsize::new(2_048).unwrap();

/// How much is gathered before it is written, in bytes.
const BUFFER: usize = 8 << 10;

/// A file, and what is to be written to it next.
#[derive(Debug)]
pub(super) struct Open {
    file: File,
    /// Where the system's offset is.
    at: u64,
    /// Where what is gathered belongs.
    start: u64,
    gathered: Vec<u8>,
}

impl Open {
    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if offset != self.start + self.gathered.len() as u64 {
            self.flush()?;
            self.start = offset;
        }
        if self.gathered.is_empty() && bytes.len() >= BUFFER {
            self.put(offset, bytes)?;
            self.start = offset + bytes.len() as u64;
            return Ok(());
        }
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    pub(super) fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.flush()?;
        self.file.seek(SeekFrom::Start(offset))?;
        self.at = u64::MAX;
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn close(mut self) -> io::Result<()> {
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let gathered = std::mem::take(&mut self.gathered);
        let end = self.start + gathered.len() as u64;
        let put = self.put(self.start, &gathered);
        self.gathered = gathered;
        self.gathered.clear();
        self.start = end;
        put
    }

    fn put(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.at != offset {
            self.file.seek(SeekFrom::Start(offset))?;
        }
        self.at = u64::MAX;
        self.file.write_all(bytes)?;
        self.at = offset + bytes.len() as u64;
        Ok(())
    }
}

/// Files by number; the one that was used last stays open the longest.
#[derive(Debug)]
pub(super) struct Pool {
    open: LruCache<u64, Open>,
    /// Why files could not be written to their end that were closed for others.
    failed: HashMap<u64, io::Error>,
}

impl Default for Pool {
    fn default() -> Self {
        Pool {
            open: LruCache::new(MAX_OPEN),
            failed: HashMap::new(),
        }
    }
}

impl Pool {
    pub(super) fn holds(&self, key: u64) -> bool {
        self.open.contains(&key)
    }

    pub(super) fn put(&mut self, key: u64, file: File) {
        let open = Open {
            file,
            at: 0,
            start: 0,
            gathered: Vec::new(),
        };
        if let Some((other, evicted)) = self.open.push(key, open) {
            self.close(other, evicted);
        }
    }

    /// Closes a half of the files that are open; `false` if there is none.
    pub(super) fn shrink(&mut self) -> bool {
        let had_some = !self.open.is_empty();
        for _ in 0..self.open.len().div_ceil(2) {
            if let Some((key, open)) = self.open.pop_lru() {
                self.close(key, open);
            }
        }
        had_some
    }

    fn close(&mut self, key: u64, open: Open) {
        if let Err(error) = open.close() {
            self.failed.insert(key, error);
        }
    }

    pub(super) fn get(&mut self, key: u64) -> Option<&mut Open> {
        self.open.get_mut(&key)
    }

    /// Closes a file.
    pub(super) fn end(&mut self, key: u64) -> io::Result<()> {
        match self.open.pop(&key) {
            Some(open) => open.close(),
            None => self.failed.remove(&key).map_or(Ok(()), Err),
        }
    }
}
