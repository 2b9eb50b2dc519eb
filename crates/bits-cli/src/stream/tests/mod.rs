//! Tests of the decoder, as transcripts of what it says.

mod bodies;
mod chunks;
mod cuts;
mod heads;

use bits_packet::RequestType;

use super::*;

/// An event, kept. Pieces of a body that follow each other are one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Head {
        offset: u64,
        head: Vec<u8>,
        packet: Option<&'static str>,
    },
    Body(Vec<u8>),
    /// The body begins like a head. Comes before its end.
    LikeHead,
    End {
        body_bytes: u64,
        whole: bool,
    },
    Failure {
        offset: u64,
        length: u64,
        fault: Fault,
        head: Vec<u8>,
        body: Vec<u8>,
    },
}

fn keep(event: &Event<'_>, said: &mut Vec<Said>) {
    let it = match event {
        Event::Head(head) => Said::Head {
            offset: head.offset,
            head: head.message.as_bytes().to_vec(),
            packet: head.message.packet_name(),
        },
        Event::Body(bytes) => {
            assert!(!bytes.is_empty());
            if let Some(Said::Body(before)) = said.last_mut() {
                before.extend_from_slice(bytes);
                return;
            }
            Said::Body(bytes.to_vec())
        }
        Event::End(end) => {
            if end.is_like_head {
                said.push(Said::LikeHead);
            }
            Said::End {
                body_bytes: end.body_bytes,
                whole: end.whole,
            }
        }
        Event::Failure(failure) => Said::Failure {
            offset: failure.offset,
            length: failure.length,
            fault: failure.fault,
            head: failure.head.to_vec(),
            body: failure.body.to_vec(),
        },
    };
    said.push(it);
}

/// What is said of a stream that arrives in `pieces`.
fn transcript<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, settings: Settings) -> Vec<Said> {
    let mut decoder = Decoder::new(settings);
    let mut said = Vec::new();
    let most = settings.options.max_head() as usize + EMPTY_LINES;
    for mut piece in pieces {
        while let Some(event) = decoder.push(&mut piece) {
            keep(&event, &mut said);
        }
        assert!(piece.is_empty(), "all of a piece is taken");
        assert!(decoder.buffered() <= most, "more than a head is kept");
    }
    while let Some(event) = decoder.finish() {
        keep(&event, &mut said);
    }
    said
}

/// What is said of a stream that arrives at once.
fn decode(stream: &[u8]) -> Vec<Said> {
    transcript([stream], Settings::INTEROP)
}

/// The fault of the only failure, which must come last.
fn fault(said: &[Said]) -> Fault {
    let failures = said.iter().filter(|it| matches!(it, Said::Failure { .. }));
    assert_eq!(failures.count(), 1, "{said:?}");
    match said.last() {
        Some(Said::Failure { fault, .. }) => *fault,
        other => panic!("{other:?}"),
    }
}

/// The offsets and packets of all heads.
fn heads(said: &[Said]) -> Vec<(u64, Option<&'static str>)> {
    let head = |it: &Said| match it {
        Said::Head { offset, packet, .. } => Some((*offset, *packet)),
        _ => None,
    };
    said.iter().filter_map(head).collect()
}

const PING: &[u8] = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Ping\r\n\
    Content-Length: 0\r\n\r\n";

const ACK: &[u8] = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n";

const FRAGMENT: &[u8] = b"BITS_POST /x HTTP/1.1\r\nHost: a\r\nBITS-Packet-Type: Fragment\r\n\
    BITS-Session-Id: {1}\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\n";
