//! Bytes of a stream that were read and not yet used up.

use std::io::{self, Read};

/// What is asked for at once, in bytes: at first, and once it is known that there is more.
const FIRST: usize = 8 * 1024;
const PIECE: usize = 256 * 1024;

/// A window over a stream, which moves forward and grows as far as is asked for.
#[derive(Debug)]
pub(super) struct Buffer<R> {
    input: R,
    bytes: Vec<u8>,
    /// What is valid of `bytes`.
    start: usize,
    end: usize,
    /// Where in the stream `start` stands.
    offset: u64,
    is_over: bool,
    /// Where it has failed, or ended early.
    broken_at: Option<u64>,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(input: R) -> Self {
        Buffer {
            input,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            is_over: false,
            broken_at: None,
        }
    }

    /// What there is, from the current place on.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The current place in the stream.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The place in the stream in front of which it can be read: the current one, or that at which the input has failed.
    pub(super) fn readable_to(&self) -> u64 {
        self.broken_at.unwrap_or(self.offset)
    }

    /// Moves the current place forward, within what there is.
    pub(super) fn advance(&mut self, by: usize) {
        let by = by.min(self.end - self.start);
        self.start += by;
        self.offset += by as u64;
    }

    /// Reads until there are `wanted` bytes, or the stream is over. Says whether there are.
    pub(super) fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        while self.end - self.start < wanted {
            if self.is_over {
                return Ok(false);
            }
            let room = self.bytes.len() - self.start;
            if room < wanted || self.end == self.bytes.len() {
                self.bytes.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
                let size = wanted
                    .next_power_of_two()
                    .max((2 * self.bytes.len()).clamp(FIRST, PIECE));
                if self.bytes.len() < size {
                    self.bytes.resize(size, 0);
                }
            }
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(0) => self.is_over = true,
                Ok(length) => self.end += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_over = true;
                    self.broken_at = Some(self.offset + (self.end - self.start) as u64);
                    return Err(error);
                }
            }
        }
        Ok(true)
    }
}
