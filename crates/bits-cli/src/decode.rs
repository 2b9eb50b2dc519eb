//! `bits decode`: from sources to a view of them.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::progress::Progress;
use crate::sources::{path_name, sources};
use crate::stream::{Decoder, Event, Settings};
use crate::view::{Tally, View};

/// How many bytes are read at once.
const PIECE: usize = 65_536;

/// What became of a source.
#[derive(Debug)]
pub struct Outcome {
    /// What was found.
    pub tally: Tally,
    /// Why the source could not be read to its end, if so.
    pub error: Option<io::Error>,
}

/// How all sources went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was found in them.
    pub tally: Tally,
    /// How many could not be read.
    pub unreadable: u64,
}

impl Summary {
    /// The exit status: 0 when something was found and all of it is good, 1 when nothing was found or
    /// something is malformed, 2 when something could not be read.
    #[must_use]
    pub const fn status(&self) -> u8 {
        match self {
            Summary {
                unreadable: 1.., ..
            } => 2,
            Summary { tally, .. } if tally.is_good() => 0,
            _ => 1,
        }
    }
}

impl From<Summary> for ExitCode {
    fn from(summary: Summary) -> Self {
        ExitCode::from(summary.status())
    }
}

/// Decodes all sources that `arguments` stand for, one after another.
///
/// A source that cannot be read is told on standard error, and the others are decoded. So is a source
/// without a message, and a folder without a file.
///
/// # Errors
///
/// When `out` fails.
pub fn decode(
    arguments: &[PathBuf],
    settings: Settings,
    view: &mut dyn View,
    out: &mut dyn Write,
) -> io::Result<Summary> {
    let mut summary = Summary::default();
    for argument in arguments {
        let sources = sources(argument);
        if sources.is_empty() {
            crate::remark(&path_name(argument), "the folder holds no file");
        }
        for source in sources {
            let (name, opened) = match source {
                Ok(source) => (source.name(), source.open()),
                Err(unreadable) => (path_name(&unreadable.path), Err(unreadable.error)),
            };
            let outcome = match opened {
                Ok(opened) => decode_opened(&name, opened, settings, view, out)?,
                Err(error) => Outcome {
                    tally: Tally::default(),
                    error: Some(error),
                },
            };
            summary.tally = summary.tally.plus(outcome.tally);
            if let Some(error) = outcome.error {
                summary.unreadable += 1;
                crate::complain(&name, &error);
            } else if outcome.tally == Tally::default() {
                crate::remark(&name, "no message found");
            }
        }
    }
    let mut text = Vec::new();
    view.finish(&mut text)?;
    print(&text, out)?;
    Ok(summary)
}

/// Decodes a source that was opened, with a progress bar if it is long.
fn decode_opened(
    name: &str,
    (input, length): (Box<dyn Read>, Option<u64>),
    settings: Settings,
    view: &mut dyn View,
    out: &mut dyn Write,
) -> io::Result<Outcome> {
    let mut progress = Progress::new(length);
    decode_source(name, input, settings, view, &mut |text, read| {
        progress.advance(read);
        if text.is_empty() {
            return Ok(());
        }
        progress.aside(|| print(text, out))
    })
}

/// Writes a text, if there is any, so that it is seen at once.
fn print(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    out.write_all(text)?;
    out.flush()
}

/// Decodes one source, in constant memory: `flush` is given what is to be printed of each piece, and
/// the length of the piece.
///
/// # Errors
///
/// When `flush` fails. That `input` fails is part of the outcome.
pub fn decode_source(
    name: &str,
    mut input: impl Read,
    settings: Settings,
    view: &mut dyn View,
    flush: &mut dyn FnMut(&[u8], u64) -> io::Result<()>,
) -> io::Result<Outcome> {
    let mut decoder = Decoder::new(settings);
    let mut tally = Tally::default();
    let mut text = Vec::new();
    let mut piece = vec![0; PIECE];
    view.open(name, &mut text)?;
    let error = loop {
        let length = match input.read(&mut piece) {
            Ok(0) => break None,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => break Some(error),
        };
        let mut rest = &piece[..length];
        while let Some(event) = decoder.push(&mut rest) {
            show(&event, &mut tally, view, &mut text)?;
        }
        flush(&text, length as u64)?;
        text.clear();
        if tally.errors > 0 {
            break None;
        }
    };
    while let Some(event) = decoder.finish() {
        show(&event, &mut tally, view, &mut text)?;
    }
    view.close(&tally, &mut text)?;
    flush(&text, 0)?;
    Ok(Outcome { tally, error })
}

