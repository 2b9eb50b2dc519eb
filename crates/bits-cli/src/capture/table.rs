//! A session as a person wants to read it.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;

use anstyle::{AnsiColor, Effects, Style};
use bits_capture::hash::Hashes;
use bits_capture::printable::Printable;
use bits_capture::record::{FailureRecord, FileFacts, MAX_PRINTED, ReplyRecord, SessionRecord};
use bits_capture::session::State;

use crate::text::count;

const HEADING: Style = Style::new().effects(Effects::BOLD);
const GOOD: Style = AnsiColor::Green.on_default();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default();

/// How many holes and failures are shown; of more, the first ones.
const SHOWN: usize = 5;

/// How much of a text from the wire is shown, in characters.
const LONGEST: usize = 300;

/// A row of the table, and what is to be said below it. The heading stands above the first.
pub(super) fn row(session: &SessionRecord, is_first: bool, out: &mut dyn Write) -> io::Result<()> {
    // What may be wide comes last: nothing is known of the rows to come.
    if is_first {
        writeln!(
            out,
            "{HEADING}{:<20}  {:<9}  {:<21}  {:<21}  URL{HEADING:#}",
            "TIME (UTC)", "STATE", "BYTES", "CLIENT"
        )?;
    }
    let client = SocketAddr::new(session.orig_h, session.orig_p);
    let bytes = match session.total_bytes {
        Some(total) if session.complete => total.to_string(),
        Some(total) => format!("{} of {total}", session.seen_bytes),
        None if session.seen_bytes > 0 => format!("{} of ?", session.seen_bytes),
        None => "-".to_owned(),
    };
    let style = if session.complete { GOOD } else { DOUBTFUL };
    writeln!(
        out,
        "{}  {:<9}  {style}{bytes:<21}{style:#}  {client:<21}  {}",
        Time(&session.ts),
        session.state,
        Shown(&url(session)),
    )?;
    facts(session, out)?;
    course(session, out)?;
    hashes(&session.file, out)?;
    doubts(session, out)?;
    if let Some(reply) = &session.reply {
        self::reply(reply, out)?;
    }
    Ok(())
}

/// What came of all sessions: below the table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    sessions: u64,
    whole: u64,
    with_holes: u64,
    of_unknown_length: u64,
    refused: u64,
    unseen: u64,
}

impl Sum {
    pub(super) fn add(&mut self, session: &SessionRecord) {
        self.sessions += 1;
        let of = match session.total_bytes {
            _ if session.complete => &mut self.whole,
            Some(_) => &mut self.with_holes,
            None if session.seen_bytes > 0 => &mut self.of_unknown_length,
            None if session.state == State::Refused.name() => &mut self.refused,
            // Where a capture has lost something, that says nothing of what was sent.
            None => &mut self.unseen,
        };
        *of += 1;
    }

    pub(super) fn print(self, out: &mut dyn Write) -> io::Result<()> {
        let parts = [
            (self.whole, "whole"),
            (self.with_holes, "with holes"),
            (self.of_unknown_length, "of unknown length"),
            (self.refused, "refused"),
            (self.unseen, "of which nothing was seen"),
        ];
        let parts = parts.iter().filter(|(files, _)| *files > 0);
        let parts: Vec<_> = parts
            .map(|(files, what)| format!("{} {what}", count(*files, "file")))
            .collect();
        let sessions = count(self.sessions, "session");
        writeln!(out, "{HEADING}{sessions}{HEADING:#}: {}", parts.join(", "))
    }
}

/// What was sent, and by whom.
fn facts(session: &SessionRecord, out: &mut dyn Write) -> io::Result<()> {
    match session.filename.as_str() {
        "" => write!(out, "    file without a name")?,
        name => write!(out, "    file {}", Shown(name))?,
    }
    if let Some(id) = &session.session_id {
        write!(out, " · session {}", Shown(id))?;
    }
    if let Some(user) = &session.username {
        let scheme = session.auth_scheme.unwrap_or("?");
        write!(out, " · user {} ({scheme})", Shown(user))?;
    }
    if let Some(agent) = &session.user_agent {
        write!(out, " · agent {}", Shown(agent))?;
    }
    writeln!(out)
}

/// How it went.
fn course(session: &SessionRecord, out: &mut dyn Write) -> io::Result<()> {
    let server = SocketAddr::new(session.resp_h, session.resp_p);
    write!(
        out,
        "    server {server} · {} s · {}, {}",
        session.duration,
        count(session.requests, "request"),
        count(session.fragments, "Fragment"),
    )?;
    match session.retries {
        0 => {}
        1 => write!(out, ", 1 retry")?,
        retries => write!(out, ", {retries} retries")?,
    }
    if session.connections > 1 {
        write!(out, ", {}", count(session.connections, "connection"))?;
    }
    if let Some(acknowledged) = session.acknowledged_bytes {
        write!(out, " · acknowledged {acknowledged}")?;
    }
    writeln!(out)
}

