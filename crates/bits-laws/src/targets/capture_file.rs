//! Any bytes as a capture.

use std::io::{self, Read};

use bits_capture::file::{CaptureFile, CaptureFiles, Flaws, Input, Source, decompress};
use bits_capture::inspect::Sessions;
use bits_capture::session::{Files, Findings};
use bits_capture::tcp::Limits;
use bits_capture::{Analysis, Totals};

use crate::capture::Found;
use crate::corpus::Outcome;

/// The first byte picks limits, whether checksums count, how the bytes are cut into reads, and whether they are one capture or two; where two, the next
/// two bytes say how long the first one is; the others are the captures.
///
/// What is found does not hang on how the bytes come, nor on whether files are kept; what waits stays within the limits;
/// what is said of sessions agrees with itself; a file that is cut off is told to be; two files are read as one, in time.
pub fn capture_file(input: &[u8]) {
    let Some((control, capture)) = input.split_first() else {
        return;
    };
    if let Some(two) = two(*control, capture) {
        merged(two, *control);
        return;
    }
    let (found, totals, flaws) = analysed(capture, *control, Found::default());
    if capture.starts_with(&[0x1F, 0x8B]) || capture.starts_with(&[0x28, 0xB5]) {
        // How much a decompressor gives before it finds an error hangs on how much it is asked for.
        return;
    }
    if let (Ok(Flaws { count: 0, .. }), Some((_, cut))) = (&flaws, capture.split_last()) {
        let (frames, flaws) = frames(cut);
        assert!(
            flaws.is_none_or(|flaws| flaws.count > 0),
            "an end that is missed"
        );
        assert!(frames.len() as u64 + 1 >= totals.link.frames);
    }
    if let Some(expected) = well_formed(capture) {
        assert_eq!(frames(capture), (expected, Some(Flaws::default())));
        assert_eq!(flaws, Ok(Flaws::default()));
    }
    let piece = usize::from(control >> 4) + 1;
    let in_pieces = Pieces {
        rest: capture,
        piece,
    };
    let (again, again_totals, again_flaws) = analysed(in_pieces, *control, Sessions::default());
    assert_eq!(
        (totals, &flaws),
        (again_totals, &again_flaws),
        "reads of {piece} bytes"
    );
    assert_eq!(found.sessions.len(), again.sessions.len());
    for (one, other) in found.sessions.iter().zip(&again.sessions) {
        assert_eq!(
            (&one.id, &one.target, one.state),
            (&other.id, &other.target, other.state)
        );
        assert_eq!(one.content.seen, other.content.seen);
        assert_eq!(one.content.settled, other.content.settled);
        assert_eq!(one.times, other.times);
    }
    let sessions = found.sessions.len() as u64;
    assert_eq!(totals.session.sessions, sessions);
    assert!(totals.link.segments <= totals.link.frames);
}

/// The two captures of an input that has two.
fn two(control: u8, input: &[u8]) -> Option<[&[u8]; 2]> {
    let (length, captures) = input.split_first_chunk()?;
    let length = usize::from(u16::from_le_bytes(*length)).min(captures.len());
    let (one, other) = captures.split_at(length);
    (control & 4 != 0).then_some([one, other])
}

/// Files that are read together give the frames that each gives alone, those of the earlier time first.
fn merged(captures: [&[u8]; 2], control: u8) -> (Found, Totals) {
    let alone = captures.map(frames);
    let mut rest = [&alone[0].0[..], &alone[1].0[..]];
    let sources = captures.map(|bytes| Source {
        input: Input::Bytes {
            name: String::new(),
            bytes: bytes.into(),
        },
        wants_digest: false,
    });
    let mut files = CaptureFiles::open(sources.into());
    let mut analysis = analysis(control, Found::default());
    while let Some((index, frame)) = files.next_frame() {
        let expected = match rest.map(<[_]>::first) {
            [Some(one), Some(other)] => usize::from(other.0 < one.0),
            [one, _] => usize::from(one.is_none()),
        };
        assert_eq!(index, expected, "at {}", frame.time);
        let (first, others) = rest[index].split_first().expect("no more than alone");
        assert_eq!((frame.time, frame.bytes.len()), *first);
        rest[index] = others;
        analysis.frame(&frame);
        assert!(analysis.buffered() <= limits(control).total);
    }
    assert_eq!(rest, [&[][..]; 2], "less than alone");
    let (found, totals) = analysis.finish();
    for (report, (frames, flaws)) in files.reports().zip(&alone) {
        assert_eq!(report.frames, frames.len() as u64);
        assert_eq!(report.error.is_none(), flaws.is_some());
        assert_eq!(report.flaws, flaws.clone().unwrap_or_default());
    }
    assert_eq!(
        totals.link.frames,
        (alone[0].0.len() + alone[1].0.len()) as u64
    );
    (found, totals)
}

/// Time and length of each frame of a capture, and its flaws if it is one.
fn frames(capture: &[u8]) -> (Vec<(u64, usize)>, Option<Flaws>) {
    let mut frames = Vec::new();
    let Ok(mut file) = decompress(capture).and_then(CaptureFile::new) else {
        return (frames, None);
    };
    while let Some(time) = file.advance() {
        let frame = file.frame().expect("a frame that was moved to");
        assert_eq!(frame.time, time);
        frames.push((time, frame.bytes.len()));
    }
    (frames, Some(file.flaws().clone()))
}

