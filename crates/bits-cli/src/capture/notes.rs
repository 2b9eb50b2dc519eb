//! What is to be known of a capture beside its sessions: on standard error.

use std::io;

use bits_capture::Totals;
use bits_capture::file::CaptureFiles;
use bits_capture::printable::Printable;

use crate::sources::title;
use crate::text::{ERROR, count, duration};

/// How far the times of a capture may step back without a word, in seconds: clocks of interfaces differ.
const STEP_BACK: u64 = 60;

/// Says what could not be read, and what was passed over. `true` if a capture could not be read at all.
pub(super) fn print(totals: &Totals, files: &CaptureFiles, found: u64) -> bool {
    let mut is_unreadable = false;
    for file in files.reports() {
        let name = Printable(title(&file.name).as_bytes());
        if let Some(error) = &file.error {
            is_unreadable = true;
            let text = error.to_string();
            let text = Printable(text.as_bytes());
            let advice = advice(error.kind());
            anstream::eprintln!("{ERROR}error:{ERROR:#} {name:#}: {text:#}{advice}");
        }
        for flaw in &file.flaws.first {
            let flaw = flaw.to_string();
            anstream::eprintln!("{name:#}: {:#}", Printable(flaw.as_bytes()));
        }
        let more = file.flaws.count - file.flaws.first.len() as u64;
        if more > 0 {
            anstream::eprintln!("{name:#}: and {} like that", count(more, "more place"));
        }
        let step_back = file.step_back / 1_000_000_000;
        if step_back > STEP_BACK {
            let time = duration(u32::try_from(step_back).unwrap_or(u32::MAX));
            anstream::eprintln!(
                "{name:#}: times step back by {time}: frames are taken in the order in which they stand there"
            );
        }
    }
    for note in notes(totals) {
        anstream::eprintln!("note: {note}");
    }
    let frames = totals.link.frames;
    if found == 0 && (frames > 0 || !is_unreadable) {
        anstream::eprintln!("{}", nothing(totals));
    }
    is_unreadable
}

/// What to do about a capture that cannot be read.
const fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "; name a capture, or `-` for standard input",
        io::ErrorKind::PermissionDenied => "; get the right to read it",
        io::ErrorKind::IsADirectory => "; name the captures in it",
        _ => "",
    }
}

/// Why there is no session to tell of.
fn nothing(totals: &Totals) -> String {
    let sessions = totals.session.sessions;
    if sessions > 0 {
        return format!(
            "{} found, and none that --host, --client and --since ask for",
            count(sessions, "session")
        );
    }
    let frames = count(totals.link.frames, "frame");
    match totals.http.other {
        0 => format!("no session of BITS was found in {frames}"),
        other => format!(
            "no session of BITS was found in {frames}; {} with neither HTTP/1 nor TLS",
            count(other, "connection")
        ),
    }
}

/// What was passed over, by what there is of it.
fn notes(totals: &Totals) -> Vec<String> {
    let (link, tcp, http, session) = (&totals.link, &totals.tcp, &totals.http, &totals.session);
    let bytes = &tcp.bytes;
    let missing = count(bytes.missing, "byte");
    let gaps =
        format!("in TCP streams, {missing} in all: lost by the capture, or before it begins");
    let all = [
        (
            http.tls,
            "TLS connection",
            "that cannot be read without its keys",
        ),
        (
            link.unknown_link,
            "frame",
            "of a link type that is not looked into",
        ),
        (
            link.tunnels,
            "frame",
            "in tunnels or link layers that are not looked into (PPPoE, MPLS, GRE, IP in IP)",
        ),
        (
            link.malformed,
            "frame",
            "with headers that are cut off or wrong: passed over",
        ),
        (
            link.cut,
            "frame",
            "not captured in full: cut off by a snap length (capture with `-s 0`), or where the file ends",
        ),
        (
            link.unfinished,
            "IP packet",
            "of which not all fragments are there: passed over",
        ),
        (
            tcp.damaged,
            "segment",
            "with a wrong checksum, where others are right: passed over (`--ignore-checksums` takes them)",
        ),
        (bytes.gaps, "hole", gaps.as_str()),
        (
            bytes.conflicting,
            "byte",
            "of TCP streams repeated with another value: the first one counts",
        ),
        (
            bytes.stray,
            "byte",
            "far from their TCP streams, or too late for them: dropped",
        ),
        (
            tcp.late,
            "segment",
            "with bytes that had not been seen of TCP connections that were over: dropped",
        ),
        (
            tcp.forced,
            "hole",
            "given up early, as too much was buffered",
        ),
        (
            tcp.evicted,
            "connection",
            "given up early, as too many were open",
        ),
        (
            http.malformed,
            "head",
            "of HTTP malformed: what follows on its connection was passed over",
        ),
        (
            http.lost_heads,
            "head",
            "of HTTP not there in full: nothing is known of its message",
        ),
        (
            session.orphans,
            "Ack",
            "whose request is not in the capture, or not in full",
        ),
        (
            session.malformed,
            "BITS request",
            "malformed, and read as far as that goes",
        ),
        (
            session.evicted,
            "session",
            "told before its end, as too many were open",
        ),
    ];
    let there = all.into_iter().filter(|(number, ..)| *number > 0);
    there
        .map(|(number, what, happened)| format!("{} {happened}", count(number, what)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_noted_of_what_did_not_happen() {
        assert_eq!(notes(&Totals::default()), [""; 0]);
    }

    #[test]
    fn one_is_told_in_the_singular() {
        let mut totals = Totals::default();
        totals.http.tls = 1;
        totals.link.tunnels = 3;
        totals.link.cut = 2;
        assert_eq!(
            notes(&totals),
            [
                "1 TLS connection that cannot be read without its keys",
                "3 frames in tunnels or link layers that are not looked into (PPPoE, MPLS, GRE, IP in IP)",
                "2 frames not captured in full: cut off by a snap length (capture with `-s 0`), or where the file \
                 ends",
            ]
        );
    }

    #[test]
    fn filters_are_blamed_where_they_leave_nothing() {
        let mut totals = Totals::default();
        totals.link.frames = 1;
        assert_eq!(nothing(&totals), "no session of BITS was found in 1 frame");
        totals.http.other = 2;
        assert_eq!(
            nothing(&totals),
            "no session of BITS was found in 1 frame; 2 connections with neither HTTP/1 nor TLS"
        );
        totals.session.sessions = 3;
        assert_eq!(
            nothing(&totals),
            "3 sessions found, and none that --host, --client and --since ask for"
        );
    }
}
