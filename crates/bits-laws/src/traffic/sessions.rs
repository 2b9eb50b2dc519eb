//! What a server sees.

use bits_packet::RequestType::{self, CloseSession, CreateSession, Fragment};

use super::lines::Lines;
use super::ten::PROTOCOL;
use super::{Head, Kind};
use crate::random::Random;

/// An upload that goes on.
struct Upload {
    target: String,
    host: String,
    name: String,
    id: String,
    fragment: u64,
    total: u64,
    sent: u64,
    next: RequestType,
}

impl Upload {
    fn draw(random: &mut Random) -> Self {
        const KIB: u64 = 1024;
        let fragment = [64 * KIB, 256 * KIB, 1024 * KIB, 4096 * KIB, 5120 * KIB][random.below(5)];
        let count = 4 + random.below(37) as u64;
        let name = format!("{}.bin", random.word(3, 24));
        Upload {
            target: format!("/{}/{name}", random.word(3, 30)),
            host: format!("{}.example", random.word(3, 20)),
            name,
            id: random.guid(),
            fragment,
            total: fragment * count - random.next() % fragment,
            sent: 0,
            next: CreateSession,
        }
    }

    /// The next request and its Ack.
    fn step(&mut self) -> [Head; 2] {
        let packet = self.next;
        let start = format!("BITS_POST {} HTTP/1.1", self.target);
        let mut request = Lines::new(Kind::Request(packet), start);
        request.push("Accept", "*/*");
        request.push("BITS-Packet-Type", packet.name());
        let mut ack = Lines::new(Kind::Ack(packet), "HTTP/1.1 200 OK");
        ack.push("Content-Length", "0");
        ack.push("Server", "Microsoft-IIS/10.0");
        ack.push("BITS-Packet-Type", "Ack");
        let mut length = 0;
        if packet == CreateSession {
            request.push("BITS-Supported-Protocols", PROTOCOL);
            ack.push("BITS-Protocol", PROTOCOL);
        } else {
            request.push("BITS-Session-Id", &self.id);
        }
        ack.push("BITS-Session-Id", &self.id);
        if packet != CloseSession {
            request.push("Content-Name", &self.name);
        }
        if packet == Fragment {
            length = self.fragment.min(self.total - self.sent);
            let end = self.sent + length;
            let range = format!("bytes {}-{}/{}", self.sent, end - 1, self.total);
            request.push("Content-Range", range);
            ack.push("BITS-Received-Content-Range", end.to_string());
            self.sent = end;
        }
        request.push("User-Agent", "Microsoft BITS/7.8");
        request.push("Host", &self.host);
        request.push("Content-Length", length.to_string());
        request.push("Connection", "Keep-Alive");
        ack.push("Date", "Mon, 23 Nov 2026 16:53:26 GMT");
        self.next = if self.sent < self.total {
            Fragment
        } else {
            CloseSession
        };
        [request.head(), ack.head()]
    }
}

/// So many uploads, each of them Create-Session, 4 to 40 Fragments and Close-Session, drawn one head
/// after another from any of them; each request followed by its Ack.
#[must_use]
pub fn sessions(uploads: usize, seed: u64) -> Vec<Head> {
    let mut random = Random::new(seed);
    let mut live: Vec<Upload> = (0..uploads).map(|_| Upload::draw(&mut random)).collect();
    let mut heads = Vec::new();
    while !live.is_empty() {
        let at = random.below(live.len());
        let is_last = live[at].next == CloseSession;
        heads.extend(live[at].step());
        if is_last {
            live.swap_remove(at);
        }
    }
    heads
}
