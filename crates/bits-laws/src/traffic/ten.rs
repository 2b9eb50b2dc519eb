//! A head of each packet.

use bits_packet::RequestType::{CancelSession, CloseSession, CreateSession, Fragment, Ping};

use super::lines::Lines;
use super::{Head, Kind};

/// The names of the [`ten`] heads.
pub const TEN: [&str; 10] = [
    "Ping",
    "Create-Session",
    "Fragment",
    "Close-Session",
    "Cancel-Session",
    "Ack to Ping",
    "Ack to Create-Session",
    "Ack to Fragment",
    "Ack with a reply URL",
    "Ack of an error",
];

const FILE: &str = "/upload/file.bin";
const LONGER: &str = "/upload/some/longer/path/to/a/file-name-2024.bin?job=1234";
pub(super) const PROTOCOL: &str = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
const SESSION: &str = "{0b5a3f6e-91c2-4f7d-8a11-2f0c9d7e55aa}";

/// Five requests and five Acks, as Windows and IIS write them; one has come through a proxy.
#[must_use]
pub fn ten() -> Vec<Head> {
    lines().iter().map(Lines::head).collect()
}

/// The same before they are written.
pub(super) fn lines() -> Vec<Lines> {
    let request = |packet, target: &str, own: &[(&str, &str)], host, length, behind: &[_]| {
        let start = format!("BITS_POST {target} HTTP/1.1");
        let mut lines = Lines::new(Kind::Request(packet), start);
        lines.push("Accept", "*/*");
        lines.push("BITS-Packet-Type", packet.name());
        let usual = [("User-Agent", "Microsoft BITS/7.8"), ("Host", host)];
        for &(name, value) in own.iter().chain(&usual) {
            lines.push(name, value);
        }
        // What a proxy adds stands before the length.
        for &(name, value) in behind {
            lines.push(name, value);
        }
        lines.push("Content-Length", length);
        lines.push("Connection", "Keep-Alive");
        lines
    };
    let id = ("BITS-Session-Id", SESSION);
    let name = ("Content-Name", "file.bin");
    let range = ("Content-Range", "bytes 0-5242879/104857600");
    let offer = ("BITS-Supported-Protocols", PROTOCOL);
    let proxy = [
        ("X-Forwarded-For", "203.0.113.77"),
        ("Via", "1.1 proxy.example"),
    ];
    let server = "server.example";
    let mut create = request(CreateSession, FILE, &[offer, name], server, "0", &[]);
    create.push("Cache-Control", "no-cache");
    create.push("Pragma", "no-cache");
    let at_port = "server.example:8443";
    vec![
        request(Ping, FILE, &[], server, "0", &[]),
        create,
        request(Fragment, FILE, &[id, name, range], server, "5242880", &[]),
        request(CloseSession, FILE, &[id], server, "0", &[]),
        request(CancelSession, LONGER, &[id], at_port, "0", &proxy),
        ack(Ping, "200 OK", &[]),
        ack(
            CreateSession,
            "200 OK",
            &[
                ("BITS-Protocol", PROTOCOL),
                id,
                ("BITS-Host-Id", "192.0.2.17"),
                ("BITS-Host-Id-Fallback-Timeout", "86400"),
            ],
        ),
        ack(
            Fragment,
            "200 OK",
            &[id, ("BITS-Received-Content-Range", "5242880")],
        ),
        // A reply URL comes with the Ack of the last Fragment ([MC-BUP] 2.2.7.2).
        ack(
            Fragment,
            "200 OK",
            &[
                id,
                ("BITS-Received-Content-Range", "104857600"),
                (
                    "BITS-Reply-URL",
                    "http://server.example/upload/reply/0b5a3f6e.rsp",
                ),
            ],
        ),
        failed(),
    ]
}

fn ack(
    answering: bits_packet::RequestType,
    status: &str,
    own: &[(&'static str, &'static str)],
) -> Lines {
    let mut lines = Lines::new(Kind::Ack(answering), format!("HTTP/1.1 {status}"));
    lines.push("Content-Length", "0");
    lines.push("Server", "Microsoft-IIS/10.0");
    lines.push("BITS-Packet-Type", "Ack");
    for &(name, value) in own {
        lines.push(name, value);
    }
    lines.push("Date", "Mon, 23 Nov 2026 16:53:26 GMT");
    lines
}

fn failed() -> Lines {
    let own = [
        ("BITS-Session-Id", SESSION),
        ("BITS-Received-Content-Range", "1048576"),
        ("BITS-Error-Code", "0x8020002b"),
        ("BITS-Error-Context", "0x7"),
    ];
    let mut lines = ack(Fragment, "416 Requested Range Not Satisfiable", &own);
    lines
        .fields
        .insert(0, ("Content-Type".into(), "text/html".into()));
    lines
}
