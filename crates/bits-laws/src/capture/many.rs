//! Many uploads at once, in little memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{Ipv4Addr, SocketAddr};

use super::connection::Connection;
use super::file::File;
use super::segment::Segment;
use super::upload::Upload;
use crate::random::Random;

/// Uploads on a connection each, so many of them open at any time, their segments interleaved.
///
/// Of what is sent, 64 KiB at most are in memory for each open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManyUploads {
    /// How many there are.
    pub connections: u32,
    /// How many of them are open at any time, while there are as many.
    pub open: u32,
    /// The length of each file in bytes.
    pub file_bytes: u64,
    /// The length of a Fragment in bytes.
    pub fragment_bytes: u64,
    /// The most bytes in a segment.
    pub mss: u16,
    /// What files, ids and sequence numbers are drawn from.
    pub seed: u64,
}

impl ManyUploads {
    /// One of the uploads.
    #[must_use]
    pub fn upload(&self, index: u32) -> Upload {
        let mut random = self.random(index);
        let session = random.guid();
        let target = format!("/upload/{:03}/file-{index:06}.bin", index % 1000);
        let file = File::Drawn {
            seed: random.next(),
            length: self.file_bytes,
        };
        Upload::new(&session, &target, "upload.example", file)
    }

    /// Its connection, without turns, at the time at which the first one begins.
    #[must_use]
    pub fn connection(&self, index: u32) -> Connection {
        let mut random = self.random(index);
        let [_, b, c, d] = (index + 1).to_be_bytes();
        let port = u16::try_from(49_152 + index % 16_384).unwrap_or_default();
        let client = SocketAddr::from((Ipv4Addr::new(10, b, c, d), port));
        let server = SocketAddr::from((Ipv4Addr::new(198, 51, 100, 1), 80));
        let numbers = random.next().to_le_bytes();
        let [a, b, c, d, e, f, g, h] = numbers;
        Connection {
            client_isn: u32::from_le_bytes([a, b, c, d]),
            server_isn: u32::from_le_bytes([e, f, g, h]),
            mss: self.mss,
            ..Connection::new(client, server, Vec::new())
        }
    }

    fn random(&self, index: u32) -> Random {
        Random::new(Random::at(self.seed, u64::from(index)).next())
    }

    /// The segments of one of them, which begins so many nanoseconds late.
    fn of_one(&self, index: u32, start: u64) -> Box<dyn Iterator<Item = Segment>> {
        let turns = self.upload(index).each_turn(self.fragment_bytes);
        let mut connection = self.connection(index);
        connection.start = start;
        Box::new(connection.segments_of(turns))
    }

    /// The segments of all of them, by time.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + use<> {
        let uploads = *self;
        let first = uploads.connection(0).start;
        let mut begun = uploads.open.min(uploads.connections);
        let mut open: BinaryHeap<Next> = (0..begun)
            // They do not run in step.
            .filter_map(|index| {
                Next::of(
                    uploads.of_one(index, first + u64::from(index) * 13_700),
                    index,
                )
            })
            .collect();
        std::iter::from_fn(move || {
            let Next {
                segment,
                mut others,
                index,
            } = open.pop()?;
            let next = others.next();
            if let Some(segment) = next {
                open.push(Next {
                    segment,
                    others,
                    index,
                });
            } else if begun < uploads.connections {
                let others = uploads.of_one(begun, segment.time + 1000);
                open.extend(Next::of(others, begun));
                begun += 1;
            }
            Some(segment)
        })
    }
}

/// The next segment of a connection, and what comes behind it; the earliest is the greatest.
struct Next {
    segment: Segment,
    others: Box<dyn Iterator<Item = Segment>>,
    index: u32,
}

impl Next {
    fn of(mut segments: Box<dyn Iterator<Item = Segment>>, index: u32) -> Option<Self> {
        let segment = segments.next()?;
        Some(Next {
            segment,
            others: segments,
            index,
        })
    }

    fn key(&self) -> Reverse<(u64, u32)> {
        Reverse((self.segment.time, self.index))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Next {}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}
