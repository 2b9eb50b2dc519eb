//! `bits extract`

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use bits_capture::extract::{Extracted, Folder, MANIFEST, Manifest};
use bits_capture::file::CaptureFiles;
use bits_capture::http::Peers;
use bits_capture::printable::Printable;
use bits_capture::record::{FileFacts, SessionRecord, timestamp};
use bits_capture::session::{Files, Findings, Packet, Session, State};
use serde::Serialize;

use super::filter::Filter;
use super::{Outcome, check, notes, read};
use crate::args::ExtractArgs;
use crate::complain;
use crate::sources::path_name;
use crate::text::{ERROR, count};

/// What is written of a capture.
struct Extractor<'o> {
    filter: Filter,
    folder: Folder,
    manifest: Manifest,
    out: &'o mut dyn Write,
    /// Why the files are not printed any more: they are written all the same.
    unprinted: Option<io::Error>,
    /// Which capture is read.
    source: usize,
    names: Vec<String>,
    sessions: u64,
    files: u64,
    not_whole: u64,
    failed: u64,
    /// Sessions that were refused.
    refused: u64,
    /// What is wrong with the manifest.
    error: Option<io::Error>,
}

/// A file, and the captures that its bytes come from.
#[derive(Debug)]
struct File {
    extracted: Extracted,
    sources: Vec<usize>,
}

/// A line of the manifest.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Run {
        tool: &'static str,
        version: &'static str,
        started: String,
        captures: &'a [String],
    },
    Session {
        #[serde(flatten)]
        session: &'a SessionRecord,
        captures: Vec<&'a str>,
    },
    Capture {
        capture: &'a str,
        sha256: Option<&'a str>,
        frames: u64,
        flaws: Vec<String>,
        flaw_count: u64,
        error: Option<String>,
    },
    End {
        finished: String,
        sessions: u64,
        files: u64,
        incomplete: u64,
        failed: u64,
    },
}

impl Files for Extractor<'_> {
    type File = File;

    fn write(&mut self, file: &mut File, offset: u64, bytes: &[u8], is_fresh: bool) {
        if file.sources.last() != Some(&self.source) && !file.sources.contains(&self.source) {
            file.sources.push(self.source);
        }
        self.folder
            .write(&mut file.extracted, offset, bytes, is_fresh);
    }

    fn differing(&mut self, file: &mut File, offset: u64, bytes: &[u8]) -> Option<u64> {
        self.folder.differing(&mut file.extracted, offset, bytes)
    }
}

impl Findings<File> for Extractor<'_> {
    fn wants(&self, peers: &Peers, host: &[u8]) -> bool {
        self.filter.wants(peers, host)
    }

    fn packet(&mut self, _: &Packet<'_>) {}

    fn create(&mut self, session: &Session<File>, is_reply: bool) -> Option<File> {
        Some(File {
            extracted: self.folder.begin(session, is_reply),
            sources: Vec::new(),
        })
    }

    fn discard(&mut self, mut session: Session<File>) {
        let reply = session.reply.take().and_then(|reply| reply.file);
        for file in [session.file, reply].into_iter().flatten() {
            self.folder.discard(&file.extracted);
        }
    }

    fn session(&mut self, mut session: Session<File>) {
        if !self.filter.is_late_enough(session.times.1) {
            return self.discard(session);
        }
        let file = session.file.take();
        let reply = session.reply.as_mut().and_then(|reply| reply.file.take());
        self.sessions += 1;
        self.refused += u64::from(session.state == State::Refused);
        let mut sources: Vec<usize> = Vec::new();
        let mut end = |folder: &mut Folder, file: Option<File>, content| {
            let Some(file) = file else {
                return FileFacts::default();
            };
            sources.extend(&file.sources);
            folder.end(file.extracted, content)
        };
        let facts = end(&mut self.folder, file, &session.content);
        let reply_facts = match &session.reply {
            Some(announced) => end(&mut self.folder, reply, &announced.content),
            None => FileFacts::default(),
        };
        sources.sort_unstable();
        sources.dedup();
        let record = SessionRecord::new(&session, facts, reply_facts);
        if let Err(error) = self.record(&record, &sources) {
            self.error.get_or_insert(error);
            for (facts, ..) in files_of(&record) {
                // Why the manifest cannot be written says why this cannot be done, if so.
                let _ = self.folder.unname(facts);
            }
            return;
        }
        for (facts, is_complete, seen, total) in files_of(&record) {
            self.count(facts, is_complete, seen, total);
        }
    }
}