/// Most of the time, checksums are not looked at: those of mutated bytes are wrong.
fn analysis<O: Files + Findings<O::File>>(control: u8, findings: O) -> Analysis<O> {
    let mut analysis = Analysis::new(limits(control), findings);
    if control & 8 == 0 {
        analysis.ignore_checksums();
    }
    analysis
}

fn limits(control: u8) -> Limits {
    match control & 3 {
        0 => Limits::default(),
        1 => Limits {
            connections: 2,
            connection: 2_000,
            total: 3_000,
            idle: 10_000_000_000,
        },
        2 => Limits {
            connections: 4,
            connection: 300,
            total: 100_000,
            ..Limits::default()
        },
        _ => Limits {
            connections: 1,
            connection: 10_000,
            total: 500,
            ..Limits::default()
        },
    }
}

fn analysed<O: Files + Findings<O::File>>(
    capture: impl Read,
    control: u8,
    findings: O,
) -> (O, Totals, Result<Flaws, String>) {
    let mut analysis = analysis(control, findings);
    let limits = limits(control);
    let opened = decompress(capture).and_then(CaptureFile::new);
    let flaws = match opened {
        Ok(mut file) => {
            let mut frames = 0u64;
            while file.advance().is_some() {
                let frame = file.frame().expect("a frame that was moved to");
                frames += 1;
                analysis.frame(&frame);
                assert!(
                    analysis.buffered() <= limits.total,
                    "{} waits, with {limits:?}",
                    analysis.buffered()
                );
            }
            let flaws = file.flaws().clone();
            let (findings, totals) = analysis.finish();
            assert_eq!(totals.link.frames, frames);
            return (findings, totals, Ok(flaws));
        }
        Err(error) => Err(error.to_string()),
    };
    let (findings, totals) = analysis.finish();
    (findings, totals, flaws)
}

/// What [`frames`] are of pcap without any flaw, read as simply as it can be. `None` where a record is odd: its neighbour may be
/// none.
fn well_formed(capture: &[u8]) -> Option<Vec<(u64, usize)>> {
    let (header, mut rest) = capture.split_at_checked(24)?;
    let (is_big, unit) = match header.first_chunk()? {
        [0xA1, 0xB2, 0xC3, 0xD4] => (true, 1_000),
        [0xD4, 0xC3, 0xB2, 0xA1] => (false, 1_000),
        [0xA1, 0xB2, 0x3C, 0x4D] => (true, 1),
        [0x4D, 0x3C, 0xB2, 0xA1] => (false, 1),
        _ => return None,
    };
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (record, data) = rest.split_at_checked(16)?;
        let (words, _) = record.as_chunks::<4>();
        let [seconds, fraction, captured, original] = *words else {
            return None;
        };
        let word = |bytes| match is_big {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        };
        let time = u64::from(word(seconds)) * 1_000_000_000 + u64::from(word(fraction)) * unit;
        let before = frames.last().map_or(time, |(time, _)| *time);
        let is_odd = u64::from(word(fraction)) * unit >= 1_000_000_000
            || !(1..=word(original)).contains(&word(captured))
            || word(original) > 1 << 24
            || time.abs_diff(before) > 80_000_000_000_000;
        if is_odd {
            return None;
        }
        let (data, behind) = data.split_at_checked(word(captured) as usize)?;
        frames.push((time, data.len()));
        rest = behind;
    }
    // No frame can be too large.
    (capture.len() < 1 << 16).then_some(frames)
}

/// Bytes that come so many at a time.
struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.piece.min(into.len()).min(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        into[..length].copy_from_slice(taken);
        self.rest = rest;
        Ok(length)
    }
}

/// What comes of an input: what was counted, and the sessions with what was seen of their files.
#[must_use]
pub fn outcome(input: &[u8]) -> Outcome {
    let Some((control, capture)) = input.split_first() else {
        return Outcome::nothing("capture");
    };
    let (found, totals, flaws) = match two(*control, capture) {
        Some(two) => {
            let (found, totals) = merged(two, *control);
            let count = |capture| Some(frames(capture).1?.count);
            let flaws = two.map(count).into_iter().map(Option::unwrap_or_default);
            let count = flaws.sum();
            (
                found,
                totals,
                Ok(Flaws {
                    count,
                    ..Flaws::default()
                }),
            )
        }
        None => analysed(capture, *control, Found::default()),
    };
    let sessions = found.sessions.iter().map(|session| {
        let seen = session.content.seen.as_slice();
        format!(
            "{} {} {seen:?}",
            session.state.name(),
            bits_packet::Escaped(&session.target)
        )
    });
    let sessions: Vec<_> = sessions.collect();
    let kind = match &flaws {
        Ok(flaws) => format!("{} frames, {} flaws", totals.link.frames, flaws.count),
        Err(error) => error.clone(),
    };
    Outcome {
        reading: "capture".to_owned(),
        outcome: if flaws.is_ok() { "read" } else { "refused" },
        kind,
        strict: String::new(),
        detail: sessions.join("; "),
    }
}
