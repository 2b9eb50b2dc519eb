//! The library behind the command `bits`.
//!
//! `bits decode` reads byte streams of the BITS upload protocol ([MC-BUP]: HTTP/1.1, verb
//! `BITS_POST`) and shows their packets, as a tree or as JSON. `bits inspect` and `bits extract` are on top of
//! `bits-capture`: sessions and files out of captures. `bits send` and `bits ping` speak it, by
//! `bits-client`, with the feature `client`; `bits serve`, `bits sessions` and `bits passwd` are on top of
//! `bits-server`, with the feature `server`. Both are on by default.
//!
//! * [`stream`] cuts a stream into messages. It does no input and no output, and keeps at most one
//!   head in memory.
//! * [`record`] is what is printed of a message as JSON.
//! * [`json`] and [`text`] are the two [views](view::View) of a stream.
//! * [`sources`] finds what there is to read, [`decode`] puts all together, and [`run`] is the whole
//!   command.
//!
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod args;
mod capture;
pub mod decode;
pub mod json;
#[cfg(feature = "server")]
pub mod passwd;
mod progress;
pub mod record;
#[cfg(feature = "server")]
pub mod serve;
#[cfg(feature = "server")]
pub mod sessions;
pub mod sources;
pub mod stream;
pub mod text;
#[cfg(feature = "client")]
mod upload;
pub mod view;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstream::adapter::strip_bytes;
use anstream::{AutoStream, ColorChoice};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use clap_mangen::Man;

use args::{Cli, DecodeArgs, Format, Verb};
use bits_capture::printable::Printable;
use json::JsonView;
use sources::title;
use text::{ERROR, TextView};

/// Runs the command line of this process, and gives its exit status.
#[must_use]
pub fn run() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Decode(arguments) => decode(&arguments),
        Verb::Inspect(arguments) => capture::inspect(&arguments),
        Verb::Extract(arguments) => capture::extract(&arguments),
        #[cfg(feature = "server")]
        Verb::Serve(arguments) => Ok(serve::serve(*arguments)),
        #[cfg(feature = "server")]
        Verb::Sessions { verb } => sessions::sessions(&verb),
        #[cfg(feature = "client")]
        Verb::Send(arguments) => upload::send(&arguments),
        #[cfg(feature = "client")]
        Verb::Ping(arguments) => upload::ping(&arguments),
        #[cfg(feature = "server")]
        Verb::Passwd(arguments) => Ok(passwd::passwd(&arguments)),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "bits", &mut script);
            print(&script)
        }
        Verb::Man { verb } => manual(verb.as_deref()),
    };
    match done {
        Ok(status) => status,
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain("standard output", &error);
            ExitCode::from(2)
        }
    }
}

fn decode(arguments: &DecodeArgs) -> io::Result<ExitCode> {
    let Some(inputs) = arguments.inputs(io::stdin().is_terminal()) else {
        let what = "nothing to decode: name a file or a folder, or pipe a stream in";
        misuse("decode", ErrorKind::MissingRequiredArgument, what).exit();
    };
    let settings = arguments.settings();
    let mut stdout = io::stdout().lock();
    let summary = match arguments.format {
        Format::Json => decode::decode(&inputs, settings, &mut JsonView::default(), &mut stdout),
        Format::Text => {
            let mut view = TextView::new(settings);
            let mut out: Box<dyn Write> = match AutoStream::choice(&stdout) {
                ColorChoice::Never => Box::new(Plain {
                    text: Vec::new(),
                    out: stdout,
                }),
                _ => Box::new(AutoStream::always(stdout)),
            };
            decode::decode(&inputs, settings, &mut view, &mut out)
        }
    };
    summary.map(ExitCode::from)
}

/// Drops the colours of what is written, and hands it on in one piece when it is flushed:
/// `anstream` would hand on every word by itself.
struct Plain<W> {
    text: Vec<u8>,
    out: W,
}

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        strip_bytes(text).for_each(|piece| self.text.extend_from_slice(piece));
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.text)?;
        self.text.clear();
        self.out.flush()
    }
}

fn manual(verb: Option<&str>) -> io::Result<ExitCode> {
    let mut command = Cli::command();
    command.build();
    let page = match verb {
        None => Man::new(command),
        Some(verb) => match command.find_subcommand(verb) {
            Some(verb) => Man::new(verb.clone()),
            None => {
                let what = "there is no such verb: see `bits help`";
                misuse("man", ErrorKind::InvalidSubcommand, what).exit()
            }
        },
    };
    let mut text = Vec::new();
    page.source(concat!("bits ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands")
        .render(&mut text)?;
    print(&text)
}

fn print(text: &[u8]) -> io::Result<ExitCode> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text)?;
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// An error that ends the process with status 2, and shows the usage of `verb`.
fn misuse(verb: &str, kind: ErrorKind, message: &str) -> clap::Error {
    let mut command = Cli::command();
    command.build();
    match command.find_subcommand_mut(verb) {
        Some(verb) => verb.error(kind, message),
        None => command.error(kind, message),
    }
}

/// Says on standard error what cannot be read or written, and what to do if that is known.
fn complain(what: &str, error: &io::Error) {
    let what = Printable(title(what).as_bytes());
    let advice = advice(error.kind());
    anstream::eprintln!("{ERROR}error:{ERROR:#} {what}: {error}{advice}");
}

/// Says on standard error why nothing is printed of a source or a folder.
fn remark(what: &str, message: &str) {
    let what = Printable(title(what).as_bytes());
    anstream::eprintln!("{what}: {message}");
}

fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "; name a file, a folder, or `-` for standard input",
        io::ErrorKind::PermissionDenied => "; get the right to read it",
        io::ErrorKind::IsADirectory => "; name the folder as an argument: `bits decode FOLDER`",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_to_do_about_a_path_that_cannot_be_read() {
        let known = [
            (
                io::ErrorKind::NotFound,
                "; name a file, a folder, or `-` for standard input",
            ),
            (
                io::ErrorKind::PermissionDenied,
                "; get the right to read it",
            ),
            (
                io::ErrorKind::IsADirectory,
                "; name the folder as an argument: `bits decode FOLDER`",
            ),
            (io::ErrorKind::TimedOut, ""),
        ];
        for (kind, expected) in known {
            assert_eq!(advice(kind), expected);
        }
    }

    #[test]
    fn shows_the_usage_of_the_verb_that_is_misused() {
        for (verb, usage) in [
            ("decode", "Usage: bits decode [OPTIONS] [FILE|DIR|-]...\n"),
            ("man", "Usage: bits man [VERB]\n"),
        ] {
            let error = misuse(verb, ErrorKind::InvalidSubcommand, "what is wrong");
            let text = error.to_string();
            assert!(text.starts_with("error: what is wrong\n"), "{text}");
            assert!(text.contains(usage), "{text}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
