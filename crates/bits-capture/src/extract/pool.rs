//! Files that are open at a time: a bounded number, with buffers that are bounded together.

use std::collections::HashMap;
use std::io::{self, IoSlice, Read as _, Seek as _, SeekFrom, Write as _};
use std::num::NonZeroUsize;
use std::ops::Range;

use cap_std::fs::File;
use lru::LruCache;

use crate::hash::{HashThread, Hashing};

/// How many files are open at a time, where the system allows twice as many: the rest is for captures.
const MAX_OPEN: NonZeroUsize = NonZeroUsize::new(2_048).unwrap();

/// How long a block is, in bytes.
const BLOCK: usize = 4 << 10;

/// How many blocks are gathered before they are written: of a file, and of all files together.
const GATHERED: usize = 32;
const GATHERED_OF_ALL: usize = 2_048;

/// A file, and what is to be written to it next.
#[derive(Debug)]
struct Open {
    file: File,
    /// Where the system's offset is.
    at: u64,
    /// Where what is gathered begins and ends.
    gathered: Range<u64>,
    /// What is gathered: all blocks are full but the last one.
    blocks: Vec<Vec<u8>>,
}

/// What is known of a file, be it open or not.
#[derive(Debug)]
struct Written {
    /// Of the first `hashed` bytes, as long as they come in order.
    digest: Option<Hashing>,
    hashed: u64,
    /// Why not all that was gathered could be written.
    error: Option<io::Error>,
}

/// Files by number; the one that was used last stays open the longest.
#[derive(Debug)]
pub(super) struct Pool {
    open: LruCache<u64, Open>,
    written: HashMap<u64, Written>,
    /// How many blocks are gathered of all.
    blocks: usize,
    thread: HashThread,
    legacy_hashes: bool,
}

impl Open {
    /// Writes what is gathered to where it belongs.
    fn put(&mut self) -> io::Result<()> {
        if self.at != self.gathered.start {
            self.file.seek(SeekFrom::Start(self.gathered.start))?;
        }
        self.at = u64::MAX;
        let mut slices: Vec<_> = self
            .blocks
            .iter()
            .map(|block| IoSlice::new(block))
            .collect();
        let mut left = &mut slices[..];
        while !left.is_empty() {
            match self.file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => IoSlice::advance_slices(&mut left, length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.at = self.gathered.end;
        Ok(())
    }

    fn read(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.at = u64::MAX;
        self.file.seek(SeekFrom::Start(offset))?;
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes what is gathered, and hands it to who hashes. Leaves how many blocks it was.
    fn flush(&mut self, written: &mut Written) -> usize {
        if self.blocks.is_empty() {
            return 0;
        }
        if let Err(error) = self.put() {
            written.error.get_or_insert(error);
        }
        let Range { start, end } = self.gathered;
        self.gathered.start = end;
        let blocks = std::mem::take(&mut self.blocks);
        let count = blocks.len();
        // What was hashed is overwritten, or something was passed over: it is to be read again at the end.
        written.digest = written.digest.take_if(|_| start == written.hashed);
        if let Some(digest) = &mut written.digest {
            digest.take(blocks);
            written.hashed = end;
        }
        count
    }
}

impl Pool {
    /// Nothing is open. `legacy_hashes` are MD5 and SHA-1, beside SHA-256.
    pub(super) fn new(legacy_hashes: bool) -> Self {
        Pool {
            open: LruCache::new(max_open()),
            written: HashMap::new(),
            blocks: 0,
            thread: HashThread::default(),
            legacy_hashes,
        }
    }

    pub(super) fn holds(&self, key: u64) -> bool {
        self.open.contains(&key)
    }

    pub(super) fn put(&mut self, key: u64, file: File) {
        self.written.entry(key).or_insert_with(|| Written {
            digest: Some(self.thread.hashing(self.legacy_hashes)),
            hashed: 0,
            error: None,
        });
        let open = Open {
            file,
            at: 0,
            gathered: 0..0,
            blocks: Vec::new(),
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

    /// Puts bytes into a file that is open.
    pub(super) fn write_at(&mut self, key: u64, offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        let thread = &self.thread;
        let parts = self.open.get_mut(&key).zip(self.written.get_mut(&key));
        let (open, written) = parts.ok_or(io::ErrorKind::NotFound)?;
        let mut flushed = 0;
        if offset != open.gathered.end || open.blocks.len() >= GATHERED {
            flushed = open.flush(written);
            open.gathered = offset..offset;
        }
        let had = open.blocks.len();
        open.gathered.end += bytes.len() as u64;
        while !bytes.is_empty() {
            let begun = open.blocks.pop_if(|block| block.len() < BLOCK);
            let mut block = begun.unwrap_or_else(|| thread.buffer());
            block.reserve_exact(BLOCK - block.len());
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - block.len()));
            block.extend_from_slice(now);
            open.blocks.push(block);
            bytes = later;
        }
        let has = open.blocks.len();
        let error = written.error.take();
        self.blocks = self.blocks + has - had - flushed;
        if self.blocks > GATHERED_OF_ALL {
            self.flush_all();
        }
        error.map_or(Ok(()), Err)
    }

    /// What stands in a file that is open.
    pub(super) fn read_at(&mut self, key: u64, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let parts = self.open.get_mut(&key).zip(self.written.get_mut(&key));
        let (open, written) = parts.ok_or(io::ErrorKind::NotFound)?;
        let flushed = open.flush(written);
        let read = open.read(offset, length);
        self.blocks -= flushed;
        read
    }

    /// Closes a file. Comes with how much of it is hashed, if what was put there came in order.
    pub(super) fn end(&mut self, key: u64) -> io::Result<Option<(u64, Hashing)>> {
        if let Some(open) = self.open.pop(&key) {
            self.close(key, open);
        }
        let Some(written) = self.written.remove(&key) else {
            return Ok(None);
        };
        match written.error {
            Some(error) => Err(error),
            None => Ok(written.digest.map(|digest| (written.hashed, digest))),
        }
    }

    /// What is gathered stays within its limits, where no more than `longest` bytes are put at once.
    #[cfg(test)]
    pub(super) fn check(&self, longest: usize) {
        let counts: Vec<_> = self
            .open
            .iter()
            .map(|(_, open)| open.blocks.len())
            .collect();
        let most = GATHERED + longest.div_ceil(BLOCK);
        assert!(counts.iter().all(|count| *count <= most));
        assert_eq!(counts.iter().sum::<usize>(), self.blocks);
        assert!(self.blocks <= GATHERED_OF_ALL);
    }

    fn flush_all(&mut self) {
        for (key, open) in &mut self.open {
            if let Some(written) = self.written.get_mut(key) {
                self.blocks -= open.flush(written);
            }
        }
    }

    fn close(&mut self, key: u64, mut open: Open) {
        if let Some(written) = self.written.get_mut(&key) {
            self.blocks -= open.flush(written);
        }
    }
}

/// What was seen is in the file, however the run ends.
impl Drop for Pool {
    fn drop(&mut self) {
        self.flush_all();
    }
}

fn max_open() -> NonZeroUsize {
    let half = allowed().and_then(|allowed| usize::try_from(allowed / 2).ok());
    let half = half.and_then(NonZeroUsize::new);
    half.map_or(MAX_OPEN, |half| half.min(MAX_OPEN))
}

/// How many files the system allows to be open.
#[cfg(unix)]
fn allowed() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current
}

/// It is not known.
#[cfg(not(unix))]
const fn allowed() -> Option<u64> {
    None
}
