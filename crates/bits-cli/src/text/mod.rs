//! A stream as a person wants to read it: a tree with byte offsets.
//!
//! Every line begins with the offset of what it shows, in bytes from the start of the input. What is
//! shown of the wire is made [`Printable`], and stands on lines of its own: no message can pass off
//! its text for a note.

mod advice;
mod notes;
mod spot;
mod total;

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use bits_packet::{Body, Deviations, FieldLine};

use crate::sources::title;
use crate::stream::{End, Failure, Head, Message, Settings};
use crate::view::{Tally, View};
use bits_capture::printable::Printable;

use advice::advice;
pub(crate) use notes::{count, duration};
use notes::{like_head, notes};
use spot::{CUT, Line, Spot};
use total::Total;

const SOURCE: Style = Style::new().effects(Effects::BOLD.insert(Effects::UNDERLINE));
const FAINT: Style = Style::new().effects(Effects::DIMMED);
const PACKET: Style = AnsiColor::Green.on_default().effects(Effects::BOLD);
const NAME: Style = AnsiColor::Cyan.on_default();
const NOTE: Style = AnsiColor::Blue.on_default();
const DEVIATION: Style = AnsiColor::Yellow.on_default();
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);

/// How much of a longer value is shown, in bytes.
const SHOWN: usize = 200;

/// Prints a tree for each message. Colours are always there: the writer strips them where they are
/// not wanted.
#[derive(Debug)]
pub struct TextView {
    settings: Settings,
    /// The message whose body is being passed over.
    open: Option<Open>,
    total: Total,
}

/// What is shown of a message once it is over.
#[derive(Debug)]
struct Open {
    body_offset: u64,
    body: Body,
    is_response: bool,
    deviations: Deviations,
}

impl TextView {
    /// A view of streams that are read with `settings`.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        TextView {
            settings,
            open: None,
            total: Total::new(),
        }
    }
}

impl View for TextView {
    fn open(&mut self, source: &str, out: &mut dyn Write) -> io::Result<()> {
        if self.total.sources() > 0 {
            writeln!(out)?;
        }
        self.total.open(source);
        let name = Printable(title(source).as_bytes());
        writeln!(out, "{SOURCE}{name}{SOURCE:#}")
    }

    fn head(&mut self, head: &Head<'_>, out: &mut dyn Write) -> io::Result<()> {
        let message = &head.message;
        let name = message.packet_name().unwrap_or(match message {
            Message::Request(_) => "HTTP request",
            Message::Response(_) => "HTTP response",
        });
        let bytes = message.as_bytes();
        let line = bytes
            .split(|&byte| byte == b'\r')
            .next()
            .unwrap_or_default();
        gutter(head.offset, out)?;
        write!(out, "{PACKET}{name}{PACKET:#}  ")?;
        elided(line, out)?;
        writeln!(out)?;
        for line in message.fields() {
            field(head, &line, out)?;
        }
        self.open = Some(Open {
            body_offset: head.offset + bytes.len() as u64,
            body: message.body(),
            is_response: matches!(message, Message::Response(_)),
            deviations: message.deviations(),
        });
        Ok(())
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let branch = Branch::of(open.deviations.is_empty());
        gutter(open.body_offset, out)?;
        writeln!(out, "{FAINT}{branch}{FAINT:#} {}", body(open.body, end))?;
        if end.is_like_head {
            note(like_head(open.is_response), branch.below(), out)?;
        }
        let mut deviations = open.deviations.iter().peekable();
        while let Some(it) = deviations.next() {
            let branch = Branch::of(deviations.peek().is_none());
            margin(out)?;
            writeln!(
                out,
                "{FAINT}{branch}{FAINT:#} {DEVIATION}deviation {}{DEVIATION:#}: {} ({})",
                it.name(),
                it.explanation(),
                it.section(),
            )?;
        }
        Ok(())
    }

    fn failure(&mut self, failure: &Failure<'_>, out: &mut dyn Write) -> io::Result<()> {
        let fault = failure.fault;
        gutter(failure.offset, out)?;
        write!(out, "{ERROR}error{ERROR:#}  {}", fault.explanation())?;
        match fault.section() {
            Some(section) => writeln!(out, " ({section})")?,
            None => writeln!(out)?,
        }
        spot(failure, out)?;
        let mut advice = advice(failure, &self.settings).into_iter().peekable();
        while let Some(it) = advice.next() {
            let branch = Branch::of(advice.peek().is_none());
            margin(out)?;
            writeln!(out, "{FAINT}{branch}{FAINT:#} {it}")?;
        }
        Ok(())
    }

