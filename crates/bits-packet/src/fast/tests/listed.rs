//! What is read of a `HeaderMap` without the general form.

use core::cell::Cell;
use std::format;
use std::prelude::rust_2024::*;

use super::reach::{GUID, OK, POST, cases};
use crate::class::trim_blanks;
use crate::fast::{listed_ack, listed_request, target};
use crate::head::StatusLine;
use crate::{Ack, Options, Request, RequestLine, RequestType, StatusCode, Target, Version};

/// Whether the fields are read without the general form.
fn reads(lines: &[&str], answering: Option<RequestType>, options: &Options) -> bool {
    let fields = || {
        let lines = lines
            .iter()
            .map(|line| line.split_once(':').expect("a field"));
        lines.map(|(name, value)| (name.as_bytes(), trim_blanks(value.as_bytes())))
    };
    let is_asked = Cell::new(false);
    if let Some(request) = answering {
        let line = StatusLine::new(Version::Http11, StatusCode::OK, b"").expect("a line");
        let general = || {
            is_asked.set(true);
            Ack::from_fields(line, fields(), Some(request), options)
        };
        let read = listed_ack(line, fields(), Some(request), options, general);
        assert_eq!(read, general_of(&is_asked, general));
    } else {
        let target = Target::new(b"/a").expect("a path");
        let line = RequestLine::new(b"BITS_POST", target, Version::Http11).expect("a line");
        let general = || {
            is_asked.set(true);
            Request::from_fields(line, fields(), options)
        };
        let read = listed_request(line, fields(), options, general);
        assert_eq!(read, general_of(&is_asked, general));
    }
    !is_asked.get()
}

/// What the general form says, without that it counts as asked.
fn general_of<T>(is_asked: &Cell<bool>, general: impl Fn() -> T) -> T {
    let before = is_asked.get();
    let said = general();
    is_asked.set(before);
    said
}

#[test]
fn fields_of_every_packet_are_read() {
    for (start, answering, mut lines) in cases() {
        if start != POST && start != OK {
            continue;
        }
        for value in ["User-Agent:", "X: a\tb", "Server: \u{e4}"] {
            lines.push(value);
        }
        let lines: Vec<String> = lines.iter().map(|it| it.replace("GUID", GUID)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert!(reads(&lines, answering, &Options::INTEROP), "{lines:?}");
        let small = Options::INTEROP.with_max_value(79);
        assert!(!reads(&lines, answering, &small));
        assert!(reads(&lines, answering, &small.with_max_value(80)));
        let none = Options::INTEROP.with_max_protocols(0);
        assert!(!reads(&lines, answering, &none));
    }
}

#[test]
fn values_are_as_long_as_the_limit_allows() {
    let options = Options::INTEROP.with_max_value(80);
    for (length, expected) in [(79, true), (80, true), (81, false)] {
        let name = format!("Content-Name: {}", "a".repeat(length));
        let lines = [
            "Host: a",
            "BITS-Packet-Type: Create-Session",
            "Content-Length: 0",
        ];
        let protocols = format!("BITS-Supported-Protocols: {GUID}");
        let lines = [&lines[..], &[&name, &protocols]].concat();
        assert_eq!(reads(&lines, None, &options), expected, "{length}");
        // Those that the protocol does not know have no limit.
        let other = format!("X: {}", "a".repeat(length));
        let lines = [&lines[..3], &[&protocols, &other]].concat();
        assert!(reads(&lines, None, &options));
    }
}

#[test]
fn plain_targets_are_read_by_themselves() {
    for text in [&b"/"[..], b"/a/b.bin", b"/a?b=c"] {
        assert_eq!(target(text), Target::new(text).ok());
    }
    for text in [&b""[..], b"a", b"*", b"/a%20b", b"/a b", b"http://a/"] {
        assert_eq!(target(text), None);
    }
}
