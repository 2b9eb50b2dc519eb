//! IP packets in fragments, until they are whole.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use etherparse::defrag::IpDefragBuf;
use etherparse::{IpFragOffset, IpNumber};

use crate::clock::Clock;

/// How many packets are put together at a time. Each takes at most 64 KiB.
const MAX_PACKETS: usize = 64;

/// How long the rest of a packet is waited for, in nanoseconds: a minute ([RFC 8200] 4.5).
///
/// [RFC 8200]: https://www.rfc-editor.org/rfc/rfc8200
const PATIENCE: u64 = 60_000_000_000;

/// A fragment of an IP packet.
#[derive(Debug)]
pub(super) struct Fragment<'a> {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) identification: u32,
    pub(super) number: IpNumber,
    pub(super) offset: IpFragOffset,
    pub(super) more: bool,
    pub(super) bytes: Cow<'a, [u8]>,
}

type Key = (IpAddr, IpAddr, u32, u8);

/// The packets that are not whole yet.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    /// And when each was begun, by the clock.
    packets: HashMap<Key, (u64, IpDefragBuf)>,
    /// In the order in which they were begun; some are whole since.
    begun: VecDeque<(Key, u64)>,
    unfinished: u64,
    clock: Clock,
}

impl Fragments {
    /// Takes a fragment. When its packet is whole, that is put into `whole`, and its protocol is told.
    pub(super) fn add(
        &mut self,
        time: u64,
        fragment: &Fragment<'_>,
        whole: &mut Vec<u8>,
    ) -> Option<IpNumber> {
        let now = self.clock.tick(time);
        // Of an IPv6 packet, only the first fragment tells the protocol for sure.
        let number = if fragment.source.is_ipv4() {
            fragment.number.0
        } else {
            0
        };
        let key = (
            fragment.source,
            fragment.destination,
            fragment.identification,
            number,
        );
        if let Some((begun, _)) = self.packets.get(&key)
            && now - begun > PATIENCE
        {
            self.packets.remove(&key);
            self.unfinished += 1;
        }
        let (_, packet) = self.packets.entry(key).or_insert_with(|| {
            self.begun.push_back((key, now));
            (
                now,
                IpDefragBuf::new(fragment.number, Vec::new(), Vec::new()),
            )
        });
        if packet
            .add(fragment.offset, fragment.more, &fragment.bytes)
            .is_err()
        {
            // Fragments that contradict each other: none of them is believed.
            self.packets.remove(&key);
            self.unfinished += 1;
            return None;
        }
        if packet.is_complete() {
            let (_, packet) = self.packets.remove(&key)?;
            let number = packet.ip_number();
            (*whole, _) = packet.take_bufs();
            return Some(number);
        }
        self.forget();
        None
    }

    /// How many packets did not become whole, those that are waited for included.
    pub(super) fn unfinished(&self) -> u64 {
        self.unfinished + self.packets.len() as u64
    }

    fn forget(&mut self) {
        while self.packets.len() > MAX_PACKETS || self.begun.len() > 4 * MAX_PACKETS {
            let Some((key, begun)) = self.begun.pop_front() else {
                return;
            };
            if self
                .packets
                .get(&key)
                .is_some_and(|packet| packet.0 == begun)
            {
                self.packets.remove(&key);
                self.unfinished += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;

    /// Takes 8 bytes of the packet with that number: its first ones, or its last.
    fn add(fragments: &mut Fragments, time: u64, packet: u32, is_last: bool) -> Option<Vec<u8>> {
        let byte = time.to_le_bytes()[0];
        let fragment = Fragment {
            source: IpAddr::from([10, 0, 0, 1]),
            destination: IpAddr::from([10, 0, 0, 2]),
            identification: packet,
            number: IpNumber::TCP,
            offset: IpFragOffset::try_new(u16::from(is_last)).unwrap(),
            more: !is_last,
            bytes: Cow::Owned(vec![byte; 8]),
        };
        let mut whole = Vec::new();
        fragments.add(time, &fragment, &mut whole).map(|_| whole)
    }

    #[test]
    fn the_rest_of_a_packet_is_waited_for_a_minute_whatever_the_times_are() {
        for start in [HOUR, 3 * HOUR] {
            let mut fragments = Fragments::default();
            add(&mut fragments, 2 * HOUR, 7, false);
            add(&mut fragments, start, 8, false);
            // The number of the first one is used again.
            add(&mut fragments, start + 2 * PATIENCE, 9, false);
            assert_eq!(add(&mut fragments, start + 2 * PATIENCE + 1, 7, true), None);
            let time = start + 2 * PATIENCE + 2;
            let whole = add(&mut fragments, time, 7, false).unwrap();
            assert_eq!(whole[..8], [time.to_le_bytes()[0]; 8]);
            assert_eq!(fragments.unfinished(), 3);
        }
        // A packet in whose middle a clock is set is whole.
        let mut fragments = Fragments::default();
        add(&mut fragments, 2 * HOUR, 7, false);
        assert!(add(&mut fragments, HOUR, 7, true).is_some());
    }
}
