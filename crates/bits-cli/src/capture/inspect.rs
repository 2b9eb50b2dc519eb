//! `bits inspect`

use std::io::{self, Write};
use std::process::ExitCode;

use bits_capture::hash::Hasher;
use bits_capture::http::Peers;
use bits_capture::printable::json_line;
use bits_capture::record::{FileFacts, SessionRecord};
use bits_capture::session::{Content, Files, Findings, Packet, Session};

use super::filter::Filter;
use super::packets::{self, PacketRecord};
use super::{Outcome, check, notes, read, table};
use crate::args::{Form, InspectArgs};

/// What is printed of a capture.
struct Inspector<'o> {
    filter: Filter,
    form: Form,
    shows_packets: bool,
    hashes: bool,
    legacy_hashes: bool,
    found: u64,
    sum: table::Sum,
    out: &'o mut dyn Write,
    error: Option<io::Error>,
}

/// A file that is hashed as long as it comes in order.
#[derive(Debug, Default)]
struct Hashed {
    digest: Hasher,
    length: u64,
    is_out_of_order: bool,
}

impl Hashed {
    fn facts(self, content: &Content) -> FileFacts {
        let is_right =
            content.is_whole() && !self.is_out_of_order && self.length == content.seen.end();
        let mut facts = FileFacts::default();
        if is_right {
            facts.hashes = self.digest.finish();
        }
        facts
    }
}

impl Files for Inspector<'_> {
    type File = Hashed;

    fn write(&mut self, file: &mut Hashed, offset: u64, bytes: &[u8], is_fresh: bool) {
        if offset == file.length && is_fresh {
            file.digest.update(bytes);
            file.length += bytes.len() as u64;
        } else {
            file.is_out_of_order = true;
        }
    }

    fn differing(&mut self, _: &mut Hashed, _: u64, _: &[u8]) -> Option<u64> {
        None
    }
}

impl Findings<Hashed> for Inspector<'_> {
    fn wants(&self, peers: &Peers, host: &[u8]) -> bool {
        self.filter.wants(peers, host)
    }

    fn packet(&mut self, packet: &Packet<'_>) {
        if !self.shows_packets || !self.filter.is_late_enough(packet.time) {
            return;
        }
        if !self.filter.wants(packet.peers, packet.host) {
            return;
        }
        let printed = match self.form {
            Form::Text => packets::line(packet, self.out),
            Form::Json => json_line(&PacketRecord::new(packet), self.out),
        };
        let flushed = printed.and_then(|()| self.out.flush());
        self.note(flushed);
    }

    fn create(&mut self, _: &Session<Hashed>, _: bool) -> Option<Hashed> {
        self.hashes.then(|| Hashed {
            digest: Hasher::new(self.legacy_hashes),
            ..Hashed::default()
        })
    }

    fn session(&mut self, mut session: Session<Hashed>) {
        if !self.filter.is_late_enough(session.times.1) {
            return;
        }
        self.found += 1;
        if self.shows_packets {
            return;
        }
        let facts = session.file.take().map(|file| file.facts(&session.content));
        let reply = session.reply.as_mut().and_then(|reply| {
            let file = reply.file.take()?;
            Some(file.facts(&reply.content))
        });
        let record = SessionRecord::new(
            &session,
            facts.unwrap_or_default(),
            reply.unwrap_or_default(),
        );
        let printed = match self.form {
            Form::Json => json_line(&record, self.out),
            Form::Text => {
                self.sum.add(&record);
                table::row(&record, self.found == 1, self.out)
            }
        };
        self.note(printed);
    }
}

impl Inspector<'_> {
    fn note(&mut self, printed: io::Result<()>) {
        if let Err(error) = printed {
            self.error.get_or_insert(error);
        }
    }
}

impl Outcome for Inspector<'_> {
    fn failure(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    fn reads(&mut self, _: usize) {}
}

/// Prints what is in captures.
///
/// # Errors
///
/// When standard output fails.
pub(crate) fn inspect(arguments: &InspectArgs) -> io::Result<ExitCode> {
    check(&arguments.captures, "inspect");
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    let inspector = Inspector {
        filter: Filter::new(&arguments.captures),
        form: arguments.format,
        shows_packets: arguments.packets,
        hashes: arguments.hash,
        legacy_hashes: arguments.legacy_hashes,
        found: 0,
        sum: table::Sum::default(),
        out: &mut out,
        error: None,
    };
    let (inspector, totals, files) = read(&arguments.captures, false, inspector)?;
    let found = inspector.found;
    let is_table = arguments.format == Form::Text && !arguments.packets;
    if is_table && found > 1 {
        inspector.sum.print(inspector.out)?;
    }
    out.flush()?;
    let is_unreadable = notes::print(&totals, &files, found);
    Ok(ExitCode::from(match (is_unreadable, found) {
        (true, _) => 2,
        (false, 0) => 1,
        (false, _) => 0,
    }))
}