/// What is told of the file of a session, and of its reply.
fn files_of(session: &SessionRecord) -> impl Iterator<Item = (&FileFacts, bool, u64, Option<u64>)> {
    let file = (
        &session.file,
        session.complete,
        session.seen_bytes,
        session.total_bytes,
    );
    let reply = session.reply.as_ref().map(|reply| {
        (
            &reply.file,
            reply.complete,
            reply.seen_bytes,
            reply.total_bytes,
        )
    });
    [Some(file), reply].into_iter().flatten()
}

impl Extractor<'_> {
    /// A file is over.
    fn count(&mut self, facts: &FileFacts, is_complete: bool, seen: u64, total: Option<u64>) {
        if let Some(error) = &facts.file_error {
            self.failed += 1;
            let name = facts.extracted.as_deref().unwrap_or("a file");
            anstream::eprintln!("{ERROR}error:{ERROR:#} {name}: {error}");
        }
        // What has bytes in the capture, and what was found whole though it is empty.
        let Some(name) = &facts.extracted else {
            self.not_whole += u64::from(!is_complete && (total.is_some() || seen > 0));
            return;
        };
        self.files += 1;
        let line = if is_complete {
            let sha256 = facts.hashes.sha256.as_deref().unwrap_or("-");
            format!("{sha256:<64}  {name}  {}", count(seen, "byte"))
        } else {
            self.not_whole += 1;
            let total = total.map_or_else(|| "? bytes".to_owned(), |total| count(total, "byte"));
            // How much was seen is not how much could be written.
            let stored = match facts.file_error {
                Some(_) => "some".to_owned(),
                None => seen.to_string(),
            };
            format!("{:-<64}  {name}  {stored} of {total}", "not whole ")
        };
        if self.unprinted.is_none() {
            self.unprinted = writeln!(self.out, "{line}").err();
        }
    }

    /// The line of a session. It is in the manifest before anything comes of the next one.
    fn record(&mut self, record: &SessionRecord, sources: &[usize]) -> io::Result<()> {
        let captures = sources.iter().filter_map(|source| self.names.get(*source));
        let line = Line::Session {
            session: record,
            captures: captures.map(String::as_str).collect(),
        };
        self.manifest.line(&line)
    }

    /// The last lines of the manifest.
    fn finish(&mut self, captures: &CaptureFiles) -> io::Result<()> {
        for report in captures.reports() {
            let line = Line::Capture {
                capture: &report.name,
                sha256: report.sha256.as_deref(),
                frames: report.frames,
                flaws: report.flaws.first.iter().map(ToString::to_string).collect(),
                flaw_count: report.flaws.count,
                error: report.error.as_ref().map(ToString::to_string),
            };
            self.manifest.line(&line)?;
        }
        let line = Line::End {
            finished: now(),
            sessions: self.sessions,
            files: self.files,
            incomplete: self.not_whole,
            failed: self.failed,
        };
        self.manifest.line(&line)
    }
}

impl Outcome for Extractor<'_> {
    fn failure(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    fn reads(&mut self, source: usize) {
        self.source = source;
    }
}

fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    timestamp(since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }))
}

