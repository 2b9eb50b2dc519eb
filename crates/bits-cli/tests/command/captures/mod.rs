//! `bits inspect` and `bits extract` on the captures of bits-capture.

mod damage;
mod extract;
mod folder;
mod inspect;
mod schema;

use std::fs;
use std::path::PathBuf;

use bits_packet::Escaped;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::{Run, bits_in};

/// Where the captures are.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bits-capture/tests/captures")
}

/// The path of a capture.
fn path(name: &str) -> String {
    folder().join(name).to_str().unwrap().to_owned()
}

/// The names of all captures, in order.
fn captures() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_capture = |name: &String| {
        [".pcap", ".pcapng", ".gz", ".zst"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let mut names: Vec<_> = names.filter(is_capture).collect();
    names.sort();
    assert_eq!(names.len(), 20);
    names
}

/// Runs `bits` where the captures are.
fn run(arguments: &[&str]) -> Run {
    bits_in(&folder(), arguments, b"")
}

/// The objects that are printed, a line each.
fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The sessions of captures, as objects.
fn sessions(arguments: &[&str]) -> Vec<Value> {
    let run = run(&[&["inspect", "--format", "json"], arguments].concat());
    objects(&run.stdout)
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A row of `expected.tsv`.
struct Expected {
    capture: String,
    server: String,
    target: String,
    /// `None` of a Create-Session that was refused.
    session: Option<String>,
    /// `None` of a file that is not whole.
    file: Option<(u64, String)>,
    /// How many sessions the capture holds, those that were refused not counted.
    sessions: usize,
    note: String,
}

impl Expected {
    /// All rows, as JSON shows what is in them. `tunnel.pcap`, which has no upload, is none.
    fn rows() -> Vec<Expected> {
        let text = fs::read_to_string(folder().join("expected.tsv")).unwrap();
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        rows.map(|row| {
            let columns: Vec<&str> = row.split('\t').collect();
            let [
                capture,
                server,
                target,
                session,
                size,
                sha256,
                sessions,
                note,
            ] = columns[..]
            else {
                panic!("{row}");
            };
            let known = |text: &str| (text != "-").then(|| text.to_owned());
            Expected {
                capture: capture.to_owned(),
                server: server.to_owned(),
                target: unescaped(target),
                session: known(session).map(|session| unescaped(&session)),
                file: known(sha256).map(|sha256| (size.parse().unwrap(), sha256)),
                sessions: sessions.parse().unwrap(),
                note: note.to_owned(),
            }
        })
        .filter(|row| row.server != "-")
        .collect()
    }

    fn of(capture: &str) -> Vec<Expected> {
        let mut rows = Expected::rows();
        rows.retain(|row| row.capture == capture);
        rows
    }

    /// Whether a session is the one that is expected.
    fn is(&self, session: &Value) -> bool {
        let (host, port) = self.server.rsplit_once(':').unwrap();
        session["uri"] == *self.target
            && session["session_id"].as_str() == self.session.as_deref()
            && session["id.resp_h"] == *host.trim_matches(['[', ']'])
            && session["id.resp_p"] == port.parse::<u16>().unwrap()
    }
}

/// What `\xHH` stands for, as JSON shows it.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    Escaped(&bytes).to_string()
}

/// Checks that a terminal shows `text` as it stands there.
#[track_caller]
fn assert_printable(text: &str) {
    for line in text.lines() {
        let acts = |char: char| {
            char.is_control()
                || matches!(
                    char,
                    '\u{AD}' | '\u{61C}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}'
                )
                || matches!(char, '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        };
        assert_eq!(line.chars().find(|char| acts(*char)), None, "{line:?}");
    }
}

/// The header and the records of a pcap file whose numbers are little-endian.
fn records(pcap: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (header, mut rest) = pcap.split_at(24);
    assert_eq!(header[..4], [0xD4, 0xC3, 0xB2, 0xA1]);
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap());
        let (record, after) = rest.split_at(16 + length as usize);
        records.push(record);
        rest = after;
    }
    (header, records)
}

/// Whether a record holds more than headers: those of Ethernet, IPv4 and TCP with its timestamps.
fn has_data(record: &[u8]) -> bool {
    record.len() > 16 + 14 + 20 + 32
}

#[cfg(unix)]
#[test]
fn it_does_what_the_readme_of_bits_capture_shows() {
    let folder = crate::common::scratch("capture-readme");
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let crates = workspace.join("crates").canonicalize().unwrap();
    std::os::unix::fs::symlink(crates, folder.join("crates")).unwrap();
    let readme = fs::read_to_string(workspace.join("crates/bits-capture/README.md")).unwrap();
    let (_, example) = readme.split_once("```console\n$ bits ").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let mut count = 0;
    for command in example.split("$ bits ") {
        let (arguments, expected) = command.split_once('\n').unwrap();
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let run = bits_in(&folder, &arguments, b"");
        assert_eq!(run.stdout + &run.stderr, expected);
        count += 1;
    }
    assert_eq!(count, 2);
}