fn hashes(file: &FileFacts, out: &mut dyn Write) -> io::Result<()> {
    let Hashes { md5, sha1, sha256 } = &file.hashes;
    for (name, hash) in [("md5", md5), ("sha1", sha1), ("sha256", sha256)] {
        if let Some(hash) = hash {
            writeln!(out, "    {name:<6} {hash}")?;
        }
    }
    Ok(())
}

/// What is not as it should be.
fn doubts(session: &SessionRecord, out: &mut dyn Write) -> io::Result<()> {
    if let Some(missing) = missing(&session.holes, session.missing_bytes) {
        writeln!(out, "    {missing}")?;
    }
    for failure in session.failures.iter().take(SHOWN) {
        self::failure(failure, out)?;
    }
    let more = session.failure_count.saturating_sub(SHOWN as u64);
    if more > 0 {
        writeln!(out, "    and {}", count(more, "more failure"))?;
    }
    if let Some(server) = session.moved_to {
        writeln!(out, "    moved to {server}")?;
    }
    for (number, what, happened) in [
        (
            session.malformed,
            "request",
            "malformed, and read as far as that goes",
        ),
        (
            session.conflicting_bytes,
            "byte",
            "sent again with another value after the server had acknowledged it: the first one counts",
        ),
        (
            session.overlap_conflicts,
            "byte",
            "of its TCP connections repeated with another value: the first one counts",
        ),
        (
            session.dropped_bytes,
            "byte",
            "dropped: too many holes, another length of the file than before, or a range that cannot be read",
        ),
    ] {
        if number > 0 {
            let counted = count(number, what);
            writeln!(out, "    {DOUBTFUL}{counted}{DOUBTFUL:#} {happened}")?;
        }
    }
    if session.evicted {
        writeln!(
            out,
            "    told before its end, as too many sessions were open"
        )?;
    }
    Ok(())
}

fn failure(failure: &FailureRecord, out: &mut dyn Write) -> io::Result<()> {
    let status = match failure.status_code {
        0 => "malformed answer".to_owned(),
        status => status.to_string(),
    };
    write!(
        out,
        "    {DOUBTFUL}{status}{DOUBTFUL:#} to {} at {}",
        failure
            .packet
            .unwrap_or("a request that is malformed or missing"),
        Time(&failure.ts),
    )?;
    if let Some(code) = &failure.error_code {
        write!(out, ": {code}")?;
    }
    if let Some(meaning) = &failure.meaning {
        write!(out, " {meaning}")?;
    }
    writeln!(out)
}

/// Where the holes of a file are, if there are any.
fn missing(holes: &[[u64; 2]], bytes: Option<u64>) -> Option<String> {
    if holes.is_empty() {
        return None;
    }
    let bytes = bytes.map_or_else(String::new, |bytes| count(bytes, "byte") + ": ");
    let first: Vec<_> = holes
        .iter()
        .take(SHOWN)
        .map(|[first, last]| format!("{first}-{last}"))
        .collect();
    let more = match holes.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more if holes.len() < MAX_PRINTED => format!(", and {}", count(more as u64, "more hole")),
        _ => ", and many more holes".to_owned(),
    };
    let first = first.join(", ");
    Some(format!(
        "{DOUBTFUL}missing{DOUBTFUL:#} {bytes}{first}{more}"
    ))
}

fn reply(reply: &ReplyRecord, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "    reply {}: ", Shown(&reply.url))?;
    match reply.total_bytes {
        Some(total) if reply.complete => write!(out, "{}", count(total, "byte"))?,
        Some(total) => write!(out, "{} of {}", reply.seen_bytes, count(total, "byte"))?,
        None if reply.seen_bytes > 0 => write!(out, "{} of ?", reply.seen_bytes)?,
        None => write!(out, "not in the capture")?,
    }
    if let Some(missing) = missing(&reply.holes, None) {
        write!(out, ", {missing}")?;
    }
    writeln!(out)?;
    hashes(&reply.file, out)
}

/// `2026-11-26 10:00:00Z`, from RFC 3339 with microseconds.
struct Time<'a>(&'a str);

impl fmt::Display for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, time) = self.0.split_once('T').unwrap_or((self.0, ""));
        write!(f, "{day} {}Z", time.get(..8).unwrap_or(time))
    }
}

pub(super) fn url(session: &SessionRecord) -> String {
    if session.uri.starts_with('/') {
        format!("http://{}{}", session.host, session.uri)
    } else {
        session.uri.clone()
    }
}

/// What a terminal may show of a text from the wire.
pub(super) struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// What the longest escape takes for each byte that it stands for, `\x1b`.
        const ESCAPED: usize = 4;
        let printable = Printable(self.0.as_bytes());
        if self.0.len() <= LONGEST / ESCAPED {
            return write!(f, "{printable:#}");
        }
        let shown = format!("{printable:#}");
        match shown.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}… ({} bytes)", &shown[..end], self.0.len()),
            None => f.write_str(&shown),
        }
    }
}
