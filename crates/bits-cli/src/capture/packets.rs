//! A packet on a line.

use std::io::{self, Write};
use std::net::IpAddr;

use bits_capture::http::{Asked, RequestRead, ResponseRead};
use bits_capture::printable::without_passwords;
use bits_capture::record::{Uid, timestamp};
use bits_capture::session::{Packet, PacketRead};
use bits_packet::{Escaped, RequestType};
use serde::Serialize;

use super::table::Shown;

/// A packet, as JSON. All keys are always there.
#[derive(Debug, Serialize)]
pub(super) struct PacketRecord {
    ts: String,
    uid: Uid,
    #[serde(rename = "id.orig_h")]
    orig_h: IpAddr,
    #[serde(rename = "id.orig_p")]
    orig_p: u16,
    #[serde(rename = "id.resp_h")]
    resp_h: IpAddr,
    #[serde(rename = "id.resp_p")]
    resp_p: u16,
    is_orig: bool,
    packet: Option<&'static str>,
    answering: Option<&'static str>,
    method: Option<String>,
    host: Option<String>,
    uri: Option<String>,
    status_code: Option<u16>,
    session_id: Option<String>,
    content_range: Option<String>,
    received_content_range: Option<u64>,
    error_code: Option<String>,
    malformed: Option<String>,
}

fn text(bytes: &[u8]) -> String {
    Escaped(bytes).to_string()
}

impl PacketRecord {
    pub(super) fn new(packet: &Packet<'_>) -> Self {
        let peers = packet.peers;
        let mut record = PacketRecord {
            ts: timestamp(packet.time),
            uid: Uid(*peers),
            orig_h: peers.client.ip(),
            orig_p: peers.client.port(),
            resp_h: peers.server.ip(),
            resp_p: peers.server.port(),
            is_orig: matches!(packet.read, PacketRead::Request(_)),
            packet: None,
            answering: None,
            method: None,
            host: None,
            uri: None,
            status_code: None,
            session_id: None,
            content_range: None,
            received_content_range: None,
            error_code: None,
            malformed: None,
        };
        match packet.read {
            PacketRead::Request(read) => record.request(read),
            PacketRead::Response(read, answering) => record.response(read, answering),
        }
        record
    }

    fn request(&mut self, read: &RequestRead<'_>) {
        self.method = Some(text(read.method));
        self.uri = Some(text(&without_passwords(read.target)));
        self.host = Some(text(&without_passwords(read.host())));
        self.packet = read.asked.map(|asked| asked.request_type().name());
        self.session_id = read.asked.and_then(|asked| asked.session_id()).map(text);
        if let Some(Asked::Fragment { range, .. }) = read.asked {
            self.content_range = Some(range.to_string());
        }
        self.malformed = read.error.map(|error| error.to_string());
    }

    fn response(&mut self, read: &ResponseRead<'_>, answering: Option<RequestType>) {
        self.status_code = Some(read.status);
        self.answering = answering.map(RequestType::name);
        let ack = read.ack.unwrap_or_default();
        self.packet = read.ack.map(|_| "Ack");
        self.session_id = ack.session_id.map(text);
        self.received_content_range = ack.received;
        self.error_code = ack.error_code.map(|code| code.to_string());
        self.malformed = read.error.map(|error| error.to_string());
    }
}

/// Prints a packet: its time, who sends to whom, what it says.
pub(super) fn line(packet: &Packet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let record = PacketRecord::new(packet);
    let (client, server) = (packet.peers.client, packet.peers.server);
    let (from, to) = if record.is_orig {
        (client, server)
    } else {
        (server, client)
    };
    write!(out, "{} {from} > {to} ", record.ts)?;
    write!(out, "{}", record.packet.unwrap_or("HTTP"))?;
    if let Some(status) = record.status_code {
        write!(out, " {status}")?;
    }
    if let Some(answering) = record.answering {
        write!(out, " to {answering}")?;
    }
    if let Some(range) = &record.content_range {
        write!(out, " {range}")?;
    }
    if let Some(received) = record.received_content_range {
        write!(out, " next {received}")?;
    }
    if let Some(code) = &record.error_code {
        write!(out, " error {code}")?;
    }
    if let Some(id) = &record.session_id {
        write!(out, " session {}", Shown(id))?;
    }
    if let Some(uri) = &record.uri {
        write!(out, " {}", Shown(uri))?;
    }
    if let Some(error) = &record.malformed {
        write!(out, " (malformed: {})", Shown(error))?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use bits_capture::http::Peers;

    use super::*;

    #[test]
    fn passwords_in_urls_are_not_printed() {
        let head = b"BITS_POST http://u:secret@h/a HTTP/1.1\r\nHost: u:secret@h\r\nBITS-Packet-Type: Ping\r\n\
            Content-Length: 0\r\n\r\n";
        let read = RequestRead::read(head).unwrap();
        let ends = ([10, 0, 0, 1], 80).into();
        let packet = Packet {
            time: 0,
            peers: &Peers {
                client: ends,
                server: ends,
                since: 0,
            },
            host: read.host(),
            read: PacketRead::Request(&read),
        };
        let mut out = Vec::new();
        line(&packet, &mut out).unwrap();
        serde_json::to_writer(&mut out, &PacketRecord::new(&packet)).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("http://u:***@h/a"), "{out}");
        assert!(!out.contains("secret"), "{out}");
    }
}