/// Writes the files that are in captures. Whether standard output can be written to is no matter for them.
///
/// # Errors
///
/// When standard output fails, once all is done.
pub(crate) fn extract(arguments: &ExtractArgs) -> io::Result<ExitCode> {
    check(&arguments.captures, "extract");
    let (folder, manifest) = match Folder::create(
        &arguments.output,
        arguments.max_file.as_u64(),
        arguments.legacy_hashes,
    ) {
        Ok(created) => created,
        Err(error) => {
            refuse(&arguments.output, &error);
            return Ok(ExitCode::from(2));
        }
    };
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    let names = arguments
        .captures
        .files
        .iter()
        .map(|path| path.to_string_lossy().into_owned());
    let mut extractor = Extractor {
        filter: Filter::new(&arguments.captures),
        folder,
        manifest,
        out: &mut out,
        unprinted: None,
        source: 0,
        names: names.collect(),
        sessions: 0,
        files: 0,
        not_whole: 0,
        failed: 0,
        refused: 0,
        error: None,
    };
    let run = Line::Run {
        tool: "bits",
        version: env!("CARGO_PKG_VERSION"),
        started: now(),
        captures: &extractor.names,
    };
    let done = extractor
        .manifest
        .line(&run)
        .and_then(|()| read(&arguments.captures, true, extractor))
        .and_then(|(mut extractor, totals, captures)| {
            extractor.finish(&captures)?;
            Ok((extractor, totals, captures))
        });
    let (extractor, totals, captures) = match done {
        Ok(done) => done,
        Err(error) => {
            complain(&manifest_of(&arguments.output), &error);
            return Ok(ExitCode::from(2));
        }
    };
    let (sessions, files) = (extractor.sessions, extractor.files);
    let (not_whole, failed) = (extractor.not_whole, extractor.failed);
    let refused = extractor.refused;
    let unprinted = extractor.unprinted;
    let printed = unprinted.map_or_else(|| out.flush(), Err);
    let is_unreadable = notes::print(&totals, &captures, sessions);
    match printed {
        // Whoever reads has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
        _ => {}
    }
    if files > 0 {
        let files = count(files, "file");
        let partly = match not_whole {
            0 => String::new(),
            files => format!(", {files} not whole"),
        };
        let manifest = manifest_of(&arguments.output);
        let manifest = Printable(manifest.as_bytes());
        anstream::eprintln!("{files}{partly}: see {manifest:#}");
    }
    if files == 0 && failed == 0 && sessions > 0 {
        anstream::eprintln!("{}", no_file(sessions, refused));
    }
    Ok(ExitCode::from(if is_unreadable {
        2
    } else if arguments.require_complete && not_whole > 0 {
        1
    } else if failed > 0 {
        2
    } else {
        u8::from(files == 0)
    }))
}

/// Why there is no file, though there are sessions.
fn no_file(sessions: u64, refused: u64) -> String {
    let found = count(sessions, "session");
    let refused = match refused {
        0 => String::new(),
        all if all == sessions => " and refused".to_owned(),
        some => format!(", {some} of them refused"),
    };
    format!("{found} found{refused}, and no byte of a file that could be written")
}

fn manifest_of(output: &Path) -> String {
    path_name(&output.join(MANIFEST))
}

/// Says why nothing is written into a folder, and what to do.
fn refuse(output: &Path, error: &io::Error) {
    let name = path_name(output);
    let name = Printable(name.as_bytes());
    let why = match error.kind() {
        io::ErrorKind::AlreadyExists if output.is_dir() => {
            format!("there is a {MANIFEST} in it: name another folder, so that nothing is mixed up")
        }
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            format!("{error}: name a folder, or what is to be one")
        }
        io::ErrorKind::PermissionDenied => format!("{error}: get the right to write there"),
        _ => error.to_string(),
    };
    anstream::eprintln!("{ERROR}error:{ERROR:#} {name:#}: {why}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_sessions_without_a_file_it_is_told_how_many_were_refused() {
        let end = "and no byte of a file that could be written";
        assert_eq!(no_file(2, 0), format!("2 sessions found, {end}"));
        assert_eq!(no_file(1, 1), format!("1 session found and refused, {end}"));
        assert_eq!(
            no_file(3, 1),
            format!("3 sessions found, 1 of them refused, {end}")
        );
    }
}
