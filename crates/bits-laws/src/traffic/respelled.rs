//! The ten packets of other peers.

use super::{Head, ten};

/// The ten with none of the values that Windows and IIS send.
#[must_use]
pub fn foreign() -> Vec<Head> {
    let mut heads = ten::lines();
    for lines in &mut heads {
        if lines.start.ends_with(" OK") {
            lines.start = "HTTP/1.1 200 Fine".to_owned();
        }
        for (name, value) in &mut lines.fields {
            let other = match (name.as_str(), value.as_str()) {
                ("Accept", _) => "application/octet-stream",
                ("User-Agent", _) => "curl/8.5.0 (linux)",
                ("Connection", _) => "close",
                ("Server", _) => "nginx/1.25.3",
                // Not the one digit that nearly all heads have.
                ("Content-Length", "0") => "00",
                ("Date", _) => "Tue, 03 Feb 2026 04:05:06 GMT",
                _ => continue,
            };
            other.clone_into(value);
        }
    }
    heads.iter().map(super::lines::Lines::head).collect()
}

/// The ten with names in lower case.
#[must_use]
pub fn lower() -> Vec<Head> {
    let mut heads = ten::lines();
    for lines in &mut heads {
        for (name, _) in &mut lines.fields {
            name.make_ascii_lowercase();
        }
    }
    heads.iter().map(super::lines::Lines::head).collect()
}

/// The ten without a blank before each value, and with one behind it.
#[must_use]
pub fn odd() -> Vec<Head> {
    let heads = ten::lines();
    heads.iter().map(|lines| lines.spelled(":", " ")).collect()
}

/// The ten with their packet type once more: tolerated, and told as a deviation.
#[must_use]
pub fn repeated() -> Vec<Head> {
    let mut heads = ten::lines();
    for lines in &mut heads {
        let packet_type = |(name, _): &&(String, String)| name == "BITS-Packet-Type";
        let again = lines.fields.iter().find(packet_type).cloned();
        lines.fields.extend(again);
    }
    heads.iter().map(super::lines::Lines::head).collect()
}
