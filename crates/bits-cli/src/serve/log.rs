//! The log of a server, on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;

use super::options::{LogFormat, LogLevel, Options};

/// Begins to write it.
pub(super) fn start(options: &Options) {
    let level = match options.log_level {
        Some(LogLevel::Error) => LevelFilter::ERROR,
        Some(LogLevel::Warn) => LevelFilter::WARN,
        None | Some(LogLevel::Info) => LevelFilter::INFO,
        Some(LogLevel::Debug) => LevelFilter::DEBUG,
    };
    // Text of the wire is only ever a field, and never a message: fields are quoted, control characters escaped.
    let log = fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_target(false);
    match options.log_format {
        Some(LogFormat::Json) => log.json().flatten_event(true).init(),
        None | Some(LogFormat::Text) => log.with_ansi(io::stderr().is_terminal()).init(),
    }
}
