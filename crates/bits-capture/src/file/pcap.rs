//! The classic format, called pcap or libpcap: a header of 24 bytes, and records.

use std::io::{self, Read};

use pcap_parser::pcap::{PcapHeader, parse_pcap_header};

use super::buffer::Buffer;
use super::{FlawKind, Flaws, Link, MAX_RECORD, Record, invalid};

/// What the greatest frame of a file may be whose header promises less.
const USUAL_SNAP_LENGTH: usize = 256 << 10;

/// How far the clock may be off where a record is looked for in noise.
const DAY: u32 = 86_400;

#[derive(Debug)]
pub(super) struct Pcap {
    link: Link,
    is_big_endian: bool,
    is_nanoseconds: bool,
    /// The bytes of the header of a record: 16, or 24 in Kuznetzov's variant.
    header: usize,
    /// The greatest frame that is believed.
    limit: usize,
    /// The seconds of the last record.
    last: Option<u32>,
}

/// The header of a record, as it stands there.
#[derive(Clone, Copy, Debug)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: usize,
    original: u32,
}

impl Pcap {
    pub(super) fn new<R: Read>(buffer: &mut Buffer<R>) -> io::Result<Self> {
        if !buffer.fill(PcapHeader::new().size())? {
            let message = match buffer.bytes() {
                [] => "is empty: there is no capture in it",
                _ => "is no capture file: neither pcap nor pcapng, nor one of them in gzip or zstd",
            };
            return Err(invalid(message));
        }
        let Ok((_, header)) = parse_pcap_header(buffer.bytes()) else {
            return Err(invalid(
                "is no capture file: neither pcap nor pcapng, nor one of them in gzip or zstd",
            ));
        };
        buffer.advance(header.size());
        let snap_length = usize::try_from(header.snaplen).unwrap_or(MAX_RECORD);
        Ok(Pcap {
            link: Link::from_number(header.network.0.cast_unsigned()),
            is_big_endian: header.is_bigendian(),
            is_nanoseconds: header.is_nanosecond_precision(),
            header: if header.is_modified_format() { 24 } else { 16 },
            limit: snap_length.clamp(USUAL_SNAP_LENGTH, MAX_RECORD),
            last: None,
        })
    }

