//! What two hosts say to each other over TCP, before it is cut into segments.

use std::fmt;
use std::net::SocketAddr;

use super::Shown;
use super::segment::{Segment, Segments};

/// Who speaks: the side that opened the connection, or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The side that opened the connection.
    Client,
    /// The side that was connected to.
    Server,
}

impl Side {
    /// The side that listens when this one speaks.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// Bytes that one side sends without waiting for the other.
#[derive(Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who sends them.
    pub side: Side,
    /// What is sent; nothing makes a pause alone.
    pub bytes: Vec<u8>,
    /// How long the side waits before it speaks, in nanoseconds.
    pub pause: u64,
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("side", &self.side)
            .field("pause", &self.pause)
            .field("bytes", &Shown(&self.bytes))
            .finish()
    }
}

impl Turn {
    /// A turn of the client, after a millisecond.
    #[must_use]
    pub fn client(bytes: impl Into<Vec<u8>>) -> Self {
        Turn {
            side: Side::Client,
            bytes: bytes.into(),
            pause: 1_000_000,
        }
    }

    /// A turn of the server, after a millisecond.
    #[must_use]
    pub fn server(bytes: impl Into<Vec<u8>>) -> Self {
        Turn {
            side: Side::Server,
            ..Turn::client(bytes)
        }
    }

    /// After that many nanoseconds instead.
    #[must_use]
    pub const fn after(mut self, pause: u64) -> Self {
        self.pause = pause;
        self
    }
}

/// How a connection begins in the capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Opening {
    /// SYN, SYN and ACK, ACK.
    #[default]
    Handshake,
    /// Before the capture does: the first segment has bytes.
    Before,
}

/// How a connection ends in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// That side sends a FIN, the other one too.
    Fin(Side),
    /// That side sends a RST.
    Reset(Side),
    /// After the capture does, or never.
    Open,
}

/// A TCP connection with all that is said on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The address of the side that opens it.
    pub client: SocketAddr,
    /// The address that is connected to, of the same family.
    pub server: SocketAddr,
    /// The initial sequence number of the client; its first byte has the next one.
    pub client_isn: u32,
    /// The initial sequence number of the server.
    pub server_isn: u32,
    /// When it begins, in nanoseconds since 1970.
    pub start: u64,
    /// How it begins.
    pub opening: Opening,
    /// How it ends.
    pub ending: Ending,
    /// The most bytes in a segment, not 0.
    pub mss: u16,
    /// What is said.
    pub turns: Vec<Turn>,
}

impl Connection {
    /// With a handshake, a FIN of the client, 1,448 bytes a segment, and a beginning on 14 November 2023.
    #[must_use]
    pub const fn new(client: SocketAddr, server: SocketAddr, turns: Vec<Turn>) -> Self {
        Connection {
            client,
            server,
            client_isn: 1_000_000_000,
            server_isn: 3_000_000_000,
            start: 1_700_000_000_000_000_000,
            opening: Opening::Handshake,
            ending: Ending::Fin(Side::Client),
            mss: 1448,
            turns,
        }
    }

    /// The address of a side.
    #[must_use]
    pub const fn address(&self, side: Side) -> SocketAddr {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }

    /// The sequence number of the first byte of a side.
    #[must_use]
    pub const fn first_sequence(&self, side: Side) -> u32 {
        match side {
            Side::Client => self.client_isn.wrapping_add(1),
            Side::Server => self.server_isn.wrapping_add(1),
        }
    }

    /// All that a side says.
    #[must_use]
    pub fn stream(&self, side: Side) -> Vec<u8> {
        let turns = self.turns.iter().filter(|turn| turn.side == side);
        turns.flat_map(|turn| turn.bytes.iter().copied()).collect()
    }

    /// Its segments, in order.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        self.segments_of(self.turns.iter().cloned()).collect()
    }

    /// The segments of a connection like this one on which these turns are taken, made when asked for: of
    /// the turns, one is kept at a time.
    pub fn segments_of<I: Iterator<Item = Turn>>(&self, turns: I) -> Segments<I> {
        Segments::new(self, turns)
    }
}

/// The segments of many connections, by time; those of the same time in the order of the connections.
#[must_use]
pub fn merged(connections: impl IntoIterator<Item = Vec<Segment>>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = connections.into_iter().flatten().collect();
    segments.sort_by_key(|segment| segment.time);
    segments
}
