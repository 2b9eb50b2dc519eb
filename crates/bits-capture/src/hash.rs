//! Hashes of files, by which others know them.

use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{self, SendError, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

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

/// How many pieces wait to be hashed, and how long one is at most, in bytes.
const QUEUE: usize = 16;
const PIECE: usize = 256 << 10;

/// Up to how many bytes are hashed at once, where nothing waits: in that time no other thread wakes up.
const AT_ONCE: usize = 16 << 10;

/// A thread that hashes what others go on to write or to take apart. It is begun when there is enough to hash, and
/// ends when nobody has it any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct HashThread {
    /// `None` within, where the system allows no more threads.
    jobs: Arc<OnceLock<Option<SyncSender<Job>>>>,
    spare: Spare,
}

/// Buffers that are done with. Memory that goes from thread to thread would come back to the system and be asked for
/// again, which takes about as long as to hash what is in it.
#[derive(Clone, Debug, Default)]
struct Spare(Arc<Mutex<Vec<Vec<u8>>>>);

impl Spare {
    fn put(&self, buffers: Vec<Vec<u8>>) {
        let emptied = buffers.into_iter().map(|mut buffer| {
            buffer.clear();
            buffer
        });
        lock(&self.0).extend(emptied);
    }
}

/// What the thread is to do, in the order in which it was told to.
#[derive(Debug)]
enum Job {
    Hash(Arc<Mutex<Hasher>>, Vec<Vec<u8>>),
    /// All that was told before is done once the other end learns that this one is dropped.
    Pass {
        _sender: mpsc::Sender<()>,
    },
}

impl Job {
    fn run(self, spare: &Spare) {
        if let Job::Hash(hasher, buffers) = self {
            update(&hasher, &buffers);
            // Whoever asks next must find that nobody else has it.
            drop(hasher);
            spare.put(buffers);
        }
    }
}

fn update(hasher: &Mutex<Hasher>, buffers: &[impl AsRef<[u8]>]) {
    let mut hasher = lock(hasher);
    buffers
        .iter()
        .for_each(|bytes| hasher.update(bytes.as_ref()));
}

impl HashThread {
    /// To hash something from its start.
    pub(crate) fn hashing(&self, is_legacy_wanted: bool) -> Hashing {
        Hashing {
            thread: self.clone(),
            hasher: Arc::new(Mutex::new(Hasher::new(is_legacy_wanted))),
        }
    }

    /// A buffer without bytes: one that was hashed before, if there is one.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        lock(&self.spare.0).pop().unwrap_or_default()
    }

    fn run(&self, job: Job) {
        let refused = match self.jobs.get_or_init(|| Self::begin(self.spare.clone())) {
            Some(jobs) => jobs.send(job).err().map(|SendError(job)| job),
            None => Some(job),
        };
        if let Some(job) = refused {
            job.run(&self.spare);
        }
    }

    fn begin(spare: Spare) -> Option<SyncSender<Job>> {
        let (sender, jobs) = mpsc::sync_channel::<Job>(QUEUE);
        let hash = move || jobs.into_iter().for_each(|job| job.run(&spare));
        let thread = thread::Builder::new().name("hash".to_owned()).spawn(hash);
        thread.is_ok().then_some(sender)
    }
}

/// The hashes of bytes that come piece by piece, made by a [`HashThread`].
#[derive(Debug)]
pub(crate) struct Hashing {
    thread: HashThread,
    /// Whoever has it beside this is a job that waits.
    hasher: Arc<Mutex<Hasher>>,
}

impl Hashing {
    /// Hashes what comes next.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if self.is_done() && bytes.len() <= AT_ONCE {
            return update(&self.hasher, &[bytes]);
        }
        for piece in bytes.chunks(PIECE) {
            let mut buffer = self.thread.buffer();
            buffer.extend_from_slice(piece);
            self.hand_over(vec![buffer]);
        }
    }

    /// Hashes what comes next, no more than a piece, and keeps the buffers for others.
    pub(crate) fn take(&mut self, buffers: Vec<Vec<u8>>) {
        let length: usize = buffers.iter().map(Vec::len).sum();
        if self.is_done() && length <= AT_ONCE {
            update(&self.hasher, &buffers);
            return self.thread.spare.put(buffers);
        }
        self.hand_over(buffers);
    }

    /// The hashes of what has come.
    pub(crate) fn finish(mut self) -> Hashes {
        if !self.is_done() {
            let (sender, passed) = mpsc::channel();
            self.thread.run(Job::Pass { _sender: sender });
            // Nothing is sent: it ends as the job does.
            let _ = passed.recv();
        }
        lock(&self.hasher).clone().finish()
    }

    fn hand_over(&self, buffers: Vec<Vec<u8>>) {
        let job = Job::Hash(Arc::clone(&self.hasher), buffers);
        self.thread.run(job);
    }

    /// Whether nothing waits.
    fn is_done(&mut self) -> bool {
        Arc::get_mut(&mut self.hasher).is_some()
    }
}

/// What is locked here is nothing that a panic can leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_hashes_what_comes_in_pieces_of_any_length() {
        let thread = HashThread::default();
        let bytes: Vec<u8> = (0..=250).cycle().take(1_000_000).collect();
        // The pieces of both streams take turns.
        let mut streams = [true, false].map(|legacy| (thread.hashing(legacy), 0));
        let mut size = 1;
        while streams[0].1 < bytes.len() {
            for (hashing, at) in &mut streams {
                let end = bytes.len().min(*at + size);
                hashing.update(&bytes[*at..end]);
                *at = end;
            }
            size = size * 3 % 100_003;
        }
        for ((hashing, _), legacy) in streams.into_iter().zip([true, false]) {
            let mut hasher = Hasher::new(legacy);
            hasher.update(&bytes);
            assert_eq!(hashing.finish(), hasher.finish());
        }
    }

    #[test]
    fn what_waits_is_bounded() {
        let thread = HashThread::default();
        let mut hashing = thread.hashing(false);
        let bytes = vec![7; 40 * PIECE + 1];
        hashing.update(&bytes);
        let mut hasher = Hasher::new(false);
        hasher.update(&bytes);
        assert_eq!(hashing.finish(), hasher.finish());
        let spare = lock(&thread.spare.0);
        // One is filled and one is hashed while the others wait.
        assert!(spare.len() <= QUEUE + 2, "{} buffers", spare.len());
        assert!(spare.iter().all(|buffer| buffer.capacity() <= PIECE));
    }

    #[test]
    fn what_is_short_is_hashed_without_a_thread() {
        let thread = HashThread::default();
        let mut hashing = thread.hashing(false);
        hashing.take(vec![vec![7; AT_ONCE / 2]; 2]);
        let mut hasher = Hasher::new(false);
        hasher.update(&[7; AT_ONCE]);
        assert_eq!(hashing.finish(), hasher.finish());
        assert!(thread.jobs.get().is_none());
    }

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