    pub(super) fn next<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        flaws: &mut Flaws,
    ) -> io::Result<Option<Record>> {
        loop {
            if !buffer.fill(self.header)? {
                let left = buffer.bytes().len();
                if left > 0 {
                    flaws.add(buffer.offset(), FlawKind::CutOff(left as u64));
                    buffer.advance(left);
                }
                return Ok(None);
            }
            let Some(header) = self
                .read(buffer.bytes())
                .filter(|it| it.captured <= self.limit)
            else {
                self.skip(buffer, flaws)?;
                continue;
            };
            let end = self.header + header.captured;
            self.last.get_or_insert(header.seconds);
            let is_there = buffer.fill(end + self.header)?;
            let next = buffer.bytes().get(end..).and_then(|it| self.read(it));
            // The header of the next record shows whether the length of this one is right.
            if next.is_some_and(|next| self.is_likely(next)) || buffer.bytes().len() == end {
                self.last = Some(header.seconds);
                return Ok(Some(self.record(header, end)));
            }
            if let Some(early) = self.early(buffer, end)? {
                // A part of it is missing, and where is not known: none of its bytes has a place that is certain.
                flaws.add(buffer.offset(), FlawKind::Skipped(early as u64));
                buffer.advance(early);
                continue;
            }
            let left = buffer.bytes().len();
            if left < end {
                flaws.add(buffer.offset(), FlawKind::CutOff(left as u64));
                // What is there of the frame counts: its beginning is right.
                return Ok((left > self.header).then(|| self.record(header, left)));
            }
            let record = self.record(header, end);
            if is_there && next.is_none_or(|next| next.captured > self.limit) {
                return self.before_noise(buffer, record, flaws).map(Some);
            }
            self.last = Some(header.seconds);
            return Ok(Some(record));
        }
    }

    fn record(&self, header: Header, end: usize) -> Record {
        let fraction = u64::from(header.fraction);
        let nanoseconds = if self.is_nanoseconds {
            fraction
        } else {
            fraction * 1_000
        };
        Record {
            time: u64::from(header.seconds) * 1_000_000_000 + nanoseconds,
            link: self.link,
            data: self.header..end,
            original: header.original,
            length: end,
        }
    }

    fn read(&self, bytes: &[u8]) -> Option<Header> {
        let word = |at: usize| {
            let word = *bytes.get(at..)?.first_chunk::<4>()?;
            Some(if self.is_big_endian {
                u32::from_be_bytes(word)
            } else {
                u32::from_le_bytes(word)
            })
        };
        Some(Header {
            seconds: word(0)?,
            fraction: word(4)?,
            captured: word(8)? as usize,
            original: word(12)?,
        })
    }

    /// Where in a record that is to end at `end` the next one begins.
    fn early<R: Read>(&self, buffer: &mut Buffer<R>, end: usize) -> io::Result<Option<usize>> {
        if buffer.bytes().len() >= end {
            let found = self.find(buffer, self.header, end, true)?;
            return Ok(found.filter(|next| *next < end));
        }
        // The frame may be a capture itself: its records are of this file if they end with it.
        let bytes = buffer.bytes();
        Ok((self.header + 1..bytes.len()).find(|at| self.runs_to_the_end(bytes, *at)))
    }

    /// Whether records stand one behind the other from `at` on, and the last of them ends with the file.
    fn runs_to_the_end(&self, bytes: &[u8], mut at: usize) -> bool {
        while let Some(header) = bytes.get(at..).and_then(|it| self.read(it)) {
            if !self.is_likely(header) {
                return false;
            }
            at += self.header + header.captured;
            if at == bytes.len() {
                return true;
            }
        }
        false
    }

    /// A record behind which there is none: what follows is passed over, as far as the next one that can be found.
    fn before_noise<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        record: Record,
        flaws: &mut Flaws,
    ) -> io::Result<Record> {
        let end = record.length;
        let next = self.find(buffer, end, end + MAX_RECORD, false)?;
        let length = next.unwrap_or(buffer.bytes().len());
        let offset = buffer.offset() + end as u64;
        flaws.add(offset, FlawKind::Skipped((length - end) as u64));
        Ok(Record { length, ..record })
    }

    /// Passes over what is no record.
    fn skip<R: Read>(&mut self, buffer: &mut Buffer<R>, flaws: &mut Flaws) -> io::Result<()> {
        let start = buffer.offset();
        let next = self.find(buffer, 0, MAX_RECORD, false)?;
        let by = next.unwrap_or(buffer.bytes().len());
        buffer.advance(by);
        flaws.add(start, FlawKind::Skipped(by as u64));
        Ok(())
    }

    /// Looks for two records, one behind the other, behind `from`: or for the last one, which the end of the file may
    /// have cut off. What it comes to at `to` is no record: there, the search begins anew.
    fn find<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        from: usize,
        to: usize,
        may_be_cut_off: bool,
    ) -> io::Result<Option<usize>> {
        let mut at = from + 1;
        while at < to {
            if !buffer.fill(at + self.header)? {
                return Ok(None);
            }
            let Some(header) = self
                .read(&buffer.bytes()[at..])
                .filter(|it| self.is_likely(*it))
            else {
                at += 1;
                continue;
            };
            let end = at + self.header + header.captured;
            let is_followed = if buffer.fill(end + self.header)? {
                let next = self.read(&buffer.bytes()[end..]);
                next.is_some_and(|next| self.is_likely(next))
            } else {
                // The last record of the file ends with it.
                let held = buffer.bytes().len();
                held == end || (may_be_cut_off && held < end)
            };
            if is_followed {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(Some(at))
    }

    /// Whether it could be the header of a record, and is unlikely to be anything else.
    fn is_likely(&self, header: Header) -> bool {
        let fractions = if self.is_nanoseconds {
            1_000_000_000
        } else {
            1_000_000
        };
        header.captured > 0
            && header.captured <= self.limit
            && header.captured as u64 <= u64::from(header.original)
            && header.original as usize <= MAX_RECORD
            && header.fraction < fractions
            && self
                .last
                .is_none_or(|last| last.abs_diff(header.seconds) <= DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::super::CaptureFile;
    use super::*;

    const LENGTHS: [usize; 6] = [60, 1_500, 54, 900, 1_500, 54];

    /// The bytes of the frame with that number.
    fn frame(number: usize) -> Vec<u8> {
        (0..LENGTHS[number])
            .map(|at| u8::try_from((at * 7 + number * 31) % 251).unwrap() | 0x80)
            .collect()
    }

    /// A file, and where its records begin.
    fn file() -> (Vec<u8>, Vec<usize>) {
        let mut file = vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0];
        let words = |words: &[u32]| {
            words
                .iter()
                .flat_map(|it| it.to_le_bytes())
                .collect::<Vec<_>>()
        };
        file.extend(words(&[0, 0, 262_144, 1]));
        let mut starts = Vec::new();
        for (number, length) in LENGTHS.into_iter().enumerate() {
            starts.push(file.len());
            let length = u32::try_from(length).unwrap();
            file.extend(words(&[1_700_000_000, 5, length, length]));
            file.extend(frame(number));
        }
        (file, starts)
    }

    /// The frames that are read, and the flaws.
    fn read(file: &[u8]) -> (Vec<Vec<u8>>, Vec<(u64, FlawKind)>) {
        let mut file = CaptureFile::new(file).unwrap();
        let mut frames = Vec::new();
        while file.advance().is_some() {
            frames.push(file.frame().unwrap().bytes.to_vec());
        }
        let flaws = file.flaws().first.iter();
        (
            frames,
            flaws.map(|it| (it.offset, it.kind.clone())).collect(),
        )
    }

    #[test]
    fn a_record_of_which_a_part_is_missing_is_dropped_whole() {
        for (number, missing) in [(1, 100), (3, 1), (3, 880), (4, 20), (4, 100)] {
            let (mut damaged, starts) = file();
            let start = starts[number];
            damaged.drain(start + 16 + 9..start + 16 + 9 + missing);
            let (frames, flaws) = read(&damaged);
            let right = (0..LENGTHS.len()).filter(|it| *it != number).map(frame);
            assert_eq!(frames, right.collect::<Vec<_>>(), "{missing} of {number}");
            let length = 16 + LENGTHS[number] - missing;
            let flaw = (start as u64, FlawKind::Skipped(length as u64));
            assert_eq!(flaws, [flaw]);
        }
    }

    #[test]
    fn a_record_of_which_a_part_is_missing_is_dropped_in_front_of_one_that_is_cut_off() {
        let (mut damaged, starts) = file();
        damaged.drain(starts[4] + 100..starts[4] + 120);
        damaged.truncate(damaged.len() - 10);
        let (frames, flaws) = read(&damaged);
        assert_eq!(frames[..4], (0..4).map(frame).collect::<Vec<_>>());
        assert_eq!(frames[4..], [&frame(5)[..44]]);
        let start = starts[4] as u64;
        let cut_off = (start + 1_496, FlawKind::CutOff(60));
        assert_eq!(flaws, [(start, FlawKind::Skipped(1_496)), cut_off]);
    }

    #[test]
    fn zeros_in_the_place_of_the_next_header_are_none() {
        let (mut damaged, starts) = file();
        // 100 bytes of zeros around where the end of the frame was, and as many missing before.
        let end = starts[2];
        damaged.splice(end - 200..end, [0; 100]);
        damaged[end + 16..end + 50].fill(0);
        let (frames, _) = read(&damaged);
        for frame in &frames {
            assert!(frame.len() < 1_500 || *frame == self::frame(4));
        }
    }

    #[test]
    fn the_end_of_the_file_leaves_the_beginning_of_a_frame() {
        let (whole, starts) = file();
        let (frames, flaws) = read(&whole[..starts[4] + 16 + 70]);
        assert_eq!(frames[4], frame(4)[..70]);
        assert_eq!(flaws, [(starts[4] as u64, FlawKind::CutOff(86))]);
    }

    #[test]
    fn a_record_in_front_of_noise_is_whole() {
        let (mut damaged, starts) = file();
        damaged.splice(starts[2]..starts[2], [0xFF; 333]);
        let (frames, flaws) = read(&damaged);
        assert_eq!(frames, (0..LENGTHS.len()).map(frame).collect::<Vec<_>>());
        assert_eq!(flaws, [(starts[2] as u64, FlawKind::Skipped(333))]);
        // Behind the last one that could be, too.
        let (mut damaged, _) = file();
        let end = damaged.len() as u64;
        damaged.extend([0xFF; 40]);
        let (frames, flaws) = read(&damaged);
        assert_eq!(frames.len(), LENGTHS.len());
        assert_eq!(flaws, [(end, FlawKind::Skipped(40))]);
    }
}
