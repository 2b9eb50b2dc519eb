//! `bits inspect` and `bits extract`: captures, read by `bits-capture`.

mod extract;
mod filter;
mod inspect;
mod notes;
mod packets;
mod table;

pub(crate) use extract::extract;
pub(crate) use inspect::inspect;

use std::io;

use bits_capture::file::{CaptureFiles, Input, Source};
use bits_capture::session::{Files, Findings};
use bits_capture::tcp::Limits;
use bits_capture::{Analysis, Totals};

use clap::error::ErrorKind;

use crate::args::Captures;
use crate::misuse;
use crate::progress::Progress;

/// After how many frames the progress is looked at.
const STEP: u64 = 4_096;

/// What a record of a capture takes beside its frame, in bytes, about.
const RECORD: u64 = 16;

/// What can fail while something is found.
trait Outcome {
    /// Why it cannot go on, if so.
    fn failure(&mut self) -> Option<io::Error>;

    /// The next frame is of the capture with this index.
    fn reads(&mut self, source: usize);
}

/// Reads captures to their end, or until `findings` fails.
fn read<O>(
    captures: &Captures,
    wants_digest: bool,
    findings: O,
) -> io::Result<(O, Totals, CaptureFiles)>
where
    O: Files + Findings<O::File> + Outcome,
{
    let inputs = captures.files.iter().map(|path| match path.to_str() {
        Some("-") => Input::Standard,
        _ => Input::File(path.clone()),
    });
    let sources = inputs.map(|input| Source {
        input,
        wants_digest,
    });
    let mut files = CaptureFiles::open(sources.collect());
    let mut progress = Progress::new(length(captures));
    let mut analysis = Analysis::new(Limits::default(), findings);
    if captures.ignore_checksums {
        analysis.ignore_checksums();
    }
    let mut bytes = 0;
    for count in 1u64.. {
        let Some((source, frame)) = files.next_frame() else {
            break;
        };
        bytes += frame.bytes.len() as u64 + RECORD;
        analysis.findings_mut().reads(source);
        analysis.frame(&frame);
        if count.is_multiple_of(STEP) {
            progress.advance(std::mem::take(&mut bytes));
            if let Some(error) = analysis.findings_mut().failure() {
                return Err(error);
            }
        }
    }
    drop(progress);
    let (mut findings, totals) = analysis.finish();
    match findings.failure() {
        Some(error) => Err(error),
        None => Ok((findings, totals, files)),
    }
}

/// Ends the process if standard input is named more than once.
fn check(captures: &Captures, verb: &str) {
    if captures.is_input_named_again() {
        let what = "standard input can be read once: name `-` once";
        misuse(verb, ErrorKind::ArgumentConflict, what).exit();
    }
}

/// How long all captures are together, if that says how much there is to read.
fn length(captures: &Captures) -> Option<u64> {
    let is_compressed = |path: &std::path::Path| {
        path.extension()
            .is_some_and(|extension| extension == "gz" || extension == "zst")
    };
    let lengths = captures.files.iter().map(|path| {
        let metadata = path.metadata().ok()?;
        (metadata.is_file() && !is_compressed(path)).then_some(metadata.len())
    });
    lengths.sum()
}