    fn close(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        self.total.close(tally);
        sum(tally, out)?;
        writeln!(out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.total.sources() < 2 {
            return Ok(());
        }
        let sources = count(self.total.sources(), "source");
        write!(out, "\n{FAINT}{sources}:{FAINT:#} ")?;
        sum(&self.total.tally(), out)?;
        writeln!(out, "{}", self.total.malformed())
    }
}

/// What the branches of the tree come from.
const TRUNK: &str = "│";

/// A branch of the tree.
struct Branch {
    is_last: bool,
}

impl Branch {
    const fn of(is_last: bool) -> Self {
        Branch { is_last }
    }

    /// What stands at its place in the lines below it.
    const fn below(&self) -> &'static str {
        if self.is_last { " " } else { TRUNK }
    }
}

impl std::fmt::Display for Branch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_last { "└─" } else { "├─" })
    }
}

/// The offset at the start of a line.
fn gutter(offset: u64, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{FAINT}{offset:>10}{FAINT:#}  ")
}

/// The same width without an offset.
fn margin(out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{:>10}  ", "")
}

fn field(head: &Head<'_>, line: &FieldLine<'_>, out: &mut dyn Write) -> io::Result<()> {
    gutter(head.offset + line.offset() as u64, out)?;
    let name = Printable(line.name());
    write!(out, "{FAINT}├─{FAINT:#} {NAME}{name}{NAME:#}: ")?;
    elided(line.value(), out)?;
    writeln!(out)?;
    for text in notes(line, &head.message) {
        note(&text, TRUNK, out)?;
    }
    Ok(())
}

/// What the line above means, under a trunk if the tree goes on.
fn note(text: &str, trunk: &str, out: &mut dyn Write) -> io::Result<()> {
    margin(out)?;
    writeln!(out, "{FAINT}{trunk}{FAINT:#}    {NOTE}= {text}{NOTE:#}")
}

/// The lines around a wrong byte, and what is wrong with it.
fn spot(failure: &Failure<'_>, out: &mut dyn Write) -> io::Result<()> {
    let fault = failure.fault;
    let wrong = failure.offset + fault.offset();
    let (spot, start) = match fault.error() {
        Some(error) => {
            let spot = Spot::of_head(failure.head, error.offset());
            (spot, failure.offset)
        }
        None => {
            let before = failure.body.len().saturating_sub(1) as u64;
            (Spot::of_body(failure.body), wrong.saturating_sub(before))
        }
    };
    for line in spot.lines {
        match line {
            Line::Text { offset, text } => {
                gutter(start + offset as u64, out)?;
                writeln!(out, "{FAINT}├─{FAINT:#} {text}")?;
            }
            Line::Gap => {
                margin(out)?;
                writeln!(out, "{FAINT}{TRUNK}  {CUT}{FAINT:#}")?;
            }
        }
    }
    margin(out)?;
    let (indent, kind) = (spot.column, fault.kind());
    writeln!(
        out,
        "{FAINT}{TRUNK}{FAINT:#}  {:indent$}{ERROR}^ {kind}{ERROR:#} at byte {wrong} of the input",
        ""
    )
}

/// What was found, without the end of the line.
fn sum(tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    let style = if tally.errors > 0 { ERROR } else { FAINT };
    write!(
        out,
        "{FAINT}{}, {}{FAINT:#}, {style}{}{style:#}",
        count(tally.messages, "message"),
        count(tally.packets, "packet"),
        count(tally.errors, "error"),
    )
}

/// The beginning of a text from the wire, and how long it is if that is not all of it.
fn elided(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let is_boundary = |&at: &usize| text.get(at).is_none_or(|byte| byte & 0xC0 != 0x80);
    let end = (SHOWN - 3..=SHOWN).rev().find(is_boundary).unwrap_or(SHOWN);
    match text.get(..end) {
        Some(start) if start.len() < text.len() => {
            let length = count(text.len() as u64, "byte");
            write!(out, "{} {FAINT}[{length}]{FAINT:#}", Printable(start))
        }
        _ => write!(out, "{}", Printable(text)),
    }
}

/// What there is of a body.
fn body(framing: Body, end: &End) -> String {
    let there = count(end.body_bytes, "byte");
    match (framing, end.whole) {
        (Body::Length(0), _) => "no body".to_owned(),
        (Body::Length(_), true) => format!("body: {there}"),
        (Body::Length(length), false) => {
            format!(
                "body: {} of {}, not whole",
                end.body_bytes,
                count(length, "byte")
            )
        }
        (Body::Chunked, true) => format!("body: {there} in chunks"),
        (Body::Chunked, false) => format!("body: {there} in chunks, not whole"),
        _ => format!("body: {there}, up to the end of the input"),
    }
}
