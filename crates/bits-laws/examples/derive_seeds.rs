//! Writes seeds for a fuzz target whose inputs are made of others: heads in the target's own format, or recorded captures.
//!
//!     cargo run -p bits-laws --example derive_seeds -- TARGET FOLDER

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use bits_laws::corpus::{Case, load};
use bits_laws::targets::{chunks, fast_is_general, limits, scalars};
use bits_packet::Field;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [target, folder] = &arguments[..] else {
        eprintln!("usage: derive_seeds TARGET FOLDER");
        process::exit(2);
    };
    let seeds = seeds(target);
    fs::create_dir_all(folder).unwrap_or_else(|error| fail(folder, &error));
    for (name, bytes) in &seeds {
        let path = Path::new(folder).join(name);
        fs::write(&path, bytes).unwrap_or_else(|error| fail(&path.display().to_string(), &error));
    }
    println!("{target}: {} seeds in {folder}", seeds.len());
}

fn fail(what: &str, error: &dyn std::error::Error) -> ! {
    eprintln!("{what}: {error}");
    process::exit(2);
}

/// Names and bytes.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let heads = ["request_head", "response_head", "packet"]
        .map(load)
        .concat();
    let derive: fn(usize, &Case) -> Vec<Vec<u8>> = match target {
        "chunks" => |at, case| vec![chunks::join(&case.bytes, &lengths(at))],
        "limits" => |at, case| vec![limits_of(at, &case.bytes)],
        "scalars" => |_, case| scalars_of(&case.bytes),
        "fast_is_general" => |at, case| vec![asked_of(at, &case.bytes)],
        // They read no heads.
        "session_ops" | "capture_segments" | "capture_file" => |_, _| Vec::new(),
        "decode_stream" => |_, case| vec![[&case.bytes[..], b"hello", &case.bytes].concat()],
        _ => |_, case| vec![case.bytes.clone()],
    };
    let derived = heads
        .iter()
        .enumerate()
        .flat_map(|(at, case)| derive(at, case));
    let recorded = match target {
        "capture_file" => recorded(),
        _ => Vec::new(),
    };
    derived
        .chain(recorded)
        .enumerate()
        .map(|(at, bytes)| (format!("derived-{at:05}"), bytes))
        .collect()
}

/// The starts of the captures that were recorded: as much as a fuzzer takes.
fn recorded() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bits-capture/tests/captures");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| fail("captures", &error));
    let paths = entries.flatten().map(|entry| entry.path());
    let is_capture = |path: &PathBuf| path.to_string_lossy().contains(".pcap");
    let mut paths: Vec<_> = paths.filter(is_capture).collect();
    paths.sort();
    let captures = paths.iter().filter_map(|path| fs::read(path).ok());
    captures
        .map(|bytes| [&[0], &bytes[..bytes.len().min(4_000)]].concat())
        .collect()
}

/// A few lengths of pieces, others for each head.
fn lengths(at: usize) -> Vec<u8> {
    let step = u8::try_from(at % 97).unwrap_or_default();
    (0..u8::try_from(at % 16).unwrap_or_default())
        .map(|piece| piece.wrapping_mul(step).wrapping_add(1))
        .collect()
}

/// Each kind of options and of answer in turn, for as many heads as it takes.
fn asked_of(at: usize, head: &[u8]) -> Vec<u8> {
    let [how, ..] = at.to_le_bytes();
    let [parameter, ..] = (at / 16).wrapping_mul(37).to_le_bytes();
    fast_is_general::join(how, parameter, head)
}

/// Limits at the edge of what a head needs, and none.
fn limits_of(at: usize, head: &[u8]) -> Vec<u8> {
    let length = u16::try_from(head.len()).unwrap_or(0);
    match at % 5 {
        0 => limits::join(length, 0, 0, head),
        1 => limits::join(length.saturating_sub(1), 0, 0, head),
        2 => limits::join(0, 38, 0, head),
        3 => limits::join(0, 37, 1, head),
        _ => limits::join(0, 0, 2, head),
    }
}

/// Where a kind of value stands among all.
fn position(kind: &str) -> u8 {
    let position = scalars::SCALARS.iter().position(|(it, _)| *it == kind);
    u8::try_from(position.expect("a kind")).expect("few kinds")
}

/// The values of a head, each for the kind that its field has, and for the one after it.
fn scalars_of(head: &[u8]) -> Vec<Vec<u8>> {
    let kind_of = |field: Field| {
        let name = match field {
            Field::PacketType => "packet-type",
            Field::SessionId => "session-id",
            Field::ContentLength => "content-length",
            Field::Host => "authority",
            Field::ContentName => "content-name",
            Field::ContentRange => "content-range",
            Field::ContentEncoding => "content-encoding",
            Field::TransferEncoding => "transfer-encoding",
            Field::SupportedProtocols => "protocols",
            Field::Protocol => "guid",
            Field::HostId => "host-id",
            Field::HostIdFallbackTimeout => "fallback-timeout",
            Field::AcceptEncoding => "accept-encoding",
            Field::ReceivedContentRange => "received-content-range",
            Field::ReplyUrl => "reply-url",
            Field::ErrorCode | Field::Error => "hresult",
            Field::ErrorContext => "error-context",
            Field::OriginalRequestUrl | Field::StaticResponseUrl => "absolute-url",
            _ => "data-file-name",
        };
        position(name)
    };
    let target = head.split(|&byte| byte == b' ').nth(1).unwrap_or_default();
    let lines = head.split(|&byte| byte == b'\n');
    lines
        .filter_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let (name, value) = line.split_at(colon);
            let field = Field::from_name(name)?;
            Some((kind_of(field), value[1..].trim_ascii()))
        })
        .chain([(position("target"), target)])
        .flat_map(|(kind, value)| [[&[kind], value].concat(), [&[kind + 1], value].concat()])
        .collect()
}
