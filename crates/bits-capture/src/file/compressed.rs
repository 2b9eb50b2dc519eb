//! gzip and zstd, told by their first bytes, with limits.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

use super::invalid;

/// The greatest length of what a compressed file may hold, in bytes: 1 TiB.
const MAX_OUTPUT: u64 = 1 << 40;

/// How many bytes one compressed byte may stand for, beyond the first 64 MiB. gzip reaches 1,032.
const MAX_RATIO: u64 = 4_096;
const FREE: u64 = 64 << 20;

/// The greatest window of zstd, as a power of two: 8 MiB, what all levels up to 19 stay within. It is memory.
const MAX_WINDOW: u32 = 23;

const GZIP: [u8; 2] = [0x1F, 0x8B];
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Decompresses gzip and zstd, of one or several members; what is neither comes as it is.
///
/// What comes out is bounded in length, in its ratio to what goes in, and in the memory that it needs. What is
/// above is an error of the kind [`io::ErrorKind::InvalidData`].
///
/// # Errors
///
/// Those of `input`.
pub fn decompress<'a>(input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut input = Start {
        bytes: [0; 4],
        range: 0..0,
        rest: input,
    };
    input.begin()?;
    let start = &input.bytes[input.range.clone()];
    Ok(if start.starts_with(&GZIP) {
        let counted = BufReader::with_capacity(PIECE, Counted { input, count: 0 });
        Box::new(Bounded {
            decoder: MultiGzDecoder::new(counted),
            read: |decoder: &MultiGzDecoder<_>| counted_of(decoder.get_ref()),
            written: 0,
        })
    } else if start.starts_with(&ZSTD) || is_skippable(start) {
        let counted = BufReader::with_capacity(PIECE, Counted { input, count: 0 });
        let mut decoder = Decoder::with_buffer(counted)?;
        decoder.window_log_max(MAX_WINDOW)?;
        Box::new(Bounded {
            decoder,
            read: |decoder: &Decoder<'_, _>| counted_of(decoder.get_ref()),
            written: 0,
        })
    } else {
        Box::new(input)
    })
}

/// Whether a frame of zstd begins that holds nothing: parallel compressors put one in front.
const fn is_skippable(start: &[u8]) -> bool {
    matches!(start, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

const PIECE: usize = 64 * 1024;

fn counted_of<R: Read>(reader: &BufReader<Counted<R>>) -> u64 {
    reader.get_ref().count
}

/// An input whose first four bytes were looked at.
struct Start<R> {
    bytes: [u8; 4],
    range: std::ops::Range<usize>,
    rest: R,
}

impl<R: Read> Start<R> {
    fn begin(&mut self) -> io::Result<()> {
        while self.range.end < self.bytes.len() {
            match self.rest.read(&mut self.bytes[self.range.end..]) {
                Ok(0) => break,
                Ok(length) => self.range.end += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Start<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.range.is_empty() {
            return self.rest.read(into);
        }
        let length = (&self.bytes[self.range.clone()]).read(into)?;
        self.range.start += length;
        Ok(length)
    }
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(into)?;
        self.count += length as u64;
        Ok(length)
    }
}

/// A decompressor within limits.
struct Bounded<D, F> {
    decoder: D,
    /// How much it has read.
    read: F,
    written: u64,
}

impl<D: Read, F: Fn(&D) -> u64> Read for Bounded<D, F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.decoder.read(into).map_err(explained)?;
        self.written += length as u64;
        if self.written > MAX_OUTPUT {
            return Err(invalid("holds more than 1 TiB: decompress it first"));
        }
        let bound = FREE.saturating_add((self.read)(&self.decoder).saturating_mul(MAX_RATIO));
        if self.written > bound {
            return Err(invalid(format!(
                "expands to more than {MAX_RATIO} times its length: decompress it first, if you trust it"
            )));
        }
        Ok(length)
    }
}

fn explained(error: io::Error) -> io::Error {
    if error.to_string().contains("too much memory") {
        return invalid(
            "needs a window above 8 MiB: decompress it first, with `zstd -d --long=31`",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zstd_may_begin_with_frames_that_are_skipped() {
        let frame = zstd::encode_all(&b"a capture"[..], 3).unwrap();
        for first in [0x50, 0x5F] {
            let skipped = [first, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
            let file = [&skipped[..], &skipped, &frame, &skipped, &frame].concat();
            let mut read = Vec::new();
            let mut input = decompress(&file[..]).unwrap();
            input.read_to_end(&mut read).unwrap();
            assert_eq!(read, b"a capturea capture");
        }
        let other = [0x60, 0x2A, 0x4D, 0x18];
        let mut read = Vec::new();
        decompress(&other[..])
            .unwrap()
            .read_to_end(&mut read)
            .unwrap();
        assert_eq!(read, other);
    }
}