fn show(
    event: &Event<'_>,
    tally: &mut Tally,
    view: &mut dyn View,
    text: &mut Vec<u8>,
) -> io::Result<()> {
    match event {
        Event::Head(head) => {
            tally.messages += 1;
            tally.packets += u64::from(head.message.packet_name().is_some());
            view.head(head, text)
        }
        Event::Body(_) => Ok(()),
        Event::End(end) => view.end(end, text),
        Event::Failure(failure) => {
            tally.errors += 1;
            view.failure(failure, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::json::JsonView;

    const PING: &[u8] = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\
        Content-Length: 0\r\n\r\n";

    /// Gives what it holds, piece by piece; then the input ends.
    struct Pieces(Vec<Result<&'static [u8], ErrorKind>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0)?;
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    /// The outcome, what was printed after each piece, and how many pieces were left.
    fn decode(pieces: &[Result<&'static [u8], ErrorKind>]) -> (Outcome, Vec<(usize, u64)>, usize) {
        let mut input = Pieces(pieces.to_vec());
        let mut view = JsonView::default();
        let mut printed = Vec::new();
        let mut flush = |text: &[u8], read| {
            let lines = text.iter().filter(|&&byte| byte == b'\n').count();
            printed.push((lines, read));
            Ok(())
        };
        let outcome = decode_source("-", &mut input, Settings::INTEROP, &mut view, &mut flush);
        (outcome.unwrap(), printed, input.0.len())
    }

    #[test]
    fn prints_after_each_piece_what_it_has_ended() {
        let (outcome, printed, _) = decode(&[Ok(&PING[..10]), Ok(&PING[10..]), Ok(PING)]);
        let length = PING.len() as u64;
        assert_eq!(printed, [(0, 10), (1, length - 10), (1, length), (0, 0)]);
        let tally = Tally {
            messages: 2,
            packets: 2,
            errors: 0,
        };
        assert_eq!(outcome.tally, tally);
        assert!(outcome.error.is_none());
    }

    #[test]
    fn reads_on_when_interrupted() {
        let (outcome, ..) = decode(&[
            Err(ErrorKind::Interrupted),
            Ok(&PING[..10]),
            Err(ErrorKind::Interrupted),
            Ok(&PING[10..]),
        ]);
        assert_eq!((outcome.tally.messages, outcome.tally.errors), (1, 0));
        assert!(outcome.error.is_none());
    }

    #[test]
    fn shows_what_was_there_before_the_input_failed() {
        let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
        let (outcome, printed, _) = decode(&[Ok(head), Err(ErrorKind::TimedOut)]);
        assert_eq!(printed, [(0, head.len() as u64), (1, 0)]);
        assert_eq!(outcome.tally.messages, 1);
        let error = outcome.error.map(|error| error.kind());
        assert_eq!(error, Some(ErrorKind::TimedOut));
    }

    #[test]
    fn stops_reading_after_a_malformed_message() {
        let (outcome, printed, left) = decode(&[Ok(b"GET\r\n\r\n"), Ok(PING), Ok(PING)]);
        assert_eq!(printed, [(1, 7), (0, 0)]);
        assert_eq!((outcome.tally.messages, outcome.tally.errors), (0, 1));
        assert_eq!(left, 2);
    }

    #[test]
    fn fails_when_its_output_does() {
        let mut view = JsonView::default();
        let mut flush = |_: &[u8], _| Err(ErrorKind::BrokenPipe.into());
        let outcome = decode_source("-", PING, Settings::INTEROP, &mut view, &mut flush);
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }

    #[test]
    fn keeps_no_more_of_a_long_body_than_a_piece() {
        let head = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
        let body = io::repeat(b'x').take(1_000_000_000);
        let mut view = JsonView::default();
        let (mut text_length, mut total) = (0, 0);
        let mut flush = |text: &[u8], read: u64| {
            assert!(read <= PIECE as u64);
            text_length += text.len();
            total += read;
            Ok(())
        };
        let input = head.chain(body);
        let outcome = decode_source("-", input, Settings::INTEROP, &mut view, &mut flush).unwrap();
        assert_eq!(outcome.tally.messages, 1);
        assert_eq!(total, head.len() as u64 + 1_000_000_000);
        assert!(text_length < 300);
    }
}
