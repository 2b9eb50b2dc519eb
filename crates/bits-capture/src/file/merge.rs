//! Many files as one capture, in the order of time.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read};
use std::rc::Rc;

use super::{CaptureFile, Flaws, Frame, Input, decompress};
use crate::hash::{HashThread, Hashing};

/// How many files are kept open from the start. Of more, each is opened when its first frame is due, as files of a
/// ring buffer come one after the other.
const OPEN_FROM_START: usize = 16;

/// A file among those that are read together.
struct Slot {
    input: Input,
    /// What is read, once it is open, and its digest.
    stored: Rc<RefCell<Stored>>,
    file: Option<CaptureFile<Box<dyn Read>>>,
    /// The time of its last frame.
    last: u64,
    report: FileReport,
}

/// A capture to be read, and whether its digest is wanted.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it comes from.
    pub input: Input,
    /// Whether the SHA-256 of the file is wanted, as it is stored.
    pub wants_digest: bool,
}

/// What there was in a file.
#[derive(Debug, Default)]
pub struct FileReport {
    /// As it was named.
    pub name: String,
    /// How many frames.
    pub frames: u64,
    /// What was damaged.
    pub flaws: Flaws,
    /// How far its times step back from one frame to the next, at most, in nanoseconds.
    pub step_back: u64,
    /// Why nothing of it could be read, if so.
    pub error: Option<io::Error>,
    /// The SHA-256 of the file as it is stored, in hex, if it was asked for and all of it could be read.
    pub sha256: Option<String>,
}

/// Reads captures together, frames in the order of time. In one file they are taken in the order in which they
/// stand there.
pub struct CaptureFiles {
    slots: Vec<Slot>,
    /// The file whose frame was given last.
    current: Option<usize>,
    /// The next frame of the other open files.
    next: BinaryHeap<Reverse<(u64, usize)>>,
    /// The first frame of the files that are not open yet, the earliest at the end.
    dormant: Vec<(u64, usize)>,
}

impl std::fmt::Debug for CaptureFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<_> = self.slots.iter().map(|slot| &slot.report).collect();
        f.debug_struct("CaptureFiles")
            .field("files", &files)
            .finish_non_exhaustive()
    }
}

impl CaptureFiles {
    /// Opens captures. One that cannot be opened or is no capture is told by its [report](CaptureFiles::reports),
    /// and the others are read.
    #[must_use]
    pub fn open(sources: Vec<Source>) -> Self {
        let is_many = sources.len() > OPEN_FROM_START;
        let thread = HashThread::default();
        let slots = sources.into_iter().map(|source| Slot {
            stored: Rc::new(RefCell::new(Stored {
                input: Box::new(io::empty()),
                digest: source.wants_digest.then(|| thread.hashing(false)),
            })),
            file: None,
            last: 0,
            report: FileReport {
                name: source.input.name(),
                ..FileReport::default()
            },
            input: source.input,
        });
        let mut files = CaptureFiles {
            slots: slots.collect(),
            current: None,
            next: BinaryHeap::new(),
            dormant: Vec::new(),
        };
        for index in 0..files.slots.len() {
            let slot = &mut files.slots[index];
            if is_many && slot.input.can_be_read_again() {
                match slot.first_time() {
                    Ok(Some(time)) => files.dormant.push((time, index)),
                    // What is to be told of it is found when it is read: at once.
                    Ok(None) | Err(_) => files.dormant.push((0, index)),
                }
            } else {
                files.wake(index);
            }
        }
        files
            .dormant
            .sort_unstable_by_key(|dormant| Reverse(*dormant));
        files
    }

    /// The next frame, and which of the captures it is of.
    pub fn next_frame(&mut self) -> Option<(usize, Frame<'_>)> {
        if let Some(index) = self.current.take() {
            let slot = &mut self.slots[index];
            match slot.file.as_mut().and_then(CaptureFile::advance) {
                Some(time) => {
                    let other = self.next.peek().map(|Reverse(next)| *next);
                    let waiting = self.dormant.last().copied();
                    if other.is_none_or(|other| (time, index) < other)
                        && waiting.is_none_or(|waiting| time < waiting.0)
                    {
                        self.current = Some(index);
                    } else {
                        self.next.push(Reverse((time, index)));
                    }
                }
                None => slot.close(),
            }
        }
        if self.current.is_none() {
            self.choose();
        }
        let index = self.current?;
        let slot = &mut self.slots[index];
        slot.report.frames += 1;
        let frame = slot.file.as_ref()?.frame()?;
        let step_back = slot.last.saturating_sub(frame.time);
        slot.report.step_back = slot.report.step_back.max(step_back);
        slot.last = frame.time;
        Some((index, frame))
    }

    /// What there was in each file, in the order in which they were named. To be asked at the end.
    pub fn reports(&self) -> impl Iterator<Item = &FileReport> {
        self.slots.iter().map(|slot| &slot.report)
    }

    fn choose(&mut self) {
        loop {
            let next = self.next.peek().map(|Reverse((time, _))| *time);
            match self.dormant.last() {
                Some((time, index)) if next.is_none_or(|next| *time <= next) => {
                    let index = *index;
                    self.dormant.pop();
                    self.wake(index);
                }
                _ => break,
            }
        }
        self.current = self.next.pop().map(|Reverse((_, index))| index);
    }

    /// Opens a file, and moves to its first frame.
    fn wake(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        match slot.open() {
            Ok(file) => {
                let file = slot.file.insert(file);
                match file.advance() {
                    Some(time) => self.next.push(Reverse((time, index))),
                    None => slot.close(),
                }
            }
            Err(error) => slot.report.error = Some(error),
        }
    }
}

impl Slot {
    fn open(&self) -> io::Result<CaptureFile<Box<dyn Read>>> {
        self.stored.borrow_mut().input = self.input.open()?;
        let stored = Shared(Rc::clone(&self.stored));
        CaptureFile::new(decompress(stored)?)
    }

    fn first_time(&self) -> io::Result<Option<u64>> {
        let mut file = CaptureFile::new(decompress(self.input.open()?)?)?;
        Ok(file.advance())
    }

    fn close(&mut self) {
        let Some(file) = self.file.take() else {
            return;
        };
        self.report.flaws = file.flaws().clone();
        // What stands behind the end, or cannot be decompressed, is of the file as well.
        self.report.sha256 = self.stored.borrow_mut().finish();
    }
}

impl Input {
    /// Whether it is a regular file: a pipe gives its bytes once.
    fn can_be_read_again(&self) -> bool {
        match self {
            Input::File(path) => path.metadata().is_ok_and(|metadata| metadata.is_file()),
            Input::Standard => false,
            Input::Bytes { .. } => true,
        }
    }
}

/// A file as it is stored, whose bytes are hashed as they are read.
struct Stored {
    input: Box<dyn Read>,
    digest: Option<Hashing>,
}

impl Stored {
    /// Reads what is left, and closes the file. The SHA-256 of all of it, if it is asked for and can be read.
    fn finish(&mut self) -> Option<String> {
        let is_read = self.digest.is_none() || io::copy(self, &mut io::sink()).is_ok();
        self.input = Box::new(io::empty());
        let digest = self.digest.take().filter(|_| is_read);
        digest.and_then(|digest| digest.finish().sha256)
    }
}

impl Read for Stored {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(into)?;
        if let Some(digest) = &mut self.digest {
            digest.update(&into[..length]);
        }
        Ok(length)
    }
}

struct Shared(Rc<RefCell<Stored>>);

impl Read for Shared {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(into)
    }
}
